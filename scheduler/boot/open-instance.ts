// From flags and a data directory to an instance that may run: an empty directory creates a cluster
// or joins one; a used one is checked against what the other members know of it, then state and log
// are opened and the state is loaded. What is lost goes to quarantine, and its host joins anew.
import { CodedError } from '../../base/index.ts'
import type { Clock, Disk, Logger, Random, Service } from '../../base/index.ts'
import type { Images, LogContents, LogGroup } from '../../raft/index.ts'
import {
  bootstrapInstance,
  clearFatal,
  createLevelState,
  forgetLostState,
  openInstance,
  openLevelState,
  readFatal,
  readKnownMembers,
  StorageCorruptError,
  StorageRefusedError,
  StoreImages,
} from '../../storage/index.ts'
import type {
  ClusterPlan,
  CreateState,
  DataDirectory,
  Identity,
  Instance,
  InstancePlace,
  KnownMembers,
  Probe,
  RequestAdmission,
  WriteAheadLog,
} from '../../storage/index.ts'
import {
  bootstrapEntryData,
  DurableState,
  ReplicatedState,
  StateError,
} from '../replication/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import { RowLoading } from './load-progress.ts'
import type { LoadProgress } from './load-progress.ts'
import { KnownMembersFile, nobody } from './members.ts'
import {
  addressesToAsk,
  askAboutSelf,
  judgeSelf,
  quarantineLost,
  refuseLossReason,
  rememberedMembers,
} from './rejoin.ts'
import type { StandingOfSelf } from './rejoin.ts'

export interface BootDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly directory: DataDirectory
  readonly probe: Probe
  /**
   * Asks for admission; `wasRemoved` tells that this directory held a member that was removed.
   * @default this member has nothing to prove itself with and joins nothing
   */
  readonly admission?: (wasRemoved: boolean) => RequestAdmission
}

export interface BootOptions {
  readonly raftAddress: string
  readonly hostId: string
  /** Replication addresses of all initial members; empty: this member creates no cluster. */
  readonly addresses: readonly string[]
  /** Replication addresses of members to ask for admission. @default none */
  readonly seeds?: readonly string[]
  readonly signal: AbortSignal
  /** Replicated features this member says it knows. @default all that the program knows */
  readonly supportedFeatures?: readonly string[]
  /** The state store or the replica failed for good. */
  readonly onFatal: (error: Error) => void
  /** Told once how to see the progress of loading. @default nobody asks */
  readonly onProgress?: (look: () => LoadProgress) => void
}

/** What a scheduler runs on. */
export interface OpenedScheduler {
  readonly instance: Instance
  readonly identity: Identity
  /** Members to begin with while the state names none. */
  readonly known: KnownMembers
  /** Follows the members of the state once it is started. */
  readonly knownFile: Service
  readonly log: WriteAheadLog
  readonly contents: LogContents
  readonly durable: DurableState
  /** Sends and receives the whole state. */
  readonly images: Images
  /** The state was lost and is empty: Raft runs without one until an image has come. */
  readonly lacksState: boolean
  /** Closes log and state, in this order. */
  close(): Promise<void>
}

/**
 * Opens, or creates and opens. @throws StorageRefusedError, StorageCorruptError, StateError,
 * `CONF_MISSING`, `RAFT_DUPLICATE_IDENTITY`, and what asking for admission ends with
 */
export async function openScheduler(
  deps: BootDeps,
  options: BootOptions,
): Promise<OpenedScheduler> {
  for (;;) {
    const opened = await openOnce(deps, options)
    if (opened !== undefined) return opened
  }
}

/** Undefined when the instance was moved aside: then the directory is empty, and may join. */
async function openOnce(
  deps: BootDeps,
  options: BootOptions,
): Promise<OpenedScheduler | undefined> {
  const { directory } = deps
  let place: InstancePlace | undefined
  try {
    const instance = await settleInstance(deps, options)
    place = placeOf(instance)
    const known = (await rememberedMembers(deps, instance.directory)) ?? nobody
    const standing = await standingOf(deps, { instance, known }, options)
    if (standing.kind === 'removed') {
      await quarantineRemoved(deps, instance)
      return undefined
    }
    await reportLastStop(deps, instance)
    const opened = await openParts(deps, { instance, known }, options)
    await refuseUnfit(opened, standing)
    return opened
  } catch (error) {
    if (place === undefined) [place] = await directory.places()
    if (await quarantineLost(deps, { place, error }, rejoinOptions(deps, options))) return undefined
    throw error
  }
}

