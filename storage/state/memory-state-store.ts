// A state store in memory that keeps the contract of a durable one, its losses at a crash included.
import { compareBytes, equalBytes, fromHex, toHex } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { StorageStoppedError } from '../errors.ts'
import { stateLoadRowsMax } from '../limits.ts'
import type { RowSource, StateBatch, StateRow, StateSnapshot, StateStore } from './state-store.ts'

/** Durable rows by the hex of their key. */
export type StateRows = ReadonlyMap<string, Uint8Array>

interface PendingWrite {
  /** What it leaves of the rows before it; undefined while a replacement is being fetched. */
  change: ((rows: Map<string, Uint8Array>) => void) | undefined
  /** Where a replacement comes from. */
  readonly source: RowSource | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** In-memory `StateStore`. To reopen after `close` or `crash`, construct another from `rows`. */
export class MemoryStateStore implements StateStore {
  readonly #clock: Clock
  readonly #syncMs: number
  #rows: Map<string, Uint8Array>
  #pending: PendingWrite[] = []
  #stopped: StorageStoppedError | undefined
  #failNext = false

  constructor(
    deps: { readonly clock: Clock },
    options: {
      /** How long one write takes. @default 0 */
      readonly syncMs?: number
      /** @default no rows */
      readonly rows?: StateRows
    } = {},
  ) {
    this.#clock = deps.clock
    this.#syncMs = options.syncMs ?? 0
    this.#rows = new Map(options.rows)
  }

  /** What survives a crash right now. */
  get rows(): StateRows {
    return this.#rows
  }

  async load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped
    const rows = new Map(this.#rows)
    for (const { change } of this.#pending) change?.(rows)
    for (const [key, value] of sortedRows(rows)) visit(key, value)
  }

  write(batch: StateBatch): Promise<void> {
    return this.#enqueue((rows) => applyBatch(rows, batch), undefined)
  }

  async snapshot(): Promise<StateSnapshot> {
    if (this.#stopped !== undefined) throw this.#stopped
    return new MemorySnapshot(sortedRows(this.#rows))
  }

  replaceWith(rows: RowSource): Promise<void> {
    return this.#enqueue(undefined, rows)
  }

  async close(): Promise<void> {
    if (this.#stopped !== undefined) return
    const pending = this.#pending.splice(0)
    this.#stopped = new StorageStoppedError('STORE_CLOSED', 'the state is closed')
    for (const { change, resolve, reject } of pending) {
      if (change === undefined) reject(this.#stopped)
      else {
        change(this.#rows)
        resolve()
      }
    }
  }

  /**
   * Loses what was not acknowledged, except the first `writesKept` writes, which a crash may or may
   * not save. Every later call rejects; calls in flight never finish.
   */
  crash(writesKept = 0): StateRows {
    for (const { change } of this.#pending.splice(0).slice(0, writesKept)) {
      // A replacement that is not whole is lost, and what follows it with it.
      if (change === undefined) break
      change(this.#rows)
    }
    this.#stopped = new StorageStoppedError('STORE_CLOSED', 'the state has crashed')
    return this.#rows
  }

  /** Makes the next write to finish fail, as a broken disk does. */
  failNextWrite(): void {
    this.#failNext = true
  }

  #enqueue(change: PendingWrite['change'], source: RowSource | undefined): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped)
    return new Promise((resolve, reject) => {
      this.#pending.push({ change, source, resolve, reject })
      if (this.#pending.length === 1) this.#startNext()
    })
  }

  #startNext(): void {
    const first = this.#pending[0]
    if (first?.source === undefined) this.#clock.setTimer(this.#syncMs, () => this.#finishFirst())
    else void this.#fetch(first, first.source)
  }

  /** Collects the rows of a replacement; never rejects. */
  async #fetch(write: PendingWrite, source: RowSource): Promise<void> {
    try {
      const fetched = new Map<string, Uint8Array>()
      for (let next = await source.next(); next.length > 0; next = await source.next()) {
        for (const [key, value] of next) fetched.set(toHex(key), value.slice())
      }
      write.change = (rows) => {
        rows.clear()
        for (const [key, value] of fetched) rows.set(key, value)
      }
      if (this.#stopped !== undefined) return
      this.#clock.setTimer(this.#syncMs, () => this.#finishFirst())
    } catch (error) {
      if (this.#stopped !== undefined) return
      this.#pending.shift()
      write.reject(error)
      if (this.#pending.length > 0) this.#startNext()
    }
  }

  #finishFirst(): void {
    const first = this.#pending.shift()
    if (first === undefined) return
    if (this.#failNext) {
      this.#stopped = new StorageStoppedError('STORE_STATE_FAILED', 'the state has failed')
      for (const { reject } of [first, ...this.#pending.splice(0)]) reject(this.#stopped)
      return
    }
    first.change?.(this.#rows)
    first.resolve()
    if (this.#pending.length > 0) this.#startNext()
  }
}

/** A copy of the rows. */
class MemorySnapshot implements StateSnapshot {
  readonly #rows: readonly StateRow[]
  #next = 0

  constructor(rows: readonly StateRow[]) {
    this.#rows = rows
  }

  async next(): Promise<readonly StateRow[]> {
    const from = this.#next
    this.#next += stateLoadRowsMax
    return this.#rows.slice(from, this.#next)
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows.find((row) => equalBytes(row[0], key))?.[1]
  }

  async list(prefix: Uint8Array, rowsMax: number): Promise<readonly StateRow[]> {
    const matching = this.#rows.filter(([key]) =>
      equalBytes(key.subarray(0, prefix.length), prefix),
    )
    return matching.slice(0, rowsMax)
  }

  async close(): Promise<void> {}
}

function sortedRows(rows: StateRows): StateRow[] {
  const sorted = [...rows].map(([key, value]): StateRow => [fromHex(key)!, value.slice()])
  return sorted.sort(([a], [b]) => compareBytes(a, b))
}

function applyBatch(rows: Map<string, Uint8Array>, { puts, deletes }: StateBatch): void {
  for (const [key, value] of puts) rows.set(toHex(key), value.slice())
  for (const key of deletes) rows.delete(toHex(key))
}
