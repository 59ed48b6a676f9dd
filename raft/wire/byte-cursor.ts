// Bounded reading and writing of big-endian fields. A reader never throws on foreign bytes: the
// first field that does not fit makes it `failed`, and everything after reads as zero.
import { assert } from '../../base/index.ts'

const high = 0x1_0000_0000
const empty = new Uint8Array(0)

/** Writes `value` (a safe integer >= 0) as 8 bytes. */
export function setUint53(view: DataView, offset: number, value: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a wire integer is safe and not negative')
  view.setUint32(offset, Math.floor(value / high))
  view.setUint32(offset + 4, value % high)
}

/** Fills a buffer of known size front to back. Writing past the end is a bug (RangeError). */
export class ByteWriter {
  readonly bytes: Uint8Array
  readonly view: DataView
  offset = 0

  /** `target`: how many bytes, or where to write them. */
  constructor(target: number | Uint8Array) {
    this.bytes = typeof target === 'number' ? new Uint8Array(target) : target
    const { buffer, byteOffset, byteLength } = this.bytes
    this.view = new DataView(buffer, byteOffset, byteLength)
  }

  uint8(value: number): void {
    this.view.setUint8(this.offset, value)
    this.offset += 1
  }

  uint16(value: number): void {
    this.view.setUint16(this.offset, value)
    this.offset += 2
  }

  uint32(value: number): void {
    this.view.setUint32(this.offset, value)
    this.offset += 4
  }

  /** A safe integer >= 0 in 8 bytes. */
  uint53(value: number): void {
    setUint53(this.view, this.offset, value)
    this.offset += 8
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.offset)
    this.offset += bytes.length
  }
}

/** Reads fields front to back; look at `failed` before believing any of them. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly end: number
  offset: number
  failed = false

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.offset = offset
    this.end = end
  }

  uint8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.view.getUint8(at)
  }

  uint16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : this.view.getUint16(at)
  }

  uint32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : this.view.getUint32(at)
  }

  /** A safe integer >= 0 from 8 bytes; larger values fail. */
  uint53(): number {
    const at = this.#take(8)
    if (at < 0) return 0
    const value = this.view.getUint32(at) * high + this.view.getUint32(at + 4)
    if (Number.isSafeInteger(value)) return value
    this.failed = true
    return 0
  }

  /** 0 or 1; anything else fails. */
  flag(): boolean {
    const value = this.uint8()
    if (value > 1) this.failed = true
    return value === 1
  }

  /** A window on the next `length` bytes, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length)
    return at < 0 ? empty : this.bytes.subarray(at, at + length)
  }

  /**
   * The next `length` bytes, for keeping: a window where all that is read here is most of the
   * memory it stands in, a copy where the window would keep alive much else (a pool, a segment).
   */
  kept(length: number): Uint8Array {
    const window = this.raw(length)
    return 2 * this.bytes.length < window.buffer.byteLength ? new Uint8Array(window) : window
  }

  #take(length: number): number {
    const at = this.offset
    if (this.failed || length > this.end - at) {
      this.failed = true
      return -1
    }
    this.offset = at + length
    return at
  }
}
