// Failures of transfers. Codes are stable (docs/errors.md); messages are for people.
import { CodedError } from '../../base/index.ts'

export type SourceErrorCode =
  /** The origin answered with an error status. */
  | 'PEER_SOURCE_STATUS'
  /** The body ended before the announced length. */
  | 'PEER_SOURCE_SHORT_BODY'
  /** The answer holds other bytes than were asked for. */
  | 'PEER_SOURCE_WRONG_RANGE'
  /** The content changed between two requests. */
  | 'PEER_SOURCE_CHANGED'
  /** The content is longer than `contentLengthBytesMax`. */
  | 'PEER_SOURCE_TOO_LARGE'
  /** A range was asked for of an origin that serves none, or one outside of the content. */
  | 'PEER_SOURCE_RANGE_UNSUPPORTED'
  /** There is no source client for the URL. */
  | 'PEER_SOURCE_UNSUPPORTED'

/** What the origin answered, when it did. */
export interface SourceAnswer {
  readonly status: number
  readonly header: Readonly<Record<string, string>>
}

/** A failed download from the origin. */
export class SourceError extends CodedError {
  override readonly name = 'SourceError'
  declare readonly code: SourceErrorCode
  /** Worth trying again. */
  readonly isTemporary: boolean
  /** Undefined when the failure is no answer of the origin. */
  readonly answer: SourceAnswer | undefined

  constructor(
    code: SourceErrorCode,
    message: string,
    options: { readonly isTemporary: boolean; readonly answer?: SourceAnswer },
  ) {
    super(code, message)
    this.isTemporary = options.isTemporary
    this.answer = options.answer
  }
}

/** Codes of the Http port (see base/http.ts) that a second attempt may cure. */
const temporaryHttpCodes: readonly string[] = ['PEER_SOURCE_UNREACHABLE', 'PEER_SOURCE_TIMEOUT']

/** Tells whether a failure on the way from the origin may go away by itself. */
export function isTemporarySourceError(error: unknown): boolean {
  if (error instanceof SourceError) return error.isTemporary
  return error instanceof CodedError && temporaryHttpCodes.includes(error.code)
}