/** Moves aside what a removed member leaves; its host may ask to come back. */
export async function quarantineRemoved(
  { directory, clock }: Pick<BootDeps, 'directory' | 'clock'>,
  instance: Instance,
): Promise<void> {
  const { clusterId, replicaId } = instance.identity
  const message = `replica ${replicaId} is no member of cluster ${clusterId} any more`
  const reason = { code: removedCode, message, atWallMs: clock.wallMs() }
  await directory.quarantine(placeOf(instance), reason)
}

/** Code of a directory in quarantine whose replica was removed. */
const removedCode = 'removed'

function placeOf({ identity, directory }: Instance): InstancePlace {
  const { clusterId, replicaId } = identity
  return { clusterId, replica: String(replicaId), path: directory }
}

function rejoinOptions({ admission }: BootDeps, options: BootOptions) {
  const { raftAddress, addresses, seeds = [], signal } = options
  const canJoin = admission !== undefined
  return { raftAddress, seeds: [...addresses, ...seeds], canJoin, signal }
}

/** The instance that is here, or a new one. */
async function settleInstance(deps: BootDeps, options: BootOptions): Promise<Instance> {
  const { directory, admission } = deps
  const found = await directory.find()
  if (found.kind === 'instance') return found.instance
  const last = found.quarantined.at(-1)
  const remembered = last === undefined ? undefined : await rememberedMembers(deps, last.path)
  const { addresses, seeds = [] } = options
  const known = addressesToAsk(remembered, { seeds: [], raftAddress: options.raftAddress })
  if (addresses.length + seeds.length + known.length === 0) {
    const message =
      `${directory.root} is empty: --initial-members must say whom to begin with, or --join whom ` +
      'to ask for admission'
    throw new CodedError('CONF_MISSING', message)
  }
  const requestAdmission = admission?.(last?.reason?.code === removedCode)
  return bootstrapInstance(
    {
      ...deps,
      createState: createStateWith(deps),
      firstGroup,
      ...(requestAdmission === undefined ? {} : { requestAdmission }),
    },
    { ...options, remembered: known },
  )
}

function createStateWith({ disk, random }: Pick<BootDeps, 'disk' | 'random'>): CreateState {
  return (where) => createLevelState({ disk, random }, where)
}

/** Entry 1 of a new cluster, the same bytes on every initial member (design 6). */
function firstGroup({ clusterId, members }: ClusterPlan): LogGroup {
  const features = schedulerDomain.features
  const data = bootstrapEntryData({ clusterId, members, features })
  return {
    entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data }],
    hardState: { term: 1, votedFor: 0, commit: 1 },
    sync: true,
  }
}

/**
 * What the other members know of this instance.
 * @throws `STORE_WRONG_CLUSTER`: a seed is in another cluster; `RAFT_DUPLICATE_IDENTITY`: another
 * process runs with this identity
 */
async function standingOf(
  deps: BootDeps,
  { instance, known }: { readonly instance: Instance; readonly known: KnownMembers },
  options: BootOptions,
): Promise<StandingOfSelf> {
  const { identity } = instance
  const asked = rejoinOptions(deps, options)
  const answers = await askAboutSelf(deps, addressesToAsk(known, asked))
  const standing = judgeSelf(identity, answers, asked)
  switch (standing.kind) {
    case 'foreign': {
      const message = `${standing.address} is in another cluster than ${identity.clusterId}`
      throw new StorageRefusedError('STORE_WRONG_CLUSTER', message, deps.directory.root)
    }
    case 'duplicate': {
      const message =
        `replica ${identity.replicaId} runs at ${standing.address} already, from a copy of ` +
        `${instance.directory}: remove one of the two`
      throw new CodedError('RAFT_DUPLICATE_IDENTITY', message)
    }
    case 'removed':
    case 'sound':
      return standing
  }
}

/** Closes an instance again that is sound in itself and must not run all the same. */
async function refuseUnfit(opened: OpenedScheduler, standing: StandingOfSelf): Promise<void> {
  const fault = faultOf(opened, standing)
  if (fault === undefined) return
  await opened.close()
  throw fault
}

/**
 * A log that ends before what the cluster saw this very disk acknowledge was set back, from a
 * backup say: with it went votes and acknowledgements that others count on (J13). And a replica
 * that joined cannot begin without the members it was told.
 */
