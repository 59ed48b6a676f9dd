// One `up` a directory. LevelDB's own lock is an operating system's lock: it ends with its holder,
// however that ends, where a file with a process id would outlive it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CodedError } from '../../base/index.ts'

/** Holds the directory until the process ends. @throws CONF_DIRECTORY_IN_USE */
export async function lockDirectory(dataDir: string): Promise<void> {
  const path = join(dataDir, 'up.lock')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new ClassicLevel(path)
  try {
    await lock.open()
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause
    if (cause?.code !== 'LEVEL_LOCKED') throw error
    const message = `${dataDir} is already in use by another damselfly up`
    throw new CodedError('CONF_DIRECTORY_IN_USE', message, { cause: error })
  }
}
