// For tests: data directories of members on the real disk, filled from a log.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nullLogger, Prng } from '../../base/index.ts'
import type { Entry } from '../../raft/index.ts'
import { FileDisk, SystemClock } from '../../runtime/index.ts'
import {
  createLevelState,
  lockDirectory,
  openDataDirectory,
  openInstance,
  openLevelState,
  StoreImages,
} from '../../storage/index.ts'
import { DurableState, ReplicatedState } from '../replication/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import type { RecoveryDeps } from './found-instance.ts'

/** The cluster id of `SchedulerFixture`. */
export const clusterId = 'c'.repeat(32)

export function testDeps(seed: string): RecoveryDeps {
  const disk = new FileDisk()
  return { clock: new SystemClock(), disk, random: new Prng(seed), logger: nullLogger }
}

/** A folder that is gone after `run`. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-recovery-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Replica 1 with the first `applied` entries in its state and all in its log. */
export async function makeMember(
  deps: RecoveryDeps,
  root: string,
  { entries, applied }: { readonly entries: readonly Entry[]; readonly applied: number },
): Promise<void> {
  const directory = await openDataDirectory({ ...deps, lockDirectory }, { root })
  try {
    const instance = await directory.createInstance(
      {
        clusterId,
        replicaId: 1,
        incarnation: '1'.repeat(32),
        hostId: 's1',
        createdAtIndex: 1,
        createdBy: 'bootstrap',
        initialMembers: [],
      },
      {
        firstGroup: {
          entries: [...entries],
          hardState: { term: 1, votedFor: 1, commit: applied },
          sync: true,
        },
        createState: async (where) => {
          await createLevelState(deps, where)
          const store = await openLevelState(deps, where)
          const durable = await DurableState.open(
            { ...deps, store, state: newState() },
            { onFatal: fail },
          )
          durable.apply(entries.slice(0, applied))
          await durable.stop()
          await store.close()
        },
      },
    )
    await deps.disk.makeDirectory(instance.tmpDirectory)
  } finally {
    await directory.close()
  }
}

/** Writes an image of the state of the one instance in `root` to `file`. */
export async function saveImage(deps: RecoveryDeps, root: string, file: string): Promise<void> {
  await withState(deps, root, async ({ durable, store, cluster, tmpDirectory }) => {
    const images = new StoreImages(
      { ...deps, store, state: durable },
      { tmpDirectory, clusterId: cluster },
    )
    const reader = await images.open(durable.state.appliedIndex)
    const target = await deps.disk.open(file, 'create')
    let at = 0
    for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
      await target.write(at, [next])
      at += next.length
    }
    await target.close()
    await reader.close()
  })
}

/** Opens the one instance in `root` as a start would. */
export async function withState(
  deps: RecoveryDeps,
  root: string,
  run: (opened: {
    readonly durable: DurableState
    readonly store: Awaited<ReturnType<typeof openLevelState>>
    readonly contents: Awaited<ReturnType<typeof openInstance>>['contents']
    readonly cluster: string
    readonly tmpDirectory: string
  }) => Promise<void>,
): Promise<void> {
  const directory = await openDataDirectory({ ...deps, lockDirectory }, { root })
  try {
    const found = await directory.find()
    if (found.kind !== 'instance') throw new Error('there is no instance')
    let durable: DurableState | undefined
    let store: Awaited<ReturnType<typeof openLevelState>> | undefined
    const opened = await openInstance(
      {
        ...deps,
        openState: async (where) => (store = await openLevelState(deps, where)),
        createState: (where) => createLevelState(deps, where),
      },
      found.instance,
      {
        loadState: async () => {
          durable = await DurableState.open(
            { ...deps, store: store!, state: newState() },
            { onFatal: fail },
          )
          return durable.state.appliedIndex
        },
      },
    )
    try {
      const { contents } = opened
      const { identity, tmpDirectory } = found.instance
      await run({
        durable: durable!,
        store: store!,
        contents,
        cluster: identity.clusterId,
        tmpDirectory,
      })
    } finally {
      await opened.log.close()
      await opened.state.close()
    }
  } finally {
    await directory.close()
  }
}

/** Every file below `path` with its content, but for LevelDB's own notes. */
export function contentOf(path: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(path, name)
    if (statSync(file).isFile()) found.set(name, readFileSync(file, 'latin1'))
  }
  return found
}

export function newState(): ReplicatedState {
  return new ReplicatedState(schedulerDomain, {
    onCommandFailed: ({ error }) => {
      throw error
    },
  })
}

function fail(error: Error): never {
  throw error
}
