// Whole members in one process, as the command line puts them together: real log, state, sockets.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { isCoded, nullLogger } from '../base/index.ts'
import { SchedulerClient } from '../client/index.ts'
import { FileDisk, randomId, SystemClock, systemRandom } from '../runtime/index.ts'
import { GrpcRaftTransport, probeMember } from '../runtime/grpc-raft-transport.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import { lockDirectory, openDataDirectory } from '../storage/index.ts'
import type { DataDirectory } from '../storage/index.ts'
import { openScheduler } from './boot/open-instance.ts'
import type { OpenedScheduler } from './boot/open-instance.ts'
import { fromProbeReply } from './boot/probe-wire.ts'
import { RaftPort } from './boot/raft-port.ts'
import { startScheduler } from './service.ts'
import type { RunningScheduler } from './service.ts'

const clock = new SystemClock()
const { random } = systemRandom()
const disk = new FileDisk()
const ip = '127.0.0.1'

/** Far above what anything here takes; only a broken test waits this long. */
const patienceMs = 20_000

interface Place {
  readonly hostId: string
  readonly root: string
  readonly raftPort: number
}

interface Member {
  readonly running: RunningScheduler
  readonly opened: OpenedScheduler
  /** Why it stopped for good. */
  readonly ends: string[]
  stop(): Promise<void>
}

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

interface Base {
  readonly place: Place
  readonly directory: DataDirectory
  readonly port: RaftPort
}

/** Locks the directory and binds the replication port: then others can be told of it. */
async function prepare(hostId: string, root: string, raftPort = 0): Promise<Base> {
  const directory = await openDataDirectory(
    { disk, random, logger: nullLogger, lockDirectory },
    { root },
  )
  const port = new RaftPort(directory, { bootId: '0'.repeat(32) })
  return { place: { hostId, root, raftPort: await port.listen(ip, raftPort) }, directory, port }
}

async function run({ place, directory, port }: Base, all: readonly Place[]): Promise<Member> {
  const addressOf = ({ raftPort }: Place): string => `${ip}:${raftPort}`
  const raftAddress = addressOf(place)
  const addresses = all.map(addressOf)
  const ends: string[] = []
  const onFatal = (error: Error): void => {
    if (!isCoded(error, 'RAFT_REMOVED')) throw error
    ends.push(error.code)
  }
  const probe = async (address: string) => {
    const fromIncarnation = directory.probeAnswer?.incarnation ?? ''
    const request = { addresses, fromAddress: raftAddress, fromIncarnation }
    const outcome = await probeMember(address, request, { timeoutMs: 1000 })
    return outcome.ok ? fromProbeReply(outcome.reply) : undefined
  }
  const { signal } = new AbortController()
  const opened = await openScheduler(
    { clock, disk, random, logger: nullLogger, directory, probe },
    { raftAddress, hostId: place.hostId, addresses, signal, onFatal },
  )
  const running = await startScheduler(
    { clock, random: random.fork(randomId()), logger: nullLogger, opened },
    {
      bootId: randomId(),
      pid: 1,
      programVersion: 'test',
      listenIp: ip,
      advertiseIp: ip,
      port: 0,
      metricsPort: 0,
      electionTimeoutMs: 1000,
      dialableIps: [],
      retainEntries: 20,
      onFatal,
      onTransport: (transport) => port.serve(transport),
    },
  )
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await running.stop()
    await port.stop()
    await opened.close()
    await directory.close()
  }
  const member = { running, opened, ends, stop: () => (stopped ??= stop()) }
  cleanups.push(member.stop)
  return member
}

async function startCluster(count: number): Promise<{ places: Place[]; members: Member[] }> {
  const bases: Base[] = []
  for (let i = 1; i <= count; i += 1) {
    const root = await mkdtemp(join(tmpdir(), 'damselfly-service-'))
    cleanups.push(() => rm(root, { recursive: true, force: true }))
    bases.push(await prepare(`s${i}`, root))
  }
  const places = bases.map(({ place }) => place)
  return { places, members: await Promise.all(bases.map((base) => run(base, places))) }
}

function connect(members: readonly Member[]): SchedulerClient {
  const addresses = members.map(({ running }) => running.addr)
  const deps = { clock, random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses, deadlineMs: patienceMs })
  cleanups.push(async () => client.close())
  return client
}

async function announce(client: SchedulerClient, id: string): Promise<void> {
  const at = { ip, port: 20_000, downloadPort: 20_001, os: 'linux' }
  const host = { id, type: 0, hostname: id, ...at }
  await client.announceHost({ host, interval: { seconds: '600', nanos: 0 } })
}

