// The data directory of one process: locked for life, holding instances that never share a place.
//
//   <root>/LOCK/                                     an open LevelDB
//          FORMAT                                    marks a data directory and its format
//          bootstrap.json                            while this member may create a cluster
//          join.json                                 while it asks a cluster for admission
//          instances/<clusterId>/<replicaId>/        identity.json members.json FORMAT FATAL.json
//                                                    raft/ state/ tmp/
//          quarantine/                               directories moved aside, never started
//          tmp/                                      instances under construction
//
// An instance is built in tmp/ and renamed as a whole, so an identity without a log or a state is
// always damage and never a crash in between.
import { dirname, isAbsolute } from 'node:path/posix'
import { assert, compareUtf8, toHex } from '../base/index.ts'
import type { Disk, Logger, Random } from '../base/index.ts'
import { planBoot } from './boot.ts'
import { answerFromIdentity, answerFromMarker } from './bootstrap.ts'
import type { BootstrapMarker, ProbeAnswer } from './bootstrap.ts'
import type { LockDirectory, DirectoryLock } from './directory-lock.ts'
import { StorageCorruptError, StorageRefusedError } from './errors.ts'
import type { StorageCorruptCode } from './errors.ts'
import { identityFrom } from './identity.ts'
import type { Identity } from './identity.ts'
import { buildInstance, formatName, identityName, instanceIn } from './instance.ts'
import type { Instance, InstanceContents } from './instance.ts'
import { directoryFormat } from './instance-format.ts'
import { joinMarkerFields, joinMarkerFrom, joinMarkerName } from './join-marker.ts'
import type { JoinMarker } from './join-marker.ts'
import { initialMembersMax, instancesMax } from './limits.ts'
import { markerFields, markerFrom, markerName } from './marker.ts'
import {
  abandonedCodes,
  listQuarantined,
  quarantinedName,
  quarantineName,
  readQuarantineReason,
  writeQuarantineReason,
} from './quarantine.ts'
import type { Quarantined, QuarantineReason } from './quarantine.ts'
import { isId } from './sealed-json.ts'
import { readSealedFile, writeSealedFile } from './sealed-file.ts'

export interface DataDirectoryDeps {
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly lockDirectory: LockDirectory
}

export interface DataDirectoryOptions {
  /** Absolute path; created if absent. */
  readonly root: string
}

/** What the directory holds. */
export type FoundInstance =
  /** No instance: never used, or on the way to one, or what there was is in quarantine. */
  | {
      readonly kind: 'empty'
      readonly marker: BootstrapMarker | undefined
      readonly join: JoinMarker | undefined
      /** The oldest first. */
      readonly quarantined: readonly Quarantined[]
    }
  | { readonly kind: 'instance'; readonly instance: Instance }

/** Where an instance lies, whatever is left of it. */
export interface InstancePlace {
  readonly clusterId: string
  /** Name of the directory: the replicaId, unless somebody renamed it. */
  readonly replica: string
  readonly path: string
}

const instancesFolder = 'instances'
const quarantineFolder = 'quarantine'
const tmpFolder = 'tmp'
const lockName = 'LOCK'

/**
 * Opens and locks a data directory. Rejects with `STORE_DIRECTORY_LOCKED`,
 * `STORE_DIRECTORY_NESTED`, `STORE_DIRECTORY_UNUSABLE` or `STORE_FORMAT_UNSUPPORTED`.
 */
export async function openDataDirectory(
  deps: DataDirectoryDeps,
  { root }: DataDirectoryOptions,
): Promise<DataDirectory> {
  const { disk } = deps
  await checkPlace(disk, root)
  // Before anything is created: a directory of another format is left alone.
  await readFormat(disk, root)
  await disk.makeDirectory(root)
  const lock = await deps.lockDirectory(`${root}/${lockName}`)
  try {
    if (!(await readFormat(disk, root))) {
      await writeSealedFile(disk, formatFile(root), {})
    }
    await disk.removeTree(`${root}/${tmpFolder}`)
    for (const folder of [instancesFolder, quarantineFolder, tmpFolder]) {
      await disk.makeDirectory(`${root}/${folder}`)
    }
    await disk.syncDirectory(root)
    await disk.syncDirectory(dirname(root))
  } catch (error) {
    await lock.release()
    throw error
  }
  return new DataDirectory(deps, root, lock)
}

async function checkPlace(disk: Disk, root: string): Promise<void> {
  if (!isAbsolute(root) || root === '/') {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'not an absolute path', root)
  }
  const found = await disk.stat(root)
  if (found !== undefined && found.kind !== 'directory') {
    throw new StorageRefusedError('STORE_DIRECTORY_UNUSABLE', 'it is not a directory', root)
  }
  for (let outer = dirname(root); outer !== '/'; outer = dirname(outer)) {
    if (!(await isDataDirectory(disk, outer))) continue
    const message = `it lies inside the data directory ${outer}`
    throw new StorageRefusedError('STORE_DIRECTORY_NESTED', message, root)
  }
}

