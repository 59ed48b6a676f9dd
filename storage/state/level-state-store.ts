// The state store on LevelDB. LevelDB 1.20 loses older writes when a log of its own is rotated
// before they are synced (B19), so every batch is synced; what it drops silently after damage is
// found by the digest that the state carries.
import { ClassicLevel } from 'classic-level'
import { DiskError, messageOf } from '../../base/index.ts'
import type { Disk, Logger, Random } from '../../base/index.ts'
import { StorageCorruptError, StorageRefusedError, StorageStoppedError } from '../errors.ts'
import { stateLoadRowsMax, stateOpenBytesMin } from '../limits.ts'
import { unfinishedSuffix } from '../sealed-file.ts'
import { databaseName, isDatabaseName, pointerName, readPointer, writePointer } from './pointer.ts'
import type { StateBatch, StateStore } from './state-store.ts'

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

type Database = ClassicLevel<Uint8Array, Uint8Array>

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
  { disk, logger }: StateStoreDeps,
  { directory }: StateStoreOptions,
): Promise<LevelStateStore> {
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
  for (const name of await disk.list(directory)) {
    const isOther = isDatabaseName(name) && name !== pointer.directory
    if (!isOther && name !== `${pointerName}${unfinishedSuffix}`) continue
    logger.info({ directory, name }, 'removing what is not the current state')
    await disk.removeTree(`${directory}/${name}`)
  }
  return new LevelStateStore(database)
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

/** Open LevelDB state. Made by `openLevelState`. */
export class LevelStateStore implements StateStore {
  readonly #database: Database
  /** The end of the last accepted write: LevelDB's threads would not keep the order. */
  #last: Promise<void> = Promise.resolve()
  #stopped: StorageStoppedError | undefined

  constructor(database: Database) {
    this.#database = database
  }

  async load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped
    await this.#last
    const iterator = this.#database.iterator()
    try {
      for (;;) {
        const rows = await iterator.nextv(stateLoadRowsMax)
        if (rows.length === 0) return
        for (const [key, value] of rows) visit(key, value)
      }
    } finally {
      await iterator.close()
    }
  }

  write(batch: StateBatch): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped)
    const written = this.#last.then(() => this.#write(batch))
    // The next write waits for this one; its own caller hears how it ended.
    this.#last = written.catch(() => undefined)
    return written
  }

  async close(): Promise<void> {
    this.#stopped ??= new StorageStoppedError('STORE_CLOSED', 'the state is closed')
    await this.#last
    await this.#database.close()
  }

  async #write({ puts, deletes }: StateBatch): Promise<void> {
    if (this.#stopped?.code === 'STORE_STATE_FAILED') throw this.#stopped
    const operations = [
      ...puts.map(([key, value]) => ({ type: 'put', key, value }) as const),
      ...deletes.map((key) => ({ type: 'del', key }) as const),
    ]
    try {
      await this.#database.batch(operations, { sync: true })
    } catch (error) {
      this.#stopped = new StorageStoppedError('STORE_STATE_FAILED', 'the state has failed', error)
      throw this.#stopped
    }
  }
}
