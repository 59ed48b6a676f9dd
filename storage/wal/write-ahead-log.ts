// A replica's log on disk: segments of chained records (record.ts), a witness (witness.ts), one
// fdatasync per batch. Group commit: what arrives during one sync is written together and shares
// the next one. The first failure stops the log for good; a failed sync is never repeated
// . Everything that changes a file runs in one pump, in call order.
import { assert, isCoded } from '../../base/index.ts'
import type { Disk, Logger } from '../../base/index.ts'
import { ByteWriter } from '../../raft/index.ts'
import type { HardState, LogContents, LogGroup, LogMark, LogStorage } from '../../raft/index.ts'
import { StorageStoppedError } from '../errors.ts'
import { logBatchBytesMax, logPendingCallsMax, logScratchBytesMax } from '../limits.ts'
import type { LogIdentity } from './log-identity.ts'
import {
  compactionPayloadBytes,
  groupPayloadBytes,
  imagePayloadBytes,
  writeCompactionPayload,
  writeGroupPayload,
  writeImagePayload,
} from './payload.ts'
import type { CompactionMark, ImagePayload } from './payload.ts'
import { finishRecord, couldLookTorn, recordBytes, recordHeaderBytes } from './record.ts'
import type { RecordType } from './record.ts'
import type { SegmentInfo } from './recover.ts'
import type { ReserveFile } from './reserve-file.ts'
import { createSegment, removeSegments } from './segment-files.ts'
import { segmentHeaderBytes } from './segment-header.ts'
import { TailSegment } from './tail-segment.ts'
import { TermHistory } from './term-history.ts'
import type { WitnessFile, WitnessMark } from './witness.ts'

/** Where an opened log stands. */
export interface LogPosition {
  /** Oldest first; the last one is `tail`. */
  readonly segments: readonly SegmentInfo[]
  readonly tail: TailSegment
  readonly witness: WitnessFile
  readonly reserve: ReserveFile
  readonly contents: LogContents
}

export interface WriteAheadLogSettings {
  readonly directory: string
  readonly identity: LogIdentity
  readonly segmentBytes: number
  readonly preallocateBytes: number
  readonly witnessSyncInterval: number
}

/** Figures of an open log, for metrics. */
export interface LogFigures {
  readonly segments: number
  readonly lastIndex: number
  /** Records and bytes of records written since the log was opened. */
  readonly records: number
  readonly bytes: number
  /** Syncs that made records durable, and marks written to the witness. */
  readonly syncs: number
  readonly witnessMarks: number
  readonly isDiskFull: boolean
}

