// What the peer's piece store offers. One local copy per task; pieces in one data file per copy,
// metadata in LevelDB. The implementation is `openPieceStore` (piece-store.ts).
//
// Duties of the caller:
// 1. One writer per task (the conductor or the importer). Readers may be many.
// 2. `open` and `create` pin the copy: call `release` exactly once. A deleted task stays readable
//    for whoever has it pinned; its file goes with the last pin.
// 3. A copy is offered to others and announced only when its state is `done`, or piece by piece
//    through `subscribe`.
import type { CancelSignal } from '../../base/index.ts'

/** What names a content in API v1. Empty texts mean absent. */
export interface TaskUrlMeta {
  readonly digest: string
  readonly tag: string
  readonly range: string
  readonly filter: string
  readonly application: string
  readonly header: Readonly<Record<string, string>>
  readonly priority: number
}

/** `standard`: downloaded from a URL. `dfcache`: imported, lives only in peers. */
export type TaskType = 'standard' | 'dfcache'

/** What identifies the origin's version of a content: pieces of two versions must not be mixed. */
export interface SourceValidator {
  readonly etag: string
  readonly lastModified: string
}

/** Where a piece came from. */
export type PieceOrigin = 'source' | 'parent' | 'import'

/** A finished, verified piece. */
export interface PieceRecord {
  readonly num: number
  readonly offsetBytes: number
  readonly lengthBytes: number
  /** Lower-case hex. */
  readonly md5: string
  readonly crc32: number
  readonly origin: PieceOrigin
  /** Time the transfer took, integer milliseconds. */
  readonly costMs: number
}

/** `partial`: pieces may be missing. `done`: all pieces verified and durable. */
export type TaskState = 'partial' | 'done'

/** A task as the store knows it; an immutable snapshot. */
export interface TaskInfo {
  readonly taskId: string
  /** Peer id under which this host offers the copy. */
  readonly peerId: string
  readonly url: string
  readonly urlMeta: TaskUrlMeta
  readonly type: TaskType
  readonly state: TaskState
  readonly pieceSizeBytes: number
  /** -1 while unknown. */
  readonly contentLengthBytes: number
  /** -1 while unknown. */
  readonly totalPieces: number
  readonly finishedPieces: number
  readonly finishedBytes: number
  /** SHA-256 (hex) of all piece md5 texts in order; empty until done. */
  readonly pieceMd5Sign: string
  /** Response headers of the origin worth passing on (extend_attribute). */
  readonly sourceHeader: Readonly<Record<string, string>>
  readonly validator: SourceValidator
  /** The scheduler has not confirmed this copy yet; survives restarts. */
  readonly needsAnnounce: boolean
  readonly createdWallMs: number
}

export interface NewTask {
  /** 64 or 128 lower-case hex characters (`isTaskId`). */
  readonly taskId: string
  readonly peerId: string
  readonly url: string
  readonly urlMeta: TaskUrlMeta
  readonly type: TaskType
  /** -1 when unknown; then give it later with `setContentLength`. */
  readonly contentLengthBytes: number
  /** @default the API v1 rule for the length (4 MiB when unknown) */
  readonly pieceSizeBytes?: number
}

export interface WritePieceOptions {
  /** Expected md5, lower-case hex; empty or absent: not compared. */
  readonly md5?: string
  readonly origin: PieceOrigin
  /** @default 0; streams measure better than the store, so the caller may give it afterwards */
  readonly costMs?: number | (() => number)
}

export interface FinishOptions {
  /** `algo:hex`, algo md5, sha1, sha256 or sha512; empty or absent: not checked. */
  readonly digest?: string
  /** Expected `pieceMd5Sign` as a parent told it; empty or absent: not checked. */
  readonly pieceMd5Sign?: string
  /** @default true */
  readonly needsAnnounce?: boolean
}

export interface ExportOptions {
  /** Replaces an existing regular file. @default false: PEER_OUTPUT_EXISTS */
  readonly overwrite?: boolean
  readonly signal?: CancelSignal
  readonly onProgress?: (writtenBytes: number) => void
}

/** A pinned copy of a task. After `release` nothing may be called. */
export interface TaskCopy {
  readonly taskId: string
  /** The copy as it is now. */
  info(): TaskInfo
  hasPiece(num: number): boolean
  piece(num: number): PieceRecord | undefined
  /** Finished pieces with numbers >= `fromNum`, ascending, at most `limit`. */
  pieces(fromNum: number, limit: number): readonly PieceRecord[]
  /** Smallest piece number >= `fromNum` that is not finished. */
  firstMissing(fromNum: number): number

