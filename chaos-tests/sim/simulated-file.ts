// One file of the simulated disk: what a process reads, what a power cut leaves, and the sectors
// between the two.
import type { Random } from '../../base/index.ts'

/** Unit that is on the disk wholly or not at all. */
export const sectorBytes = 512

/** What a power cut does to what was not synced. */
export type PowerCut =
  /** Everything unsynced is lost. */
  | 'lose'
  /** Everything unsynced happens to be on the disk. */
  | 'keep'
  /** Each sector and directory operation by chance. */
  | 'tear'

/** A growing byte string; bytes never written read as zero. */
class Image {
  #bytes = new Uint8Array(0)
  sizeBytes = 0

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2, 4096))
      grown.set(this.#bytes.subarray(0, this.sizeBytes))
      this.#bytes = grown
    }
    this.#bytes.set(bytes, offset)
    this.sizeBytes = Math.max(this.sizeBytes, end)
  }

  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.#bytes.fill(0, sizeBytes, this.sizeBytes)
    else if (sizeBytes > this.sizeBytes) this.write(sizeBytes - 1, new Uint8Array(1))
    this.sizeBytes = sizeBytes
  }

  slice(offset: number, end: number): Uint8Array {
    const out = new Uint8Array(Math.max(0, Math.min(end, this.sizeBytes) - offset))
    out.set(this.#bytes.subarray(offset, offset + out.length))
    return out
  }
}

/** Content of one file. */
export class SimulatedFile {
  readonly #volatile = new Image()
  readonly #durable = new Image()
  /** Numbers of the sectors that differ, or may. */
  readonly #dirty = new Set<number>()
  #isSizeDirty = false

  get sizeBytes(): number {
    return this.#volatile.sizeBytes
  }

  content(): Uint8Array {
    return this.#volatile.slice(0, this.#volatile.sizeBytes)
  }

  read(offset: number, length: number): Uint8Array {
    return this.#volatile.slice(offset, offset + length)
  }

  write(offset: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#volatile.write(offset, bytes)
    const last = Math.floor((offset + bytes.length - 1) / sectorBytes)
    for (let n = Math.floor(offset / sectorBytes); n <= last; n += 1) this.#dirty.add(n)
  }

  truncate(sizeBytes: number): void {
    this.#volatile.resize(sizeBytes)
    this.#isSizeDirty = true
  }

  sync(): void {
    if (this.#isSizeDirty) this.#durable.resize(this.#volatile.sizeBytes)
    for (const n of this.#dirty) this.#keep(n)
    this.forgetPending()
  }

  /** Makes durable what stands in a range, and nothing else that is dirty. */
  syncRange(offset: number, length: number): void {
    if (length === 0) return
    const last = Math.floor((offset + length - 1) / sectorBytes)
    for (let n = Math.floor(offset / sectorBytes); n <= last; n += 1) {
      if (this.#dirty.delete(n)) this.#keep(n)
    }
  }

  /** After a failed sync the cache calls its pages clean: they never reach the disk. */
  forgetPending(): void {
    this.#dirty.clear()
    this.#isSizeDirty = false
  }

  powerCut(cut: PowerCut, random: Random): void {
    const isKept = (): boolean => cut === 'keep' || (cut === 'tear' && random.ratio(1, 2))
    if (this.#isSizeDirty && isKept()) this.#durable.resize(this.#volatile.sizeBytes)
    for (const n of this.#dirty) if (isKept()) this.#keep(n)
    this.forgetPending()
    this.#volatile.resize(0)
    this.#volatile.write(0, this.#durable.slice(0, this.#durable.sizeBytes))
  }

  corrupt(offset: number, length: number, change: (byte: number) => number): void {
    for (const image of [this.#volatile, this.#durable]) {
      const bytes = image.slice(offset, offset + length)
      if (bytes.length > 0) image.write(offset, bytes.map(change))
    }
  }

  #keep(sector: number): void {
    const at = sector * sectorBytes
    const bytes = this.#volatile.slice(at, at + sectorBytes)
    if (bytes.length > 0) this.#durable.write(at, bytes)
  }
}
