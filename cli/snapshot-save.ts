// Saves a snapshot of a running cluster: beside its place first, proven as a whole, then renamed,
// so that a file of that name is always a whole one.
import { dirname } from 'node:path'
import { DiskError } from '../base/index.ts'
import type { Clock, Disk, DiskFile, Logger, Random } from '../base/index.ts'
import { clientSecurity, downloadSnapshot, tokenWarning } from '../client/index.ts'
import type { ClientSecurity, ClientSecurityOptions } from '../client/index.ts'
import type { SnapshotReport } from '../scheduler/recovery/index.ts'

export interface SaveOptions extends ClientSecurityOptions {
  readonly schedulers: readonly string[]
  readonly overwrite: boolean
  readonly stale: boolean
}

export interface SavedSnapshot {
  /** Whom it came from. */
  readonly address: string
  readonly report: SnapshotReport
}

/** Permissions of a snapshot: it names hosts and holds hashes of tokens. */
const permissions = 0o600

/**
 * Leaves a snapshot in `path`; on failure there is what was there before. @throws STORE_EXISTS,
 * and what `downloadSnapshot` and `inspectSnapshot` throw
 */
export async function saveSnapshot(
  deps: {
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
    readonly disk: Disk
  },
  path: string,
  options: SaveOptions,
): Promise<SavedSnapshot> {
  const { disk } = deps
  const found = await disk.stat(path)
  if (found !== undefined && (found.kind !== 'file' || !options.overwrite)) {
    throw new DiskError('STORE_EXISTS', path, `${path} is there already; see --overwrite`)
  }
  const security = await clientSecurity(deps, options)
  const isWarned = warn(options.schedulers, security)
  const partial = `${path}.partial`
  if ((await disk.stat(partial)) !== undefined) await disk.remove(partial)
  const file = await disk.open(partial, 'create', permissions)
  try {
    const source = {
      addresses: options.schedulers,
      security,
      consistency: options.stale ? ('stale' as const) : ('linearizable' as const),
    }
    const { address } = await writeAll(file, (take) => downloadSnapshot(deps, source, take))
    // A manager may have named somebody who is far away.
    if (!isWarned) warn([address], security)
    const { inspectSnapshot } = await import('../scheduler/recovery/index.ts')
    const report = await inspectSnapshot(disk, partial)
    await disk.rename(partial, path)
    await disk.syncDirectory(dirname(path))
    return { address, report }
  } catch (error) {
    // The failure is what there is to tell.
    await disk.remove(partial).catch(() => undefined)
    throw error
  }
}

/** Warns of a token in the clear; true when there was reason to. */
function warn(addresses: readonly string[], security: ClientSecurity): boolean {
  const warning = tokenWarning(addresses, security)
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`)
  return warning !== undefined
}

/** Lets `fill` write from the start of the file, and makes that durable. */
async function writeAll<Result>(
  file: DiskFile,
  fill: (take: (bytes: Uint8Array) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  try {
    let at = 0
    const result = await fill(async (bytes) => {
      await file.write(at, [bytes])
      at += bytes.length
    })
    await file.sync()
    return result
  } finally {
    await file.close()
  }
}
