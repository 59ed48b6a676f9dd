// How a proposal and a read end. Callers handle every reason; none of them is thrown.

/** Why a proposal was not answered with a result. See `ProposeOutcome`. */
export type ProposeRefusal =
  | 'not-leader'
  | 'overloaded'
  | 'too-large'
  | 'expired'
  | 'unknown-outcome'
  | 'stopped'

/**
 * The end of `RaftNode.propose`:
 * - ok: this member's own state machine applied it at `index` and returned `result`.
 * - `not-leader`: it certainly did not commit: no leader was found in time (`leader` 0), or another
 *   leader's entry was applied in its place. `leader` is the one known now, 0 = none.
 * - `overloaded`, `too-large`: refused before it entered any log.
 * - `expired`: the time was over before it entered any log.
 * - `unknown-outcome`: it may be in a log and may commit yet; only a session can tell.
 * - `stopped`: this member stopped before it entered any log.
 */
export type ProposeOutcome =
  | { readonly ok: true; readonly index: number; readonly term: number; readonly result: unknown }
  | { readonly ok: false; readonly reason: 'not-leader'; readonly leader: number }
  | { readonly ok: false; readonly reason: Exclude<ProposeRefusal, 'not-leader'> }

/**
 * The end of `RaftNode.readIndex`: with ok, this member has applied at least every entry that was
 * committed when the read was asked, so what its state shows now is linearizable.
 * - `not-leader`: no leader answered in time and none is known now (`leader` 0) or it just changed.
 * - `expired`: a leader is known but did not confirm, or the own state did not catch up, in time.
 */
export type ReadIndexOutcome =
  | { readonly ok: true; readonly index: number }
  | { readonly ok: false; readonly reason: 'not-leader'; readonly leader: number }
  | { readonly ok: false; readonly reason: 'overloaded' | 'expired' | 'stopped' }

/** What a listener of `RaftNode.onChange` is told. */
export interface LeadershipChange {
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  readonly term: number
  /** replicaId; 0 = none known. */
  readonly leader: number
}

/** Digests of one index that do not agree (design 4.8). */
export interface DigestMismatch {
  readonly index: number
  /** Voters and learners whose digest a majority of the voters contradicts; empty without one. */
  readonly outvoted: readonly number[]
  /** False when no digest is shared by a majority of the voters. */
  readonly hasMajority: boolean
}
