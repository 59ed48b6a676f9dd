// LevelDB's own snapshots: a token that costs nothing until old versions of rows have to be kept.
import type { ClassicLevel } from 'classic-level'
import { stateLoadRowsMax, stateSnapshotBytesTarget } from '../limits.ts'
import type { StateRow, StateSnapshot } from './state-store.ts'

export type Database = ClassicLevel<Uint8Array, Uint8Array>

/** The rows of a database at the moment it was made. */
export class LevelSnapshot implements StateSnapshot {
  readonly #database: Database
  readonly #snapshot: ReturnType<Database['snapshot']>
  readonly #iterator: {
    nextv(rowsMax: number): Promise<StateRow[]>
    close(): Promise<void>
  }

  constructor(database: Database) {
    this.#database = database
    this.#snapshot = database.snapshot()
    this.#iterator = database.iterator({
      snapshot: this.#snapshot,
      highWaterMarkBytes: stateSnapshotBytesTarget,
      // One pass over everything would push out what is read often.
      fillCache: false,
    })
  }

  next(): Promise<readonly StateRow[]> {
    return this.#iterator.nextv(stateLoadRowsMax)
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#database.get(key, { snapshot: this.#snapshot })
  }

  async list(prefix: Uint8Array, rowsMax: number): Promise<readonly StateRow[]> {
    const iterator = this.#database.iterator({
      snapshot: this.#snapshot,
      gte: prefix,
      lt: afterPrefix(prefix),
      limit: rowsMax,
    })
    return iterator.all()
  }

  async close(): Promise<void> {
    await this.#iterator.close()
    await this.#snapshot.close()
  }
}

/** The first key after all that begin with `prefix`; prefixes of 0xff alone do not occur. */
function afterPrefix(prefix: Uint8Array): Uint8Array {
  const end = prefix.findLastIndex((byte) => byte < 0xff)
  const after = prefix.slice(0, end + 1)
  after[end]! += 1
  return after
}
