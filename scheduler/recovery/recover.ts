// `damselfly recover`: the last way when a majority of a cluster is lost for good. What one
// survivor holds becomes a new cluster of one member. It may lack writes that the others had
// acknowledged, so people decide. The old directory is read through a copy and then moved aside as
// it is; members of the old cluster that come back are refused by the new cluster's id.
import { CodedError, DiskError, isCoded, toHex } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import { membersMax } from '../../raft/index.ts'
import {
  createLevelState,
  imageSpareBytes,
  instanceIn,
  lockDirectory,
  openDataDirectory,
  openInstance,
  openLevelState,
  StorageCorruptError,
  StorageRefusedError,
  treeBytes,
} from '../../storage/index.ts'
import type { DataDirectory, Instance, OpenedInstance, StateStore } from '../../storage/index.ts'
import { DurableState, memberTable, ReplicatedState } from '../replication/index.ts'
import type { MemberRow } from '../replication/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import { recoveryApplyEntries, recoveryCopyBytes } from './limits.ts'
import { foundInstance } from './found-instance.ts'
import type { FoundedInstance, RecoveryDeps } from './found-instance.ts'

export interface RecoverOptions {
  /** Absolute path of the survivor's data directory. */
  readonly root: string
  /** Name of the host; '' = as before. */
  readonly hostId: string
  /** host:port of its replication service; '' = as before. */
  readonly raftAddress: string
  readonly isDryRun: boolean
  /** Shown the plan; nothing is changed unless it answers true. */
  readonly confirm: (plan: RecoveryPlan) => Promise<boolean>
}

/** What a survivor holds, and what becomes of it. */
export interface RecoveryPlan {
  readonly clusterId: string
  readonly replicaId: number
  readonly hostId: string
  readonly raftAddress: string
  /** Last entry its state had applied on disk, last one it knew committed, last one it holds. */
  readonly durableIndex: number
  readonly commitIndex: number
  readonly lastIndex: number
  readonly lastTerm: number
  /** The members as of the last entry, this one included. */
  readonly members: readonly MemberRow[]
  /** Where the instance lies. */
  readonly directory: string
}

export type RecoverOutcome =
  | { readonly action: 'planned'; readonly plan: RecoveryPlan }
  | { readonly action: 'declined'; readonly plan: RecoveryPlan }
  | (FoundedInstance & {
      readonly action: 'recovered'
      readonly plan: RecoveryPlan
      /** Where the old instance lies now. */
      readonly quarantinedPath: string
    })
  /** A run before had made the new instance and was ended before it moved the old one aside. */
  | { readonly action: 'finished'; readonly instance: Instance; readonly quarantinedPath: string }

/**
 * Makes a new cluster of what the instance in `root` holds. The scheduler must not run.
 * @throws StorageRefusedError (STORE_DIRECTORY_LOCKED …), StorageCorruptError, StateError,
 * DiskError
 */
export async function recover(
  deps: RecoveryDeps,
  options: RecoverOptions,
): Promise<RecoverOutcome> {
  const { disk } = deps
  if ((await disk.stat(options.root)) === undefined) {
    throw new DiskError('STORE_NOT_FOUND', options.root, `there is no ${options.root}`)
  }
  const directory = await openDataDirectory({ ...deps, lockDirectory }, options)
  try {
    const finished = await finishBefore(deps, directory, options)
    if (finished !== undefined) return finished
    const found = await directory.find()
    if (found.kind === 'empty') {
      throw new StorageRefusedError('STORE_NO_INSTANCE', 'it holds no instance', directory.root)
    }
    return await recoverInstance(deps, directory, found.instance, options)
  } finally {
    await directory.close()
  }
}

