// Makes the first instance of a new cluster in a data directory, from the rows of a state before:
// the one thing that `snapshot restore` and `recover` do.
import { createHash } from 'node:crypto'
import { toHex } from '../../base/index.ts'
import type { Clock, Disk, Logger, Random } from '../../base/index.ts'
import { createLevelState, openLevelState } from '../../storage/index.ts'
import type {
  CreateState,
  DataDirectory,
  IdentityOrigin,
  Instance,
  RowSource,
} from '../../storage/index.ts'
import { ClusterFounder, foundingPlace, ReplicatedState } from '../replication/index.ts'
import type { Founding, StateDescription } from '../replication/index.ts'
import { schedulerDomain, schedulerFoundingRules } from '../replication/commands/index.ts'

export interface RecoveryDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
}

/** The state to begin with. */
export interface FoundingSource {
  readonly before: StateDescription
  readonly rows: RowSource
}

export interface FoundingOptions {
  readonly hostId: string
  /** host:port of its replication service. */
  readonly raftAddress: string
  readonly origin: Extract<IdentityOrigin, 'restore' | 'recover'>
}

/** A new cluster's only member. */
export interface FoundedInstance {
  readonly instance: Instance
  readonly founding: Founding
  /** Rows of its state. */
  readonly rows: number
}

/**
 * Creates the instance. Its state was loaded once when this resolves; a crash or a failure before
 * leaves nothing in `instances/`.
 */
export async function foundInstance(
  deps: RecoveryDeps,
  directory: DataDirectory,
  { before, rows }: FoundingSource,
  { hostId, raftAddress, origin }: FoundingOptions,
): Promise<FoundedInstance> {
  const { clock, random } = deps
  const founding: Founding = {
    ...foundingPlace(before),
    clusterId: newClusterId(before.digest, random),
    hostId,
    incarnation: toHex(random.bytes(16)),
    raftAddress,
    wallMs: clock.wallMs(),
  }
  const { clusterId, replicaId, incarnation, index, term } = founding
  const { tables } = emptyState(deps).registry
  const founder = new ClusterFounder({ tables, rules: schedulerFoundingRules }, before, founding)
  const createState: CreateState = async (where) => {
    await createLevelState(deps, where)
    const store = await openLevelState(deps, where)
    try {
      await store.replaceWith(foundedRows(founder, rows), { index, term })
      const state = emptyState(deps)
      await store.load((key, value) => state.load(key, value))
      state.loaded()
    } finally {
      await store.close()
    }
  }
  const instance = await directory.createInstance(
    {
      clusterId,
      replicaId,
      incarnation,
      hostId,
      createdAtIndex: index,
      createdBy: origin,
      initialMembers: [],
    },
    {
      createState,
      founded: { mark: { index, term }, hardState: { term, votedFor: 0, commit: index } },
    },
  )
  return { instance, founding, rows: founder.rows }
}

/** Never drawn twice, and not to be guessed from the state alone. */
function newClusterId(digest: Uint8Array, random: Random): string {
  const hash = createHash('sha256').update('damselfly new cluster')
  return hash.update(digest).update(random.bytes(16)).digest('hex').slice(0, 32)
}

function emptyState({ logger }: Pick<RecoveryDeps, 'logger'>): ReplicatedState {
  return new ReplicatedState(schedulerDomain, {
    onCommandFailed: (failure) => logger.error({ ...failure }, 'a command failed'),
  })
}

/** The rows of the new state, as they come; the last ones say whose it is. */
function foundedRows(founder: ClusterFounder, source: RowSource): RowSource {
  let isFinished = false
  return {
    async next() {
      while (!isFinished) {
        const rows = await source.next()
        if (rows.length === 0) {
          isFinished = true
          return founder.finish()
        }
        const taken = rows.map((row) => founder.take(row)).filter((row) => row !== undefined)
        if (taken.length > 0) return taken
      }
      return []
    },
  }
}