/** Both names, because a file called FORMAT alone may be anybody's. */
async function isDataDirectory(disk: Disk, path: string): Promise<boolean> {
  for (const name of [formatName, lockName]) {
    if ((await disk.stat(`${path}/${name}`)) === undefined) return false
  }
  return true
}

async function readFormat(disk: Disk, root: string): Promise<boolean> {
  const fields = await readSealedFile(disk, formatFile(root), 'STORE_IDENTITY_CORRUPT')
  return fields !== undefined
}

function formatFile(directory: string) {
  return { directory, name: formatName, format: directoryFormat }
}

/** An open, locked data directory. Made by `openDataDirectory`. */
export class DataDirectory {
  readonly root: string
  readonly #deps: DataDirectoryDeps
  readonly #lock: DirectoryLock
  #answer: ProbeAnswer | undefined
  readonly #quarantineCounts = new Map<string, number>()

  constructor(deps: DataDirectoryDeps, root: string, lock: DirectoryLock) {
    this.#deps = deps
    this.root = root
    this.#lock = lock
  }

  /**
   * What this member answers when it is probed: undefined until its incarnation is durable, that
   * is before `startBootstrap` or `find` has returned.
   */
  get probeAnswer(): ProbeAnswer | undefined {
    return this.#answer
  }

  /**
   * Finds the one instance to run. `clusterId` chooses among several and refuses another one.
   * Rejects with `StorageCorruptError` or `StorageRefusedError`; nothing is changed then. What a
   * crash kept from being moved to quarantine is moved now.
   */
  async find(clusterId?: string): Promise<FoundInstance> {
    await this.#finishQuarantine()
    const places = await this.places()
    const marker = await this.#readMarker()
    const join = await this.#readJoin()
    const chosen =
      places.length > 1 ? places.filter((place) => place.clusterId === clusterId) : places
    const [place] = chosen
    if (chosen.length > 1 || (place === undefined && places.length > 0)) {
      const message = `it holds ${places.length} instances; name one by its cluster id`
      throw new StorageRefusedError('STORE_SEVERAL_INSTANCES', message, this.root)
    }
    if (place === undefined) {
      return { kind: 'empty', marker, join, quarantined: await this.quarantined() }
    }
    if (clusterId !== undefined && place.clusterId !== clusterId) {
      const message = `it belongs to cluster ${place.clusterId}, not ${clusterId}`
      throw new StorageRefusedError('STORE_WRONG_CLUSTER', message, place.path)
    }
    const instance = await this.#readInstance(place)
    // A killed process may have renamed it and not synced the name, on which votes will now rest.
    await this.#syncPlace(place.clusterId)
    await this.#retireMarkers(instance, [marker, join])
    this.#answer = answerFromIdentity(instance.identity)
    return { kind: 'instance', instance }
  }

  /** Instances moved to quarantine since it was opened, by the code of their reason. */
  get quarantineCounts(): ReadonlyMap<string, number> {
    return this.#quarantineCounts
  }

  /** Directories in quarantine, the oldest first. */
  quarantined(): Promise<readonly Quarantined[]> {
    return listQuarantined(this.#deps.disk, `${this.root}/${quarantineFolder}`)
  }

  /** Removes a directory in quarantine, durably. */
  async removeQuarantined({ path }: Quarantined): Promise<void> {
    await this.#deps.disk.removeTree(path)
    await this.#deps.disk.syncDirectory(`${this.root}/${quarantineFolder}`)
  }

  /**
   * Moves an instance aside, which is closed and is not started again: its reason is durable before
   * it is moved, so that a crash in between is made good by the next `find`. Resolves to its new
   * path; undefined when there is nothing any more.
   */
  async quarantine(place: InstancePlace, reason: QuarantineReason): Promise<string | undefined> {
    const { disk, logger } = this.#deps
    this.#answer = undefined
    if ((await disk.stat(place.path)) === undefined) return undefined
    await writeQuarantineReason(disk, place.path, reason)
    const path = await this.#moveAside(place, reason.atWallMs)
    const { code } = reason
    this.#quarantineCounts.set(code, (this.#quarantineCounts.get(code) ?? 0) + 1)
    logger.warn({ from: place.path, to: path, code }, 'moved to quarantine')
    return path
  }

  /** Renames an instance into the quarantine, under a name that is free. */
  async #moveAside(place: InstancePlace, atWallMs: number): Promise<string> {
    const { disk } = this.#deps
    const folder = `${this.root}/${quarantineFolder}`
    let movedMs = atWallMs
    let path = `${folder}/${quarantinedName(place, movedMs)}`
    while ((await disk.stat(path)) !== undefined) {
      movedMs += 1
      path = `${folder}/${quarantinedName(place, movedMs)}`
    }
    await disk.rename(place.path, path)
    await disk.syncDirectory(folder)
    await disk.syncDirectory(dirname(place.path))
    return path
  }

