// Whole members in one process, as the command line runs them, that lose their data, are removed,
// and come back by themselves.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { nullLogger, utf8Encode } from '../base/index.ts'
import { SchedulerClient } from '../client/index.ts'
import { FileDisk, randomId, SystemClock, systemRandom } from '../runtime/index.ts'
import { probeMember } from '../runtime/grpc-raft-transport.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import { lockDirectory, openDataDirectory, writeFatal } from '../storage/index.ts'
import type { DataDirectory, Probe } from '../storage/index.ts'
import { admissionRequests } from './boot/join-client.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { RaftPort } from './boot/raft-port.ts'
import { MemberProcess } from './member-process.ts'
import type { MemberEnd, MemberProcessDeps } from './member-process.ts'
import { encodeChangeContext, memberTable } from './replication/index.ts'
import type { MemberRow, RemovalReason } from './replication/index.ts'
import type { RunningScheduler } from './service.ts'

const clock = new SystemClock()
const { random } = systemRandom()
const disk = new FileDisk()
const ip = '127.0.0.1'
const clusterKey = { bytes: utf8Encode('k'.repeat(32)) }

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 60_000

vi.setConfig({ testTimeout: 2 * patienceMs })

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

interface Place {
  readonly hostId: string
  readonly root: string
  readonly raftPort: number
}

interface Base {
  readonly place: Place
  readonly bootId: string
  readonly directory: DataDirectory
  readonly port: RaftPort
}

interface Member {
  readonly place: Place
  /** Exit codes of failures. */
  readonly exits: number[]
  readonly process: MemberProcess
  readonly end: Promise<MemberEnd | Error>
  stop(): Promise<void>
}

async function prepare(hostId: string, root: string, raftPort = 0): Promise<Base> {
  const directory = await openDataDirectory(
    { disk, random: random.fork(randomId()), logger: nullLogger, lockDirectory },
    { root },
  )
  const bootId = randomId()
  const port = new RaftPort(directory, { bootId })
  const place = { hostId, root, raftPort: await port.listen(ip, raftPort) }
  return { place, bootId, directory, port }
}

const addressOf = ({ raftPort }: Pick<Place, 'raftPort'>): string => `${ip}:${raftPort}`

function probeOf({ place, bootId, directory }: Base, addresses: readonly string[]): Probe {
  return async (address) => {
    const self = directory.probeAnswer
    const request = {
      addresses: [...addresses],
      fromAddress: addressOf(place),
      fromIncarnation: self?.incarnation ?? bootId,
      ...(self?.state === 'member'
        ? { fromClusterId: self.clusterId, fromReplicaId: self.replicaId }
        : {}),
    }
    const outcome = await probeMember(address, request, { timeoutMs: 1000 })
    return outcome.ok && outcome.reply.bootId !== bootId ? fromProbeReply(outcome.reply) : undefined
  }
}

interface RunOptions {
  readonly probe?: Probe
  /** It has nothing to prove itself with. */
  readonly isUnproven?: boolean
}

function run(base: Base, all: readonly Place[], { probe, isUnproven }: RunOptions = {}): Member {
  const { place, bootId, directory, port } = base
  const exits: number[] = []
  const addresses = all.map(addressOf)
  const stopping = new AbortController()
  const admission: MemberProcessDeps['admission'] = (wasRemoved) =>
    admissionRequests(
      { clock, logger: nullLogger },
      {
        joinToken: '',
        clusterKey,
        security: plainText,
        programVersion: 'test',
        features: ['member-progress'],
        replaces: '',
        isLearner: false,
        randomId,
        wasRemoved,
        signal: stopping.signal,
      },
    )
  const member = new MemberProcess(
    {
      clock,
      disk,
      random: random.fork(randomId()),
      logger: nullLogger,
      directory,
      raftPort: port,
      probe: probe ?? probeOf(base, addresses),
      ...(isUnproven === true ? {} : { admission }),
      exit: (code) => exits.push(code),
    },
    {
      boot: { raftAddress: addressOf(place), hostId: place.hostId, addresses },
      scheduler: {
        bootId,
        pid: 1,
        programVersion: 'test',
        listenIp: ip,
        advertiseIp: ip,
        port: 0,
        metricsPort: 0,
        electionTimeoutMs: 1000,
        dialableIps: [],
        retainEntries: 20,
        clusterKey,
      },
      quarantine: { retentionMs: 86_400_000, totalBytes: async () => 0 },
    },
  )
  const end = member.run().catch((error: unknown) => error as Error)
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping.abort(new Error('the test is over'))
    return (stopped ??= member.stop())
  }
  cleanups.push(stop)
  return { place, exits, process: member, end, stop }
}

