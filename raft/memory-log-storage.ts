// A log in memory that keeps the contract of a durable one, losses at a crash included: what was
// not synced is gone, what was acknowledged is there.
import { CodedError } from '../base/index.ts'
import type { Clock } from '../base/index.ts'
import type { LogContents, LogGroup, LogStorage } from './log-storage.ts'

/** What a log that was never written holds. */
export const emptyLogContents: LogContents = {
  hardState: { term: 0, votedFor: 0, commit: 0 },
  compacted: { index: 0, term: 0 },
  entries: [],
}

interface PendingGroup {
  readonly group: LogGroup
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
  #unsynced: LogGroup[] = []
  /** In the write that is in flight. */
  #syncing: PendingGroup[] = []
  /** Waits for the write in flight. */
  #waiting: PendingGroup[] = []
  #failure: CodedError | undefined
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
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ group, resolve, reject })
      if (this.#syncing.length === 0) this.#startSync()
    })
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

  async close(): Promise<void> {
    if (this.#failure !== undefined) return
    for (const { group } of [...this.#syncing, ...this.#waiting]) this.#unsynced.push(group)
    const pending = [...this.#syncing, ...this.#waiting]
    this.#makeDurable()
    this.#fail(new CodedError('STORE_CLOSED', 'the log is closed'))
    for (const { resolve } of pending) resolve()
  }

  /**
   * Loses everything unsynced except the first `groupsKept` groups that were on their way, which a
   * crash may or may not save. Every later call rejects; calls in flight never finish.
   */
  crash(groupsKept = 0): LogContents {
    const onTheirWay = [...this.#syncing, ...this.#waiting].map(({ group }) => group)
    this.#unsynced = [...this.#unsynced, ...onTheirWay].slice(0, groupsKept)
    this.#makeDurable()
    this.#fail(new CodedError('STORE_CLOSED', 'the log has crashed'))
    return this.#durable
  }

  /** Makes the next sync fail, as a broken disk does. */
  failNextSync(): void {
    this.#failNext = true
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
      return
    }
    for (const { group } of finished) this.#unsynced.push(group)
    if (finished.some(({ group }) => group.sync)) this.#makeDurable()
    for (const { resolve } of finished) resolve()
    if (this.#waiting.length > 0) this.#startSync()
  }

  #makeDurable(): void {
    let { hardState, compacted, entries } = this.#durable
    for (const group of this.#unsynced) {
      const first = group.entries[0]
      if (first !== undefined) {
        entries = [...entries.slice(0, first.index - compacted.index - 1), ...group.entries]
      }
      hardState = group.hardState
    }
    this.#unsynced = []
    this.#durable = { hardState, compacted, entries }
  }

  #fail(error: CodedError): void {
    this.#failure = error
    this.#syncing = []
    this.#waiting = []
    this.#unsynced = []
  }
}
