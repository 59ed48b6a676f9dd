// One replica of a replicated map at work on its instance, from its start to its end.
import { toHex } from '../base/index.ts'
import type { Clock, Disk, Logger, Random } from '../base/index.ts'
import { RaftNode } from '../raft/index.ts'
import type { HeaderSelf, Message, Transport } from '../raft/index.ts'
import { StorageCorruptError } from './errors.ts'
import { StoreImages } from './images/store-images.ts'
import { openInstance } from './instance.ts'
import type { Instance } from './instance.ts'
import { readKnownMembers } from './known-members.ts'
import { createLevelState, openLevelState } from './state/level-state-store.ts'
import { ReplicatedMap } from './state/replicated-map.ts'
import type { ApplyCommand, MapMember } from './state/replicated-map.ts'

export interface MapReplicaDeps {
  /** The real disk: LevelDB reads and writes past the port. */
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Who a replica is to others, for the headers of its messages. */
export type MapSelf = HeaderSelf & { readonly bootId: string }

export interface MapReplicaOptions {
  readonly apply: ApplyCommand
  /** Makes the network of one replica; `members` tells at any time where the others are. */
  readonly transport: (
    self: MapSelf,
    members: () => ReadonlyMap<number, MapMember>,
  ) => Transport<Message>
  /** Applied entries kept in the log for members that come back. @default raft's */
  readonly retainEntries?: number
}

/** Why a replica stopped for good: its member was removed, or what failed. */
export type MapReplicaEnd = 'removed' | Error

/** A running replica. */
export interface MapReplica {
  readonly node: RaftNode
  readonly map: ReplicatedMap
  /** Resolves once it has stopped for good by itself; `stop` is still to be called. */
  readonly ended: Promise<MapReplicaEnd>
  /** Hands leadership over, writes what is left and closes log, state and network. */
  stop(): Promise<void>
}

/**
 * Opens an instance and starts its replica. @throws StorageCorruptError, StorageRefusedError: the
 * codes of docs/boot.md
 */
export async function startMapReplica(
  deps: MapReplicaDeps,
  instance: Instance,
  options: MapReplicaOptions & {
    /** On a leader: a majority has other rows than these replicas. @default they are logged */
    readonly onOutvoted?: (ids: readonly number[]) => void
  },
): Promise<MapReplica> {
  const { clock, disk, logger } = deps
  const { identity, tmpDirectory } = instance
  const { clusterId, replicaId, incarnation } = identity
  let end: (why: MapReplicaEnd) => void = () => undefined
  const ended = new Promise<MapReplicaEnd>((resolve) => {
    end = resolve
  })
  const { map, opened } = await openParts(deps, instance, { apply: options.apply, onFatal: end })
  const { log, contents, state: store, plan } = opened
  const bootId = toHex(deps.random.bytes(16))
  // Another one in every life, also of replicas of one process.
  const random = deps.random.fork(bootId)
  const self = { clusterId, group: 0, replicaId, incarnation, bootId }
  const transport = options.transport(self, () => map.members)
  const images = new StoreImages(
    { disk, logger, random: random.fork('images'), store, state: map },
    { clusterId, tmpDirectory },
  )
  const { retainEntries } = options
  const node = new RaftNode(
    { clock, logger, transport, log, images, random: random.fork('raft'), stateMachine: map },
    {
      id: replicaId,
      configuration: map.configuration(),
      contents,
      applied: map.appliedIndex,
      clusterClockMs: map.clusterClockMs,
      lacksState: plan === 'refetch',
      ...(retainEntries === undefined ? {} : { retainEntries }),
      onFatal: end,
      onRemoved: () => end('removed'),
      onDigestMismatch: ({ index, outvoted, hasMajority }) => {
        logger.error({ index, outvoted, hasMajority }, 'replicas have different rows')
        // A leader finds this out; outvoted itself, it must not go on with the rows it has.
        if (!hasMajority) return
        if (outvoted.includes(replicaId)) end(diverged(instance, index))
        else options.onOutvoted?.(outvoted)
      },
    },
  )
  await node.start()
  const stop = async (): Promise<void> => {
    await node.stop()
    await transport.close()
    await map.stop().catch((error: unknown) => logger.warn({ err: error }, 'not all was written'))
    await log.close()
    await store.close()
  }
  return { node, map, ended, stop }
}

async function openParts(
  { clock, disk, random, logger }: MapReplicaDeps,
  instance: Instance,
  options: { readonly apply: ApplyCommand; readonly onFatal: (error: Error) => void },
) {
  const known = await readKnownMembers(disk, instance.directory)
  let map: ReplicatedMap | undefined
  const opened = await openInstance(
    {
      disk,
      logger,
      createState: (where) => createLevelState({ disk, random }, where),
      openState: (where) => openLevelState({ disk, random, logger }, where),
    },
    instance,
    {
      // Whoever joined, or began with others, can be sent what it lost.
      canRefetch: instance.identity.initialMembers.length !== 1,
      loadState: async (store) => {
        map = await ReplicatedMap.open({ clock, store }, { ...options, known })
        return map.appliedIndex
      },
    },
  )
  const [first] = opened.contents.entries
  // It names the members that Raft starts with.
  if (map!.appliedIndex === 0 && first?.index === 1 && opened.plan !== 'refetch') {
    map!.apply([first])
  }
  return { map: map!, opened }
}

function diverged({ stateDirectory }: Instance, index: number): StorageCorruptError {
  const message = `a majority has other rows at index ${index}`
  return new StorageCorruptError('STORE_STATE_CORRUPT', message, { path: stateDirectory })
}
