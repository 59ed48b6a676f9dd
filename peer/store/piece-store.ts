// The piece store: one copy per task, found by id. Copies do the work; this class keeps the set.
import { assert, compareUtf8 } from '../../base/index.ts'
import type { CancelSignal, Clock, Disk, Logger, Random } from '../../base/index.ts'
import { contentLengthBytesMax, isTaskId, lengthUnknown, pieceSizeBytesOf } from '../core/index.ts'
import { Copy } from './copy.ts'
import type { CopyDeps } from './copy.ts'
import { onDisk, StoreError } from './errors.ts'
import { checkSpace, importPieces, openImportSource } from './import-file.ts'
import { Layout, newDataFileName, prepareDirectory, sweepOrphans } from './layout.ts'
import { openLevelMetadata } from './level-metadata.ts'
import type { MetadataStore } from './metadata.ts'
import { MetadataWriter } from './metadata-writer.ts'
import { PinnedCopy } from './pinned-copy.ts'
import { decodePiece, decodeTask, parseKey, pieceKey } from './records.ts'
import type { TaskRecord } from './records.ts'
import { follow } from './subscription.ts'
import type { ImportOptions, NewTask, PieceRecord, PieceStore } from './types.ts'
import type { TaskCopy, TaskInfo, TaskProgress } from './types.ts'

/** Copies one store keeps when `tasksMax` is not given. */
export const tasksMaxDefault = 10_000

export interface PieceStoreDeps {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface PieceStoreOptions {
  /** Absolute path; one process at a time. */
  readonly dataDir: string
  /** Copies at most; more are PEER_TASK_LIMIT. @default 10,000 */
  readonly tasksMax?: number
}

/**
 * Opens the store with its records in LevelDB below `dataDir`. PEER_STORE_IN_USE,
 * PEER_STORE_FORMAT, PEER_STORE_DAMAGED, PEER_STORE_IO, PEER_DISK_FULL.
 */
export async function openPieceStore(
  deps: PieceStoreDeps,
  options: PieceStoreOptions,
): Promise<PieceStore> {
  const layout = new Layout(options.dataDir)
  await prepareDirectory(deps.disk, layout)
  const metadata = await openLevelMetadata(layout.metadata)
  try {
    return await PieceStoreOnDisk.load({ ...deps, metadata }, options)
  } catch (error) {
    await metadata.close()
    throw error
  }
}

export class PieceStoreOnDisk implements PieceStore {
  readonly #deps: PieceStoreDeps & { readonly metadata: MetadataStore }
  readonly #layout: Layout
  readonly #tasksMax: number
  readonly #writer: MetadataWriter
  readonly #copies = new Map<string, Copy>()
  /** Ids whose copy is being made, so that two callers cannot make it at once. */
  readonly #reserved = new Set<string>()
  /** Deletions under way; a new copy of the same task waits for them. */
  readonly #deletions = new Map<string, Promise<void>>()
  readonly #damageListeners = new Set<(task: TaskInfo, num: number) => void>()
  #pins = 0
  #isClosed = false

  /** Use `load`. */
  private constructor(
    deps: PieceStoreDeps & { readonly metadata: MetadataStore },
    options: PieceStoreOptions,
  ) {
    this.#deps = deps
    this.#layout = new Layout(options.dataDir)
    this.#tasksMax = options.tasksMax ?? tasksMaxDefault
    this.#writer = new MetadataWriter(deps.metadata)
  }

