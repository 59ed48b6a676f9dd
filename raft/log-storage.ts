// The port behind which a replica's log becomes durable. `storage/` has the write-ahead log;
// `MemoryLogStorage` is the first-class in-memory one; both pass log-storage.suite.ts.
import type { Entry, HardState } from './core/entry.ts'

/** One write group: everything in it becomes durable together or not at all. */
export interface LogGroup {
  /** Contiguous; the first one discards everything stored at or after its index. May be empty. */
  readonly entries: readonly Entry[]
  /** Its `commit` is the commit index known when the group was formed (design 4.3). */
  readonly hardState: HardState
  /** False: the group may be lost by a crash (commit index only). */
  readonly sync: boolean
}

/** A place in the log. */
export interface LogMark {
  readonly index: number
  readonly term: number
}

/** What a log holds when it is opened. */
export interface LogContents {
  readonly hardState: HardState
  /** The entry before the first one kept: (0, 0) for a log that starts at index 1. */
  readonly compacted: LogMark
  /** Contiguous from `compacted.index + 1`. */
  readonly entries: readonly Entry[]
  /**
   * Set when the log was told of an image and never reset to it. When the state is there already,
   * the crash came between the two: reset now. When it is not, the image never arrived: go on.
   */
  readonly announced: LogMark | undefined
}

/**
 * A durable log of one replica. Calls may overlap; they take effect in call order and finish in
 * that order. After one rejection every later call rejects: the caller must stop.
 */
export interface LogStorage {
  /** Resolves when the group is durable (with `sync: false`: written). Group commit is its job. */
  append(group: LogGroup): Promise<void>
  /**
   * Makes durable that the state is about to be replaced by an image that ends at `mark`: after a
   * crash this tells a state that was replaced from a log that was lost.
   */
  announceImage(mark: LogMark): Promise<void>
  /**
   * Drops every entry: the log goes on after `mark`, with `hardState`, in one durable step. Used
   * when the state has been replaced; earlier appends are finished, later ones follow the mark.
   * A commit index beyond the mark is kept as the mark's: it comes again with the next group.
   */
  reset(mark: LogMark, hardState: HardState): Promise<void>
  /** Entries up to `index` (of `term`) are no longer needed. May keep more than asked. */
  compact(index: number, term: number): Promise<void>
  /**
   * Sets who is told, once, that the log has failed: at once, also when no call waits for it, and
   * when it had failed before. Closing is no failure.
   */
  onFailure(notice: (error: Error) => void): void
  close(): Promise<void>
}
