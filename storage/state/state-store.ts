// The port behind which the replicated state's rows become durable.
import type { LogMark } from '../../raft/index.ts'

/** A stored row. */
export type StateRow = readonly [key: Uint8Array, value: Uint8Array]

/** One atomic write. A key appears at most once, in `puts` or in `deletes`. */
export interface StateBatch {
  readonly puts: readonly StateRow[]
  readonly deletes: readonly Uint8Array[]
}

/** Rows in the order of their keys' bytes, some at a time. */
export interface RowSource {
  /** The next rows, at least one; none after the last. The bytes belong to the caller. */
  next(): Promise<readonly StateRow[]>
}

/** The rows as they were at one moment between two batches; must be closed. */
export interface StateSnapshot extends RowSource {
  /** The value of a key; undefined when there is no such row. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The first `rowsMax` rows whose keys begin with `prefix`, which is not empty. */
  list(prefix: Uint8Array, rowsMax: number): Promise<readonly StateRow[]>
  close(): Promise<void>
}

/**
 * An ordered key-value store for one replica's state. Calls may overlap; writes take effect in
 * call order. Keys and values given to it must not be changed afterwards. After a failed write
 * every later call rejects with `STORE_STATE_FAILED`, after `close` with `STORE_CLOSED`.
 */
export interface StateStore {
  /** Visits every row in the order of the keys' bytes. The bytes belong to the visitor. */
  load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void>
  /** Resolves when the whole batch is durable; a crash before leaves all of it or nothing. */
  write(batch: StateBatch): Promise<void>
  /** What is durable now; later writes do not show in it, and do not wait for it. */
  snapshot(): Promise<StateSnapshot>
  /**
   * Replaces every row by those of `rows`, the state right after the entry `origin`.
   * Resolves when that is durable; a crash before leaves the old rows or the new ones. When `rows`
   * or writing them aside fails, it rejects and the old rows stay in use. Snapshots open on the old
   * ones end.
   */
  replaceWith(rows: RowSource, origin: LogMark): Promise<void>
  close(): Promise<void>
}
