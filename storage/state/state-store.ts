// The port behind which the replicated state's rows become durable.

/** One atomic write. A key appears at most once, in `puts` or in `deletes`. */
export interface StateBatch {
  readonly puts: readonly (readonly [key: Uint8Array, value: Uint8Array])[]
  readonly deletes: readonly Uint8Array[]
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
  close(): Promise<void>
}
