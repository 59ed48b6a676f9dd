// How failures of a peer are told to others: a number of API v1's `common.Code`, which unmodified
// clients understand, together with our stable code, which our own commands print.
import { CodedError, isCoded, messageOf } from '../base/index.ts'
import { codeTrailer, dfCodes, DfError, StatusError, toWireStatus } from '../proto/index.ts'
import type { errordetailsV1, WireStatus } from '../proto/index.ts'
import { SourceError } from './transfer/index.ts'

/** A failed operation on a task: `dfCode` is a number of `dfCodes`, `code` the stable code. */
export class TaskError extends CodedError {
  override readonly name = 'TaskError'
  readonly dfCode: number
  readonly sourceError: errordetailsV1.SourceError | undefined

  constructor(
    code: string,
    dfCode: number,
    message: string,
    options?: { readonly cause?: unknown; readonly sourceError?: errordetailsV1.SourceError },
  ) {
    super(code, message, options)
    this.dfCode = dfCode
    this.sourceError = options?.sourceError
  }
}

// What a caller can mend is BadRequest; everything not named here is ClientError.
const dfCodeByCode: Readonly<Record<string, number>> = {
  PEER_TASK_NOT_FOUND: dfCodes.PeerTaskNotFound,
  PEER_PIECE_NOT_FOUND: dfCodes.ClientPieceNotFound,
  PEER_OUTPUT_EXISTS: dfCodes.BadRequest,
  PEER_OUTPUT_IS_DIRECTORY: dfCodes.BadRequest,
  PEER_OUTPUT_NOT_WRITABLE: dfCodes.BadRequest,
  PEER_OUTPUT_RELATIVE: dfCodes.BadRequest,
  PEER_IMPORT_NOT_FOUND: dfCodes.BadRequest,
  PEER_IMPORT_NOT_A_FILE: dfCodes.BadRequest,
  PEER_IMPORT_NOT_READABLE: dfCodes.BadRequest,
  PEER_DIGEST_INVALID: dfCodes.BadRequest,
  PEER_REQUEST_INVALID: dfCodes.BadRequest,
  PEER_NOT_ANNOUNCED: dfCodes.ServerUnavailable,
  PEER_SCHEDULER_UNAVAILABLE: dfCodes.ServerUnavailable,
  PEER_CANCELLED: dfCodes.ClientContextCanceled,
  PEER_TIMEOUT: dfCodes.RequestTimeOut,
  PEER_SOURCE_UNSUPPORTED: dfCodes.ClientBackSourceError,
}

/** Turns anything thrown into a failure that carries both codes. */
export function toTaskError(error: unknown): TaskError {
  if (error instanceof TaskError) return error
  if (error instanceof DfError) {
    return new TaskError(
      stableCodeOfDf(error.dfCode),
      error.dfCode,
      error.message,
      error.sourceError === undefined
        ? { cause: error }
        : { cause: error, sourceError: error.sourceError },
    )
  }
  if (error instanceof SourceError) {
    return new TaskError(error.code, dfCodes.ClientBackSourceError, error.message, {
      cause: error,
      sourceError: wireSourceError(error),
    })
  }
  if (isCoded(error)) {
    const dfCode =
      dfCodeByCode[error.code] ??
      (error.code.startsWith('PEER_SOURCE_') ? dfCodes.ClientBackSourceError : dfCodes.ClientError)
    return new TaskError(error.code, dfCode, error.message, { cause: error })
  }
  return new TaskError('PEER_INTERNAL', dfCodes.UnknownError, messageOf(error), { cause: error })
}

function wireSourceError(error: SourceError): errordetailsV1.SourceError {
  const { isTemporary: temporary, answer } = error
  if (answer === undefined) return { temporary }
  return { temporary, metadata: { header: { ...answer.header }, statusCode: answer.status } }
}

function stableCodeOfDf(dfCode: number): string {
  if (dfCode === dfCodes.PeerTaskNotFound) return 'PEER_TASK_NOT_FOUND'
  return 'PROTO_DF_ERROR'
}

/**
 * The status a daemon answers with. Failures about a task travel as API v1's DfError detail with
 * the stable code in the trailer; failures of the call itself as plain gRPC statuses.
 */
export function toReplyStatus(error: unknown): WireStatus {
  if (error instanceof StatusError) return toWireStatus(error)
  if (isCoded(error) && plainCodes.has(error.code)) return toWireStatus(error)
  const failure = toTaskError(error)
  const wire = toWireStatus(
    new DfError(
      failure.dfCode,
      failure.message,
      failure.sourceError === undefined ? {} : { sourceError: failure.sourceError },
    ),
  )
  wire.metadata.set(codeTrailer, failure.code)
  return wire
}

const plainCodes: ReadonlySet<string> = new Set([
  'PEER_UNAUTHENTICATED',
  'PEER_EXCHANGE_DISABLED',
  'PEER_SEED_BUSY',
  'PEER_STOPPING',
])
