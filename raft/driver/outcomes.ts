// How what a caller asks for ends. Callers handle every reason; none of them is thrown.
import type { ProposeChangeResult } from '../core/outcome.ts'

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

/** Why a change of the membership was refused before it entered any log. */
export type ChangeProposalRefusal = Extract<ProposeChangeResult, { ok: false }>['reason']

/**
 * The end of `RaftNode.changeConfiguration`:
 * - ok: this member's own state machine applied the entry at `index`; `result` is what it returned,
 *   which may still say that the change had become invalid and did nothing.
 * - `not-leader`: only the leader changes the membership; `leader` is whom to ask, 0 = unknown. Or
 *   another leader's entry was applied in its place.
 * - `unknown-outcome`: it is in a log and may commit yet; look at the configuration later.
 * - `stopped`: this member is not running.
 * - all others: refused by the core, explained at `ProposeChangeResult`; nothing entered any log.
 */
export type ChangeOutcome =
  | { readonly ok: true; readonly index: number; readonly term: number; readonly result: unknown }
  | {
      readonly ok: false
      readonly reason: ChangeProposalRefusal | 'unknown-outcome' | 'stopped'
      readonly leader: number
    }

/**
 * The end of `RaftNode.transferLeadership`:
 * - ok: `leader` leads in `term`: the target, or whoever won instead.
 * - `not-leader`, `not-voter`, `self`, `overloaded`: refused at once.
 * - `aborted`: the core gave up after one election timeout and this member leads on.
 * - `expired`: nobody else was seen to lead within the time given.
 */
export type TransferOutcome =
  | { readonly ok: true; readonly leader: number; readonly term: number }
  | {
      readonly ok: false
      readonly reason:
        | 'not-leader'
        | 'not-voter'
        | 'self'
        | 'overloaded'
        | 'aborted'
        | 'expired'
        | 'stopped'
      /** replicaId that leads as far as this member knows; 0 = none. */
      readonly leader: number
    }

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
