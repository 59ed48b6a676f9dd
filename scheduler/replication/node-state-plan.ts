// What the leader makes of what it sees of the members (design 6): who has caught up is online, who
// is silent fails, who is heard again shows first that it has caught up. Pure: apply checks again.
import { recoveryContactMs } from './limits.ts'
import type { SetNodeState, SettableState } from './node-state-commands.ts'
import type { MemberRow, MemberState } from './rows/member.ts'
import type { MemberProgressRow } from './rows/member-progress.ts'

/** What a member answered when it was asked for its progress. */
export interface ProgressAnswer {
  /** 32 lower-case hex characters. */
  readonly bootId: string
  /** joining, loading or running. */
  readonly phase: string
  readonly bytesDone: number
  /** 0 = not known. */
  readonly bytesTotal: number
  readonly applied: number
}

/** What the leader sees of one member now. */
export interface MemberSight {
  readonly isSelf: boolean
  /** The boot that holds the member's open session; '' = none is open. */
  readonly sessionBootId: string
  /** Cluster time since this leader heard it last, or began to lead. */
  readonly silentMs: number
  /** Cluster time for which this leader has heard it without a break; 0 = it does not. */
  readonly contactMs: number
  /** Its newest answer, and what was committed when it was asked; undefined = none yet. */
  readonly answer?: ProgressAnswer & { readonly commit: number }
}

/**
 * The change of state to propose; undefined when the member's state is right. `silenceMs`: cluster
 * time without contact after which a member has failed.
 */
export function planNodeState(
  row: MemberRow,
  sight: MemberSight,
  silenceMs: number,
): SetNodeState | undefined {
  const to = nextState(row, sight, silenceMs)
  if (to === undefined) return undefined
  const { replicaId, incarnation, bootId, state } = row
  // Whoever starts anew meanwhile is not judged by what its boot before did.
  return { replicaId, incarnation, bootId, from: [state], to }
}

function nextState(
  row: MemberRow,
  sight: MemberSight,
  silenceMs: number,
): SettableState | undefined {
  const { state } = row
  // The operator's word stands until the operator takes it back.
  if (state === 'draining' || state === 'hidden' || state === 'left') return undefined
  if (state === 'fail') return isBack(sight) ? 'loading' : undefined
  if (!sight.isSelf && sight.silentMs >= silenceMs) return 'fail'
  if (state === 'joining') return hasReplica(sight) ? 'loading' : undefined
  return state === 'loading' && hasCaughtUp(row, sight) ? 'online' : undefined
}

/** A joiner receives its state before it can open a session: it loads from then on. */
function hasReplica({ answer }: MemberSight): boolean {
  return answer?.phase === 'loading' || answer?.phase === 'running'
}

/** A moment of contact is not enough: who comes and goes would change its state all the time. */
function isBack({ isSelf, contactMs }: MemberSight): boolean {
  return isSelf || contactMs >= recoveryContactMs
}

function hasCaughtUp({ bootId }: MemberRow, sight: MemberSight): boolean {
  if (bootId === '' || sight.sessionBootId !== bootId) return false
  // The leader's own state shows everything that was committed before its term.
  if (sight.isSelf) return true
  const { answer } = sight
  return answer?.bootId === bootId && answer.phase === 'running' && answer.applied >= answer.commit
}

/** Whether the leader asks such a member how far it has come. */
export function isAskedForProgress(state: MemberState): boolean {
  return state === 'joining' || state === 'loading'
}

/**
 * How far a member has come: bytes of an image or of stored rows, and once its replica runs the
 * entries it has applied. `stateBytes` is what the leader's own state would be as an image, for a
 * member that cannot know its total. 100 percent only when it has applied what was committed.
 */
export function progressOf(
  answer: ProgressAnswer & { readonly commit: number },
  stateBytes: number,
): Pick<MemberProgressRow, 'bytesDone' | 'bytesTotal' | 'percent'> {
  const { phase, commit, applied } = answer
  const known = answer.bytesTotal === 0 ? stateBytes : answer.bytesTotal
  if (phase === 'running') {
    const percent = applied >= commit ? 100 : percentBelow(applied, commit)
    // The log counts in entries; bytes are told in proportion.
    return { bytesDone: Math.floor((known * percent) / 100), bytesTotal: known, percent }
  }
  const { bytesDone } = answer
  const bytesTotal = known === 0 ? 0 : Math.max(known, bytesDone)
  return { bytesDone, bytesTotal, percent: percentBelow(bytesDone, bytesTotal) }
}

function percentBelow(done: number, total: number): number {
  return total === 0 ? 0 : Math.min(99, Math.floor((done / total) * 100))
}
