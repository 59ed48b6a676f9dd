// The log in memory, with the marks that tell how far each entry has come.
//
//   compacted <= applied <= handedToApply <= min(commit, stable)      commit <= last
//   stable <= handedToStorage <= last
//
// Only while an image is being installed `compacted`, `handedToApply` and `commit` are ahead of
// `applied` and `stable`: the log begins after the image, and nothing is known durable there yet.
// And while there is no state at all `applied` and `handedToApply` stay at 0.
//
// `stable` counts entries of the log as it is now: when a suffix is replaced, stable and
// handedToStorage fall back to before it, and writes still under way stop counting
// (pending-writes.ts).
import { assert } from '../../base/index.ts'
import type { LogContents, LogMark } from '../log-storage.ts'
import { entrySizeBytes } from './entry.ts'
import type { Entry } from './entry.ts'

/** From where on the log is applied. */
export interface RaftLogOptions {
  /** Last index that the state shows; 0 without one. */
  readonly applied: number
  /** Cluster clock that the state knows, ms. */
  readonly clusterClockMs: number
  /** Nothing is applied before `installed`. */
  readonly lacksState: boolean
}

/** Dropped entries may stay in the array up to this share before it is copied. */
const garbageEntriesMin = 1024

export class RaftLog {
  #entries: Entry[]
  /** Entries at the front of `#entries` that are compacted already. */
  #garbage = 0
  #compactedIndex: number
  #compactedTerm: number
  #compactedStampMs: number
  #commit: number
  #applied: number
  #handedToApply: number
  /** Last entry of type `config` handed out for apply. */
  #configHandedOut = 0
  #stable: number
  #handedToStorage: number
  /** There is nothing that entries could be applied to. */
  #lacksState: boolean

