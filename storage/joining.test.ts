// A member that joins, loses its data and joins again, with the power cut at every step.
import { describe, expect, test } from 'vitest'
import { nullLogger, Prng, toHex, utf8Encode } from '../base/index.ts'
import type { Disk } from '../base/index.ts'
import { DiskSimulator } from '../chaos-tests/sim/disk-simulator.ts'
import { initialConfiguration } from '../raft/index.ts'
import type { LogGroup } from '../raft/index.ts'
import { SystemClock } from '../runtime/index.ts'
import { bootstrapInstance } from './bootstrap-instance.ts'
import type { AdmissionOutcome, BootstrapOptions, RequestAdmission } from './bootstrap-instance.ts'
import type { MemberAnswer, ProbeAnswer } from './bootstrap.ts'
import { openDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import type { LockDirectory } from './directory-lock.ts'
import { openInstance } from './instance.ts'
import type { CreateState, Instance } from './instance.ts'
import type { JoinMarker } from './join-marker.ts'
import { readKnownMembers } from './known-members.ts'
import { MemoryStateStore } from './state/memory-state-store.ts'

const clusterId = 'c'.repeat(32)
const root = '/data'
/** Pauses take no time: what is waited for is another answer. */
const clock = Object.assign(new SystemClock(), { sleep: () => Promise.resolve() })
const lock: LockDirectory = async () => ({ release: async () => {} })
const firstGroup: LogGroup = {
  entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data: new Uint8Array([1]) }],
  hardState: { term: 1, votedFor: 0, commit: 1 },
  sync: true,
}

const member: MemberAnswer = {
  state: 'member',
  clusterId,
  replicaId: 1,
  incarnation: '1'.repeat(32),
  initialMembers: [],
  clientAddresses: ['b:2', 'c:2'],
  acknowledgedIndex: 0,
  isRemoved: false,
}

const createState =
  (disk: Disk): CreateState =>
  async ({ directory }) => {
    await disk.makeDirectory(directory)
    const file = await disk.open(`${directory}/current`, 'write')
    await file.write(0, [new Uint8Array([1])])
    await file.sync()
    await file.close()
    await disk.syncDirectory(directory)
  }

/** A cluster that admits by incarnation, as the replicated state does. */
class FakeCluster {
  readonly asked: JoinMarker[] = []
  readonly addresses: (readonly string[])[] = []
  /** Incarnations that have replicated: asking again is refused. */
  readonly burned = new Set<string>()
  readonly #ids = new Map<string, number>()

  idOf(incarnation: string): number {
    const id = this.#ids.get(incarnation) ?? 4 + this.#ids.size
    this.#ids.set(incarnation, id)
    return id
  }

  readonly request: RequestAdmission = async (marker, addresses): Promise<AdmissionOutcome> => {
    this.asked.push(marker)
    this.addresses.push(addresses)
    const { incarnation, hostId, raftAddress } = marker
    if (this.burned.has(incarnation)) return { ok: false, reason: 'burned', detail: 'used up' }
    const replicaId = this.idOf(incarnation)
    const self = { replicaId, hostId, incarnation, raftAddress, clientAddress: '' }
    const { replicaId: first } = member
    const other = { ...self, replicaId: first, hostId: 's1', raftAddress: 'b:1' }
    return {
      ok: true,
      admission: {
        replicaId,
        joinedAtIndex: 10 + replicaId,
        knownMembers: {
          configuration: initialConfiguration({ voters: [first], learners: [replicaId] }),
          members: [{ ...other, incarnation: member.incarnation }, self],
        },
      },
    }
  }
}

interface World {
  readonly disk: DiskSimulator
  readonly cluster: FakeCluster
  readonly probe: (address: string) => Promise<ProbeAnswer | undefined>
}

function world(seed: string, probe: World['probe'] = async () => member): World {
  return { disk: new DiskSimulator({ random: new Prng(seed) }), cluster: new FakeCluster(), probe }
}

const openRoot = ({ disk }: World, seed: string): Promise<DataDirectory> =>
  openDataDirectory(
    { disk, random: new Prng(seed), logger: nullLogger, lockDirectory: lock },
    { root },
  )

async function begin(
  { disk, cluster, probe }: World,
  directory: DataDirectory,
  flags: Partial<Pick<BootstrapOptions, 'addresses' | 'seeds' | 'remembered'>> = {},
): Promise<Instance> {
  return bootstrapInstance(
    {
      directory,
      clock,
      logger: nullLogger,
      probe,
      createState: createState(disk),
      firstGroup: () => firstGroup,
      requestAdmission: cluster.request,
    },
    { raftAddress: 'a:1', hostId: 'sa', addresses: [], seeds: ['b:1'], ...flags },
  )
}

