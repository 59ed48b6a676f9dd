// Failures of the upload server. Codes are stable (docs/errors.md).
import { CodedError } from '../../base/index.ts'

export type UploadErrorCode = 'PEER_PORT_IN_USE' | 'PEER_LISTEN_FAILED'

export class UploadError extends CodedError {
  override readonly name = 'UploadError'
  declare readonly code: UploadErrorCode

  constructor(code: UploadErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause })
  }
}
