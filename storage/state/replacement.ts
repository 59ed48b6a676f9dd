// How a whole state is replaced so that a crash leaves the old one or the new one: the new
// database is built aside under a name of its own, made durable, and then named by `state/current`.
import type { Disk, Random } from '../../base/index.ts'
import type { LogMark } from '../../raft/index.ts'
import { databaseName, isDatabaseName, pointerName, writePointer } from './pointer.ts'
import { unfinishedSuffix } from '../sealed-file.ts'

/** A database that is whole and durable, and that nothing names yet. */
export interface BuiltDatabase {
  readonly name: string
  readonly path: string
}

/**
 * Builds a database by `build`, which creates the directory it is given and makes its files
 * durable. When it rejects, what there is of it is removed.
 */
export async function buildDatabase(
  { disk, random }: { readonly disk: Disk; readonly random: Random },
  { stateDirectory, index }: { readonly stateDirectory: string; readonly index: number },
  build: (path: string) => Promise<void>,
): Promise<BuiltDatabase> {
  const name = databaseName(index, random)
  const path = `${stateDirectory}/${name}`
  try {
    await build(path)
    await disk.syncDirectory(path)
    await disk.syncDirectory(stateDirectory)
    return { name, path }
  } catch (error) {
    // The first failure is the one to tell; leftovers are removed when the state is opened.
    await disk.removeTree(path).catch(() => undefined)
    throw error
  }
}

/**
 * Makes a built database the current one. A rejection leaves open which one is: the caller must
 * stop.
 */
export function makeCurrent(
  disk: Disk,
  stateDirectory: string,
  { built, origin }: { readonly built: BuiltDatabase; readonly origin: LogMark },
): Promise<void> {
  const { index, term } = origin
  return writePointer(disk, stateDirectory, { directory: built.name, index, term })
}

/** Names in the state's directory that are neither the current database nor its pointer. */
export async function leftovers(
  disk: Disk,
  stateDirectory: string,
  currentName: string,
): Promise<readonly string[]> {
  const names = await disk.list(stateDirectory)
  return names.filter(
    (name) =>
      (isDatabaseName(name) && name !== currentName) ||
      name === `${pointerName}${unfinishedSuffix}`,
  )
}
