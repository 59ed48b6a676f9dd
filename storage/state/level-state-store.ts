// The state store on LevelDB. LevelDB 1.20 loses older writes when a log of its own is rotated
// before they are synced (B19), so every batch is synced; what it drops silently after damage is
// found by the digest that the state carries.
import { ClassicLevel } from 'classic-level'
import { DiskError, messageOf } from '../../base/index.ts'
import type { Disk, Logger, Random } from '../../base/index.ts'
import type { LogMark } from '../../raft/index.ts'
import { StorageCorruptError, StorageRefusedError, StorageStoppedError } from '../errors.ts'
import { stateBuildBytesMax, stateLoadRowsMax, stateOpenBytesMin } from '../limits.ts'
import { LevelSnapshot } from './level-snapshot.ts'
import type { Database } from './level-snapshot.ts'
import { databaseName, readPointer, writePointer } from './pointer.ts'
import { buildDatabase, leftovers, makeCurrent } from './replacement.ts'
import type { RowSource, StateBatch, StateSnapshot, StateStore } from './state-store.ts'

export interface StateStoreDeps {
  /** The real disk: LevelDB reads and writes past the port. */
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
}

export interface StateStoreOptions {
  /** Absolute path of the instance's `state` directory; nothing else may write to it. */
  readonly directory: string
}

/** Creates an empty state. `STORE_DIRECTORY_UNUSABLE` when there is one. */
export async function createLevelState(
  { disk, random }: Pick<StateStoreDeps, 'disk' | 'random'>,
  { directory }: StateStoreOptions,
): Promise<void> {
  await disk.makeDirectory(directory)
  if ((await disk.list(directory)).length > 0) {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'there is a state already', directory)
  }
  const name = databaseName(0, random)
  const database = openDatabase(`${directory}/${name}`)
  await database.open({ createIfMissing: true, errorIfExists: true })
  await database.close()
  await disk.syncDirectory(`${directory}/${name}`)
  await writePointer(disk, directory, { directory: name, index: 0, term: 0 })
}

/**
 * Opens the current state and removes databases that nothing names. Rejects with
 * `STORE_STATE_MISSING`, `STORE_STATE_CORRUPT`, `STORE_DIRECTORY_LOCKED` or `STORE_DISK_FULL`.
 */
export async function openLevelState(
  deps: StateStoreDeps,
  { directory }: StateStoreOptions,
): Promise<LevelStateStore> {
  const { disk, logger } = deps
  const pointer = await readPointer(disk, directory)
  const path = `${directory}/${pointer.directory}`
  const database = openDatabase(path)
  try {
    await database.open({ createIfMissing: false })
  } catch (error) {
    if ((await disk.freeBytes(directory)) < stateOpenBytesMin) {
      // LevelDB writes while it opens, and calls a full disk by no code of its own.
      throw new DiskError('STORE_DISK_FULL', path, `no room to open the state (${path})`, error)
    }
    throw openError(error, path)
  }
  for (const name of await leftovers(disk, directory, pointer.directory)) {
    logger.info({ directory, name }, 'removing what is not the current state')
    await disk.removeTree(`${directory}/${name}`)
  }
  return new LevelStateStore(deps, { directory, database, path })
}

function openDatabase(path: string): Database {
  return new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
}

function openError(error: unknown, path: string): Error {
  const { cause } = error as Error
  const code = (cause as { readonly code?: string } | undefined)?.code
  if (code === 'LEVEL_LOCKED') {
    return new StorageRefusedError('STORE_DIRECTORY_LOCKED', 'the state is in use', path, error)
  }
  const message = `the state does not open: ${messageOf(cause ?? error)}`
  return new StorageCorruptError('STORE_STATE_CORRUPT', message, { path, cause: error })
}

/** A block that does not fit its checksum is damage, met late. */
function loadError(error: unknown, path: string): unknown {
  if ((error as { readonly code?: unknown }).code !== 'LEVEL_CORRUPTION') return error
  const message = `the state cannot be read: ${messageOf(error)}`
  return new StorageCorruptError('STORE_STATE_CORRUPT', message, { path, cause: error })
}

