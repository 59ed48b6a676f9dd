// Committed entries on their way to the state machine, handed out in pieces.
import { entrySizeBytes } from '../core/entry.ts'
import type { Entry } from '../core/entry.ts'
import { applyBytesPerTurnMax, applyEntriesPerTurnMax } from './limits.ts'

/** First in, first out; what it holds is bounded by the core's `applyBytesMax`. */
export class ApplyQueue {
  #entries: Entry[] = []
  #head = 0

  get length(): number {
    return this.#entries.length - this.#head
  }

  push(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry)
  }

  /**
   * The next piece, within the limits of one turn; empty when there is nothing. An entry of type
   * `config` ends it: what follows is decided by the members it names. It stays until `drop`.
   */
  peek(): readonly Entry[] {
    let end = this.#head
    let bytes = 0
    while (end < this.#entries.length && end - this.#head < applyEntriesPerTurnMax) {
      bytes += entrySizeBytes(this.#entries[end]!)
      if (bytes > applyBytesPerTurnMax && end > this.#head) break
      end += 1
      if (this.#entries[end - 1]!.type === 'config') break
    }
    return this.#entries.slice(this.#head, end)
  }

  /** The first `count` entries are done, unless everything was cleared meanwhile. */
  drop(count: number): void {
    this.#head += count
    if (this.#head >= this.#entries.length) this.clear()
  }

  clear(): void {
    this.#entries = []
    this.#head = 0
  }
}
