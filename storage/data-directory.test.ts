import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import type { Disk } from '../base/index.ts'
import { DiskSimulator } from '../chaos-tests/sim/disk-simulator.ts'
import type { LogGroup } from '../raft/index.ts'
import { FileDisk, SystemClock } from '../runtime/index.ts'
import { bootstrapInstance } from './bootstrap-instance.ts'
import type { ProbeAnswer } from './bootstrap.ts'
import { openDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { lockDirectory } from './directory-lock.ts'
import type { LockDirectory } from './directory-lock.ts'
import { clearFatal, openInstance, readFatal, writeFatal } from './instance.ts'
import type { CreateState, Instance } from './instance.ts'
import { encodeSealedJson } from './sealed-json.ts'
import { createLevelState, openLevelState } from './state/level-state-store.ts'
import { MemoryStateStore } from './state/memory-state-store.ts'

const clock = new SystemClock()
const empty = { kind: 'empty', join: undefined, quarantined: [] }
const firstGroup: LogGroup = {
  entries: [{ index: 1, term: 1, type: 'config', stampMs: 0, data: new Uint8Array([1, 2, 3]) }],
  hardState: { term: 1, votedFor: 0, commit: 1 },
  sync: true,
}
const disk = new FileDisk()
const levelDeps = { disk, random: new Prng('level'), logger: nullLogger }

let parent = ''
let root = ''
let opened: DataDirectory[] = []
let openedCount = 0

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'damselfly-data-'))
  root = join(parent, 's1')
  opened = []
})

afterEach(async () => {
  for (const directory of opened) await directory.close()
  await rm(parent, { recursive: true, force: true })
})

async function open(path = root): Promise<DataDirectory> {
  openedCount += 1
  const random = new Prng(`directory ${openedCount}`)
  const directory = await openDataDirectory(
    { disk, random, logger: nullLogger, lockDirectory },
    { root: path },
  )
  opened.push(directory)
  return directory
}

async function close(directory: DataDirectory): Promise<void> {
  opened = opened.filter((each) => each !== directory)
  await directory.close()
}

/** Bootstraps a cluster of one in `directory`. */
function bootstrapAlone(directory: DataDirectory, raftAddress = 'a:1'): Promise<Instance> {
  return bootstrapInstance(
    {
      directory,
      clock,
      logger: nullLogger,
      probe: async () => undefined,
      createState: (options) => createLevelState(levelDeps, options),
      firstGroup: () => firstGroup,
    },
    { raftAddress, hostId: 's1', addresses: [raftAddress] },
  )
}

