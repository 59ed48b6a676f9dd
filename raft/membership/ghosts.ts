// Learners that nobody will hear of again: a disk that was lost a second time, a machine that was
// switched off while it loaded. They cost no quorum, but the log and the room for others, so the
// leader takes them out; whoever was taken out by mistake asks to join again.
import { minuteMs } from '../../base/index.ts'
import { hasQuorum } from '../core/quorum.ts'
import type { Configuration } from '../core/configuration.ts'

/** Cluster time a learner has to become a voter, not counting the time it is sent an image. */
export const ghostPromotionMs = 10 * minuteMs

/** Cluster time of silence after which a learner is taken out. */
export const ghostSilenceMs = 5 * minuteMs

/** What the leader knows about a learner. */
export interface LearnerPresence {
  /** It is meant to stay a learner. */
  readonly isStanding: boolean
  /** Cluster time since its admission or the last image that was on its way, whichever is less. */
  readonly waitingMs: number
  /** Cluster time since this leader heard it; 0 while it does. */
  readonly silentMs: number
}

/** Why a learner is to be taken out now; undefined when it may stay. */
export function ghostReason(learner: LearnerPresence): 'silent' | 'not-promoted' | undefined {
  if (learner.silentMs >= ghostSilenceMs) return 'silent'
  if (learner.isStanding) return undefined
  return learner.waitingMs >= ghostPromotionMs ? 'not-promoted' : undefined
}

/**
 * Whether a replica whose state differs from the majority's may be told to stop without an
 * operator: whenever the others in contact are a quorum without it.
 */
export function mayStopCorrupt(
  id: number,
  configuration: Configuration,
  isActive: (id: number) => boolean,
): boolean {
  return hasQuorum(configuration, (voter) => voter !== id && isActive(voter))
}
