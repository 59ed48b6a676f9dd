// The segment that is appended to. Zeros are written and synced ahead of its end, off the append
// path and through a handle of their own: an fdatasync then has no size to write, and the error of
// one sync is never reported to the other.
import { assert, isCoded, MiB } from '../../base/index.ts'
import type { Disk, DiskFile } from '../../base/index.ts'
import { segmentSalt } from './segment-header.ts'
import type { LogIdentity } from './log-identity.ts'
import type { SegmentInfo } from './recover.ts'

/** Written ahead piece by piece: one block of them all would be garbage the heap has to count. */
const zeros = new Uint8Array(1 * MiB)

/** Where a segment is taken over. */
export interface TailPosition {
  /** End of the last record. */
  readonly offset: number
  readonly chain: number
  /** The file is zeros from `offset` to here. */
  readonly fileBytes: number
}

export interface TailOptions {
  readonly directory: string
  readonly identity: LogIdentity
  readonly segmentBytes: number
  readonly preallocateBytes: number
}

/** One open segment; its only writer is the log's pump. */
export class TailSegment {
  readonly info: SegmentInfo
  readonly salt: number
  readonly #options: TailOptions
  readonly #file: DiskFile
  readonly #zeroFile: DiskFile
  #offset: number
  #chain: number
  #syncedBytes: number
  /** The file is zeros from `#offset` to here. */
  #zeroedBytes: number
  #extension: Promise<void> | undefined
  #isDiskFull = false
  #onFailure: (error: unknown) => void = () => {}

  private constructor(
    info: SegmentInfo,
    files: { readonly file: DiskFile; readonly zeroFile: DiskFile },
    position: TailPosition,
    options: TailOptions,
  ) {
    this.info = info
    this.salt = segmentSalt(options.identity, info.header.segmentNumber)
    this.#options = options
    this.#file = files.file
    this.#zeroFile = files.zeroFile
    this.#offset = position.offset
    this.#chain = position.chain
    this.#syncedBytes = position.offset
    this.#zeroedBytes = position.fileBytes
  }

  /** Opens a segment whose content up to `position.offset` is durable. */
  static async open(
    disk: Disk,
    info: SegmentInfo,
    position: TailPosition,
    options: TailOptions,
  ): Promise<TailSegment> {
    const path = `${options.directory}/${info.name}`
    const file = await disk.open(path, 'write')
    const zeroFile = await disk.open(path, 'write')
    return new TailSegment(info, { file, zeroFile }, position, options)
  }

  get offset(): number {
    return this.#offset
  }

  get chain(): number {
    return this.#chain
  }

  get syncedBytes(): number {
    return this.#syncedBytes
  }

  /** True while zeros cannot be written ahead because the disk is full. */
  get isDiskFull(): boolean {
    return this.#isDiskFull
  }

  /** Tells whether the next `bytes` lie in the zeros written ahead. */
  isPreallocated(bytes: number): boolean {
    return this.#offset + bytes <= this.#zeroedBytes
  }

  /** Called once when writing ahead fails for another reason than a full disk. */
  onFailure(listener: (error: unknown) => void): void {
    this.#onFailure = listener
  }

  /** Appends finished records whose last chain value is `chain`. Durable only after `sync`. */
  async write(records: Uint8Array, chain: number): Promise<void> {
    await this.#reserve(records)
    await this.#file.write(this.#offset, [records])
    this.#appended(records, chain)
  }

  /** As `write` and then `sync`, in one trip to the disk where everything before is durable. */
  async writeSynced(records: Uint8Array, chain: number): Promise<void> {
    if (this.#file.writeSynced === undefined || this.#syncedBytes < this.#offset) {
      await this.write(records, chain)
      return this.sync()
    }
    await this.#reserve(records)
    await this.#file.writeSynced(this.#offset, [records])
    this.#appended(records, chain)
    this.#syncedBytes = this.#offset
  }

  /** Makes everything written so far durable. Not called while a `write` is under way. */
  async sync(): Promise<void> {
    const offset = this.#offset
    await this.#file.sync()
    this.#syncedBytes = offset
  }

  /** Zeros under way must not land on top of the records. */
  async #reserve(records: Uint8Array): Promise<void> {
    const end = this.#offset + records.length
    if (end > this.#zeroedBytes) await this.#extension
    this.#zeroedBytes = Math.max(this.#zeroedBytes, end)
  }

  #appended(records: Uint8Array, chain: number): void {
    this.#offset += records.length
    this.#chain = chain
  }

  /** Starts to write zeros ahead when few are left. */
  preallocate(): void {
    const { preallocateBytes, segmentBytes } = this.#options
    const isEnough = this.#zeroedBytes - this.#offset >= preallocateBytes / 2
    if (isEnough || this.#extension !== undefined || this.#zeroedBytes >= segmentBytes) return
    const bytes = Math.min(preallocateBytes, segmentBytes - this.#zeroedBytes)
    this.#extension = this.#extend(bytes)
  }

  /** Resolves when no zeros are being written. */
  async settle(): Promise<void> {
    await this.#extension
  }

  async close(): Promise<void> {
    await this.#extension
    await this.#zeroFile.close()
    await this.#file.close()
  }

  /** Never rejects. */
  async #extend(bytes: number): Promise<void> {
    const from = this.#zeroedBytes
    assert(from >= this.#offset, 'zeros are written beyond the end of the log')
    try {
      for (let at = from; at < from + bytes; at += zeros.length) {
        await this.#zeroFile.write(at, [zeros.subarray(0, from + bytes - at)])
      }
      await this.#zeroFile.sync()
      this.#zeroedBytes = from + bytes
      this.#isDiskFull = false
    } catch (error) {
      // A full disk is no damage: appends go on into what is left, and the owner is told.
      this.#isDiskFull = isCoded(error, 'STORE_DISK_FULL')
      if (!this.#isDiskFull) this.#onFailure(error)
    } finally {
      this.#extension = undefined
    }
  }
}