describe('a data directory', () => {
  test('that is new is empty, and bootstraps into an instance that is found again', async () => {
    const directory = await open()
    expect(await directory.find()).toEqual({ ...empty, marker: undefined })
    expect(directory.probeAnswer).toBeUndefined()
    const instance = await bootstrapAlone(directory)
    expect(directory.probeAnswer).toMatchObject({ state: 'member', replicaId: 1 })
    await close(directory)
    const again = await open()
    expect(await again.find()).toEqual({ kind: 'instance', instance })
    expect(again.probeAnswer).toMatchObject({ state: 'member', replicaId: 1 })
    const { state, log, contents, plan } = await openInstance(
      {
        disk,
        logger: nullLogger,
        createState: (options) => createLevelState(levelDeps, options),
        openState: (options) => openLevelState(levelDeps, options),
      },
      instance,
      { loadState: async () => 0 },
    )
    expect(plan).toBe('replay')
    expect(contents.hardState).toEqual({ term: 1, votedFor: 0, commit: 1 })
    expect(contents.entries.map(({ data }) => [...data])).toEqual([[1, 2, 3]])
    await log.close()
    await state.close()
  })

  test('already in use is refused', async () => {
    await open()
    await expect(open()).rejects.toMatchObject({ code: 'STORE_DIRECTORY_LOCKED' })
  })

  test('inside another one is refused, at any depth', async () => {
    await open()
    for (const path of ['inner', 'instances/x/1', 'tmp']) {
      const opening = open(join(root, path))
      await expect(opening).rejects.toMatchObject({ code: 'STORE_DIRECTORY_NESTED' })
    }
  })

  test('that is a file, or no absolute path, is refused', async () => {
    await writeFile(root, 'file')
    await expect(open()).rejects.toMatchObject({ code: 'STORE_DIRECTORY_UNUSABLE' })
    await expect(open('data')).rejects.toMatchObject({ code: 'STORE_DIRECTORY_UNUSABLE' })
  })

  test('of a newer format is refused and left alone', async () => {
    await mkdir(root)
    const newer = encodeSealedJson(4, { layout: 'unknown' })
    await writeFile(join(root, 'FORMAT'), newer)
    await expect(open()).rejects.toMatchObject({ code: 'STORE_FORMAT_UNSUPPORTED' })
    expect(await disk.list(root)).toEqual(['FORMAT'])
  })

  test('of another cluster is refused', async () => {
    const directory = await open()
    const { identity } = await bootstrapAlone(directory)
    const finding = directory.find('f'.repeat(32))
    await expect(finding).rejects.toMatchObject({ code: 'STORE_WRONG_CLUSTER' })
    expect((await directory.find(identity.clusterId)).kind).toBe('instance')
  })

  test('with an instance moved to another place is refused', async () => {
    const directory = await open()
    const { directory: place } = await bootstrapAlone(directory)
    await rename(place, place.replace(/1$/, '2'))
    await expect(directory.find()).rejects.toMatchObject({ code: 'STORE_WRONG_IDENTITY' })
  })

  test('with several instances needs a cluster id', async () => {
    const directory = await open()
    const { identity } = await bootstrapAlone(directory)
    await mkdir(join(root, 'instances', 'f'.repeat(32), '1'), { recursive: true })
    await expect(directory.find()).rejects.toMatchObject({ code: 'STORE_SEVERAL_INSTANCES' })
    expect((await directory.find(identity.clusterId)).kind).toBe('instance')
  })

  test('whose instance is in quarantine is not a fresh one', async () => {
    const directory = await open()
    await mkdir(join(root, 'quarantine', 'old'))
    await expect(bootstrapAlone(directory)).rejects.toMatchObject({ code: 'STORE_QUARANTINED' })
    expect(await disk.list(root)).not.toContain('bootstrap.json')
  })

  test('keeps its incarnation over a restart before it has an identity', async () => {
    const flags = { raftAddress: 'a:1', hostId: 's1', addresses: ['b:1', 'a:1', 'b:1'] }
    const directory = await open()
    const marker = await directory.startBootstrap(flags)
    expect(marker.addresses).toEqual(['a:1', 'b:1'])
    expect(directory.probeAnswer).toMatchObject({ state: 'fresh' })
    await close(directory)
    const again = await open()
    expect(await again.find()).toEqual({ ...empty, marker })
    expect(await again.startBootstrap(flags)).toEqual(marker)
    const other = await again.startBootstrap({ ...flags, hostId: 's2' })
    expect(other.incarnation).not.toBe(marker.incarnation)
  })

  test('empties tmp/ and keeps everything else when it is opened', async () => {
    await close(await open())
    await mkdir(join(root, 'tmp', 'half'))
    await writeFile(join(root, 'note'), 'mine')
    await open()
    expect(await disk.list(join(root, 'tmp'))).toEqual([])
    expect(await disk.list(root)).toContain('note')
  })
})

test('the reason of a fail-stop is kept for the next start, and forgotten when told', async () => {
  const directory = await open()
  const instance = await bootstrapAlone(directory)
  expect(await readFatal(disk, instance)).toBeUndefined()
  const reason = { code: 'RAFT_LOG_WRITE_FAILED', message: 'x'.repeat(3_000), atWallMs: 1 }
  await writeFatal(disk, instance, reason)
  const found = await readFatal(disk, instance)
  expect(found).toEqual({ ...reason, message: 'x'.repeat(2_000) })
  await clearFatal(disk, instance)
  await clearFatal(disk, instance)
  expect(await readFatal(disk, instance)).toBeUndefined()
})