/** The log and state of an instance open, and the log is empty. */
async function expectWhole({ disk }: World, instance: Instance): Promise<void> {
  const { log, contents, plan } = await openInstance(
    {
      disk,
      logger: nullLogger,
      openState: async () => new MemoryStateStore({ clock: new SystemClock() }),
      createState: createState(disk),
    },
    instance,
    { loadState: async () => 0, reserveBytes: 0, preallocateBytes: 0 },
  )
  expect([plan, contents.entries, contents.compacted.index]).toEqual(['start', [], 0])
  await log.close()
}

const cuts = ['lose', 'tear', 'keep', 'kill'] as const

function cut(disk: DiskSimulator, kind: (typeof cuts)[number]): void {
  if (kind === 'kill') disk.kill()
  else disk.powerOn(kind)
}

describe('a member that joins', () => {
  test('is given an empty instance, with the members it was told', async () => {
    const here = world('joins')
    const directory = await openRoot(here, 'joins')
    const instance = await begin(here, directory)
    const { identity } = instance
    expect(identity).toMatchObject({ clusterId, replicaId: 4, createdBy: 'join', hostId: 'sa' })
    expect(identity.createdAtIndex).toBe(14)
    expect(here.cluster.addresses).toEqual([['b:2', 'c:2']])
    const known = await readKnownMembers(here.disk, instance.directory)
    expect(known?.configuration).toMatchObject({ id: 0, voters: [1], learners: [4] })
    expect(known?.members.map(({ replicaId }) => replicaId)).toEqual([1, 4])
    expect(here.disk.files()).not.toContain(`${root}/join.json`)
    expect(directory.probeAnswer).toMatchObject({ state: 'member', replicaId: 4 })
    await expectWhole(here, instance)
  })

  test('J01 J02 J04 with the power cut at any step asks again as the same one', async () => {
    const whole = world('whole')
    await begin(whole, await openRoot(whole, 'first'))
    const { operationCount } = whole.disk
    expect(operationCount).toBeGreaterThan(30)
    for (let at = 1; at <= operationCount; at += 1) {
      for (const kind of cuts) {
        const here = world(`${at} ${kind}`)
        here.disk.powerOffAt(at)
        const crashing = async () => begin(here, await openRoot(here, 'first'))
        await expect(crashing()).rejects.toThrow()
        cut(here.disk, kind)
        const { identity } = await begin(here, await openRoot(here, 'second'))
        // It was admitted once, whatever it had heard of that.
        expect(new Set(here.cluster.asked.map(({ incarnation }) => incarnation)).size).toBe(1)
        expect(identity.replicaId).toBe(4)
        here.disk.powerOn('lose')
        const again = await (await openRoot(here, 'third')).find()
        expect(again).toMatchObject({ kind: 'instance', instance: { identity } })
        expect(here.disk.files()).not.toContain(`${root}/join.json`)
      }
    }
  })

  test('J26 whose instance was deleted beside its join.json draws another incarnation', async () => {
    const here = world('burned')
    const directory = await openRoot(here, 'burned')
    const flags = { clusterId, hostId: 'sa', raftAddress: 'a:1', addresses: [] }
    const { incarnation } = await directory.startJoin(flags)
    here.cluster.burned.add(incarnation)
    const { identity } = await begin(here, directory)
    expect(here.cluster.asked[0]?.incarnation).toBe(incarnation)
    expect(identity.incarnation).not.toBe(incarnation)
    expect(here.cluster.asked).toHaveLength(2)
  })

  test('draws another incarnation when its host id, address or cluster is another', async () => {
    const directory = await openRoot(world('flags'), 'flags')
    const flags = { clusterId, hostId: 'sa', raftAddress: 'a:1', addresses: [] }
    const { incarnation } = await directory.startJoin(flags)
    expect((await directory.startJoin(flags)).incarnation).toBe(incarnation)
    const others = [{ hostId: 'sb' }, { raftAddress: 'a:9' }, { clusterId: 'd'.repeat(32) }]
    const drawn = new Set([incarnation])
    for (const other of others)
      drawn.add((await directory.startJoin({ ...flags, ...other })).incarnation)
    expect(drawn.size).toBe(4)
  })

  test('J16 T7 goes to no other cluster than the one it asked before', async () => {
    const here = world('pinned', async () => ({ ...member, clusterId: 'd'.repeat(32) }))
    const directory = await openRoot(here, 'pinned')
    const flags = { clusterId, hostId: 'sa', raftAddress: 'a:1', addresses: [] }
    await directory.startJoin(flags)
    const files = here.disk.files()
    await expect(begin(here, directory)).rejects.toMatchObject({ code: 'STORE_WRONG_CLUSTER' })
    expect(here.disk.files()).toEqual(files)
    expect(here.cluster.asked).toEqual([])
  })

  test('listens to remembered members of its cluster, and not to who took their place', async () => {
    const foreign = { ...member, clusterId: 'd'.repeat(32) }
    const answers: Record<string, ProbeAnswer> = { 'y:1': foreign, 'z:1': member }
    const here = world('remembered', async (address) => answers[address])
    const directory = await openRoot(here, 'remembered')
    const flags = { clusterId, hostId: 'sa', raftAddress: 'a:1', addresses: [] }
    await directory.startJoin(flags)
    const { identity } = await begin(here, directory, { remembered: ['y:1', 'z:1'] })
    expect(identity.clusterId).toBe(clusterId)
  })

  test('J18 waits while its cluster admits nobody', async () => {
    const here = world('quorum')
    let refusals = 0
    const request: RequestAdmission = async (marker, addresses) => {
      refusals += 1
      if (refusals < 10) return { ok: false, reason: 'later', detail: 'no quorum' }
      return here.cluster.request(marker, addresses)
    }
    const directory = await openRoot(here, 'quorum')
    const cluster = Object.assign(new FakeCluster(), { request })
    const { identity } = await begin({ ...here, cluster }, directory)
    expect(refusals).toBe(10)
    expect(identity.replicaId).toBe(4)
  })

  test('ends with what a final refusal says, and can be told to stop', async () => {
    const here = world('final')
    const cluster = Object.assign(new FakeCluster(), {
      request: () => Promise.reject(new Error('the token is used up')),
    })
    const directory = await openRoot(here, 'final')
    await expect(begin({ ...here, cluster }, directory)).rejects.toThrow('used up')
  })

  test('J17 begins a new cluster when all initial members are empty', async () => {
    const answers: Record<string, ProbeAnswer | undefined> = { 'b:1': member }
    const here = world('all gone', async (address) => answers[address])
    const directory = await openRoot(here, 'all gone')
    const addresses = ['a:1', 'b:1']
    const cluster = Object.assign(new FakeCluster(), {
      request: async (): Promise<AdmissionOutcome> => {
        const own = { raftAddress: 'b:1', incarnation: 'b'.repeat(32), hostId: 'sb', addresses }
        answers['b:1'] = { state: 'fresh', ...own }
        return { ok: false, reason: 'later', detail: 'the last member is gone' }
      },
    })
    const probe = async (address: string): Promise<ProbeAnswer | undefined> => {
      const answer = answers[address]
      const self = directory.probeAnswer
      // The other one follows, once this member is fresh again.
      if (answer?.state !== 'fresh' || self?.state !== 'bootstrapping') return answer
      return { ...answer, state: 'bootstrapping', plan: self.plan }
    }
    const { identity } = await begin({ ...here, cluster, probe }, directory, { addresses })
    expect(identity.createdBy).toBe('bootstrap')
    expect(identity.clusterId).not.toBe(clusterId)
    expect(here.disk.files()).not.toContain(`${root}/join.json`)
  })
})