function faultOf(
  { contents, instance, durable, identity, known, lacksState }: OpenedScheduler,
  standing: StandingOfSelf,
): StorageCorruptError | undefined {
  const { compacted, entries } = contents
  const lastIndex = compacted.index + entries.length
  const acknowledged = standing.kind === 'sound' ? standing.acknowledgedIndex : 0
  const where = { path: instance.directory }
  if (acknowledged > lastIndex) {
    const message = `the log ends at ${lastIndex}, this disk had acknowledged ${acknowledged}`
    return new StorageCorruptError('STORE_REVERTED', message, where)
  }
  const isEmpty = durable.state.appliedIndex === 0 && identity.createdBy === 'join'
  if (isEmpty && !lacksState && known === nobody) {
    const message = 'the state is empty and nothing names the members'
    return new StorageCorruptError('STORE_IDENTITY_CORRUPT', message, where)
  }
  return undefined
}

/**
 * Says why the last run ended. After some ends the data must not be run again, whether or not this
 * host could join anew: a copy lacks what the other one has promised since. These reject with the
 * reason.
 */
async function reportLastStop(deps: BootDeps, instance: Instance): Promise<void> {
  const { disk, logger } = deps
  const reason = await readFatal(disk, instance)
  if (reason === undefined) return
  logger.warn({ ...reason }, 'the last run ended for good with this reason')
  refuseLossReason(reason)
  await clearFatal(disk, instance)
}

async function openParts(
  deps: BootDeps,
  { instance, known }: { readonly instance: Instance; readonly known: KnownMembers },
  options: BootOptions,
): Promise<OpenedScheduler> {
  const { clock, disk, random, logger } = deps
  const { supportedFeatures = schedulerDomain.supportedFeatures } = options
  const domain = { ...schedulerDomain, supportedFeatures }
  let durable: DurableState | undefined
  const loading = new RowLoading()
  options.onProgress?.(() => loading.look())
  const opened = await openInstance(
    {
      disk,
      logger,
      createState: createStateWith(deps),
      openState: (where) => openLevelState({ disk, random, logger }, where),
    },
    instance,
    {
      canRefetch: await hasOtherVoters(deps, instance, options),
      loadState: async (store) => {
        // Another one when the first, or what was loaded of it, is of no use.
        const state = new ReplicatedState(domain, {
          onCommandFailed: (failure) => logger.error({ ...failure }, 'a command failed'),
        })
        try {
          const { onFatal } = options
          const onRowLoaded = (sizeBytes: number): void => loading.add(sizeBytes)
          const parts = { clock, logger, store, state }
          durable = await DurableState.open(parts, { onFatal, onRowLoaded })
        } catch (error) {
          throw asCorrupt(error, instance)
        }
        return state.appliedIndex
      },
    },
  )
  const { log, contents } = opened
  const lacksState = opened.plan === 'refetch'
  const { state } = durable!
  if (lacksState) state.onReplaced(() => void forgetLostState(deps, instance))
  logger.info(
    { applied: state.appliedIndex, commit: contents.hardState.commit, plan: opened.plan },
    'instance opened',
  )
  return {
    instance,
    identity: instance.identity,
    known,
    knownFile: new KnownMembersFile(
      { clock, disk, logger, state },
      { directory: instance.directory },
    ),
    log,
    contents,
    durable: durable!,
    images: new StoreImages(
      { disk, random: random.fork('images'), logger, store: opened.state, state: durable! },
      { tmpDirectory: instance.tmpDirectory, clusterId: instance.identity.clusterId },
    ),
    lacksState,
    close: async () => {
      await log.close()
      await opened.state.close()
    },
  }
}

/** Was there anybody else, when the members were known last, who may have the state? */
async function hasOtherVoters(
  { disk, logger }: BootDeps,
  { directory, identity }: Instance,
  { addresses, raftAddress }: BootOptions,
): Promise<boolean> {
  try {
    const known = await readKnownMembers(disk, directory)
    if (known !== undefined) {
      const { voters, votersOutgoing } = known.configuration
      return [...voters, ...votersOutgoing].some((id) => id !== identity.replicaId)
    }
  } catch (error) {
    logger.warn({ err: error }, 'the members known last cannot be read')
  }
  return addresses.some((address) => address !== raftAddress)
}

/** A state that does not add up is damage of the directory, whoever noticed it. */
function asCorrupt(error: unknown, { stateDirectory }: Instance): unknown {
  if (!(error instanceof StateError) || error.code !== 'SCHED_STATE_DAMAGED') return error
  return new StorageCorruptError('STORE_STATE_CORRUPT', error.message, {
    path: stateDirectory,
    cause: error,
  })
}
