// The file-system port. The log, images and piece store use nothing else, so that the simulator
// runs the same code on a disk that lies, tears and fills up.
import { CodedError } from './errors.ts'

/** Codes of `DiskError`; everything unexpected is `STORE_IO`. */
export type DiskErrorCode =
  | 'STORE_NOT_FOUND'
  | 'STORE_EXISTS'
  | 'STORE_NOT_EMPTY'
  | 'STORE_WRONG_KIND'
  | 'STORE_ACCESS_DENIED'
  | 'STORE_DISK_FULL'
  | 'STORE_IO'

/** A failed file operation. `path` is what was asked for; `cause` the system's error. */
export class DiskError extends CodedError {
  override readonly name = 'DiskError'
  declare readonly code: DiskErrorCode
  readonly path: string

  constructor(code: DiskErrorCode, path: string, message: string, cause?: unknown) {
    super(code, message, { cause })
    this.path = path
  }
}

/** An open file. Offsets and lengths are bytes, safe integers. */
export interface DiskFile {
  /** Up to `length` bytes from `offset`; shorter only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  /**
   * Writes all of `parts` one after another from `offset`, or rejects (then nothing is certain).
   */
  write(offset: number, parts: readonly Uint8Array[]): Promise<void>
  /** Makes content and size durable (fdatasync). A rejection means: stop, never try again. */
  sync(): Promise<void>
  /**
   * As `write`, and these bytes are durable when it resolves: one trip to the disk instead of two.
   * It says nothing of what was written before. A rejection means: stop, never try again. A disk
   * without it lacks the method.
   */
  writeSynced?(offset: number, parts: readonly Uint8Array[]): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface DiskStat {
  readonly kind: 'file' | 'directory' | 'other'
  readonly sizeBytes: number
  /** Last change of the content in wall milliseconds; absent on disks that keep no times. */
  readonly modifiedMs?: number
}

/** `read` needs the file; `write` opens or creates; `create` refuses an existing one. */
export type OpenMode = 'read' | 'write' | 'create'

/** Files and directories by absolute path. Every method rejects with `DiskError`. */
export interface Disk {
  /** `permissions` is for a file this call creates, before the umask. @default 0o600 */
  open(path: string, mode: OpenMode, permissions?: number): Promise<DiskFile>
  /** The whole file; `STORE_IO` when it is larger than `sizeBytesMax`. */
  readFile(path: string, sizeBytesMax: number): Promise<Uint8Array>
  /** Undefined when nothing is there. */
  stat(path: string): Promise<DiskStat | undefined>
  /** Names in a directory, sorted by their UTF-8 bytes. */
  list(path: string): Promise<readonly string[]>
  /** Creates the directory and its parents; an existing directory is fine. */
  makeDirectory(path: string): Promise<void>
  /** Atomic within one file system; replaces an existing file. */
  rename(from: string, to: string): Promise<void>
  /** Hard link; refuses an existing target. */
  link(from: string, to: string): Promise<void>
  /** Removes a file; a missing one is `STORE_NOT_FOUND`. */
  remove(path: string): Promise<void>
  /** Removes a directory with everything in it; a missing one is fine. */
  removeTree(path: string): Promise<void>
  /** Makes creates, renames and removals in the directory durable. */
  syncDirectory(path: string): Promise<void>
  /** Bytes an unprivileged process may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>
}