/** A sample of a member's metrics page. */
async function metric({ running }: Member, sample: string): Promise<number> {
  const page = await (await fetch(running.metricsUrl)).text()
  const name = `damselfly_scheduler_${sample} `
  return Number(
    page
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(name.length),
  )
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const endMs = clock.nowMs() + patienceMs
  while (!(await isDone())) {
    if (clock.nowMs() > endMs) throw new Error(`${what} within ${patienceMs} ms`)
    await clock.sleep(50)
  }
}

test('logs are compacted behind durable states and members, and a restart needs no more', async () => {
  const { places, members } = await startCluster(3)
  const client = connect(members)
  for (let i = 0; i < 60; i += 1) await announce(client, `h${i}`)
  for (const member of members) {
    await until('a short log', async () => (await metric(member, 'raft_log_entries')) <= 25)
    expect(await metric(member, 'raft_last_index')).toBeGreaterThan(60)
  }
  await Promise.all(members.map(({ stop }) => stop()))
  const again = await Promise.all(
    places.map(async ({ hostId, root, raftPort }) =>
      run(await prepare(hostId, root, raftPort), places),
    ),
  )
  for (const { opened } of again) {
    const { compacted } = opened.contents
    expect(compacted.index).toBeGreaterThan(30)
    expect(compacted.index).toBeLessThanOrEqual(opened.durable.durableIndex())
  }
  const { hosts } = await connect(again).listHosts({})
  expect(hosts).toHaveLength(60)
})

test('the leader that stops hands over, and no call of a client fails', async () => {
  const { members } = await startCluster(3)
  const client = connect(members)
  await announce(client, 'first')
  let isOver = false
  const done: string[] = []
  const load = Promise.all(
    Array.from({ length: 8 }, async (_, worker) => {
      for (let i = 0; !isOver; i += 1) {
        const id = `h${worker}-${i % 50}`
        await announce(client, id)
        if (i < 50) done.push(id)
      }
    }),
  )
  const leader = members.find(({ running }) => running.addr === client.leader)!
  await leader.stop()
  const rest = members.filter((member) => member !== leader)
  await until('another leader', async () => {
    const leads = await Promise.all(rest.map((member) => metric(member, 'raft_is_leader')))
    return leads.includes(1)
  })
  isOver = true
  await load
  const { hosts } = await client.listHosts({})
  expect(hosts.map(({ id }) => id)).toEqual(expect.arrayContaining(done))
})

test('R-13.1 a member that was away too long is sent the whole state and serves it', async () => {
  const { places, members } = await startCluster(3)
  const client = connect(members)
  await announce(client, 'first')
  const away = members.findIndex(({ running }) => running.addr !== client.leader)
  const { hostId, root, raftPort } = places[away]!
  await members[away]!.stop()
  const rest = members.filter((_, at) => at !== away)
  for (let i = 0; i < 80; i += 1) await announce(connect(rest), `h${i}`)
  for (const member of rest) {
    await until('a short log', async () => (await metric(member, 'raft_log_entries')) <= 25)
  }
  const back = await run(await prepare(hostId, root, raftPort), places)
  expect(back.opened.durable.state.appliedIndex).toBeLessThan(60)
  const { log, durable } = back.opened
  await until('an image', async () => back.running.raft.metrics.images.installed === 1)
  const { hosts } = await connect([back]).listHosts({})
  expect(hosts).toHaveLength(81)
  expect(back.running.raft.status().lifecycle).toBe('running')
  expect(log.figures.segments).toBe(1)
  // A restart begins with it.
  const { appliedIndex } = durable.state
  await back.stop()
  const again = await run(await prepare(hostId, root, raftPort), places)
  expect(again.opened.contents.compacted.index).toBeGreaterThan(60)
  expect(again.opened.durable.state.appliedIndex).toBeGreaterThanOrEqual(appliedIndex)
  expect((await connect([again]).listHosts({})).hosts).toHaveLength(81)
})

/** Flips a bit in the name of the current database. */
async function damageState({ opened }: Member): Promise<void> {
  const path = join(opened.instance.stateDirectory, 'current')
  const bytes = await readFile(path)
  bytes[20] = bytes[20]! ^ 1
  await writeFile(path, bytes)
}

