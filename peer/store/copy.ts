// One local copy of a task: its record, its finished pieces, its data file. Shared by everyone who
// has it pinned; the store keeps one per task id.
//
// Order that makes a kill -9 and a power cut harmless:
//   piece:  bytes in the file -> record (not synced) -> known in memory and to subscribers
//   done:   fdatasync of the data, sync of the directories -> all records and the `done` in one
//           synced batch. A partial copy's records are checked against their CRC by `verify`.
//   delete: records (synced) -> the file, once nobody has it pinned
import { crc32 } from 'node:zlib'
import { assert, KiB } from '../../base/index.ts'
import { contentLengthBytesMax, lengthUnknown, pieceCountOf } from '../core/index.ts'
import { piecesPerTaskMax, pieceSizeBytesOf } from '../core/index.ts'
import type { PieceMap } from '../core/index.ts'
import { CopyFile } from './copy-file.ts'
import type { CopyFileDeps } from './copy-file.ts'
import { pieceMd5SignOf } from './digest.ts'
import { StoreError } from './errors.ts'
import type { MetadataWriter } from './metadata-writer.ts'
import { PieceSet } from './piece-set.ts'
import { writePieceBytes } from './piece-writer.ts'
import { encodePiece, encodeTask, pieceKey, taskKey } from './records.ts'
import type { TaskRecord } from './records.ts'
import type { FinishOptions, PieceRecord, SourceValidator, TaskInfo } from './types.ts'
import type { WritePieceOptions } from './types.ts'

/** Largest chunk that reading hands out. */
export const readChunkBytesMax = 512 * KiB

export interface CopyDeps extends CopyFileDeps {
  readonly metadata: MetadataWriter
  /** Is told when a finished piece turned out damaged. */
  readonly onDamage: (task: TaskInfo, num: number) => void
}

/** Is told of every change, with the error of an interrupted download. */
export type CopyListener = (interruption?: Error) => void

export class Copy {
  readonly #deps: CopyDeps
  #record: TaskRecord
  readonly #file: CopyFile
  readonly #pieces = new PieceSet()
  readonly #busy = new Set<number>()
  #isRecorded: boolean
  #isDeleted = false
  #pins = 0
  readonly #listeners = new Set<CopyListener>()

  /** `isRecorded: false` keeps all records back until `finish` (imports: all or nothing). */
  constructor(deps: CopyDeps, record: TaskRecord, isRecorded: boolean) {
    this.#deps = deps
    this.#record = record
    this.#file = new CopyFile(deps, record)
    this.#isRecorded = isRecorded
  }

  get record(): TaskRecord {
    return this.#record
  }

  get isDeleted(): boolean {
    return this.#isDeleted
  }

  get finishedBytes(): number {
    return this.#pieces.bytes
  }

  info(): TaskInfo {
    const { dataFile: _, ...record } = this.#record
    return {
      ...record,
      totalPieces: this.#totalPieces(),
      finishedPieces: this.#pieces.count,
      finishedBytes: this.#pieces.bytes,
    }
  }

  piece(num: number): PieceRecord | undefined {
    return this.#pieces.get(num)
  }

  /** Finished pieces from `fromNum` that are not in `except`, ascending, at most `limit`. */
  pieces(fromNum: number, limit: number, except?: PieceMap): PieceRecord[] {
    return this.#pieces.list(fromNum, limit, except)
  }

  firstMissing(fromNum: number): number {
    return this.#pieces.firstMissing(fromNum)
  }

  // --- loading -----------------------------------------------------------------------------

  /** Takes a piece from the metadata at start. */
  loadPiece(piece: PieceRecord): void {
    this.#pieces.add(piece)
  }

  /**
   * At start: forgets pieces beyond the end of the data file; a done copy that lost some is
   * partial.
   */
  async trimTo(fileSizeBytes: number): Promise<void> {
    const lost = [...this.#pieces.values()].filter(
      (piece) => piece.offsetBytes + piece.lengthBytes > fileSizeBytes,
    )
    const isShort = this.#record.state === 'done' && this.#pieces.count !== this.#totalPieces()
    if (lost.length === 0 && !isShort) return
    const { taskId } = this.#record
    this.#deps.logger.warn({ taskId, pieces: lost.length }, 'recorded pieces are not on disk')
    await this.#forget(lost)
  }

