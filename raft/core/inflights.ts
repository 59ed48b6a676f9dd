// The append messages one follower has not answered yet: a window with a limit in messages and in
// bytes. One message larger than the whole window may travel when nothing else does.
import { assert } from '../../base/index.ts'

export class Inflights {
  readonly #messagesMax: number
  readonly #bytesMax: number
  #lastIndexes: number[] = []
  #sizes: number[] = []
  #head = 0
  #bytes = 0

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax
    this.#bytesMax = bytesMax
  }

  get messages(): number {
    return this.#lastIndexes.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes that still fit. */
  get bytesLeft(): number {
    return Math.max(0, this.#bytesMax - this.#bytes)
  }

  /** Tells whether a message of at least `sizeBytes` may leave. */
  admits(sizeBytes: number): boolean {
    if (this.messages === 0) return true
    return this.messages < this.#messagesMax && this.#bytes + sizeBytes <= this.#bytesMax
  }

  /** Notes a message whose last entry is `lastIndex`. */
  add(lastIndex: number, sizeBytes: number): void {
    assert(this.admits(sizeBytes), 'a message leaves only when the window admits it')
    this.#lastIndexes.push(lastIndex)
    this.#sizes.push(sizeBytes)
    this.#bytes += sizeBytes
  }

  /** The follower has everything up to `index`. */
  freeTo(index: number): void {
    while (this.messages > 0 && this.#lastIndexes[this.#head]! <= index) {
      this.#bytes -= this.#sizes[this.#head]!
      this.#head += 1
    }
    if (this.messages === 0) this.clear()
    else if (this.#head > 512) this.#shrink()
  }

  clear(): void {
    this.#lastIndexes = []
    this.#sizes = []
    this.#head = 0
    this.#bytes = 0
  }

  #shrink(): void {
    this.#lastIndexes = this.#lastIndexes.slice(this.#head)
    this.#sizes = this.#sizes.slice(this.#head)
    this.#head = 0
  }
}