/** Moves the old instance aside when the new one stands already beside it. */
async function finishBefore(
  deps: RecoveryDeps,
  directory: DataDirectory,
  { isDryRun }: RecoverOptions,
): Promise<RecoverOutcome | undefined> {
  const places = await directory.places()
  if (places.length !== 2 || isDryRun) return undefined
  const found = await Promise.all(
    places.map(async ({ clusterId }) => directory.find(clusterId).catch(() => undefined)),
  )
  // Of two that were made so the newer one counts: its replica has the larger id.
  const ids = found.map((one) =>
    one?.kind === 'instance' && one.instance.identity.createdBy === 'recover'
      ? one.instance.identity.replicaId
      : 0,
  )
  const newest = Math.max(...ids)
  const at = newest === 0 ? -1 : ids.indexOf(newest)
  const made = found[at]
  const old = places[1 - at]
  if (made?.kind !== 'instance' || old === undefined) return undefined
  const quarantinedPath = await setAside(deps, directory, old, made.instance.identity.clusterId)
  return { action: 'finished', instance: made.instance, quarantinedPath }
}

async function recoverInstance(
  deps: RecoveryDeps,
  directory: DataDirectory,
  instance: Instance,
  options: RecoverOptions,
): Promise<RecoverOutcome> {
  const { disk, random } = deps
  const copy = `${directory.root}/tmp/recover-${toHex(random.bytes(8))}`
  try {
    await copyInstance(disk, instance, copy)
    const survivor = await openCopy(deps, instanceIn(copy, instance.identity))
    try {
      const plan = planOf(survivor, instance, options)
      if (options.isDryRun) return { action: 'planned', plan }
      if (!(await options.confirm(plan))) return { action: 'declined', plan }
      const founded = await foundFrom(deps, directory, survivor, plan)
      const { clusterId } = founded.founding
      const { identity, directory: path } = instance
      const place = { clusterId: identity.clusterId, replica: String(identity.replicaId), path }
      const quarantinedPath = await setAside(deps, directory, place, clusterId)
      return { action: 'recovered', plan, ...founded, quarantinedPath }
    } finally {
      await survivor.close()
    }
  } finally {
    await disk.removeTree(copy)
  }
}

async function setAside(
  { clock }: RecoveryDeps,
  directory: DataDirectory,
  place: Parameters<DataDirectory['quarantine']>[0],
  clusterId: string,
): Promise<string> {
  const message = `an operator began cluster ${clusterId} with what it held`
  const reason = { code: 'recover', message, atWallMs: clock.wallMs() }
  return (await directory.quarantine(place, reason)) ?? place.path
}

interface Survivor {
  readonly opened: OpenedInstance
  readonly state: ReplicatedState
  readonly durable: DurableState
  readonly durableIndex: number
  close(): Promise<void>
}

