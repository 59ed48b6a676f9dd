// From a disk to what a member runs on: the steps of the scheduler's own start, over a simulated
// disk and a state store in memory, which loses at a crash what a durable one would.
import { dirname } from 'node:path/posix'
import { CodedError, isCoded } from '../../base/index.ts'
import type { Clock, Disk, Logger, Random } from '../../base/index.ts'
import type { Configuration, LogContents, LogGroup } from '../../raft/index.ts'
import { DurableState, ReplicatedState } from '../../scheduler/replication/index.ts'
import type { CommandFailure } from '../../scheduler/replication/index.ts'
import {
  MemoryStateStore,
  openDataDirectory,
  openInstance,
  StoreImages,
} from '../../storage/index.ts'
import type {
  CreateState,
  Identity,
  Instance,
  LockDirectory,
  OpenedInstance,
  StateRows,
  WriteAheadLog,
} from '../../storage/index.ts'
import { simulatedDomain } from './register.ts'
import { SmallImages } from './small-images.ts'
import type { SwarmOptions } from './swarm.ts'

/** Where a member comes from. */
export interface MemberOrigin {
  readonly identity: Identity
  readonly raftAddress: string
  /** What its log begins with. */
  readonly firstGroup: LogGroup
  /** Whom the group began with: what a replica with an empty state starts from. */
  readonly seed: Configuration
}

export interface OpenMemberDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly disk: Disk
  readonly swarm: SwarmOptions
  /** Rows of the state as the last life left them. */
  readonly rows: () => StateRows
}

export interface OpenMemberOptions {
  readonly origin: MemberOrigin
  readonly lockDirectory: LockDirectory
  readonly onStateCreated: () => void
  readonly onCommandFailed: (failure: CommandFailure) => void
  readonly onFatal: (error: Error) => void
  /** Others may have the state, should this one be lost. */
  readonly canRefetch: boolean
}

/** What a member runs on. */
export interface OpenedMember {
  readonly log: WriteAheadLog
  readonly contents: LogContents
  readonly store: MemoryStateStore
  readonly durable: DurableState
  readonly images: SmallImages
  readonly plan: OpenedInstance['plan']
  readonly cutCopy: string | undefined
}

const root = '/data'

/** Opens the member's instance; creates it in an empty directory. Rejects as the scheduler's does. */
export async function openMember(
  deps: OpenMemberDeps,
  options: OpenMemberOptions,
): Promise<OpenedMember> {
  const { clock, random, logger, disk, swarm, rows } = deps
  const createState: CreateState = async ({ directory }) => {
    // LevelDB's place; its rows are kept beside the disk.
    await disk.makeDirectory(directory)
    await disk.syncDirectory(dirname(directory))
    options.onStateCreated()
  }
  const instance = await findInstance(deps, options, createState)
  let store!: MemoryStateStore
  const openState = async (): Promise<MemoryStateStore> => {
    store = new MemoryStateStore({ clock }, { rows: rows(), syncMs: Math.ceil(swarm.syncMsMean) })
    return store
  }
  let durable: DurableState | undefined
  const { log, contents, plan, cutCopy } = await openInstance(
    { disk, logger, createState, openState },
    instance,
    {
      ...swarm.log,
      canRefetch: options.canRefetch,
      loadState: async () => {
        durable = await loadState(deps, options, store)
        return durable.state.appliedIndex
      },
    },
  )
  const stored = new StoreImages(
    { disk, random: random.fork('images'), logger, store, state: durable! },
    { tmpDirectory: instance.tmpDirectory, clusterId: instance.identity.clusterId },
  )
  const images = new SmallImages(stored, swarm.imagePieceBytes)
  return { log, contents, store, durable: durable!, images, plan, cutCopy }
}

/** A state that does not add up is a damaged one, as for the scheduler. */
async function loadState(
  { clock, logger, swarm }: OpenMemberDeps,
  options: OpenMemberOptions,
  store: MemoryStateStore,
): Promise<DurableState> {
  const state = new ReplicatedState(simulatedDomain, options)
  const { flushIntervalMs } = swarm
  const { onFatal } = options
  try {
    const parts = { clock, logger, store, state }
    return await DurableState.open(parts, { onFatal, flushIntervalMs })
  } catch (error) {
    if (!isCoded(error, 'SCHED_STATE_DAMAGED')) throw error
    throw new CodedError('STORE_STATE_CORRUPT', error.message, { cause: error })
  }
}

async function findInstance(
  { disk, random, logger }: OpenMemberDeps,
  { origin, lockDirectory }: OpenMemberOptions,
  createState: CreateState,
): Promise<Instance> {
  const directory = await openDataDirectory({ disk, random, logger, lockDirectory }, { root })
  const found = await directory.find()
  if (found.kind === 'instance') return found.instance
  const { identity, firstGroup } = origin
  return directory.createInstance(identity, { firstGroup, createState })
}
