import { CodedError } from '../../base/index.ts'

/** Codes of `StateError`. */
export type StateErrorCode =
  /** Log, state or image hold something that this version does not know: upgrade the member. */
  | 'SCHED_UNSUPPORTED_COMMAND'
  /** A committed entry cannot be decoded. */
  | 'SCHED_ENTRY_DAMAGED'
  /** The stored state cannot be decoded or does not add up to its digest. */
  | 'SCHED_STATE_DAMAGED'
  /** The state store refused a write. */
  | 'SCHED_STATE_WRITE_FAILED'

/** A failure after which this replica must stop (design 4.6, 4.7, 4.14). */
export class StateError extends CodedError {
  override readonly name = 'StateError'
  declare readonly code: StateErrorCode

  constructor(code: StateErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause })
  }
}
