// A proposed command and how it ends, for the proposer and its callers.
import type { Timer } from '../../base/index.ts'
import type { FrameworkRefusal } from './command.ts'
import type { CommandReport, Outcome } from './frame.ts'

export interface ProposeOptions {
  /** How long the caller waits; the command's life in the log ends then, too, or after 10 s. */
  readonly timeoutMs: number
  /** Who asked. @default '': the member itself */
  readonly actor?: string
  /** Natural id of the client operation. @default '' */
  readonly opId?: string
}

/**
 * Why a command has no result:
 * - those of `FrameworkRefusal`: it was decided and changed nothing.
 * - `overloaded`, `too-large`: refused at once.
 * - `unavailable`: no leader took it in time; it is in no log and never will be.
 * - `unknown-outcome`: it was handed to a leader and may be applied yet.
 * - `stopped`: this member is stopping; it is in no log.
 */
export type ProposalRefusal =
  | FrameworkRefusal
  | 'overloaded'
  | 'too-large'
  | 'unavailable'
  | 'unknown-outcome'
  | 'stopped'

/**
 * The end of `Proposer.propose`; `index` is the entry that decided it (0 for a repeated report).
 */
export type ProposalOutcome<Result> =
  | { readonly ok: true; readonly result: Result; readonly index: number }
  | { readonly ok: false; readonly reason: ProposalRefusal }

/** A command on its way, from `propose` until this member has applied it. */
export interface PendingCommand {
  readonly kind: number
  readonly kindVersion: number
  readonly packedBody: Uint8Array
  readonly actor: string
  readonly opId: string
  /** When its life in the log ends, by this member's clock. */
  readonly lifeEndMs: number
  /** Undefined once the caller was answered. */
  resolve: ((outcome: ProposalOutcome<never>) => void) | undefined
  timer: Timer | undefined
  seq: number
  encoded: Uint8Array | undefined
  /** Attempts whose end is not known yet. */
  attempts: number
  /** An attempt ended as `unknown-outcome`. */
  isUncertain: boolean
}

/** A refusal at once. */
export function refused(
  reason: ProposalRefusal,
): Promise<{ readonly ok: false; readonly reason: ProposalRefusal }> {
  return Promise.resolve({ ok: false, reason })
}

/** Ends a command for its caller; once. */
export function answer(command: PendingCommand, outcome: ProposalOutcome<never>): void {
  command.timer?.cancel()
  command.timer = undefined
  command.resolve?.(outcome)
  command.resolve = undefined
}

/** False when no log can hold it: every attempt ended with a certain refusal. */
export function mayBeInLog(command: PendingCommand): boolean {
  return command.isUncertain || command.attempts > 0
}

/** Tells whether the reports of an entry say that a command before it is missing. */
export function hasGap(reports: unknown): boolean {
  if (!Array.isArray(reports)) return false
  return (reports as readonly CommandReport[]).some(
    ({ outcome }) => !outcome.ok && outcome.reason === 'gap',
  )
}

/** What the caller is told about an outcome of the state machine. */
export function proposalOutcome(outcome: Outcome, index: number): ProposalOutcome<never> {
  if (outcome.ok) return { ok: true, result: outcome.result as never, index }
  switch (outcome.reason) {
    case 'gap':
    case 'session-closed':
    case 'forgotten':
      return { ok: false, reason: 'unknown-outcome' }
    default:
      return { ok: false, reason: outcome.reason }
  }
}
