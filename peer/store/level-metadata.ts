// Records in LevelDB (package `level`).
import { Level } from 'level'
import { messageOf } from '../../base/index.ts'
import { StoreError } from './errors.ts'
import type { MetadataBatch, MetadataStore } from './metadata.ts'

/**
 * Opens or creates the database at `path`. PEER_STORE_IN_USE, PEER_STORE_DAMAGED, PEER_STORE_IO.
 */
export async function openLevelMetadata(path: string): Promise<LevelMetadata> {
  const metadata = new LevelMetadata(path)
  await metadata.reopen()
  return metadata
}

export class LevelMetadata implements MetadataStore {
  readonly #path: string
  #database: Level<string, string>
  /**
   * A failed write may leave a torn record behind which LevelDB would append; records after it
   * would be lost at the next start. So the database is reopened (which cuts the tail) before the
   * next write.
   */
  #hasFailed = false

  constructor(path: string) {
    this.#path = path
    this.#database = new Level<string, string>(path)
  }

  async reopen(): Promise<void> {
    try {
      await this.#database.close()
      this.#database = new Level<string, string>(this.#path)
      await this.#database.open()
      this.#hasFailed = false
    } catch (error) {
      throw openError(this.#path, error)
    }
  }

  async load(visit: (key: string, value: string) => void): Promise<void> {
    try {
      for await (const [key, value] of this.#database.iterator()) visit(key, value)
    } catch (error) {
      throw error instanceof StoreError ? error : openError(this.#path, error)
    }
  }

  async write(batch: MetadataBatch): Promise<void> {
    if (this.#hasFailed) await this.reopen()
    const puts = batch.puts.map(([key, value]) => ({ type: 'put' as const, key, value }))
    const deletes = batch.deletes.map((key) => ({ type: 'del' as const, key }))
    try {
      await this.#database.batch([...puts, ...deletes], { sync: batch.sync })
    } catch (error) {
      this.#hasFailed = true
      throw writeError(this.#path, error)
    }
  }

  async close(): Promise<void> {
    await this.#database.close()
  }
}

/** LevelDB tells causes apart only in its message texts and a few codes of the wrapper. */
function openError(path: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (cause as { code?: unknown }).code
  if (code === 'LEVEL_LOCKED') {
    const message = `another process uses the piece store at ${path}`
    return new StoreError('PEER_STORE_IN_USE', message, error)
  }
  if (code === 'LEVEL_CORRUPTION') {
    return new StoreError('PEER_STORE_DAMAGED', `${path}: ${messageOf(cause)}`, error)
  }
  return writeError(path, cause)
}

function writeError(path: string, error: unknown): StoreError {
  const message = `${path}: ${messageOf(error)}`
  const isFull = message.includes('No space left') || message.includes('Disk quota exceeded')
  return new StoreError(isFull ? 'PEER_DISK_FULL' : 'PEER_STORE_IO', message, error)
}
