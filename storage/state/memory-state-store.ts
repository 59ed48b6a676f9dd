// A state store in memory that keeps the contract of a durable one, its losses at a crash included.
import { compareBytes, fromHex, toHex } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { StorageStoppedError } from '../errors.ts'
import type { StateBatch, StateStore } from './state-store.ts'

/** Durable rows by the hex of their key. */
export type StateRows = ReadonlyMap<string, Uint8Array>

interface PendingWrite {
  readonly batch: StateBatch
  readonly resolve: () => void
  readonly reject: (error: Error) => void
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
    for (const { batch } of this.#pending) applyBatch(rows, batch)
    const sorted = [...rows].map(([key, value]) => ({ key: fromHex(key)!, value }))
    sorted.sort((a, b) => compareBytes(a.key, b.key))
    for (const { key, value } of sorted) visit(key, value.slice())
  }

  write(batch: StateBatch): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped)
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, resolve, reject })
      if (this.#pending.length === 1) this.#startNext()
    })
  }

  async close(): Promise<void> {
    if (this.#stopped !== undefined) return
    const pending = this.#pending.splice(0)
    for (const { batch } of pending) applyBatch(this.#rows, batch)
    this.#stopped = new StorageStoppedError('STORE_CLOSED', 'the state is closed')
    for (const { resolve } of pending) resolve()
  }

  /**
   * Loses what was not acknowledged, except the first `writesKept` writes, which a crash may or may
   * not save. Every later call rejects; calls in flight never finish.
   */
  crash(writesKept = 0): StateRows {
    for (const { batch } of this.#pending.splice(0).slice(0, writesKept)) {
      applyBatch(this.#rows, batch)
    }
    this.#stopped = new StorageStoppedError('STORE_CLOSED', 'the state has crashed')
    return this.#rows
  }

  /** Makes the next write to finish fail, as a broken disk does. */
  failNextWrite(): void {
    this.#failNext = true
  }

  #startNext(): void {
    this.#clock.setTimer(this.#syncMs, () => this.#finishFirst())
  }

  #finishFirst(): void {
    const first = this.#pending.shift()
    if (first === undefined) return
    if (this.#failNext) {
      this.#stopped = new StorageStoppedError('STORE_STATE_FAILED', 'the state has failed')
      for (const { reject } of [first, ...this.#pending.splice(0)]) reject(this.#stopped)
      return
    }
    applyBatch(this.#rows, first.batch)
    first.resolve()
    if (this.#pending.length > 0) this.#startNext()
  }
}

function applyBatch(rows: Map<string, Uint8Array>, { puts, deletes }: StateBatch): void {
  for (const [key, value] of puts) rows.set(toHex(key), value.slice())
  for (const key of deletes) rows.delete(toHex(key))
}