  constructor(contents: LogContents, { applied, clusterClockMs, lacksState }: RaftLogOptions) {
    this.#entries = [...contents.entries]
    this.#compactedIndex = contents.compacted.index
    this.#compactedTerm = contents.compacted.term
    this.#compactedStampMs = clusterClockMs
    // A commit index alone is never synced, so the durable state may be ahead of it (B05).
    this.#commit = Math.max(contents.hardState.commit, applied, contents.compacted.index)
    this.#applied = applied
    this.#handedToApply = applied
    this.#stable = this.lastIndex
    this.#handedToStorage = this.lastIndex
    assertContiguous(this.#compactedIndex, this.#compactedTerm, this.#entries)
    this.#lacksState = lacksState
    assert(lacksState || applied >= this.#compactedIndex, 'only what is applied is compacted')
    assert(this.#commit <= this.lastIndex, 'the log holds everything known committed (R-2.2)')
  }

  get commit(): number {
    return this.#commit
  }

  get applied(): number {
    return this.#applied
  }

  get stable(): number {
    return this.#stable
  }

  get compacted(): LogMark {
    return { index: this.#compactedIndex, term: this.#compactedTerm }
  }

  get compactedIndex(): number {
    return this.#compactedIndex
  }

  get lastIndex(): number {
    return this.#compactedIndex + this.#entries.length - this.#garbage
  }

  get lastTerm(): number {
    return this.#entries.length > this.#garbage ? this.#entries.at(-1)!.term : this.#compactedTerm
  }

  /** Stamp of the last entry: where a new leader's cluster clock starts. */
  get lastStampMs(): number {
    const last = this.#entries.length > this.#garbage ? this.#entries.at(-1)!.stampMs : 0
    return Math.max(last, this.#compactedStampMs)
  }

  get hasUnwritten(): boolean {
    return this.#handedToStorage < this.lastIndex
  }

  /** Last index that may be applied: committed and durable here. */
  get applicable(): number {
    return Math.min(this.#commit, this.#stable)
  }

  /** Nothing is applied until an image is installed. */
  get lacksState(): boolean {
    return this.#lacksState
  }

  /** Something can be handed out for apply. Nothing passes a change that is not applied yet. */
  get hasApplicable(): boolean {
    if (this.#lacksState) return false
    return this.#handedToApply < this.applicable && this.#configHandedOut <= this.#applied
  }

  /** A change of the membership is known committed and not applied. */
  get hasPendingChange(): boolean {
    for (let index = this.#applied + 1; index <= this.#commit; index += 1) {
      if (this.#at(index)?.type === 'config') return true
    }
    return false
  }

  /** Cluster clock of the entry at `index`, which is held or the last one compacted. */
  stampAt(index: number): number {
    return index === this.#compactedIndex ? this.#compactedStampMs : this.entryAt(index).stampMs
  }

  /** Term at `index`; undefined when the log does not hold it. */
  termAt(index: number): number | undefined {
    if (index === this.#compactedIndex) return this.#compactedTerm
    return this.#at(index)?.term
  }

  /** The entry at `index`, which must be held. */
  entryAt(index: number): Entry {
    const entry = this.#at(index)
    assert(entry !== undefined, 'the log holds the entry')
    return entry
  }

  matches(index: number, term: number): boolean {
    return this.termAt(index) === term
  }

  /** Section 5.4.1: is a log that ends in (index, term) at least as up to date as this one? */
  isUpToDate(index: number, term: number): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex)
  }

  /** Entries from `from` within the limits; the first one is taken whatever its size. */
  slice(from: number, limits: { readonly bytesMax: number; readonly countMax: number }): Entry[] {
    const entries: Entry[] = []
    let bytes = 0
    const end = Math.min(this.lastIndex, from + limits.countMax - 1)
    for (let index = from; index <= end; index += 1) {
      const entry = this.entryAt(index)
      bytes += entrySizeBytes(entry)
      if (entries.length > 0 && bytes > limits.bytesMax) break
      entries.push(entry)
    }
    return entries
  }

  /**
   * Largest index <= `index` whose term is <= `term`: the best guess where this log and one that
   * has `term` at `index` may agree. Terms never fall along a log, so halving finds it.
   */
  lastIndexWithTermAtMost(index: number, term: number): number {
    let low = this.#compactedIndex
    let high = Math.min(index, this.lastIndex)
    if (high < low) return high
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.termAt(middle)! <= term) low = middle
      else high = middle - 1
    }
    return low
  }

  /**
   * First of `entries` that this log does not hold with the same term; undefined when all match.
   */
  firstDifference(entries: readonly Entry[]): number | undefined {
    for (const entry of entries) {
      if (!this.matches(entry.index, entry.term)) return entry.index
    }
    return undefined
  }

  /** Replaces everything from the first entry's index on. Never reaches into the committed part. */
  replaceFrom(entries: readonly Entry[]): void {
    const first = entries[0]
    assert(first !== undefined, 'there is something to append')
    assert(first.index > this.#commit, 'committed entries are never truncated (R-6.1)')
    assert(first.index <= this.lastIndex + 1, 'a log has no gaps')
    // Only then: a length that is set to what it is costs a call into the engine for every entry.
    if (first.index <= this.lastIndex) {
      this.#entries.length = this.#garbage + first.index - 1 - this.#compactedIndex
    }
    assertContiguous(this.lastIndex, this.lastTerm, entries)
    for (const entry of entries) this.#entries.push(entry)
    this.#handedToStorage = Math.min(this.#handedToStorage, first.index - 1)
    this.#stable = Math.min(this.#stable, first.index - 1)
  }

  /** Raises the commit index; lower values are old news. */
  commitTo(index: number): void {
    if (index <= this.#commit) return
    assert(index <= this.lastIndex, 'a replica holds what it is told is committed (R-15.3)')
    this.#commit = index
  }

  /** Entries not yet handed to storage; they count as handed out from now on. */
  takeUnwritten(): readonly Entry[] {
    const entries = this.#entries.slice(
      this.#garbage + this.#handedToStorage - this.#compactedIndex,
    )
    this.#handedToStorage = this.lastIndex
    return entries
  }

  /** Entries up to `index` of the present log are durable. */
  stableTo(index: number): void {
    assert(index <= this.#handedToStorage, 'only what was written becomes durable')
    this.#stable = Math.max(this.#stable, index)
  }

  /**
   * Committed, durable entries not yet handed out, the first one whatever its size. A change of the
   * membership is the last one.
   */
  takeApplicable(bytesMax: number): Entry[] {
    const from = this.#handedToApply + 1
    const entries = this.slice(from, { bytesMax, countMax: this.applicable - this.#handedToApply })
    const change = entries.findIndex((entry) => entry.type === 'config')
    if (change >= 0) {
      entries.length = change + 1
      this.#configHandedOut = entries[change]!.index
    }
    this.#handedToApply += entries.length
    return entries
  }

  appliedTo(index: number): void {
    assert(index >= this.#applied && index <= this.#handedToApply, 'applied what was handed out')
    this.#applied = index
  }

  /** Last index before the newest entries up to `end` that fit into both limits. */
  indexBefore(
    end: number,
    limits: { readonly bytesMax: number; readonly countMax: number },
  ): number {
    let bytes = 0
    let index = end
    while (index > this.#compactedIndex && end - index < limits.countMax) {
      bytes += entrySizeBytes(this.entryAt(index))
      if (bytes > limits.bytesMax) break
      index -= 1
    }
    return index
  }

  /** Forgets entries up to `index`, which must be applied. */
  compact(index: number): void {
    if (index <= this.#compactedIndex) return
    assert(index <= this.#applied, 'only applied entries are compacted')
    const last = this.entryAt(index)
    this.#garbage += index - this.#compactedIndex
    this.#compactedIndex = index
    this.#compactedTerm = last.term
    this.#compactedStampMs = Math.max(this.#compactedStampMs, last.stampMs)
    if (this.#garbage >= garbageEntriesMin && this.#garbage * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#garbage)
      this.#garbage = 0
    }
  }

  /**
   * Begins again after an image that covers everything up to `mark`: all entries are dropped. What
   * is durable and applied stays as it was until `installed`.
   */
  restart(mark: LogMark, stampMs: number): void {
    assert(mark.index > this.#commit, 'an image brings something new')
    this.#stable = Math.min(this.#stable, this.#commit)
    this.#entries = []
    this.#garbage = 0
    this.#compactedIndex = mark.index
    this.#compactedTerm = mark.term
    this.#compactedStampMs = Math.max(this.#compactedStampMs, stampMs)
    this.#commit = mark.index
    this.#handedToStorage = mark.index
    this.#handedToApply = mark.index
    this.#configHandedOut = 0
  }

  /** The image that ends at `index` is the state now; the log goes on after it. */
  installed(index: number): void {
    assert(index >= this.#compactedIndex && index <= this.#stable, 'an installed image is durable')
    assert(index <= this.#commit, 'an image is of committed state')
    this.#applied = index
    this.#handedToApply = Math.max(this.#handedToApply, index)
    this.#lacksState = false
  }

  #at(index: number): Entry | undefined {
    if (index <= this.#compactedIndex) return undefined
    return this.#entries[this.#garbage + index - this.#compactedIndex - 1]
  }
}

function assertContiguous(prevIndex: number, prevTerm: number, entries: readonly Entry[]): void {
  let index = prevIndex
  let term = prevTerm
  for (const entry of entries) {
    assert(entry.index === index + 1, 'entries follow each other')
    assert(entry.term >= term, 'terms never fall along a log')
    index = entry.index
    term = entry.term
  }
}
