// A lock on a data directory for the life of the process. Node has no flock; an open LevelDB has
// one (fcntl), which the system releases when the process dies however it dies.
import { ClassicLevel } from 'classic-level'
import { StorageRefusedError } from './errors.ts'

/** A held lock. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Takes the lock at `path`, or rejects with `STORE_DIRECTORY_LOCKED`. Never waits. */
export type LockDirectory = (path: string) => Promise<DirectoryLock>

/** The lock of the real file system: `path` becomes a LevelDB directory. */
export const lockDirectory: LockDirectory = async (path) => {
  const database = new ClassicLevel(path)
  try {
    await database.open()
  } catch (error) {
    const { cause } = error as Error
    const { code } = (cause ?? {}) as { readonly code?: string }
    if (code === 'LEVEL_LOCKED') {
      const message = 'another process uses this data directory'
      throw new StorageRefusedError('STORE_DIRECTORY_LOCKED', message, path, error)
    }
    const message = 'the lock of the data directory cannot be taken'
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', message, path, error)
  }
  return { release: () => database.close() }
}
