// What becomes of a host's old replica when the host comes back with another data directory. The
// host is the authority about its own disk, so its request is what ends the old replica; silence
// alone never does. And nobody is taken out before the new one has caught up: then one joint change
// swaps them, and the number of voters neither rises nor falls.
//
// The old replica has to be gone, at admission and again at promotion: its address answers as the
// new incarnation, or the leader has not heard it for `replacedSilenceMs`. Else two live machines
// go by one name, which only an operator can settle.
import type { Configuration } from '../core/configuration.ts'
import { isVoter } from '../core/configuration.ts'
import type { MemberOperation } from '../core/member-operation.ts'
import { secondMs } from '../../base/index.ts'

/** Cluster time of silence after which a replica's host may be taken to run another one. */
export const replacedSilenceMs = 30 * secondMs

/** What the leader knows about the replica whose place is taken. */
export interface OldReplica {
  readonly id: number
  /** The new incarnation answered a probe at its address, so it runs there no more. */
  readonly isAddressTaken: boolean
  /** Cluster time since this leader heard it; 0 while it does. */
  readonly silentMs: number
}

/** How a host's new replica is admitted, or that it is not. */
export type AdmissionPlan =
  | {
      readonly action: 'change'
      /** The id of the new learner. */
      readonly id: number
      /** Adds it; learners whose place it takes leave in the same step, for they never count. */
      readonly operations: readonly MemberOperation[]
    }
  /** The old replica is silent, but not for long enough. */
  | { readonly action: 'wait' }
  | { readonly action: 'refuse' }

/** Plans the admission of a learner in the place of `old`, which is empty for a new host. */
export function planAdmission(
  configuration: Configuration,
  old: readonly OldReplica[],
): AdmissionPlan {
  const present = old.filter((replica) => !isGone(replica))
  if (present.some(({ silentMs }) => silentMs === 0)) return { action: 'refuse' }
  if (present.length > 0) return { action: 'wait' }
  const id = configuration.highestId + 1
  const learners = old.filter((replica) => !isVoter(configuration, replica.id))
  return {
    action: 'change',
    id,
    operations: [
      ...learners.map((replica): MemberOperation => ({ op: 'remove', id: replica.id })),
      { op: 'add-learner', id },
    ],
  }
}

/** How a learner that has caught up becomes a voter. */
export type ReplacementPlan =
  | {
      readonly action: 'change'
      readonly operations: readonly MemberOperation[]
      /** Voters afterwards. */
      readonly voters: number
    }
  /** An old replica is back, or not silent for long enough. */
  | { readonly action: 'wait' }

/** Plans the promotion of `learner`, which takes the place of `old`. */
export function planReplacement(
  configuration: Configuration,
  learner: number,
  old: readonly OldReplica[],
): ReplacementPlan {
  if (!old.every(isGone)) return { action: 'wait' }
  const removed = old.filter(({ id }) => isVoter(configuration, id)).length
  return {
    action: 'change',
    operations: [
      { op: 'promote', id: learner },
      ...old.map(({ id }): MemberOperation => ({ op: 'remove', id })),
    ],
    voters: configuration.voters.length + 1 - removed,
  }
}

function isGone({ isAddressTaken, silentMs }: OldReplica): boolean {
  return isAddressTaken || silentMs >= replacedSilenceMs
}