test('decision 015 a member whose state is damaged goes on with its log, and is sent the state', async () => {
  const { places, members } = await startCluster(3)
  const client = connect(members)
  for (let i = 0; i < 60; i += 1) await announce(client, `h${i}`)
  for (const member of members) {
    await until('a short log', async () => (await metric(member, 'raft_log_entries')) <= 25)
  }
  const at = members.findIndex(({ running }) => running.addr !== client.leader)
  const { hostId, root, raftPort } = places[at]!
  await members[at]!.stop()
  await damageState(members[at]!)
  const back = await run(await prepare(hostId, root, raftPort), places)
  const { identity, lacksState, contents, instance } = back.opened
  expect(lacksState).toBe(true)
  expect(identity).toEqual(members[at]!.opened.identity)
  // With the third one away every write rests on its log.
  const third = members.findIndex(
    ({ running }, other) => other !== at && running.addr !== client.leader,
  )
  await members[third]!.stop()
  const leading = members.filter((_, other) => other !== third && other !== at)
  await announce(connect(leading), 'more')
  await until('the state', async () => !back.running.raft.status().lacksState)
  expect((await connect([back]).listHosts({})).hosts).toHaveLength(61)
  const { compacted } = contents
  expect(back.running.raft.status().compacted.index).toBeGreaterThanOrEqual(compacted.index)
  await until('room', async () => !(await readdir(instance.directory)).includes('lost-state'))
  // A restart begins with it, and alone it changes nothing.
  await back.stop()
  const again = await run(await prepare(hostId, root, raftPort), places)
  expect(again.opened.lacksState).toBe(false)
  expect((await connect([again]).listHosts({})).hosts).toHaveLength(61)
})

test('decision 015 the only member leaves a damaged state alone', async () => {
  const { places, members } = await startCluster(1)
  const [member] = members
  for (let i = 0; i < 60; i += 1) await announce(connect(members), `h${i}`)
  await until('a short log', async () => (await metric(member!, 'raft_log_entries')) <= 25)
  await member!.stop()
  await damageState(member!)
  const { hostId, root, raftPort } = places[0]!
  const base = await prepare(hostId, root, raftPort)
  cleanups.push(
    () => base.directory.close(),
    () => base.port.stop(),
  )
  await expect(run(base, places)).rejects.toMatchObject({ code: 'STORE_STATE_CORRUPT' })
  expect(await readdir(member!.opened.instance.directory)).not.toContain('lost-state')
})

test('R-11.9 a member that is removed stops for good, and the others go on without it', async () => {
  const { members } = await startCluster(3)
  const client = connect(members)
  await announce(client, 'first')
  const leader = members.find(({ running }) => running.addr === client.leader)!
  const gone = members.find((member) => member !== leader)!
  const { replicaId } = gone.opened.identity
  const outcome = await leader.running.raft.changeConfiguration(
    {
      expectedId: leader.opened.durable.configuration().id,
      transition: 'auto',
      operations: [{ op: 'remove', id: replicaId }],
      context: new Uint8Array(0),
    },
    { timeoutMs: patienceMs },
  )
  expect(outcome).toMatchObject({ ok: true, result: { ok: true } })
  await until('the end of it', async () => gone.ends.includes('RAFT_REMOVED'))
  await gone.stop()
  expect(leader.opened.durable.configuration().voters).not.toContain(replicaId)
  await announce(connect(members.filter((member) => member !== gone)), 'second')
  expect(gone.ends).toEqual(['RAFT_REMOVED'])
})

test('one page shows all metrics, and refusals of the transport beside the protocol', async () => {
  const { members, places } = await startCluster(1)
  const member = members[0]!
  await announce(connect(members), 'h')
  const response = await fetch(member.running.metricsUrl)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const page = await response.text()
  for (const sample of [
    'dragonfly_scheduler_announce_host_total{os="linux"',
    'grpc_server_handled_total{grpc_type="unary",grpc_service="scheduler.v2.Scheduler"',
    'dragonfly_scheduler_schedule_duration_milliseconds_count 0',
    'damselfly_scheduler_raft_is_leader 1',
    'process_resident_memory_bytes ',
  ]) {
    expect(page).toContain(`\n${sample}`)
  }
  const { clusterId, replicaId, incarnation } = member.opened.identity
  const stranger = new GrpcRaftTransport(
    { clock, random, logger: nullLogger },
    {
      self: { clusterId, replicaId: 9, incarnation: randomId(), bootId: randomId() },
      security: plainText,
    },
  )
  cleanups.push(() => stranger.close())
  const address = `${ip}:${places[0]!.raftPort}`
  stranger.setMembers(new Map([[replicaId, { address, incarnation }]]))
  stranger.send(replicaId, { type: 'read', from: 9, to: replicaId, term: 1, requestId: 1 })
  const refused = (layer: string): string =>
    `raft_messages_refused_total{layer="${layer}",reason="unknown-sender"}`
  await until('a refusal', async () => (await metric(member, refused('transport'))) === 1)
  expect(await metric(member, refused('protocol'))).toBe(0)
})