  /** Reads every finished piece and forgets those whose CRC differs; returns how many. */
  async verify(): Promise<number> {
    let damaged = 0
    for (const piece of this.#pieces.values()) {
      if ((await this.#crcOf(piece)) === piece.crc32) continue
      damaged += 1
      await this.#forget([piece])
    }
    return damaged
  }

  // --- writing -----------------------------------------------------------------------------

  async setContentLength(contentLengthBytes: number, pieceSizeBytes?: number): Promise<void> {
    this.#assertAlive()
    const known = this.#record.contentLengthBytes
    if (known === contentLengthBytes) return
    const isPossible =
      Number.isSafeInteger(contentLengthBytes) &&
      contentLengthBytes >= 0 &&
      contentLengthBytes <= contentLengthBytesMax
    if (!isPossible || known !== lengthUnknown) {
      const message = `the content has ${contentLengthBytes} bytes, known were ${known}`
      throw new StoreError('PEER_LENGTH_MISMATCH', message)
    }
    const isFree = this.#pieces.count === 0 && this.#busy.size === 0
    const size = isFree
      ? (pieceSizeBytes ?? pieceSizeBytesOf(contentLengthBytes))
      : this.#record.pieceSizeBytes
    if (pieceCountOf(contentLengthBytes, size) > piecesPerTaskMax) {
      throw new StoreError('PEER_LENGTH_MISMATCH', `more than ${piecesPerTaskMax} pieces`)
    }
    for (const piece of this.#pieces.values()) {
      if (piece.lengthBytes === Math.min(size, contentLengthBytes - piece.offsetBytes)) continue
      const message = `piece ${piece.num} does not fit a content of ${contentLengthBytes} bytes`
      throw new StoreError('PEER_LENGTH_MISMATCH', message)
    }
    await this.#update({ contentLengthBytes, pieceSizeBytes: size })
  }

  async setSource(
    validator: SourceValidator,
    sourceHeader: Readonly<Record<string, string>>,
  ): Promise<{ readonly dropped: boolean }> {
    this.#assertAlive()
    assert(this.#record.state === 'partial', 'a done copy has its source')
    const known = this.#record.validator
    const isOther =
      (known.etag !== '' && known.etag !== validator.etag) ||
      (known.lastModified !== '' && known.lastModified !== validator.lastModified)
    if (isOther) {
      await this.#forget([...this.#pieces.values()])
      await this.#update({ validator, sourceHeader, contentLengthBytes: lengthUnknown })
    } else {
      await this.#update({ validator, sourceHeader })
    }
    return { dropped: isOther }
  }

  async writePiece(
    num: number,
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    options: WritePieceOptions,
  ): Promise<PieceRecord> {
    this.#assertAlive()
    const { pieceSizeBytes, contentLengthBytes } = this.#record
    const total = this.#totalPieces()
    const limit = total < 0 ? piecesPerTaskMax : total
    if (!Number.isInteger(num) || num < 0 || num >= limit) {
      throw new StoreError('PEER_PIECE_NOT_FOUND', `piece ${num} is no piece of the content`)
    }
    const present = this.#pieces.get(num)
    if (present !== undefined) return present
    if (this.#busy.has(num)) {
      throw new StoreError('PEER_PIECE_BUSY', `piece ${num} is being written already`)
    }
    this.#busy.add(num)
    try {
      const offsetBytes = num * pieceSizeBytes
      const lengthBytes =
        contentLengthBytes < 0
          ? undefined
          : Math.min(pieceSizeBytes, contentLengthBytes - offsetBytes)
      const written = await writePieceBytes(
        {
          file: await this.#file.forWriting(),
          num,
          offsetBytes,
          lengthBytesMax: lengthBytes ?? pieceSizeBytes,
          lengthBytes,
          md5: options.md5 ?? '',
        },
        bytes,
      )
      const costMs = typeof options.costMs === 'function' ? options.costMs() : options.costMs
      const piece: PieceRecord = {
        num,
        offsetBytes,
        lengthBytes: written.lengthBytes,
        md5: written.md5,
        crc32: written.crc32,
        origin: options.origin,
        costMs: Math.max(0, Math.round(costMs ?? 0)),
      }
      this.#assertAlive()
      this.#assertFits(piece)
      if (this.#isRecorded) {
        const key = pieceKey(this.#record.taskId, num)
        await this.#deps.metadata.write({ puts: [[key, encodePiece(piece)]] })
        this.#assertAlive()
      }
      this.#pieces.add(piece)
      this.#notify()
      return piece
    } finally {
      this.#busy.delete(num)
    }
  }

  /** Makes a complete copy durable. The caller has checked the digest of the content. */
  async finish(options: FinishOptions): Promise<TaskInfo> {
    this.#assertAlive()
    if (this.#record.state === 'done') return this.info()
    const total = this.#totalPieces()
    if (total < 0 || this.#pieces.count !== total) {
      const message = `${this.#pieces.count} of ${total < 0 ? 'unknown' : total} pieces are finished`
      throw new StoreError('PEER_TASK_INCOMPLETE', message)
    }
    const pieces = this.#pieces.list(0, total)
    const sign = pieceMd5SignOf(pieces)
    const expectedSign = options.pieceMd5Sign ?? ''
    if (expectedSign !== '' && expectedSign !== sign) {
      const message = `the pieces' md5 sign is ${sign}, expected ${expectedSign}`
      throw new StoreError('PEER_DIGEST_MISMATCH', message)
    }
    await this.#syncData()
    this.#assertAlive()
    const record: TaskRecord = {
      ...this.#record,
      state: 'done',
      pieceMd5Sign: sign,
      needsAnnounce: options.needsAnnounce ?? true,
    }
    const { taskId } = record
    const puts: [string, string][] = [[taskKey(taskId), encodeTask(record)]]
    // Again, although most are there: LevelDB may lose an unsynced record that precedes a synced
    // one when its log file has changed between the two.
    for (const piece of pieces) puts.push([pieceKey(taskId, piece.num), encodePiece(piece)])
    // From here on the records may be there, so a delete has to take them away.
    this.#isRecorded = true
    await this.#deps.metadata.write({ puts, sync: true })
    this.#assertAlive()
    this.#record = record
    this.#notify()
    return this.info()
  }

  /** Writes changed fields of the record, then takes them over. */
  async update(
    changes: Partial<Pick<TaskRecord, 'peerId' | 'needsAnnounce'>>,
    sync: boolean,
  ): Promise<void> {
    this.#assertAlive()
    await this.#update(changes, sync)
  }

  // --- reading -----------------------------------------------------------------------------

  async readPiece(num: number): Promise<Uint8Array> {
    const piece = this.#pieces.get(num)
    if (piece === undefined) throw notFinished(num)
    const bytes = await this.#file.read(piece.offsetBytes, piece.lengthBytes)
    if (crc32(bytes) !== piece.crc32) throw await this.#damaged(piece)
    return bytes
  }

  async *read(startBytes: number, lengthBytes: number): AsyncGenerator<Uint8Array> {
    assert(startBytes >= 0 && lengthBytes >= 0, 'a range of the content')
    const { pieceSizeBytes } = this.#record
    const endBytes = startBytes + lengthBytes
    if (lengthBytes === 0) return
    const firstNum = Math.floor(startBytes / pieceSizeBytes)
    const lastNum = Math.floor((endBytes - 1) / pieceSizeBytes)
    for (let num = firstNum; num <= lastNum; num += 1) this.#pieceWithin(num, endBytes)
    for (let num = firstNum; num <= lastNum; num += 1) {
      const piece = this.#pieceWithin(num, endBytes)
      const from = Math.max(startBytes, piece.offsetBytes)
      const to = Math.min(endBytes, piece.offsetBytes + piece.lengthBytes)
      yield* this.#readWithin(piece, from, to)
    }
  }

  // --- life --------------------------------------------------------------------------------

  pin(): void {
    this.#pins += 1
  }

  async unpin(): Promise<void> {
    assert(this.#pins > 0, 'a pin is given back once')
    this.#pins -= 1
    if (this.#pins > 0) return
    await this.#file.close()
    if (this.#isDeleted) await this.#file.remove()
  }

  /** Forgets the copy durably; its file is removed now or with the last pin. */
  async delete(): Promise<void> {
    if (this.#isDeleted) return
    this.#isDeleted = true
    this.#notify()
    // Keeps the file until the records are gone.
    this.pin()
    try {
      const { taskId } = this.#record
      const deletes = [taskKey(taskId)]
      for (const { num } of this.#pieces.values()) deletes.push(pieceKey(taskId, num))
      // A piece being written checks for the deletion after its record was queued, so these too.
      for (const num of this.#busy) deletes.push(pieceKey(taskId, num))
      if (this.#isRecorded) await this.#deps.metadata.write({ deletes, sync: true })
    } catch (error) {
      this.#isDeleted = false
      throw error
    } finally {
      await this.unpin()
    }
  }

  interrupt(error: Error): void {
    this.#notify(error)
  }

  /** Calls `listener` at every change; returns the unsubscribe. */
  onChange(listener: CopyListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Creates the data file and writes the record of a new copy. */
  async create(): Promise<void> {
    await this.#file.create()
    await this.#update({})
  }

  // --- inside ------------------------------------------------------------------------------

  #totalPieces(): number {
    const { contentLengthBytes, pieceSizeBytes } = this.#record
    return contentLengthBytes < 0 ? lengthUnknown : pieceCountOf(contentLengthBytes, pieceSizeBytes)
  }

  #assertAlive(): void {
    if (!this.#isDeleted) return
    throw new StoreError('PEER_TASK_NOT_FOUND', `task ${this.#record.taskId} was deleted`)
  }

  /** A piece written while the length was unknown must fit a length learnt meanwhile. */
  #assertFits(piece: PieceRecord): void {
    const { contentLengthBytes, pieceSizeBytes } = this.#record
    if (contentLengthBytes < 0) return
    const expected = Math.min(pieceSizeBytes, contentLengthBytes - piece.offsetBytes)
    if (piece.lengthBytes === expected) return
    const message = `piece ${piece.num} has ${piece.lengthBytes} bytes, expected ${expected}`
    throw new StoreError('PEER_PIECE_LENGTH', message)
  }

  /** Takes pieces out, in memory first: nobody may be handed what is known to be bad. */
  async #forget(pieces: readonly PieceRecord[]): Promise<void> {
    const { taskId } = this.#record
    for (const piece of pieces) this.#pieces.delete(piece)
    this.#record = { ...this.#record, state: 'partial', pieceMd5Sign: '', needsAnnounce: false }
    this.#notify()
    if (!this.#isRecorded || this.#isDeleted) return
    const deletes = pieces.map((piece) => pieceKey(taskId, piece.num))
    const puts = [[taskKey(taskId), encodeTask(this.#record)]] as const
    await this.#deps.metadata.write({ puts, deletes })
  }

  async #update(changes: Partial<TaskRecord>, sync = false): Promise<void> {
    const record = { ...this.#record, ...changes }
    if (this.#isRecorded) {
      const puts = [[taskKey(record.taskId), encodeTask(record)]] as const
      await this.#deps.metadata.write({ puts, sync })
      this.#assertAlive()
    }
    this.#record = { ...this.#record, ...changes }
    this.#notify()
  }

  #notify(interruption?: Error): void {
    for (const listener of this.#listeners) listener(interruption)
  }

  /** A sync that failed may have dropped any page, so nothing of the copy is trusted after it. */
  async #syncData(): Promise<void> {
    try {
      await this.#file.sync()
    } catch (error) {
      await this.#forget([...this.#pieces.values()])
      throw error
    }
  }

  #pieceWithin(num: number, endBytes: number): PieceRecord {
    const piece = this.#pieces.get(num)
    if (piece === undefined) throw notFinished(num)
    const pieceEnd = piece.offsetBytes + piece.lengthBytes
    const isLast = pieceEnd < piece.offsetBytes + this.#record.pieceSizeBytes
    if (isLast && endBytes > pieceEnd) throw notFinished(num)
    return piece
  }

  async *#readWithin(piece: PieceRecord, from: number, to: number): AsyncGenerator<Uint8Array> {
    const isWhole = from === piece.offsetBytes && to === from + piece.lengthBytes
    let crc = 0
    for (let at = from; at < to;) {
      const length = Math.min(readChunkBytesMax, to - at)
      const chunk = await this.#file.read(at, length)
      if (chunk.length < length) throw await this.#damaged(piece)
      at += length
      if (isWhole) crc = crc32(chunk, crc)
      if (isWhole && at === to && crc !== piece.crc32) throw await this.#damaged(piece)
      yield chunk
    }
  }

  async #crcOf(piece: PieceRecord): Promise<number> {
    let crc = 0
    const end = piece.offsetBytes + piece.lengthBytes
    for (let at = piece.offsetBytes; at < end; at += readChunkBytesMax) {
      crc = crc32(await this.#file.read(at, Math.min(readChunkBytesMax, end - at)), crc)
    }
    return crc
  }

  async #damaged(piece: PieceRecord): Promise<StoreError> {
    const { taskId } = this.#record
    const isKnown = this.#pieces.get(piece.num) === piece
    this.#deps.logger.error({ taskId, num: piece.num }, 'piece damaged on disk')
    if (isKnown) {
      await this.#forget([piece])
      if (!this.#isDeleted) this.#deps.onDamage(this.info(), piece.num)
    }
    return new StoreError('PEER_PIECE_DAMAGED', `piece ${piece.num} is damaged on disk`)
  }
}

function notFinished(num: number): StoreError {
  return new StoreError('PEER_PIECE_NOT_FOUND', `piece ${num} is not finished`)
}
