// Which term each index of the log has, kept as the few indexes where it changes.
import { assert } from '../../base/index.ts'
import type { Entry } from '../../raft/index.ts'
import type { CompactionMark } from './payload.ts'

/** Terms of the indexes from the last compacted one on. */
export class TermHistory {
  /** The first index of each run of equal terms; ascending in both fields. */
  #runs: CompactionMark[]
  #lastIndex: number

  /** `compacted` is the last entry that is gone, `entries` what follows it. */
  constructor(compacted: CompactionMark, entries: readonly Entry[]) {
    this.#runs = [compacted]
    this.#lastIndex = compacted.index
    this.append(entries)
  }

  get lastIndex(): number {
    return this.#lastIndex
  }

  get lastTerm(): number {
    return this.#runs.at(-1)!.term
  }

  /** Adds entries; the first one replaces everything from its index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    assert(first.index > this.#runs[0]!.index, 'a compacted entry is never overwritten')
    while (this.#runs.at(-1)!.index >= first.index) this.#runs.pop()
    for (const { index, term } of entries) {
      if (term !== this.lastTerm) this.#runs.push({ index, term })
      this.#lastIndex = index
    }
  }

  /** Term of the entry at `index`, which is in the log or the last compacted one. */
  termAt(index: number): number {
    const run = this.#runs.findLast((each) => each.index <= index)
    assert(run !== undefined && index <= this.#lastIndex, 'the index is in the log')
    return run.term
  }

  /** Forgets everything; the log goes on after `mark`. */
  reset(mark: CompactionMark): void {
    this.#runs = [mark]
    this.#lastIndex = mark.index
  }

  /** Forgets what lies before `mark`. */
  compact(mark: CompactionMark): void {
    this.#runs = [mark, ...this.#runs.filter((run) => run.index > mark.index)]
  }
}
