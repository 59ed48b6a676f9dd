// The segment that is appended to. Zeros are written and synced ahead of its end, off the append
// path and through a handle of their own: an fdatasync then has no size to write, and the error of
// one sync is never reported to the other.
import { assert, isCoded } from '../../base/index.ts'
import type { Disk, DiskFile } from '../../base/index.ts'
import { segmentSalt } from './segment-header.ts'
import type { LogIdentity } from './log-identity.ts'
import type { SegmentInfo } from './recover.ts'

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
    const end = this.#offset + records.length
    // Zeros under way must not land on top of the records.
    if (end > this.#zeroedBytes) await this.#extension
    this.#zeroedBytes = Math.max(this.#zeroedBytes, end)
    await this.#file.write(this.#offset, [records])
    this.#offset = end
    this.#chain = chain
  }

  /** Makes everything written so far durable. Not called while a `write` is under way. */
  async sync(): Promise<void> {
    const offset = this.#offset
    await this.#file.sync()
    this.#syncedBytes = offset
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
      await this.#zeroFile.write(from, [new Uint8Array(bytes)])
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