describe('an instance that is lost', () => {
  const reason = {
    code: 'STORE_LOG_CORRUPT',
    message: 'a bit flipped',
    atWallMs: 1_700_000_000_000,
  }

  async function joined(here: World): Promise<Instance> {
    return begin(here, await openRoot(here, 'first'))
  }

  test('goes to quarantine as it is, with the reason beside it', async () => {
    const here = world('quarantine')
    const instance = await joined(here)
    const before = here.disk.files().filter((path) => path.startsWith(instance.directory))
    const directory = await openRoot(here, 'second')
    const [place] = await directory.places()
    const path = await directory.quarantine(place!, reason)
    expect(path).toBe(`${root}/quarantine/${clusterId}-4-1700000000000`)
    const moved = before.map((each) => each.replace(instance.directory, path!))
    const after = here.disk.files().filter((each) => each.startsWith(path!))
    expect(after).toEqual([...moved, `${path}/QUARANTINE.json`].sort())
    expect(directory.probeAnswer).toBeUndefined()
    const found = await directory.find()
    expect(found).toMatchObject({ kind: 'empty', quarantined: [{ clusterId, reason }] })
    expect(directory.quarantineCounts).toEqual(new Map([['STORE_LOG_CORRUPT', 1]]))
  })

  test('that was moved stays moved, with the power cut right after it', async () => {
    const here = world('moved')
    const instance = await joined(here)
    const directory = await openRoot(here, 'second')
    const path = await directory.quarantine((await directory.places())[0]!, reason)
    here.disk.powerOn('lose')
    const files = here.disk.files()
    expect(files).toContain(`${path}/QUARANTINE.json`)
    expect(files.filter((each) => each.startsWith(`${instance.directory}/`))).toEqual([])
  })

  test('with the power cut at any step is where it was, or in quarantine', async () => {
    const whole = world('whole')
    await joined(whole)
    const begun = whole.disk.operationCount
    await openRoot(whole, 'second').then(async (directory) => {
      await directory.quarantine((await directory.places())[0]!, reason)
    })
    const ended = whole.disk.operationCount
    const outcomes = new Set<string>()
    for (let at = begun + 1; at <= ended; at += 1) {
      for (const kind of cuts) {
        const here = world('whole')
        await joined(here)
        here.disk.powerOffAt(at)
        const crashing = async () => {
          const directory = await openRoot(here, 'second')
          await directory.quarantine((await directory.places())[0]!, reason)
        }
        await expect(crashing()).rejects.toThrow()
        cut(here.disk, kind)
        const directory = await openRoot(here, 'third')
        const found = await directory.find()
        outcomes.add(found.kind)
        if (found.kind === 'instance') {
          await expectWhole(here, found.instance)
        } else {
          expect(found.quarantined).toMatchObject([{ clusterId, replica: '4' }])
          expect(await directory.places()).toEqual([])
          // It never comes back by another cut.
          here.disk.powerOn('lose')
          expect((await (await openRoot(here, 'fourth')).find()).kind).toBe('empty')
        }
      }
    }
    expect(outcomes).toEqual(new Set(['instance', 'empty']))
  })

  test('makes its host join the same cluster as another replica, and create none', async () => {
    const here = world('again')
    await joined(here)
    const directory = await openRoot(here, 'second')
    await directory.quarantine((await directory.places())[0]!, reason)
    const { identity } = await begin(here, directory, { addresses: ['a:1'] })
    expect(identity).toMatchObject({ clusterId, replicaId: 5, createdBy: 'join' })
    const other = world('other', async () => ({ ...member, clusterId: 'd'.repeat(32) }))
    const moved = await openRoot({ ...other, disk: here.disk }, 'third')
    await moved.quarantine((await moved.places())[0]!, reason)
    const joining = begin({ ...other, disk: here.disk }, moved)
    await expect(joining).rejects.toMatchObject({ code: 'STORE_WRONG_CLUSTER' })
  })

  test('of a cluster that was given up ties the directory to none', async () => {
    const here = world('recover')
    await joined(here)
    const directory = await openRoot(here, 'second')
    await directory.quarantine((await directory.places())[0]!, { ...reason, code: 'recover' })
    const found = await directory.find()
    expect(found.kind === 'empty' && directory.pinnedClusterId(found)).toBe('')
  })

  test('that is gone altogether needs no room in quarantine', async () => {
    const here = world('gone')
    const { directory: path } = await joined(here)
    const directory = await openRoot(here, 'second')
    const [place] = await directory.places()
    await here.disk.removeTree(path)
    expect(await directory.quarantine(place!, reason)).toBeUndefined()
    expect(await directory.quarantined()).toEqual([])
  })

  test('does not replace one of the same millisecond', async () => {
    const here = world('twice')
    const paths = new Set<string | undefined>()
    for (let i = 0; i < 3; i += 1) {
      const directory = await openRoot(here, `open ${i}`)
      await begin(here, directory)
      // The incarnation is used up, so that the next replica has another id.
      const [place] = await directory.places()
      paths.add(await directory.quarantine({ ...place!, replica: '4' }, reason))
    }
    expect(paths.size).toBe(3)
  })
})

test('a log that begins after a mark is what an instance can be founded with', async () => {
  const here = world('founded')
  const directory = await openRoot(here, 'founded')
  const identity = {
    clusterId,
    replicaId: 9,
    incarnation: toHex(utf8Encode('0123456789abcdef')),
    hostId: 'sa',
    createdAtIndex: 20,
    createdBy: 'restore',
    initialMembers: [],
  } as const
  const founded = {
    mark: { index: 20, term: 3 },
    hardState: { term: 3, votedFor: 0, commit: 20 },
  }
  const instance = await directory.createInstance(identity, {
    createState: createState(here.disk),
    founded,
  })
  const { log, contents } = await openInstance(
    {
      disk: here.disk,
      logger: nullLogger,
      openState: async () => new MemoryStateStore({ clock: new SystemClock() }),
      createState: createState(here.disk),
    },
    instance,
    { loadState: async () => 20, reserveBytes: 0, preallocateBytes: 0 },
  )
  expect(contents).toMatchObject({ compacted: founded.mark, entries: [], hardState: { term: 3 } })
  await log.close()
})
