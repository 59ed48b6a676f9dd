// A log as an array of entries after a mark: what a member holds, or would hold after a crash.
import { assert } from '../../../base/index.ts'
import type { Entry, HardState, LogContents, LogGroup } from '../../../raft/index.ts'
import type { Mark } from '../../sim/observation.ts'

/** Compacted entries are dropped for real once there are this many. */
const slackMax = 256

/** Entries are shared with the product and never changed. */
export class LogImage {
  hardState: HardState = { term: 0, votedFor: 0, commit: 0 }
  compacted: Mark = { index: 0, term: 0 }
  /** Entries from `#base + 1`; the ones up to `compacted.index` are no longer part of the log. */
  #entries: Entry[] = []
  #base = 0

  get lastIndex(): number {
    return Math.max(this.compacted.index, this.#base + this.#entries.length)
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex)!
  }

  /** Undefined when it is not held. */
  entryAt(index: number): Entry | undefined {
    return index <= this.compacted.index ? undefined : this.#entries[index - this.#base - 1]
  }

  /** Undefined when it is not known. */
  termAt(index: number): number | undefined {
    if (index === this.compacted.index) return this.compacted.term
    return this.entryAt(index)?.term
  }

  open(contents: LogContents): void {
    this.hardState = contents.hardState
    this.compacted = contents.compacted
    this.#base = contents.compacted.index
    this.#entries = [...contents.entries]
  }

  /** Takes a group; the result is the first index that it discarded, 0 when none. */
  append({ entries, hardState }: Pick<LogGroup, 'entries' | 'hardState'>): number {
    this.hardState = hardState
    const first = entries[0]
    if (first === undefined) return 0
    const keep = first.index - this.#base - 1
    assert(keep >= 0 && first.index <= this.lastIndex + 1, 'a group follows the log')
    const discarded = first.index <= this.lastIndex ? first.index : 0
    if (keep < this.#entries.length) this.#entries.length = keep
    for (const entry of entries) this.#entries.push(entry)
    return discarded
  }

  compact(mark: Mark): void {
    if (mark.index <= this.compacted.index) return
    if (mark.index > this.lastIndex) {
      this.reset(mark, this.hardState)
      return
    }
    this.compacted = mark
    const unused = mark.index - this.#base
    if (unused < slackMax) return
    this.#entries = this.#entries.slice(unused)
    this.#base = mark.index
  }

  reset(mark: Mark, hardState: HardState): void {
    this.hardState = hardState
    this.compacted = mark
    this.#base = mark.index
    this.#entries = []
  }

  copy(): LogImage {
    const copy = new LogImage()
    copy.hardState = this.hardState
    copy.compacted = this.compacted
    copy.#base = this.#base
    copy.#entries = [...this.#entries]
    return copy
  }
}