async function startCluster(count: number): Promise<{ places: Place[]; members: Member[] }> {
  const bases: Base[] = []
  for (let i = 1; i <= count; i += 1) {
    const root = await mkdtemp(join(tmpdir(), 'damselfly-member-'))
    cleanups.push(() => rm(root, { recursive: true, force: true }))
    bases.push(await prepare(`s${i}`, root))
  }
  const places = bases.map(({ place }) => place)
  return { places, members: bases.map((base) => run(base, places)) }
}

const again = async ({ hostId, root, raftPort }: Place, all: readonly Place[]): Promise<Member> =>
  run(await prepare(hostId, root, raftPort), all)

async function until(what: string, isDone: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!(await isDone())) {
    if (clock.nowMs() > endMs) throw new Error(`${what} within ${patienceMs} ms`)
    await clock.sleep(50)
  }
}

/** What the members that serve have in their rows of members. */
function rowsOf({ process }: Member): readonly MemberRow[] {
  const state = process.opened?.durable.state
  return state?.reader.list(memberTable, 'byReplica', { limit: 64 }) ?? []
}

/** Every host is a voter and online, as every member sees it. */
function isWhole(members: readonly Member[]): boolean {
  const hosts = members.map(({ place }) => place.hostId).toSorted()
  return members.every((member) => {
    const rows = rowsOf(member)
    const areGood = rows.every(({ role, state }) => role === 'voter' && state === 'online')
    return (
      areGood &&
      rows
        .map(({ hostId }) => hostId)
        .toSorted()
        .join() === hosts.join()
    )
  })
}

const idOf = (member: Member, { hostId }: Place): number =>
  rowsOf(member).find((row) => row.hostId === hostId)?.replicaId ?? 0

function leaderOf(members: readonly Member[]): { member: Member; running: RunningScheduler } {
  for (const member of members) {
    const { running } = member.process
    if (running?.raft.status().role === 'leader') return { member, running }
  }
  throw new Error('nobody leads')
}

function connect(members: readonly Member[]): SchedulerClient {
  const addresses = members.flatMap(({ process }) => process.running?.addr ?? [])
  const deps = { clock, random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses, deadlineMs: patienceMs })
  cleanups.push(async () => client.close())
  return client
}

async function announce(members: readonly Member[], id: string): Promise<void> {
  const at = { ip, port: 20_000, downloadPort: 20_001, os: 'linux' }
  const host = { id, type: 0, hostname: id, ...at }
  await connect(members).announceHost({ host, interval: { seconds: '600', nanos: 0 } })
}

/** Removes a member for a reason, as the leader's duties and an operator do. */
async function remove(members: readonly Member[], place: Place, reason: RemovalReason) {
  const { member, running } = leaderOf(members)
  const { replicaId, incarnation } = rowsOf(member).find((row) => row.hostId === place.hostId)!
  const details = [{ replicaId, incarnation, hostId: '', raftAddress: '', reason }]
  const outcome = await running.raft.changeConfiguration(
    {
      expectedId: running.raft.status().configuration.id,
      transition: 'auto',
      operations: [{ op: 'remove', id: replicaId }],
      context: encodeChangeContext(details),
    },
    { timeoutMs: patienceMs },
  )
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
}

