// Why a replica stops for good.
import { CodedError, isCoded } from '../../base/index.ts'

/**
 * Why a replica stopped for good:
 * - `RAFT_LOG_WRITE_FAILED`: the log could not make a group durable, so nothing it acknowledged
 *   later could be trusted (R-14.1, R-16.1).
 * - `RAFT_APPLY_FAILED`: the state machine threw, so this replica's state may differ from others'.
 * - `RAFT_UNSUPPORTED_COMMAND`: it threw because this program does not know a command: a newer one
 *   can go on where this one stopped.
 * - `RAFT_IMAGE_INSTALL_FAILED`: an image could not replace the state, though the log was told.
 * - `RAFT_CORE_FAILED`: an invariant of the protocol broke.
 */
export type RaftFatalCode =
  | 'RAFT_LOG_WRITE_FAILED'
  | 'RAFT_APPLY_FAILED'
  | 'RAFT_UNSUPPORTED_COMMAND'
  | 'RAFT_IMAGE_INSTALL_FAILED'
  | 'RAFT_CORE_FAILED'

/** The reason of a fail-stop; `cause` is what was thrown. */
export class RaftFatalError extends CodedError {
  override readonly name = 'RaftFatalError'
  declare readonly code: RaftFatalCode

  constructor(code: RaftFatalCode, message: string, cause: unknown) {
    super(code, message, { cause })
  }
}

/** The code for what a state machine threw; its own `…UNSUPPORTED_COMMAND` is told apart. */
export function fatalCodeOf(thrown: unknown): RaftFatalCode {
  const isUnsupported = isCoded(thrown) && thrown.code.endsWith('UNSUPPORTED_COMMAND')
  return isUnsupported ? 'RAFT_UNSUPPORTED_COMMAND' : 'RAFT_APPLY_FAILED'
}