/** Opens the copy and applies everything its log holds, committed for certain or not. */
async function openCopy(deps: RecoveryDeps, instance: Instance): Promise<Survivor> {
  let durable: DurableState | undefined
  const opened = await openInstance(
    {
      ...deps,
      openState: (where) => openLevelState(deps, where),
      createState: (where) => createLevelState(deps, where),
    },
    instance,
    {
      loadState: async (store) => {
        durable = await openState(deps, instance, store)
        return durable.state.appliedIndex
      },
      preallocateBytes: 0,
      reserveBytes: 0,
    },
  )
  const close = async (): Promise<void> => {
    await opened.log.close()
    await opened.state.close()
  }
  try {
    if (opened.plan === 'refetch') {
      const message = 'the state is lost, and the log does not begin with entry 1'
      throw new StorageCorruptError('STORE_STATE_CORRUPT', message, {
        path: instance.stateDirectory,
      })
    }
    const { state } = durable!
    const durableIndex = state.appliedIndex
    const { entries } = opened.contents
    let at = entries.findIndex(({ index }) => index > durableIndex)
    while (at >= 0 && at < entries.length) {
      durable!.apply(entries.slice(at, at + recoveryApplyEntries))
      at += recoveryApplyEntries
    }
    await durable!.stop()
    return { opened, state, durable: durable!, durableIndex, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openState(
  { clock, logger }: RecoveryDeps,
  { stateDirectory }: Instance,
  store: StateStore,
): Promise<DurableState> {
  const onCommandFailed = (failure: object): void => {
    logger.error({ ...failure }, 'a command failed')
  }
  const onFatal = (error: Error): void => logger.fatal({ err: error }, 'the copy failed')
  const state = new ReplicatedState(schedulerDomain, { onCommandFailed })
  try {
    return await DurableState.open({ clock, logger, store, state }, { onFatal })
  } catch (error) {
    if (!isCoded(error, 'SCHED_STATE_DAMAGED')) throw error
    throw new StorageCorruptError('STORE_STATE_CORRUPT', error.message, {
      path: stateDirectory,
      cause: error,
    })
  }
}

function planOf(survivor: Survivor, instance: Instance, options: RecoverOptions): RecoveryPlan {
  const { identity } = instance
  const { state, opened, durableIndex } = survivor
  const members = state.reader.list(memberTable, 'byReplica', { limit: membersMax })
  const own = members.find(({ replicaId }) => replicaId === identity.replicaId)
  const raftAddress = options.raftAddress === '' ? (own?.raftAddress ?? '') : options.raftAddress
  if (raftAddress === '') {
    const message = 'it is no member of its own state: --raft-address must say where it will be'
    throw new CodedError('CONF_MISSING', message)
  }
  return {
    clusterId: identity.clusterId,
    replicaId: identity.replicaId,
    hostId: options.hostId === '' ? identity.hostId : options.hostId,
    raftAddress,
    durableIndex,
    commitIndex: Math.max(opened.contents.hardState.commit, durableIndex),
    lastIndex: state.appliedIndex,
    lastTerm: state.appliedTerm,
    members,
    directory: instance.directory,
  }
}

async function foundFrom(
  deps: RecoveryDeps,
  directory: DataDirectory,
  { opened, durable }: Survivor,
  { hostId, raftAddress }: RecoveryPlan,
): Promise<FoundedInstance> {
  const rows = await opened.state.snapshot()
  try {
    const before = await durable.describe(rows)
    const options = { hostId, raftAddress, origin: 'recover' } as const
    return await foundInstance(deps, directory, { before, rows }, options)
  } finally {
    await rows.close()
  }
}

/** What opening changes, it changes in a copy: the original stays evidence. */
async function copyInstance(disk: Disk, instance: Instance, to: string): Promise<void> {
  const { directory, raftDirectory, stateDirectory } = instance
  const bytes = (await treeBytes(disk, raftDirectory)) + (await treeBytes(disk, stateDirectory))
  // The copy, and the new state beside it.
  const neededBytes = 2 * bytes + imageSpareBytes
  if ((await disk.freeBytes(directory)) < neededBytes) {
    const message = `no room for a copy: ${neededBytes} bytes must be free (${directory})`
    throw new DiskError('STORE_DISK_FULL', directory, message)
  }
  const copied = instanceIn(to, instance.identity)
  await copyTree(disk, raftDirectory, copied.raftDirectory)
  await copyTree(disk, stateDirectory, copied.stateDirectory)
}

async function copyTree(disk: Disk, from: string, to: string): Promise<void> {
  const found = await disk.stat(from)
  if (found === undefined) return
  if (found.kind !== 'directory') return copyFile(disk, from, to)
  await disk.makeDirectory(to)
  for (const name of await disk.list(from)) await copyTree(disk, `${from}/${name}`, `${to}/${name}`)
}

async function copyFile(disk: Disk, from: string, to: string): Promise<void> {
  const source = await disk.open(from, 'read')
  try {
    const target = await disk.open(to, 'create')
    try {
      for (let at = 0; ;) {
        const bytes = await source.read(at, recoveryCopyBytes)
        if (bytes.length === 0) break
        await target.write(at, [bytes])
        at += bytes.length
      }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