test('J09 a member whose data are wiped is a voter again, as another replica', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  await announce(members, 'before')
  const gone = members.find((member) => member !== leaderOf(members).member)!
  const before = idOf(gone, gone.place)
  await gone.stop()
  await rm(gone.place.root, { recursive: true })
  const rest = members.filter((member) => member !== gone)
  await announce(rest, 'meanwhile')
  const back = await again(gone.place, places)
  await until('a whole cluster', () => isWhole([...rest, back]))
  expect(idOf(back, gone.place)).toBeGreaterThan(before)
  expect(back.process.opened?.identity.createdBy).toBe('join')
  const { hosts } = await connect([back]).listHosts({})
  expect(hosts.map(({ id }) => id).toSorted()).toEqual(['before', 'meanwhile'])
  // It needs no admission any more.
  await back.stop()
  const third = await again(gone.place, places)
  await until('a whole cluster', () => isWhole([...rest, third]))
  expect(idOf(third, gone.place)).toBe(back.process.opened?.identity.replicaId)
})

test('J14 a member whose log is gone goes to quarantine and comes back', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const gone = members.find((member) => member !== leaderOf(members).member)!
  const instance = gone.process.opened!.instance
  await gone.stop()
  await rm(instance.raftDirectory, { recursive: true })
  const back = await again(gone.place, places)
  const rest = members.filter((member) => member !== gone)
  await until('a whole cluster', () => isWhole([...rest, back]))
  const [name] = await disk.list(join(gone.place.root, 'quarantine'))
  expect(name).toContain(`${instance.identity.clusterId}-${instance.identity.replicaId}-`)
})

test('R-22.1 a member whose state parted from the majority joins anew', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const gone = members.find((member) => member !== leaderOf(members).member)!
  const { instance } = gone.process.opened!
  await gone.stop()
  const code = 'SCHED_STATE_DIVERGED'
  await writeFatal(disk, instance, { code, message: 'outvoted', atWallMs: clock.wallMs() })
  const back = await again(gone.place, places)
  const rest = members.filter((member) => member !== gone)
  await until('a whole cluster', () => isWhole([...rest, back]))
  expect(idOf(back, gone.place)).toBeGreaterThan(instance.identity.replicaId)
})

test.each(['SCHED_STATE_DIVERGED', 'RAFT_DUPLICATE_IDENTITY'])(
  'J12 what ended with %s is not run again, and stays where it is without proof',
  async (code) => {
    const { places, members } = await startCluster(1)
    await until('a cluster', () => isWhole(members))
    const [member] = members
    const { instance } = member!.process.opened!
    await member!.stop()
    await writeFatal(disk, instance, { code, message: 'why', atWallMs: clock.wallMs() })
    for (let start = 0; start < 2; start += 1) {
      const { hostId, root, raftPort } = member!.place
      const base = await prepare(hostId, root, raftPort)
      const later = run(base, places, { isUnproven: true })
      expect(await later.end).toMatchObject({ code })
      await later.stop()
    }
    expect(await disk.stat(instance.raftDirectory)).toBeDefined()
  },
)

test('J13 a member restored from an old copy is found out, and joins anew', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const gone = members.find((member) => member !== leaderOf(members).member)!
  const rest = members.filter((member) => member !== gone)
  await gone.stop()
  const copy = `${gone.place.root}-copy`
  cleanups.push(() => rm(copy, { recursive: true, force: true }))
  await cp(gone.place.root, copy, { recursive: true })
  const later = await again(gone.place, places)
  await until('a whole cluster', () => isWhole([...rest, later]))
  for (let i = 0; i < 5; i += 1) await announce(rest, `h${i}`)
  // What its leader knows of it is enough; no note has been written since.
  const { replicaId } = later.process.opened!.identity
  await until('an acknowledgement', () => {
    const { running } = leaderOf(rest)
    const { progress, commit } = running.raft.status()
    return progress.find(({ id }) => id === replicaId)?.match === commit
  })
  await later.stop()
  await rm(gone.place.root, { recursive: true })
  await cp(copy, gone.place.root, { recursive: true })
  const restored = await again(gone.place, places)
  await until('a whole cluster', () => isWhole([...rest, restored]))
  expect(idOf(restored, gone.place)).toBeGreaterThan(replicaId)
  const [name] = await disk.list(join(gone.place.root, 'quarantine'))
  const reason = await disk.readFile(
    join(gone.place.root, 'quarantine', name!, 'QUARANTINE.json'),
    4096,
  )
  expect(Buffer.from(reason).toString()).toContain('STORE_REVERTED')
})

