// Where the store keeps its records: an ordered set of texts with atomic batches.
import { compareUtf8 } from '../../base/index.ts'

/** One atomic change. */
export interface MetadataBatch {
  readonly puts: readonly (readonly [key: string, value: string])[]
  readonly deletes: readonly string[]
  /** Durable when `write` resolves; otherwise it survives a killed process, not a power cut. */
  readonly sync: boolean
}

/** Records of the piece store. Batches are given one after another, never two at a time. */
export interface MetadataStore {
  /** Calls `visit` for every record in key order. */
  load(visit: (key: string, value: string) => void): Promise<void>
  /** PEER_DISK_FULL, PEER_STORE_IO: then the batch happened whole or not at all. */
  write(batch: MetadataBatch): Promise<void>
  close(): Promise<void>
}

/** Keeps records in memory, for tests and simulation. `crash` loses what was not synced. */
export class MemoryMetadata implements MetadataStore {
  #synced = new Map<string, string>()
  #current = new Map<string, string>()

  async load(visit: (key: string, value: string) => void): Promise<void> {
    const entries = [...this.#current].sort(([a], [b]) => compareUtf8(a, b))
    for (const [key, value] of entries) visit(key, value)
  }

  async write(batch: MetadataBatch): Promise<void> {
    for (const [key, value] of batch.puts) this.#current.set(key, value)
    for (const key of batch.deletes) this.#current.delete(key)
    if (batch.sync) this.#synced = new Map(this.#current)
  }

  async close(): Promise<void> {}

  /** Power cut: back to the last synced batch. */
  crash(): void {
    this.#current = new Map(this.#synced)
  }
}
