// Replays records into what the log holds. Anything that no writer of ours would have written is
// reported, so that a record that passes its checks and still makes no sense is refused as well.
import type { Entry, HardState, LogContents, LogMark } from '../../raft/index.ts'
import type { CompactionMark, GroupPayload, ImagePayload } from './payload.ts'
import type { SegmentHeader } from './segment-header.ts'

/** What is wrong with a record; undefined when nothing is. */
export type Complaint = string | undefined

/** Accumulates the records of one log, oldest first. */
export class LogBuilder {
  /** Entries after `#baseIndex`, contiguous. */
  #entries: Entry[] = []
  #baseIndex: number
  #baseTerm: number
  #hardState: HardState
  #compacted: CompactionMark
  #announced: LogMark | undefined

  /** Starts where the oldest segment that is still there began. */
  constructor(header: SegmentHeader) {
    this.#baseIndex = header.firstIndex - 1
    this.#baseTerm = header.previousTerm
    this.#hardState = header.hardState
    this.#compacted = header.compacted
  }

  get lastIndex(): number {
    return this.#baseIndex + this.#entries.length
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm
  }

  get hardState(): HardState {
    return this.#hardState
  }

  get compacted(): CompactionMark {
    return this.#compacted
  }

  addGroup({ hardState, entries }: GroupPayload): Complaint {
    const regress = this.#checkHardState(hardState)
    if (regress !== undefined) return regress
    // The log went on without the image that had been announced.
    if (entries.length > 0) this.#announced = undefined
    const complaint = this.#addEntries(entries)
    if (complaint !== undefined) return complaint
    this.#hardState = hardState
    if (hardState.commit > this.lastIndex) return 'the commit index is beyond the last entry'
    if (this.lastTerm > hardState.term) return 'an entry is newer than the term'
    return undefined
  }

  addCompaction(mark: CompactionMark): Complaint {
    if (mark.index < this.#compacted.index || mark.index > this.lastIndex) {
      return 'a compaction mark is out of place'
    }
    const term = this.#termAt(mark.index)
    if (term !== undefined && term !== mark.term) return 'a compaction mark has the wrong term'
    this.#compacted = mark
    return undefined
  }

  /** Takes an announced image, or the fresh start after one was installed. */
  addImage({ phase, mark, hardState }: ImagePayload): Complaint {
    const regress = this.#checkHardState(hardState)
    if (regress !== undefined) return regress
    if (mark.index <= this.#hardState.commit || mark.index <= this.#compacted.index) {
      return 'an image is older than what was committed'
    }
    if (phase === 'announced') {
      if (hardState.commit > this.lastIndex) return 'the commit index is beyond the last entry'
      this.#hardState = hardState
      this.#announced = mark
      return undefined
    }
    if (hardState.commit !== mark.index || mark.term > hardState.term) {
      return 'an image and its hard state do not fit'
    }
    this.#entries = []
    this.#baseIndex = mark.index
    this.#baseTerm = mark.term
    this.#compacted = mark
    this.#hardState = hardState
    this.#announced = undefined
    return undefined
  }

  /**
   * Tells whether a segment with this header follows what was added so far. Its commit index may be
   * newer: the state can have known one that no record carries.
   */
  isContinuedBy(header: SegmentHeader): boolean {
    const { hardState, compacted } = header
    return (
      header.firstIndex === this.lastIndex + 1 &&
      header.previousTerm === this.lastTerm &&
      hardState.term === this.#hardState.term &&
      hardState.votedFor === this.#hardState.votedFor &&
      hardState.commit >= this.#hardState.commit &&
      compacted.index === this.#compacted.index &&
      compacted.term === this.#compacted.term
    )
  }

  /** Goes on with a segment for which `isContinuedBy` holds. */
  continueWith(header: SegmentHeader): void {
    this.#hardState = header.hardState
  }

  /** What the log holds after all records, or what is wrong with the whole. */
  finish(): { readonly contents: LogContents } | { readonly complaint: string } {
    const skipped = this.#compacted.index - this.#baseIndex
    if (skipped < 0) return { complaint: 'entries above the compaction mark are missing' }
    const contents: LogContents = {
      hardState: this.#hardState,
      compacted: this.#compacted,
      entries: this.#entries.slice(skipped),
      announced: this.#announced,
    }
    return { contents }
  }

  #checkHardState(next: HardState): Complaint {
    const before = this.#hardState
    if (next.term < before.term || next.commit < before.commit) {
      return 'the term or the commit index goes back'
    }
    if (next.term === before.term && before.votedFor !== 0) {
      if (next.votedFor !== before.votedFor) return 'the vote changes within a term'
    }
    return undefined
  }

  #addEntries(entries: readonly Entry[]): Complaint {
    const first = entries[0]
    if (first === undefined) return undefined
    if (first.index > this.lastIndex + 1) return 'entries are missing'
    if (first.index <= this.#hardState.commit || first.index <= this.#compacted.index) {
      return 'a committed entry is overwritten'
    }
    if (first.index <= this.#baseIndex) {
      // The entries before were in a segment that was removed; a later mark covers them.
      this.#baseIndex = first.index - 1
      this.#baseTerm = 0
      this.#entries = []
    }
    this.#entries.length = first.index - 1 - this.#baseIndex
    let previousIndex = first.index - 1
    let previousTerm = this.lastTerm
    for (const entry of entries) {
      if (entry.index !== previousIndex + 1) return 'entries are not in sequence'
      if (entry.term < previousTerm) return 'the term of an entry goes back'
      previousIndex = entry.index
      previousTerm = entry.term
      this.#entries.push(entry)
    }
    return undefined
  }

  #termAt(index: number): number | undefined {
    if (index === this.#baseIndex && this.#baseTerm > 0) return this.#baseTerm
    return this.#entries[index - this.#baseIndex - 1]?.term
  }
}