test('J12 a copy of a member that runs is refused, and changes nothing', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const copied = members.find((member) => member !== leaderOf(members).member)!
  await copied.stop()
  const root = `${copied.place.root}-copy`
  cleanups.push(() => rm(root, { recursive: true, force: true }))
  await cp(copied.place.root, root, { recursive: true })
  const rest = members.filter((member) => member !== copied)
  const back = await again(copied.place, places)
  await until('a whole cluster', () => isWhole([...rest, back]))
  const other = await prepare(copied.place.hostId, root)
  const duplicate = run(other, [other.place, ...rest.map(({ place }) => place)])
  expect(await duplicate.end).toMatchObject({ code: 'RAFT_DUPLICATE_IDENTITY' })
  expect(await disk.list(join(root, 'quarantine'))).toEqual([])
  const { replicaId } = back.process.opened!.identity
  await until('a whole cluster', () => isWhole([...rest, back]))
  expect(idOf(back, copied.place)).toBe(replicaId)
})

test('J12 two processes with one identity: the younger is told so, and stops for good', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const copied = members.find((member) => member !== leaderOf(members).member)!
  const rest = members.filter((member) => member !== copied)
  await copied.stop()
  const root = `${copied.place.root}-copy`
  cleanups.push(() => rm(root, { recursive: true, force: true }))
  await cp(copied.place.root, root, { recursive: true })
  const back = await again(copied.place, places)
  await until('a whole cluster', () => isWhole([...rest, back]))
  // When it starts it can ask nobody, and so it goes on.
  const other = await prepare(copied.place.hostId, root)
  const all = [other.place, ...rest.map(({ place }) => place)]
  const duplicate = run(other, all, { probe: async () => undefined })
  await until('the end of the copy', () => duplicate.exits.length > 0)
  expect(duplicate.exits).toEqual([74])
  const { directory } = duplicate.process.opened!.instance
  const reason = await disk.readFile(join(directory, 'FATAL.json'), 4096)
  expect(Buffer.from(reason).toString()).toContain('RAFT_DUPLICATE_IDENTITY')
  await duplicate.stop()
  await until('a whole cluster', () => isWhole([...rest, back]))
  expect(back.exits).toEqual([])
})

test('a member that was removed as a ghost comes back in the same process', async () => {
  const { members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const gone = members.find((member) => member !== leaderOf(members).member)!
  const before = idOf(gone, gone.place)
  await remove(members, gone.place, 'ghost')
  await until('another replica', () => isWhole(members) && idOf(gone, gone.place) > before)
  await announce([gone], 'after')
})

test('a member that an operator removed stays out, and its process ends well', async () => {
  const { places, members } = await startCluster(3)
  await until('a cluster', () => isWhole(members))
  const gone = members.find((member) => member !== leaderOf(members).member)!
  await remove(members, gone.place, 'decommissioned')
  expect(await gone.end).toMatchObject({ kind: 'stays-out', code: 'SCHED_HOST_BLOCKED' })
  await gone.stop()
  // Started again it asks again, and is told the same.
  const later = await again(gone.place, places)
  expect(await later.end).toMatchObject({ kind: 'stays-out', code: 'SCHED_HOST_BLOCKED' })
})

test('a member can be stopped while it waits for others', async () => {
  const root = await mkdtemp(join(tmpdir(), 'damselfly-member-'))
  cleanups.push(() => rm(root, { recursive: true, force: true }))
  const base = await prepare('s1', root)
  const member = run(base, [base.place, { hostId: 's2', root: '', raftPort: 1 }])
  await until('an answer to probes', () => base.directory.probeAnswer?.state === 'fresh')
  await member.stop()
  expect(await member.end).toEqual({ kind: 'stopped' })
})