  async #finishQuarantine(): Promise<void> {
    const { disk } = this.#deps
    for (const place of await this.places()) {
      if ((await disk.stat(`${place.path}/${quarantineName}`)) === undefined) continue
      const reason = await readQuarantineReason(disk, place.path)
      await this.#moveAside(place, reason?.atWallMs ?? 0)
    }
  }

  /**
   * The cluster whose members this directory may ask for admission: that of a join that was begun,
   * else of what went to quarantine last; '' = any.
   */
  pinnedClusterId(found: FoundInstance & { readonly kind: 'empty' }): string {
    if (found.join !== undefined) return found.join.clusterId
    const last = found.quarantined.findLast(
      ({ reason }) => reason === undefined || !abandonedCodes.includes(reason.code),
    )
    return last?.clusterId ?? ''
  }

  /**
   * Makes durable that this member asks `clusterId` for admission, and answers probes so. A join
   * that was begun before goes on with its incarnation, unless host or address are others now, or
   * `isBurned`: that incarnation has acknowledged what it does not hold any more.
   */
  async startJoin(
    flags: Omit<JoinMarker, 'incarnation'> & { readonly addresses: readonly string[] },
    { isBurned = false }: { readonly isBurned?: boolean } = {},
  ): Promise<JoinMarker> {
    const { disk, random } = this.#deps
    const { clusterId, hostId, raftAddress } = flags
    const found = await this.#readJoin()
    const isSame =
      found?.clusterId === clusterId &&
      found.hostId === hostId &&
      found.raftAddress === raftAddress &&
      !isBurned
    const marker = isSame
      ? found
      : { clusterId, incarnation: toHex(random.bytes(16)), hostId, raftAddress }
    if (!isSame) {
      const file = { directory: this.root, name: joinMarkerName, format: directoryFormat }
      await writeSealedFile(disk, file, joinMarkerFields(marker))
    }
    // It takes no part in creating a cluster any more, and is no other one than it says.
    await this.#removeFile(markerName)
    const addresses = [...new Set(flags.addresses)].sort(compareUtf8)
    this.#answer = { state: 'joining', ...marker, addresses }
    return marker
  }

  /** Gives up a join: this member is fresh again, with another incarnation. */
  async forgetJoin(): Promise<void> {
    this.#answer = undefined
    await this.#removeFile(joinMarkerName)
  }

  /**
   * Makes this member's incarnation durable, so that it may answer probes. Starts anew with
   * another incarnation when the flags have changed: the old one has never voted.
   */
  async startBootstrap(flags: {
    readonly raftAddress: string
    readonly hostId: string
    readonly addresses: readonly string[]
  }): Promise<BootstrapMarker> {
    const { raftAddress, hostId } = flags
    const addresses = [...new Set(flags.addresses)].sort(compareUtf8)
    assert(addresses.length <= initialMembersMax, 'initial members within initialMembersMax')
    assert(addresses.includes(raftAddress), 'the initial members include this one')
    const found = await this.#readMarker()
    const isSame =
      found?.raftAddress === raftAddress &&
      found.hostId === hostId &&
      JSON.stringify(found.addresses) === JSON.stringify(addresses)
    if (isSame) {
      this.#answer = answerFromMarker(found)
      return found
    }
    const incarnation = toHex(this.#deps.random.bytes(16))
    const marker = { raftAddress, incarnation, hostId, addresses, plan: undefined }
    await this.writeMarker(marker)
    return marker
  }

  /** Makes a marker durable and answers probes with it from then on. */
  async writeMarker(marker: BootstrapMarker): Promise<void> {
    const file = { directory: this.root, name: markerName, format: directoryFormat }
    await writeSealedFile(this.#deps.disk, file, markerFields(marker))
    this.#answer = answerFromMarker(marker)
  }

  /**
   * Creates the instance of `identity`, then retires the markers. When this resolves the member may
   * vote; a crash before leaves the marker or the whole instance.
   */
  async createInstance(identity: Identity, contents: InstanceContents): Promise<Instance> {
    const { disk } = this.#deps
    const built = `${this.root}/${tmpFolder}/${identity.incarnation}`
    const cluster = `${this.root}/${instancesFolder}/${identity.clusterId}`
    const directory = `${cluster}/${identity.replicaId}`
    assert((await disk.stat(directory)) === undefined, 'an instance is never created twice')
    await disk.removeTree(built)
    await buildInstance(this.#deps, built, { ...contents, identity })
    await disk.makeDirectory(cluster)
    await disk.rename(built, directory)
    await this.#syncPlace(identity.clusterId)
    const instance = instanceIn(directory, identity)
    await this.#retireMarkers(instance, [await this.#readMarker(), await this.#readJoin()])
    this.#answer = answerFromIdentity(identity)
    return instance
  }

  /** Lets others use the directory. Call it last. */
  close(): Promise<void> {
    return this.#lock.release()
  }

  /** Makes the name of an instance durable. */
  async #syncPlace(clusterId: string): Promise<void> {
    const instances = `${this.root}/${instancesFolder}`
    await this.#deps.disk.syncDirectory(`${instances}/${clusterId}`)
    await this.#deps.disk.syncDirectory(instances)
  }

  /** Where instances lie, whole or not. */
  async places(): Promise<readonly InstancePlace[]> {
    const { disk } = this.#deps
    const root = `${this.root}/${instancesFolder}`
    const places: InstancePlace[] = []
    for (const clusterId of (await disk.list(root)).filter(isId)) {
      for (const replica of await disk.list(`${root}/${clusterId}`)) {
        places.push({ clusterId, replica, path: `${root}/${clusterId}/${replica}` })
      }
    }
    assert(places.length <= instancesMax, 'instances within instancesMax')
    return places
  }

  async #readInstance(place: InstancePlace): Promise<Instance> {
    const { disk } = this.#deps
    const { path } = place
    await readSealedFile(disk, formatFile(path), 'STORE_IDENTITY_CORRUPT')
    const file = { directory: path, name: identityName, format: directoryFormat }
    const fields = await readSealedFile(disk, file, 'STORE_IDENTITY_CORRUPT')
    const identity = fields && identityFrom(fields)
    const is = async (name: string) =>
      (await disk.stat(`${path}/${name}`)) === undefined ? 'absent' : 'intact'
    const plan = planBoot({
      identity: fields === undefined ? 'absent' : identity === undefined ? 'damaged' : 'intact',
      log: await is('raft'),
      state: await is('state'),
    })
    if (plan.action === 'refuse' || identity === undefined) {
      // An empty place of an instance is what is left of one, not a fresh directory.
      const code = plan.action === 'refuse' ? plan.code : 'STORE_IDENTITY_MISSING'
      throw new StorageCorruptError(code as StorageCorruptCode, 'an instance is incomplete', {
        path,
      })
    }
    if (identity.clusterId !== place.clusterId || String(identity.replicaId) !== place.replica) {
      const message = `it holds replica ${identity.replicaId} of cluster ${identity.clusterId}`
      throw new StorageRefusedError('STORE_WRONG_IDENTITY', message, path)
    }
    return instanceIn(path, identity)
  }

  async #readMarker(): Promise<BootstrapMarker | undefined> {
    const file = { directory: this.root, name: markerName, format: directoryFormat }
    const fields = await readSealedFile(this.#deps.disk, file, 'STORE_IDENTITY_CORRUPT')
    if (fields === undefined) return undefined
    const marker = markerFrom(fields)
    if (marker !== undefined) return marker
    const path = `${this.root}/${markerName}`
    throw new StorageCorruptError('STORE_IDENTITY_CORRUPT', 'it is no bootstrap marker', { path })
  }

  async #readJoin(): Promise<JoinMarker | undefined> {
    const file = { directory: this.root, name: joinMarkerName, format: directoryFormat }
    const fields = await readSealedFile(this.#deps.disk, file, 'STORE_IDENTITY_CORRUPT')
    if (fields === undefined) return undefined
    const marker = joinMarkerFrom(fields)
    if (marker !== undefined) return marker
    const path = `${this.root}/${joinMarkerName}`
    throw new StorageCorruptError('STORE_IDENTITY_CORRUPT', 'it is no join marker', { path })
  }

  /** Removes the markers that their own instance has outlived. */
  async #retireMarkers(
    { identity }: Instance,
    markers: readonly [BootstrapMarker | undefined, JoinMarker | undefined],
  ): Promise<void> {
    const names = [markerName, joinMarkerName]
    for (const [i, marker] of markers.entries()) {
      if (marker === undefined) continue
      const name = names[i]!
      if (marker.incarnation !== identity.incarnation) {
        const message = `a marker of incarnation ${marker.incarnation} is beside it`
        throw new StorageRefusedError('STORE_WRONG_IDENTITY', message, `${this.root}/${name}`)
      }
      await this.#removeFile(name)
    }
  }

  /** Removes a file of the root, durably, if it is there. */
  async #removeFile(name: string): Promise<void> {
    const { disk } = this.#deps
    if ((await disk.stat(`${this.root}/${name}`)) === undefined) return
    await disk.remove(`${this.root}/${name}`)
    await disk.syncDirectory(this.root)
  }
}
