// `damselfly snapshot restore`: a snapshot file becomes a new cluster of one member. The cluster it
// was taken from is not touched, and its members can never speak to the new one.
import { isAbsolute } from 'node:path/posix'
import { DiskError } from '../../base/index.ts'
import {
  ImageFile,
  imageSpareBytes,
  lockDirectory,
  openDataDirectory,
  StorageRefusedError,
} from '../../storage/index.ts'
import { foundInstance } from './found-instance.ts'
import type { FoundedInstance, RecoveryDeps } from './found-instance.ts'
import { inspectSnapshot } from './snapshot-file.ts'
import type { SnapshotReport } from './snapshot-file.ts'

export interface RestoreOptions {
  /** Absolute path of the snapshot file. */
  readonly file: string
  /** Absolute path of the data directory: absent or empty. */
  readonly root: string
  readonly hostId: string
  /** host:port of its replication service. */
  readonly raftAddress: string
}

export interface Restored extends FoundedInstance {
  readonly snapshot: SnapshotReport
}

/** A state takes at most this many times the bytes of its image while it is built. */
const stateGrowth = 2

/**
 * Proves the file, then makes the instance. What is refused is refused before anything is written;
 * a failure later leaves a data directory without an instance, into which it may be done again.
 * @throws what `inspectSnapshot` throws; STORE_NOT_EMPTY, STORE_DISK_FULL, StorageRefusedError
 */
export async function restoreSnapshot(
  deps: RecoveryDeps,
  { file, root, hostId, raftAddress }: RestoreOptions,
): Promise<Restored> {
  const { disk } = deps
  const snapshot = await inspectSnapshot(disk, file)
  await requireEmpty(deps, root)
  await requireRoom(deps, root, snapshot.fileBytes)
  const directory = await openDataDirectory({ ...deps, lockDirectory }, { root })
  try {
    // Once more under the lock.
    if ((await directory.places()).length > 0) throw notEmpty(root, 'it holds an instance')
    const image = await ImageFile.open(disk, file)
    try {
      const source = { before: snapshot, rows: image }
      const options = { hostId, raftAddress, origin: 'restore' } as const
      return { ...(await foundInstance(deps, directory, source, options)), snapshot }
    } finally {
      await image.close()
    }
  } finally {
    await directory.close()
  }
}

/** Names of a data directory that was never used. */
const unusedNames: readonly string[] = ['FORMAT', 'LOCK', 'instances', 'quarantine', 'tmp']

async function requireEmpty({ disk }: RecoveryDeps, root: string): Promise<void> {
  if (!isAbsolute(root) || root === '/') {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'not an absolute path', root)
  }
  const found = await disk.stat(root)
  if (found === undefined) return
  if (found.kind !== 'directory') {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'it is not a directory', root)
  }
  const foreign = (await disk.list(root)).find((name) => !unusedNames.includes(name))
  if (foreign !== undefined) throw notEmpty(root, `it holds ${foreign}`)
  for (const folder of ['instances', 'quarantine']) {
    const path = `${root}/${folder}`
    if ((await disk.stat(path)) === undefined) continue
    if ((await disk.list(path)).length > 0) throw notEmpty(root, `${folder} is not empty`)
  }
}

function notEmpty(root: string, what: string): DiskError {
  return new DiskError('STORE_NOT_EMPTY', root, `a new cluster needs an empty directory: ${what}`)
}

async function requireRoom({ disk }: RecoveryDeps, root: string, bytes: number): Promise<void> {
  const neededBytes = stateGrowth * bytes + imageSpareBytes
  if ((await disk.freeBytes(root)) >= neededBytes) return
  const message = `no room for the state: ${neededBytes} bytes must be free (${root})`
  throw new DiskError('STORE_DISK_FULL', root, message)
}
