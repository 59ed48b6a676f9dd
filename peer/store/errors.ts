// Failures of the piece store. Codes are stable (docs/errors.md); messages are for people.
import { CodedError, DiskError, messageOf } from '../../base/index.ts'

export type StoreErrorCode =
  | 'PEER_DIGEST_INVALID'
  | 'PEER_DIGEST_MISMATCH'
  | 'PEER_DISK_FULL'
  | 'PEER_IMPORT_CHANGED'
  | 'PEER_IMPORT_NOT_A_FILE'
  | 'PEER_IMPORT_NOT_FOUND'
  | 'PEER_IMPORT_NOT_READABLE'
  | 'PEER_LENGTH_MISMATCH'
  | 'PEER_OUTPUT_EXISTS'
  | 'PEER_OUTPUT_IS_DIRECTORY'
  | 'PEER_OUTPUT_NOT_WRITABLE'
  | 'PEER_PIECE_BUSY'
  | 'PEER_PIECE_DAMAGED'
  | 'PEER_PIECE_DIGEST_MISMATCH'
  | 'PEER_PIECE_LENGTH'
  | 'PEER_PIECE_NOT_FOUND'
  | 'PEER_STORE_CLOSED'
  | 'PEER_STORE_DAMAGED'
  | 'PEER_STORE_FORMAT'
  | 'PEER_STORE_IN_USE'
  | 'PEER_STORE_IO'
  | 'PEER_TASK_EXISTS'
  | 'PEER_TASK_ID_INVALID'
  | 'PEER_TASK_INCOMPLETE'
  | 'PEER_TASK_LIMIT'
  | 'PEER_TASK_NOT_FOUND'

/** A failed operation of the piece store. */
export class StoreError extends CodedError {
  override readonly name = 'StoreError'
  declare readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause })
  }
}

/** The store's own view of a failed file operation; other errors pass through unchanged. */
export function storeErrorOf(error: unknown): unknown {
  if (!(error instanceof DiskError)) return error
  if (error.code === 'STORE_DISK_FULL') {
    return new StoreError('PEER_DISK_FULL', `no space left: ${error.message}`, error)
  }
  return new StoreError('PEER_STORE_IO', messageOf(error), error)
}

/** Runs a file operation of the store. */
export async function onDisk<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw storeErrorOf(error)
  }
}
