import { assert } from './assert.ts'

/**
 * First-in first-out queue with a limit in items and, when items have a size, in bytes.
 * A full queue refuses (`push` returns false); it never drops what it accepted.
 */
export class BoundedQueue<T> {
  readonly #itemsMax: number
  readonly #bytesMax: number
  /** Before `#head`: nothing, so that what was taken is not kept. */
  #items: (T | undefined)[] = []
  #sizes: number[] = []
  #head = 0
  #bytes = 0

  constructor(options: { readonly itemsMax: number; readonly bytesMax?: number }) {
    assert(options.itemsMax >= 1, 'a queue holds at least one item')
    this.#itemsMax = options.itemsMax
    this.#bytesMax = options.bytesMax ?? Number.MAX_SAFE_INTEGER
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Appends `item`; false when a limit would be passed (one oversize item fits an empty queue). */
  push(item: T, sizeBytes = 0): boolean {
    if (this.length >= this.#itemsMax) return false
    if (this.length > 0 && this.#bytes + sizeBytes > this.#bytesMax) return false
    this.#items.push(item)
    this.#sizes.push(sizeBytes)
    this.#bytes += sizeBytes
    return true
  }

  peek(): T | undefined {
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#bytes -= this.#sizes[this.#head]!
    this.#head += 1
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#sizes = this.#sizes.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes everything, oldest first. */
  drain(): T[] {
    const items = this.#items.slice(this.#head) as T[]
    this.#items = []
    this.#sizes = []
    this.#head = 0
    this.#bytes = 0
    return items
  }
}
