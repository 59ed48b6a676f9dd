// What applying one log entry tells the rest of the member.
import type { FrameworkRefusal, StateEvent } from './command.ts'
import type { AnyTable, RowId } from './table-definition.ts'

/** What became of a command. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly reason: FrameworkRefusal | SessionRefusal }

/** Why a session did not take a command; its `seq` is not used up. */
export type SessionRefusal =
  /** The session is not (or no longer) open. */
  | 'session-closed'
  /** A command before it is missing. */
  | 'gap'
  /** It was applied before, and its result is no longer kept. */
  | 'forgotten'

/** The outcome of the command with this `seq` of the frame's session. */
export interface CommandReport {
  readonly seq: number
  readonly outcome: Outcome
  /** It had been applied by an earlier entry; the outcome is the one kept from then. */
  readonly isRepeated: boolean
}

/** A row that an entry changed. */
export interface RowChange {
  readonly table: AnyTable
  readonly id: RowId
  /** The whole row as it is now; undefined when it was removed. */
  readonly row: object | undefined
  /** The row as it was before; undefined when it was added. */
  readonly before: object | undefined
  /** Log index that changed it last before; 0 when it was added. */
  readonly beforeModIndex: number
}

/** One for each applied entry, in log order, delivered synchronously. */
export interface StateFrame {
  readonly index: number
  readonly term: number
  /** Cluster time. */
  readonly stampMs: number
  /** 0 for entries outside sessions. */
  readonly sessionId: number
  readonly reports: readonly CommandReport[]
  readonly events: readonly StateEvent[]
  /** Rows changed (once each), computed on demand: only valid while the frame is delivered. */
  changes(): readonly RowChange[]
}

/** Receives frames. Must not throw and must not call back into the state machine's `apply`. */
export type FrameListener = (frame: StateFrame) => void