  /** Opens a store over given metadata (which it closes with itself). */
  static async load(
    deps: PieceStoreDeps & { readonly metadata: MetadataStore },
    options: PieceStoreOptions,
  ): Promise<PieceStoreOnDisk> {
    const store = new PieceStoreOnDisk(deps, options)
    await prepareDirectory(deps.disk, store.#layout)
    await store.#load()
    return store
  }

  async create(task: NewTask): Promise<TaskCopy> {
    const copy = await this.#new(task, true)
    return this.#pinned(copy)
  }

  open(taskId: string): TaskCopy | undefined {
    this.#assertOpen()
    const copy = this.#copies.get(taskId)
    if (copy === undefined) return undefined
    copy.pin()
    return this.#pinned(copy)
  }

  async resume(taskId: string): Promise<TaskCopy | undefined> {
    const handle = this.open(taskId)
    const copy = this.#copies.get(taskId)
    if (handle === undefined || copy === undefined || copy.record.state === 'done') return handle
    try {
      const damaged = await copy.verify()
      if (damaged > 0) this.#deps.logger.warn({ taskId, damaged }, 'damaged pieces forgotten')
      return handle
    } catch (error) {
      await handle.release()
      throw error
    }
  }

  get(taskId: string): TaskInfo | undefined {
    this.#assertOpen()
    return this.#copies.get(taskId)?.info()
  }

  list(): readonly TaskInfo[] {
    this.#assertOpen()
    const ids = [...this.#copies.keys()].sort(compareUtf8)
    return ids.map((taskId) => this.#copies.get(taskId)!.info())
  }

  async importFile(
    path: string,
    task: Omit<NewTask, 'contentLengthBytes' | 'pieceSizeBytes'>,
    options: ImportOptions = {},
  ): Promise<TaskInfo> {
    this.#assertOpen()
    const { disk } = this.#deps
    const source = await openImportSource(disk, path)
    try {
      await onDisk(() => checkSpace(disk, this.#layout.dataDir, source.sizeBytes))
      if (this.#copies.get(task.taskId)?.record.state === 'partial') await this.delete(task.taskId)
      const copy = await this.#new({ ...task, contentLengthBytes: source.sizeBytes }, false)
      try {
        await importPieces(disk, source, copy, options)
        return await copy.finish({ needsAnnounce: true })
      } catch (error) {
        await this.#discard(copy)
        throw error
      } finally {
        await copy.unpin()
      }
    } finally {
      await source.file.close()
    }
  }

  async delete(taskId: string): Promise<boolean> {
    this.#assertOpen()
    const copy = this.#copies.get(taskId)
    if (copy === undefined) return false
    this.#copies.delete(taskId)
    const deletion = copy.delete()
    this.#deletions.set(taskId, deletion)
    try {
      await deletion
    } catch (error) {
      // The records are still there, so the copy is too.
      this.#copies.set(taskId, copy)
      throw error
    } finally {
      this.#deletions.delete(taskId)
    }
    return true
  }

  async setNeedsAnnounce(taskId: string, needsAnnounce: boolean): Promise<void> {
    const copy = this.#existing(taskId)
    if (copy.record.needsAnnounce === needsAnnounce) return
    await copy.update({ needsAnnounce }, false)
  }

  async setPeerId(taskId: string, peerId: string): Promise<void> {
    await this.#existing(taskId).update({ peerId }, true)
  }

  async *subscribe(
    taskId: string,
    fromNum: number,
    options: { readonly limit: number; readonly signal?: CancelSignal },
  ): AsyncGenerator<TaskProgress> {
    const copy = this.#existing(taskId)
    yield* follow(copy, { ...options, fromNum })
  }

  interrupt(taskId: string, error: Error): void {
    this.#copies.get(taskId)?.interrupt(error)
  }

  onDamage(listener: (task: TaskInfo, num: number) => void): () => void {
    this.#damageListeners.add(listener)
    return () => this.#damageListeners.delete(listener)
  }

  usedBytes(): number {
    let bytes = 0
    for (const copy of this.#copies.values()) bytes += copy.finishedBytes
    return bytes
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const error = new StoreError('PEER_STORE_CLOSED', 'the piece store is closed')
    for (const copy of this.#copies.values()) copy.interrupt(error)
    if (this.#pins > 0) this.#deps.logger.warn({ pins: this.#pins }, 'store closed while in use')
    await this.#writer.settled()
    await this.#deps.metadata.close()
  }

  async #load(): Promise<void> {
    const { disk, logger, metadata } = this.#deps
    const pieces: { readonly taskId: string; readonly piece: PieceRecord }[] = []
    await metadata.load((key, value) => {
      const named = parseKey(key)
      if (named === undefined) {
        throw new StoreError('PEER_STORE_DAMAGED', `the piece store has an unknown record ${key}`)
      }
      const { taskId } = named
      if (named.kind === 'piece') {
        pieces.push({ taskId, piece: decodePiece(taskId, named.num, value) })
        return
      }
      this.#copies.set(taskId, new Copy(this.#copyDeps(), decodeTask(taskId, value), true))
    })
    const orphans: string[] = []
    for (const { taskId, piece } of pieces) {
      const copy = this.#copies.get(taskId)
      if (copy === undefined) orphans.push(pieceKey(taskId, piece.num))
      else copy.loadPiece(piece)
    }
    if (orphans.length > 0) await this.#writer.write({ deletes: orphans })
    await sweepOrphans({ disk, logger }, this.#layout, (taskId) => {
      return this.#copies.get(taskId)?.record.dataFile
    })
    for (const copy of this.#copies.values()) {
      const { taskId, dataFile } = copy.record
      const found = await onDisk(() => disk.stat(this.#layout.dataFile(taskId, dataFile)))
      await copy.trimTo(found?.sizeBytes ?? 0)
    }
  }

  /** A new copy, pinned once. */
  async #new(task: NewTask, isRecorded: boolean): Promise<Copy> {
    this.#assertOpen()
    this.#assertAcceptable(task)
    const { taskId } = task
    await this.#deletions.get(taskId)?.catch(() => undefined)
    if (this.#copies.has(taskId) || this.#reserved.has(taskId)) {
      throw new StoreError('PEER_TASK_EXISTS', `task ${taskId} is here already`)
    }
    if (this.#copies.size + this.#reserved.size >= this.#tasksMax) {
      throw new StoreError('PEER_TASK_LIMIT', `the store holds ${this.#tasksMax} tasks already`)
    }
    this.#reserved.add(taskId)
    const copy = new Copy(this.#copyDeps(), this.#newRecord(task), isRecorded)
    copy.pin()
    try {
      await copy.create()
      this.#copies.set(taskId, copy)
      return copy
    } catch (error) {
      await this.#discard(copy)
      await copy.unpin()
      throw error
    } finally {
      this.#reserved.delete(taskId)
    }
  }

  /** Takes a copy away that came to nothing; the failure that led here is the one to report. */
  async #discard(copy: Copy): Promise<void> {
    const { taskId } = copy.record
    if (this.#copies.get(taskId) === copy) this.#copies.delete(taskId)
    try {
      await copy.delete()
    } catch (error) {
      this.#deps.logger.warn({ taskId, err: error }, 'records of a failed copy not removed')
    }
  }

  #newRecord(task: NewTask): TaskRecord {
    const { contentLengthBytes } = task
    return {
      taskId: task.taskId,
      peerId: task.peerId,
      url: task.url,
      urlMeta: task.urlMeta,
      type: task.type,
      state: 'partial',
      pieceSizeBytes: task.pieceSizeBytes ?? pieceSizeBytesOf(contentLengthBytes),
      contentLengthBytes: contentLengthBytes < 0 ? lengthUnknown : contentLengthBytes,
      pieceMd5Sign: '',
      sourceHeader: {},
      validator: { etag: '', lastModified: '' },
      needsAnnounce: false,
      createdWallMs: Math.round(this.#deps.clock.wallMs()),
      dataFile: newDataFileName(this.#deps.random),
    }
  }

  #assertAcceptable(task: NewTask): void {
    if (!isTaskId(task.taskId)) {
      throw new StoreError('PEER_TASK_ID_INVALID', 'a task id is 64 or 128 lower-case hex digits')
    }
    if (task.contentLengthBytes > contentLengthBytesMax) {
      const message = `a content has at most ${contentLengthBytesMax} bytes`
      throw new StoreError('PEER_LENGTH_MISMATCH', message)
    }
  }

  #pinned(copy: Copy): TaskCopy {
    this.#pins += 1
    const { disk, random } = this.#deps
    return new PinnedCopy(
      {
        disk,
        random,
        onRelease: () => {
          this.#pins -= 1
          assert(this.#pins >= 0, 'as many releases as pins')
        },
      },
      copy,
    )
  }

  #existing(taskId: string): Copy {
    this.#assertOpen()
    const copy = this.#copies.get(taskId)
    if (copy === undefined) throw new StoreError('PEER_TASK_NOT_FOUND', `no task ${taskId}`)
    return copy
  }

  #copyDeps(): CopyDeps {
    const { disk, logger } = this.#deps
    return {
      disk,
      logger,
      layout: this.#layout,
      metadata: this.#writer,
      onDamage: (task, num) => {
        for (const listener of this.#damageListeners) listener(task, num)
      },
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreError('PEER_STORE_CLOSED', 'the piece store is closed')
  }
}