describe('three members', () => {
  const addresses = ['a:1', 'b:1', 'c:1']

  async function bootstrapAll(directories: ReadonlyMap<string, DataDirectory>) {
    const probe = async (address: string) => directories.get(address)?.probeAnswer
    return Promise.all(
      [...directories].map(([raftAddress, directory]) =>
        bootstrapInstance(
          {
            directory,
            clock,
            logger: nullLogger,
            probe,
            createState: (options) => createLevelState(levelDeps, options),
            firstGroup: () => firstGroup,
          },
          { raftAddress, hostId: raftAddress, addresses, retryMs: 1 },
        ),
      ),
    )
  }

  test('B25 with empty directories create one cluster; one wiped later refuses', async () => {
    const directories = new Map<string, DataDirectory>()
    for (const address of addresses) {
      directories.set(address, await open(join(parent, address[0]!)))
    }
    const instances = await bootstrapAll(directories)
    const ids = instances.map(({ identity }) => [identity.clusterId, identity.replicaId])
    const [clusterId] = ids[0]!
    expect(ids).toEqual([
      [clusterId, 1],
      [clusterId, 2],
      [clusterId, 3],
    ])
    await close(directories.get('c:1')!)
    await rm(join(parent, 'c'), { recursive: true })
    const wiped = await open(join(parent, 'c'))
    expect((await wiped.find()).kind).toBe('empty')
    const probes: Record<string, ProbeAnswer | undefined> = {
      'a:1': directories.get('a:1')!.probeAnswer,
    }
    const restarting = bootstrapInstance(
      {
        directory: wiped,
        clock,
        logger: nullLogger,
        probe: async (address) => probes[address],
        createState: (options) => createLevelState(levelDeps, options),
        firstGroup: () => firstGroup,
      },
      { raftAddress: 'c:1', hostId: 'c', addresses, retryMs: 1 },
    )
    await expect(restarting).rejects.toMatchObject({ code: 'STORE_WIPED_MEMBER' })
    expect((await wiped.find()).kind).toBe('empty')
  })

  test('a member waits for one that does not answer, until it is told to stop', async () => {
    const directory = await open()
    const controller = new AbortController()
    const bootstrapping = bootstrapInstance(
      {
        directory,
        clock,
        logger: nullLogger,
        probe: async () => undefined,
        createState: (options) => createLevelState(levelDeps, options),
        firstGroup: () => firstGroup,
      },
      {
        raftAddress: 'a:1',
        hostId: 'a',
        addresses,
        retryMs: 1,
        signal: controller.signal,
        onWait: ({ reason, addresses: waitedFor }) => {
          controller.abort(new Error(`${reason} ${waitedFor.join(' ')}`))
        },
      },
    )
    await expect(bootstrapping).rejects.toThrow('unreachable b:1 c:1')
    expect((await directory.find()).kind).toBe('empty')
  })
})

describe('a power cut at any point of the bootstrap', () => {
  const simulatedLock: LockDirectory = async () => ({ release: async () => {} })

  const createState =
    (simulated: Disk): CreateState =>
    async ({ directory }) => {
      await simulated.makeDirectory(directory)
      const file = await simulated.open(`${directory}/current`, 'write')
      await file.write(0, [new Uint8Array([1])])
      await file.sync()
      await file.close()
      await simulated.syncDirectory(directory)
    }

  async function run(simulated: DiskSimulator, seed: string): Promise<Instance> {
    const deps = { disk: simulated, random: new Prng(seed), logger: nullLogger }
    const options = { root: '/data' }
    const directory = await openDataDirectory({ ...deps, lockDirectory: simulatedLock }, options)
    const found = await directory.find()
    if (found.kind === 'instance') return found.instance
    return bootstrapInstance(
      {
        directory,
        clock,
        logger: nullLogger,
        probe: async () => undefined,
        createState: createState(simulated),
        firstGroup: () => firstGroup,
      },
      { raftAddress: 'a:1', hostId: 's1', addresses: ['a:1'] },
    )
  }

  test('J01 J04 leaves an empty directory or a whole instance', async () => {
    const whole = new DiskSimulator({ random: new Prng('whole') })
    await run(whole, 'first')
    const operations = whole.operationCount
    expect(operations).toBeGreaterThan(30)
    for (let at = 1; at <= operations; at += 1) {
      for (const cut of ['lose', 'tear', 'keep', 'kill'] as const) {
        const simulated = new DiskSimulator({ random: new Prng(`${at} ${cut}`) })
        simulated.powerOffAt(at)
        await expect(run(simulated, 'first')).rejects.toThrow()
        if (cut === 'kill') simulated.kill()
        else simulated.powerOn(cut)
        const { identity } = await run(simulated, 'second')
        // From here on it may have voted: it must come back as the same one.
        simulated.powerOn('lose')
        const instance = await run(simulated, 'third')
        expect(instance.identity).toEqual(identity)
        const openState = async () => new MemoryStateStore({ clock: new SystemClock() })
        const { log, contents } = await openInstance(
          { disk: simulated, logger: nullLogger, openState, createState: createState(simulated) },
          instance,
          { loadState: async () => 0, reserveBytes: 0, preallocateBytes: 0 },
        )
        expect(contents.entries).toHaveLength(1)
        await log.close()
        expect(simulated.files()).not.toContain('/data/bootstrap.json')
      }
    }
  })
})

test('the bytes of identity.json are frozen', async () => {
  const directory = await open()
  const { directory: place, identity } = await bootstrapAlone(directory)
  const { clusterId, incarnation } = identity
  const text = await readFile(join(place, 'identity.json'), 'utf8')
  expect(text.replace(/"crc32":"[0-9a-f]{8}"}\n$/, '')).toBe(
    `{"format":3,"clusterId":"${clusterId}","replicaId":1,"incarnation":"${incarnation}",` +
      '"hostId":"s1","createdAtIndex":1,"createdBy":"bootstrap","initialMembers":' +
      `[{"replicaId":1,"hostId":"s1","incarnation":"${incarnation}","raftAddress":"a:1"}],`,
  )
})
