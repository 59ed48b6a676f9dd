// What the core wants done. Work is numbered; its completions come back tagged.
import type { Entry, HardState } from './entry.ts'
import type { CoreMessage, Snapshot } from './message.ts'

/** As what a replica acts. A learner is a follower that is never a candidate. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader'

/** What observers see; nothing in it needs to be durable. */
export interface SoftState {
  readonly role: Role
  readonly term: number
  /** replicaId of the known leader; 0 = none. */
  readonly leader: number
  /** The group says that this replica was removed: it takes no part any more. */
  readonly isRemoved: boolean
}

/**
 * Make `entries` and `hardState` durable in one group, then release `messages` and step the
 * completion. Writing entry i discards everything at or after i. Works finish in the order of
 * `seq`.
 */
export interface AppendWork {
  /**
   * Install this image first: announce it to the log, replace the state, reset the log. Entries of
   * this work follow it. Apply work handed out before and not finished is void.
   */
  readonly snapshot: Snapshot | undefined
  /**
   * With `snapshot`: the log holds the entry that the image ends with, durably, and what follows it.
   * Replace the state alone; the log is neither told nor reset.
   */
  readonly keepsLog: boolean
  readonly seq: number
  /** The core's term when the work was formed; the completion carries it back. */
  readonly term: number
  readonly entries: readonly Entry[]
  readonly hardState: HardState
  readonly lastIndex: number
  readonly lastTerm: number
  readonly messages: readonly CoreMessage[]
}

/**
 * Apply committed, locally durable entries in order, then report the last index. An entry of type
 * `config` is the last one of its work.
 */
export interface ApplyWork {
  readonly entries: readonly Entry[]
}

/** The end of a `readIndex`: serve the read once `index` is applied, or fail it. */
export type ReadOutcome =
  | { readonly id: number; readonly ok: true; readonly index: number }
  | { readonly id: number; readonly ok: false; readonly reason: 'not-leader' }

/** What is to be done outside; see raft/README.md for the order. */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined
  /** May leave at once: a leader's appends and heartbeats, and replies that promise nothing. */
  readonly messages: readonly CoreMessage[]
  readonly append: AppendWork | undefined
  readonly apply: ApplyWork | undefined
  readonly reads: readonly ReadOutcome[]
}

/** Tag of a finished `AppendWork`. What was replaced since it was formed it does not confirm. */
export interface AppendCompletion {
  readonly seq: number
  readonly term: number
  readonly lastIndex: number
  readonly lastTerm: number
}