type Call = {
  readonly type: RecordType
  readonly payloadBytes: number
  readonly writePayload: (writer: ByteWriter) => void
  readonly group: LogGroup | undefined
  readonly mark: CompactionMark | undefined
  readonly image: ImagePayload | undefined
  readonly sync: boolean
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Open log of one replica. Made by `openWriteAheadLog` and `createWriteAheadLog`. */
export class WriteAheadLog implements LogStorage {
  readonly #disk: Disk
  readonly #logger: Logger
  readonly #settings: WriteAheadLogSettings
  readonly #witness: WitnessFile
  readonly #reserve: ReserveFile
  #segments: SegmentInfo[]
  #tail: TailSegment
  /** As of the last record written. */
  #hardState: HardState
  #compacted: CompactionMark
  /** The image the state is about to be replaced by, until the log is reset or goes on without. */
  #announced: LogMark | undefined
  readonly #terms: TermHistory
  /** As of the last call accepted. */
  #accepted: { hardState: HardState; compactedIndex: number; readonly terms: TermHistory }
  #witnessed: HardState
  #syncsSinceWitness = 0
  #waiting: Call[] = []
  #scratch = new Uint8Array(0)
  #pumping: Promise<void> | undefined
  #failure: StorageStoppedError | undefined
  #failed: ((error: Error) => void) | undefined
  #closing: Promise<void> | undefined
  #records = 0
  #bytes = 0
  #syncs = 0
  #witnessMarks = 0

  constructor(
    deps: { readonly disk: Disk; readonly logger: Logger },
    settings: WriteAheadLogSettings,
    position: LogPosition,
  ) {
    this.#disk = deps.disk
    this.#logger = deps.logger
    this.#settings = settings
    this.#witness = position.witness
    this.#reserve = position.reserve
    this.#segments = [...position.segments]
    this.#tail = position.tail
    const { hardState, compacted, entries, announced } = position.contents
    this.#hardState = hardState
    this.#compacted = compacted
    this.#announced = announced
    this.#terms = new TermHistory(compacted, entries)
    const terms = new TermHistory(compacted, entries)
    this.#accepted = { hardState, compactedIndex: compacted.index, terms }
    this.#witnessed = hardState
    this.#tail.onFailure((error) => this.#fail(error))
    this.#tail.preallocate()
  }

  get figures(): LogFigures {
    return {
      segments: this.#segments.length,
      lastIndex: this.#terms.lastIndex,
      records: this.#records,
      bytes: this.#bytes,
      syncs: this.#syncs,
      witnessMarks: this.#witnessMarks,
      isDiskFull: this.#tail.isDiskFull,
    }
  }

  /** True while the disk is full: stop proposing; what is under way still has the reserve. */
  get isDiskFull(): boolean {
    return this.#tail.isDiskFull
  }

  append(group: LogGroup): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return Promise.reject(refusal)
    this.#accept(group)
    const { hardState, entries } = group
    return this.#call({
      type: 'group',
      payloadBytes: groupPayloadBytes(entries),
      writePayload: (writer) => writeGroupPayload(writer, { hardState, entries }),
      group,
      mark: undefined,
      image: undefined,
      sync: group.sync,
    })
  }

  async announceImage(mark: LogMark): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
    const { hardState } = this.#accepted
    this.#assertNewer(mark)
    await this.#callImage({ phase: 'announced', mark, hardState })
  }

  async reset(mark: LogMark, { term, votedFor, commit }: HardState): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
    assert(commit >= mark.index, 'all of an image is committed')
    // What is committed beyond it comes with the entries that follow.
    const hardState = { term, votedFor, commit: mark.index }
    this.#assertNewer(mark)
    this.#assertForward(hardState)
    assert(mark.term <= hardState.term, 'an image is not newer than the term')
    this.#accepted.hardState = hardState
    this.#accepted.compactedIndex = mark.index
    this.#accepted.terms.reset(mark)
    await this.#callImage({ phase: 'installed', mark, hardState })
  }

  #callImage(image: ImagePayload): Promise<void> {
    return this.#call({
      type: 'image',
      payloadBytes: imagePayloadBytes,
      writePayload: (writer) => writeImagePayload(writer, image),
      group: undefined,
      mark: undefined,
      image,
      sync: true,
    })
  }

  async compact(index: number, term: number): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) throw refusal
    if (index <= this.#accepted.compactedIndex) return
    const { terms } = this.#accepted
    assert(index <= terms.lastIndex, 'the log reaches to the compaction mark')
    assert(terms.termAt(index) === term, 'a compaction mark names the term of its entry')
    this.#accepted.compactedIndex = index
    terms.compact({ index, term })
    const mark = { index, term }
    await this.#call({
      type: 'compaction',
      payloadBytes: compactionPayloadBytes,
      writePayload: (writer) => writeCompactionPayload(writer, mark),
      group: undefined,
      mark,
      image: undefined,
      sync: true,
    })
  }

  /**
   * Looks again whether a full disk has room, and takes the reserve back. Call it from time to time
   * while `isDiskFull`; resolves to whether proposals may go on.
   */
  async checkSpace(): Promise<boolean> {
    if (this.#failure !== undefined || this.#closing !== undefined) return false
    this.#tail.preallocate()
    await this.#tail.settle()
    if (this.#tail.isDiskFull) return false
    return this.#reserve.acquire()
  }

  onFailure(notice: (error: Error) => void): void {
    this.#failed = notice
    if (this.#failure !== undefined) notice(this.#failure)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#pumping
    await this.#tail.settle()
    try {
      if (this.#failure === undefined) {
        if (this.#tail.syncedBytes < this.#tail.offset) await this.#tail.sync()
        await this.#writeWitness()
      }
    } catch (error) {
      throw this.#fail(error)
    } finally {
      await this.#witness.close()
      await this.#tail.close()
    }
  }

  #refusal(): StorageStoppedError | undefined {
    if (this.#failure !== undefined) return this.#failure
    if (this.#closing !== undefined)
      return new StorageStoppedError('STORE_CLOSED', 'the log is closed')
    return undefined
  }

  /** Asserts what recovery would refuse, before it is written. */
  #accept({ hardState, entries }: LogGroup): void {
    const { hardState: before, compactedIndex, terms } = this.#accepted
    const { lastIndex } = terms
    const first = entries[0]?.index ?? lastIndex + 1
    const last = entries.at(-1)?.index ?? lastIndex
    assert(first <= lastIndex + 1, 'entries continue the log')
    assert(entries.length === 0 || last === first + entries.length - 1, 'entries are contiguous')
    assert(first > before.commit && first > compactedIndex, 'no committed entry is overwritten')
    assert(hardState.commit <= last, 'commit is within the log (R-2.2)')
    this.#assertForward(hardState)
    this.#accepted.hardState = hardState
    terms.append(entries)
  }

  #assertForward(hardState: HardState): void {
    const { hardState: before } = this.#accepted
    assert(hardState.commit >= before.commit, 'commit never goes back')
    assert(hardState.term >= before.term, 'the term never goes back (R-1.3)')
    const isSameVote = before.votedFor === 0 || hardState.votedFor === before.votedFor
    assert(hardState.term > before.term || isSameVote, 'a vote holds for its term (R-1.3)')
  }

  #assertNewer({ index }: LogMark): void {
    const { hardState, compactedIndex } = this.#accepted
    assert(index > hardState.commit && index > compactedIndex, 'an image is newer than the commit')
  }

  #call(call: Omit<Call, 'resolve' | 'reject'>): Promise<void> {
    assert(this.#waiting.length < logPendingCallsMax, 'calls within logPendingCallsMax')
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...call, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** Writes batch after batch until nothing waits. Never rejects. */
  async #pump(): Promise<void> {
    // The calls of one turn of the event loop go into one batch.
    await Promise.resolve()
    let batch: Call[] = []
    try {
      while (this.#waiting.length > 0 && this.#failure === undefined) {
        batch = this.#takeBatch()
        if (batch.length === 0) {
          await this.#rotate()
          continue
        }
        await this.#writeBatch(batch)
        if (this.#failure !== undefined) break
        for (const { resolve } of batch) resolve()
        batch = []
        this.#tail.preallocate()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#pumping = undefined
    if (this.#failure === undefined) return
    for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(this.#failure)
  }

  /** The calls that fit into one write; none when the segment must be sealed first. */
  #takeBatch(): Call[] {
    let bytes = 0
    let count = 0
    for (const { payloadBytes } of this.#waiting) {
      const next = bytes + recordBytes(payloadBytes)
      const isTooMuch = count > 0 && next > logBatchBytesMax
      const end = this.#tail.offset + next
      const isEmpty = this.#tail.offset + bytes === segmentHeaderBytes
      if (isTooMuch || (end > this.#settings.segmentBytes && !isEmpty)) break
      bytes = next
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #writeBatch(batch: readonly Call[]): Promise<void> {
    const { records, chain, isAmbiguous } = this.#encode(batch)
    await this.#makeRoom(records.length)
    const isSynced = batch.some(({ sync }) => sync)
    if (isSynced) await this.#tail.writeSynced(records, chain)
    else await this.#tail.write(records, chain)
    for (const call of batch) this.#written(call)
    this.#records += batch.length
    this.#bytes += records.length
    if (isSynced) {
      this.#syncs += 1
      this.#syncsSinceWitness += 1
      const { term, votedFor } = this.#hardState
      const isNewVote = term !== this.#witnessed.term || votedFor !== this.#witnessed.votedFor
      const isDue = this.#syncsSinceWitness >= this.#settings.witnessSyncInterval
      if (isNewVote || isDue || isAmbiguous) await this.#writeWitness()
    }
    // Only now, with the new start durable (B07).
    if (batch.some(({ image }) => image?.phase === 'installed')) await this.#removeBefore()
    if (batch.some(({ mark }) => mark !== undefined)) await this.#removeCompacted()
  }

  #encode(batch: readonly Call[]) {
    const tail = this.#tail
    let total = 0
    for (const { payloadBytes } of batch) total += recordBytes(payloadBytes)
    const writer = new ByteWriter(this.#roomFor(total))
    let { chain } = tail
    let isAmbiguous = false
    let start = 0
    for (const { type, payloadBytes, writePayload } of batch) {
      writer.offset = start + recordHeaderBytes
      writePayload(writer)
      const end = start + recordBytes(payloadBytes)
      const bytes = writer.bytes.subarray(start, end)
      const offset = tail.offset + start
      const head = { type, payloadBytes, syncedBytes: tail.syncedBytes }
      chain = finishRecord(bytes, head, { offset, salt: tail.salt, chain })
      isAmbiguous ||= couldLookTorn(bytes, offset)
      start = end
    }
    return { records: writer.bytes, chain, isAmbiguous }
  }

  /** Zeros for the next batch; its predecessor is on the disk, so that they share their room. */
  #roomFor(bytes: number): Uint8Array {
    if (bytes > this.#scratch.length) {
      if (bytes > logScratchBytesMax) return new Uint8Array(bytes)
      this.#scratch = new Uint8Array(Math.min(bytes * 2, logScratchBytesMax))
    }
    return this.#scratch.subarray(0, bytes).fill(0)
  }

  /** Frees the reserve when the next record needs space that a full disk does not have. */
  async #makeRoom(bytes: number): Promise<void> {
    if (this.#tail.isPreallocated(bytes)) return
    await this.#tail.settle()
    if (!this.#tail.isDiskFull || this.#tail.isPreallocated(bytes)) return
    this.#logger.warn({ bytes }, 'disk full, using the reserve of the log')
    await this.#reserve.release()
  }

  #written({ group, mark, image }: Call): void {
    if (mark !== undefined) {
      this.#compacted = mark
      this.#terms.compact(mark)
    }
    if (image !== undefined) this.#writtenImage(image)
    if (group === undefined) return
    this.#hardState = group.hardState
    this.#terms.append(group.entries)
    if (group.entries.length > 0) this.#announced = undefined
  }

  #writtenImage({ phase, mark, hardState }: ImagePayload): void {
    if (phase === 'announced') {
      this.#announced = mark
      return
    }
    this.#announced = undefined
    this.#hardState = hardState
    this.#compacted = mark
    this.#terms.reset(mark)
  }

  async #writeWitness(): Promise<void> {
    const { term, votedFor } = this.#hardState
    const mark: WitnessMark = {
      segmentNumber: this.#tail.info.header.segmentNumber,
      endOffset: this.#tail.syncedBytes,
      term,
      votedFor,
      lastIndex: this.#terms.lastIndex,
    }
    await this.#witness.write(mark)
    this.#witnessed = this.#hardState
    this.#syncsSinceWitness = 0
    this.#witnessMarks += 1
  }

  /**
   * Seals the segment and goes on in a new one. The new one is durable first: a sealed segment
   * without a successor is then always damage. Before that everything in the old one is durable.
   */
  async #rotate(): Promise<void> {
    const old = this.#tail
    if (old.syncedBytes < old.offset) await old.sync()
    const seal = new Uint8Array(recordBytes(0))
    const head = { type: 'seal', payloadBytes: 0, syncedBytes: old.syncedBytes } as const
    const chain = finishRecord(seal, head, old)
    const header = {
      segmentNumber: old.info.header.segmentNumber + 1,
      firstIndex: this.#terms.lastIndex + 1,
      previousTerm: this.#terms.lastTerm,
      hardState: this.#hardState,
      compacted: this.#compacted,
      chain,
    }
    const info = await this.#createSegment(header)
    await old.write(seal, chain)
    await old.sync()
    this.#tail = await TailSegment.open(
      this.#disk,
      info.segment,
      { offset: segmentHeaderBytes, chain, fileBytes: info.fileBytes },
      this.#settings,
    )
    this.#tail.onFailure((error) => this.#fail(error))
    this.#segments.push(info.segment)
    await old.close()
    await this.#writeWitness()
    this.#logger.info({ segment: header.segmentNumber, firstIndex: header.firstIndex }, 'segment')
  }

  async #createSegment(header: Parameters<typeof createSegment>[1]) {
    try {
      return await createSegment(this.#disk, header, this.#settings)
    } catch (error) {
      if (!isCoded(error, 'STORE_DISK_FULL') || !this.#reserve.isHeld) throw error
      this.#logger.warn({}, 'disk full, using the reserve of the log')
      await this.#reserve.release()
      return createSegment(this.#disk, header, { ...this.#settings, preallocateBytes: 0 })
    }
  }

  /** Removes the oldest segments while the one after them begins at or before the mark's end. */
  async #removeCompacted(): Promise<void> {
    // An announcement is only where it was written.
    if (this.#announced !== undefined) return
    const end = this.#compacted.index + 1
    let count = 0
    while (count + 1 < this.#segments.length) {
      if (this.#segments[count + 1]!.header.firstIndex > end) break
      count += 1
    }
    await this.#removeOldest(count)
  }

  /** Removes every segment before the last one, which has the log's new start. */
  async #removeBefore(): Promise<void> {
    await this.#removeOldest(this.#segments.length - 1)
  }

  async #removeOldest(count: number): Promise<void> {
    const removed = this.#segments.slice(0, count).map(({ name }) => name)
    await removeSegments(this.#disk, this.#settings.directory, removed)
    this.#segments = this.#segments.slice(count)
  }

  /** Stops the log with its first failure, which every call from now on rejects with. */
  #fail(cause: unknown): StorageStoppedError {
    if (this.#failure === undefined) {
      this.#failure = new StorageStoppedError('STORE_LOG_FAILED', 'the log has failed', cause)
      this.#logger.error({ err: cause }, 'the log has failed')
      // Whoever waits for the pump is told by it; without a pump only the owner can be told.
      this.#failed?.(this.#failure)
    }
    return this.#failure
  }
}