/** Open LevelDB state. Made by `openLevelState`. */
export class LevelStateStore implements StateStore {
  readonly #deps: StateStoreDeps
  readonly #directory: string
  #database: Database
  #path: string
  /** The end of the last accepted write: LevelDB's threads would not keep the order. */
  #last: Promise<void> = Promise.resolve()
  #stopped: StorageStoppedError | undefined

  constructor(
    deps: StateStoreDeps,
    current: { readonly directory: string; readonly database: Database; readonly path: string },
  ) {
    this.#deps = deps
    this.#directory = current.directory
    this.#database = current.database
    this.#path = current.path
  }

  async load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped
    await this.#last
    const iterator = this.#database.iterator()
    try {
      for (;;) {
        const rows = await iterator.nextv(stateLoadRowsMax).catch((error: unknown) => {
          throw loadError(error, this.#path)
        })
        if (rows.length === 0) return
        for (const [key, value] of rows) visit(key, value)
      }
    } finally {
      await iterator.close()
    }
  }

  write(batch: StateBatch): Promise<void> {
    return this.#inOrder(() => this.#write(batch))
  }

  async snapshot(): Promise<StateSnapshot> {
    if (this.#stopped !== undefined) throw this.#stopped
    return new LevelSnapshot(this.#database)
  }

  replaceWith(rows: RowSource, origin: LogMark): Promise<void> {
    return this.#inOrder(() => this.#replace(rows, origin))
  }

  async close(): Promise<void> {
    this.#stopped ??= new StorageStoppedError('STORE_CLOSED', 'the state is closed')
    await this.#last
    await this.#database.close()
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped)
    const done = this.#last.then(work)
    // The next write waits for this one; its own caller hears how it ended.
    this.#last = done.catch(() => undefined)
    return done
  }

  async #write({ puts, deletes }: StateBatch): Promise<void> {
    if (this.#stopped?.code === 'STORE_STATE_FAILED') throw this.#stopped
    try {
      // Row by row into LevelDB's own batch: a list of operations, which the library copies one by
      // one, takes four times as long, all of it on the main thread.
      const batch = this.#database.batch()
      for (const [key, value] of puts) batch.put(key, value)
      for (const key of deletes) batch.del(key)
      await batch.write({ sync: true })
    } catch (error) {
      throw this.#fail(error)
    }
  }

  async #replace(rows: RowSource, origin: LogMark): Promise<void> {
    if (this.#stopped?.code === 'STORE_STATE_FAILED') throw this.#stopped
    const { disk, logger } = this.#deps
    const place = { stateDirectory: this.#directory, index: origin.index }
    let database: Database | undefined
    const built = await buildDatabase(this.#deps, place, async (path) => {
      database = openDatabase(path)
      await fillDatabase(database, rows)
    })
    const before = { database: this.#database, path: this.#path }
    try {
      await makeCurrent(disk, this.#directory, { built, origin })
    } catch (error) {
      await database!.close()
      throw this.#fail(error)
    }
    this.#database = database!
    this.#path = built.path
    try {
      await before.database.close()
      await disk.removeTree(before.path)
    } catch (error) {
      logger.warn({ path: before.path, err: messageOf(error) }, 'the state before could not go')
    }
  }

  #fail(cause: unknown): StorageStoppedError {
    this.#stopped = new StorageStoppedError('STORE_STATE_FAILED', 'the state has failed', cause)
    return this.#stopped
  }
}

/** Creates `database` with these rows, durable batch by batch; on failure it is closed again. */
async function fillDatabase(database: Database, rows: RowSource): Promise<void> {
  await database.open({ createIfMissing: true, errorIfExists: true })
  try {
    let next = await rows.next()
    while (next.length > 0) {
      // Rows are copied out of JavaScript's heap as they come: collected there, those of a large
      // state would outlive their use by gigabytes.
      const batch = database.batch()
      let bytes = 0
      while (next.length > 0 && bytes < stateBuildBytesMax) {
        for (const [key, value] of next) {
          batch.put(key, value)
          bytes += key.length + value.length
        }
        next = await rows.next()
      }
      await batch.write({ sync: true })
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
