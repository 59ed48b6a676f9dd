// A log in memory that keeps the contract of a durable one, losses at a crash included: what was
// not synced is gone, what was acknowledged is there.
import { CodedError } from '../base/index.ts'
import type { Clock } from '../base/index.ts'
import type { HardState } from './core/entry.ts'
import type { LogContents, LogGroup, LogMark, LogStorage } from './log-storage.ts'

/** What a log that was never written holds. */
export const emptyLogContents: LogContents = {
  hardState: { term: 0, votedFor: 0, commit: 0 },
  compacted: { index: 0, term: 0 },
  entries: [],
  announced: undefined,
}

/** One change of the log, in the order of the calls. */
type Change =
  | { readonly kind: 'append'; readonly group: LogGroup }
  | { readonly kind: 'announce'; readonly mark: LogMark }
  | { readonly kind: 'reset'; readonly mark: LogMark; readonly hardState: HardState }

interface PendingChange {
  readonly change: Change
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** In-memory `LogStorage`. To reopen it after `close` or `crash`, make another from `contents`. */
export class MemoryLogStorage implements LogStorage {
  readonly #clock: Clock
  readonly #syncMs: number
  /** Survives a crash. */
  #durable: LogContents
  /** Acknowledged without sync; durable with the next sync. */
  #unsynced: Change[] = []
  /** In the write that is in flight. */
  #syncing: PendingChange[] = []
  /** Waits for the write in flight. */
  #waiting: PendingChange[] = []
  #failure: CodedError | undefined
  #failed: ((error: Error) => void) | undefined
  #failNext = false

  constructor(
    deps: { readonly clock: Clock },
    options: {
      /** How long one sync takes. @default 0 */
      readonly syncMs?: number
      /** @default an empty log */
      readonly contents?: LogContents
    } = {},
  ) {
    this.#clock = deps.clock
    this.#syncMs = options.syncMs ?? 0
    this.#durable = options.contents ?? emptyLogContents
  }

  /** What survives a crash right now. */
  get contents(): LogContents {
    return this.#durable
  }

  append(group: LogGroup): Promise<void> {
    return this.#change({ kind: 'append', group })
  }

  announceImage(mark: LogMark): Promise<void> {
    return this.#change({ kind: 'announce', mark })
  }

  reset(mark: LogMark, hardState: HardState): Promise<void> {
    return this.#change({ kind: 'reset', mark, hardState })
  }

  async compact(index: number, term: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const { compacted, entries } = this.#durable
    const first = compacted.index + 1
    if (index < first || index >= first + entries.length) return
    this.#durable = {
      ...this.#durable,
      compacted: { index, term },
      entries: entries.slice(index - compacted.index),
    }
  }

  onFailure(notice: (error: Error) => void): void {
    this.#failed = notice
  }

  async close(): Promise<void> {
    if (this.#failure !== undefined) return
    for (const { change } of [...this.#syncing, ...this.#waiting]) this.#unsynced.push(change)
    const pending = [...this.#syncing, ...this.#waiting]
    this.#makeDurable()
    this.#fail(new CodedError('STORE_CLOSED', 'the log is closed'))
    for (const { resolve } of pending) resolve()
  }

  /**
   * Loses everything unsynced except the first `changesKept` calls that were on their way, which a
   * crash may or may not save. Every later call rejects; calls in flight never finish.
   */
  crash(changesKept = 0): LogContents {
    const onTheirWay = [...this.#syncing, ...this.#waiting].map(({ change }) => change)
    this.#unsynced = [...this.#unsynced, ...onTheirWay].slice(0, changesKept)
    this.#makeDurable()
    this.#fail(new CodedError('STORE_CLOSED', 'the log has crashed'))
    return this.#durable
  }

  /** Makes the next sync fail, as a broken disk does. */
  failNextSync(): void {
    this.#failNext = true
  }

  #change(change: Change): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject })
      if (this.#syncing.length === 0) this.#startSync()
    })
  }

  #startSync(): void {
    this.#syncing = this.#waiting
    this.#waiting = []
    this.#clock.setTimer(this.#syncMs, () => this.#finishSync())
  }

  #finishSync(): void {
    if (this.#failure !== undefined) return
    const finished = this.#syncing
    this.#syncing = []
    if (this.#failNext) {
      const error = new CodedError('STORE_IO', 'the log could not be synced')
      const pending = [...finished, ...this.#waiting]
      this.#fail(error)
      for (const { reject } of pending) reject(error)
      this.#failed?.(error)
      return
    }
    for (const { change } of finished) this.#unsynced.push(change)
    if (finished.some(({ change }) => isSynced(change))) this.#makeDurable()
    for (const { resolve } of finished) resolve()
    if (this.#waiting.length > 0) this.#startSync()
  }

  #makeDurable(): void {
    let contents = this.#durable
    for (const change of this.#unsynced) contents = changed(contents, change)
    this.#unsynced = []
    this.#durable = contents
  }

  #fail(error: CodedError): void {
    this.#failure = error
    this.#syncing = []
    this.#waiting = []
    this.#unsynced = []
  }
}

function isSynced(change: Change): boolean {
  return change.kind !== 'append' || change.group.sync
}

function changed(contents: LogContents, change: Change): LogContents {
  if (change.kind === 'announce') return { ...contents, announced: change.mark }
  if (change.kind === 'reset') {
    const { mark } = change
    const hardState = { ...change.hardState, commit: mark.index }
    return { hardState, compacted: mark, entries: [], announced: undefined }
  }
  const { entries, hardState } = change.group
  const first = entries[0]
  if (first === undefined) return { ...contents, hardState }
  const kept = contents.entries.slice(0, first.index - contents.compacted.index - 1)
  // The log went on without the image that had been announced.
  return { ...contents, hardState, entries: [...kept, ...entries], announced: undefined }
}
