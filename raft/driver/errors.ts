import { CodedError } from '../../base/index.ts'

/**
 * Why a replica stopped for good:
 * - `RAFT_LOG_WRITE_FAILED`: the log could not make a group durable, so nothing it acknowledged
 *   later could be trusted (R-14.1, R-16.1).
 * - `RAFT_APPLY_FAILED`: the state machine threw, so this replica's state may differ from others'.
 * - `RAFT_CORE_FAILED`: an invariant of the protocol broke.
 */
export type RaftFatalCode = 'RAFT_LOG_WRITE_FAILED' | 'RAFT_APPLY_FAILED' | 'RAFT_CORE_FAILED'

/** The reason of a fail-stop; `cause` is what was thrown. */
export class RaftFatalError extends CodedError {
  override readonly name = 'RaftFatalError'
  declare readonly code: RaftFatalCode

  constructor(code: RaftFatalCode, message: string, cause: unknown) {
    super(code, message, { cause })
  }
}