  /**
   * Fixes the content length (and with it the number of pieces). Idempotent. While no piece is
   * written it also fixes the piece size: the given one (a parent's cut, `inferPieceSize`), else
   * the API v1 rule. PEER_LENGTH_MISMATCH when it contradicts what is known or the pieces.
   */
  setContentLength(contentLengthBytes: number, pieceSizeBytes?: number): Promise<void>
  /**
   * Says which version of the origin's content the pieces are of. When it contradicts the
   * recorded one all pieces and the length are dropped first; true then.
   */
  setSource(
    validator: SourceValidator,
    header: Readonly<Record<string, string>>,
  ): Promise<{ readonly dropped: boolean }>
  /**
   * Writes one piece and records it once its bytes are in the file. A finished piece is returned as
   * it is. PEER_PIECE_LENGTH, PEER_PIECE_DIGEST_MISMATCH (nothing recorded), PEER_PIECE_BUSY (the
   * same piece is being written), PEER_DISK_FULL; errors of the stream pass through unchanged.
   */
  writePiece(
    num: number,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    options: WritePieceOptions,
  ): Promise<PieceRecord>
  /**
   * Makes a complete copy durable and `done`. PEER_TASK_INCOMPLETE, PEER_DIGEST_MISMATCH (the copy
   * stays partial; delete it), PEER_DIGEST_INVALID.
   */
  finish(options?: FinishOptions): Promise<TaskInfo>

  /** One whole piece, CRC checked: PEER_PIECE_NOT_FOUND, PEER_PIECE_DAMAGED. */
  readPiece(num: number): Promise<Uint8Array>
  /**
   * Bytes in chunks of at most 512 KiB. All of the range must lie in finished pieces
   * (PEER_PIECE_NOT_FOUND before the first chunk). Pieces covered whole are CRC checked before
   * their last chunk is handed out: PEER_PIECE_DAMAGED, and the piece is forgotten.
   */
  read(startBytes: number, lengthBytes: number): AsyncIterable<Uint8Array>
  /**
   * Copies the whole content to `output` (absolute path): a temporary file beside it, synced, then
   * renamed. Never a hard link: a user could alter the store through it. Missing parent
   * directories are made. PEER_OUTPUT_EXISTS, PEER_OUTPUT_IS_DIRECTORY, PEER_OUTPUT_NOT_WRITABLE,
   * PEER_DISK_FULL, PEER_PIECE_DAMAGED; nothing is left behind on a failure.
   */
  exportTo(output: string, options?: ExportOptions): Promise<void>

  /** Gives the pin back. */
  release(): Promise<void>
}

/** One step of a task's progress: pieces not yielded before, ascending, and the task as it is. */
export interface TaskProgress {
  readonly pieces: readonly PieceRecord[]
  readonly task: TaskInfo
}

export interface ImportOptions {
  readonly signal?: CancelSignal
  readonly onProgress?: (readBytes: number) => void
}

/**
 * The local copies of this peer. All methods but `close` reject with PEER_STORE_CLOSED after close.
 */
export interface PieceStore {
  /** A new, pinned, partial copy. PEER_TASK_EXISTS, PEER_TASK_LIMIT, PEER_TASK_ID_INVALID. */
  create(task: NewTask): Promise<TaskCopy>
  /** Pins the copy; undefined when there is none. */
  open(taskId: string): TaskCopy | undefined
  /**
   * Pins a partial copy of an earlier run for writing, after checking every recorded piece against
   * its CRC; damaged ones are forgotten. Undefined when there is no copy.
   */
  resume(taskId: string): Promise<TaskCopy | undefined>
  get(taskId: string): TaskInfo | undefined
  /** All tasks, by task id. */
  list(): readonly TaskInfo[]
  /**
   * Imports a regular file as a finished copy (`needsAnnounce` set). A partial copy of the task is
   * replaced; a finished one is PEER_TASK_EXISTS. PEER_IMPORT_NOT_FOUND, PEER_IMPORT_NOT_A_FILE,
   * PEER_IMPORT_NOT_READABLE, PEER_IMPORT_CHANGED, PEER_DISK_FULL; on a failure nothing is left.
   */
  importFile(
    path: string,
    task: Omit<NewTask, 'contentLengthBytes' | 'pieceSizeBytes'>,
    options?: ImportOptions,
  ): Promise<TaskInfo>
  /** Forgets the copy durably, then removes its data; false when there was none. */
  delete(taskId: string): Promise<boolean>
  setNeedsAnnounce(taskId: string, needsAnnounce: boolean): Promise<void>
  /** Offers the copy under another peer id from now on. */
  setPeerId(taskId: string, peerId: string): Promise<void>
  /**
   * Follows a task from piece `fromNum`: the first step comes at once (maybe without pieces), then
   * one whenever pieces finish, at most `limit` pieces each; ends when the task is done and all
   * was yielded. Rejects with PEER_TASK_NOT_FOUND when the task is or gets deleted, with the given
   * error after `interrupt`, and with the signal's reason.
   */
  subscribe(
    taskId: string,
    fromNum: number,
    options: { readonly limit: number; readonly signal?: CancelSignal },
  ): AsyncIterable<TaskProgress>
  /** Ends the subscriptions of a task whose download failed; the partial copy stays. */
  interrupt(taskId: string, error: Error): void
  /** Is told when a copy loses a damaged piece (it is `partial` again). Returns the unsubscribe. */
  onDamage(listener: (task: TaskInfo, num: number) => void): () => void
  /** Finished bytes over all copies. */
  usedBytes(): number
  close(): Promise<void>
}
