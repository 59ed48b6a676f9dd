// From flags and a data directory to an instance that may vote: bootstraps an empty directory,
// checks a used one against the members it is told of, opens state and log, and loads the state.
import { CodedError } from '../../base/index.ts'
import type { Clock, Disk, Logger, Random } from '../../base/index.ts'
import type { Images, LogContents, LogGroup } from '../../raft/index.ts'
import {
  bootstrapInstance,
  checkSeeds,
  clearFatal,
  createLevelState,
  openInstance,
  openLevelState,
  readFatal,
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
  Probe,
  ProbeAnswer,
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

export interface BootDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  readonly directory: DataDirectory
  readonly probe: Probe
}

export interface BootOptions {
  readonly raftAddress: string
  readonly hostId: string
  /** Replication addresses of all initial members; empty: only a used directory will do. */
  readonly addresses: readonly string[]
  readonly signal: AbortSignal
  /** The state store or the replica failed for good. */
  readonly onFatal: (error: Error) => void
  /** Told once how to see the progress of loading. @default nobody asks */
  readonly onProgress?: (look: () => LoadProgress) => void
}

/** What a scheduler runs on. */
export interface OpenedScheduler {
  readonly instance: Instance
  readonly identity: Identity
  readonly log: WriteAheadLog
  readonly contents: LogContents
  readonly durable: DurableState
  /** Sends and receives the whole state. */
  readonly images: Images
  /** Closes log and state, in this order. */
  close(): Promise<void>
}

/** Opens, or creates and opens. @throws StorageRefusedError, StorageCorruptError, StateError */
export async function openScheduler(
  deps: BootDeps,
  options: BootOptions,
): Promise<OpenedScheduler> {
  const { disk, random, directory } = deps
  const found = await directory.find()
  const createState: CreateState = (where) => createLevelState({ disk, random }, where)
  let instance: Instance
  if (found.kind === 'instance') {
    instance = found.instance
    await refuseForeign(deps, instance.identity, options)
  } else if (options.addresses.length === 0) {
    const message = `${directory.root} is empty: --initial-members must say whom to begin with`
    throw new CodedError('CONF_MISSING', message)
  } else {
    instance = await bootstrapInstance({ ...deps, createState, firstGroup }, options)
  }
  await reportLastStop(deps, instance)
  return openParts({ ...deps, createState }, instance, options)
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

/** A member that is told of another cluster's members must not start among them. */
async function refuseForeign(
  { probe, directory }: BootDeps,
  identity: Identity,
  { addresses, raftAddress }: BootOptions,
): Promise<void> {
  const others = addresses.filter((address) => address !== raftAddress)
  const answers = new Map<string, ProbeAnswer | undefined>()
  await Promise.all(others.map(async (address) => answers.set(address, await probe(address))))
  const checked = checkSeeds(identity, answers)
  if (checked.ok) return
  const message = `${checked.address} is in another cluster than ${identity.clusterId}`
  throw new StorageRefusedError('STORE_WRONG_CLUSTER', message, directory.root)
}

async function reportLastStop({ disk, logger }: BootDeps, instance: Instance): Promise<void> {
  const reason = await readFatal(disk, instance)
  if (reason === undefined) return
  logger.warn({ ...reason }, 'the last run ended for good with this reason')
  await clearFatal(disk, instance)
}

async function openParts(
  deps: BootDeps & { readonly createState: CreateState },
  instance: Instance,
  options: BootOptions,
): Promise<OpenedScheduler> {
  const { clock, disk, random, logger, createState } = deps
  const state = new ReplicatedState(schedulerDomain, {
    onCommandFailed: (failure) => logger.error({ ...failure }, 'a command failed'),
  })
  let durable: DurableState | undefined
  const loading = new RowLoading()
  options.onProgress?.(() => loading.look())
  const opened = await openInstance(
    {
      disk,
      logger,
      createState,
      openState: (where) => openLevelState({ disk, random, logger }, where),
    },
    instance,
    {
      loadState: async (store) => {
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
  logger.info(
    { applied: state.appliedIndex, commit: contents.hardState.commit, plan: opened.plan },
    'instance opened',
  )
  return {
    instance,
    identity: instance.identity,
    log,
    contents,
    durable: durable!,
    images: new StoreImages(
      { disk, random: random.fork('images'), logger, store: opened.state, state: durable! },
      { tmpDirectory: instance.tmpDirectory, clusterId: instance.identity.clusterId },
    ),
    close: async () => {
      await log.close()
      await opened.state.close()
    },
  }
}

/** A state that does not add up is damage of the directory, whoever noticed it. */
function asCorrupt(error: unknown, { stateDirectory }: Instance): unknown {
  if (!(error instanceof StateError) || error.code !== 'SCHED_STATE_DAMAGED') return error
  return new StorageCorruptError('STORE_STATE_CORRUPT', error.message, {
    path: stateDirectory,
    cause: error,
  })
}
