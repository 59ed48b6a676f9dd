// Three members with real consensus over an in-memory network, each with its own client port: what
// a client sees when it talks to any of them, and when the leader dies.
import { credentials, status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { SchedulerClient } from '../../client/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { MemoryLogStorage, MemoryNetwork, RaftNode } from '../../raft/index.ts'
import type { Entry, LogContents, StateMachine } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { getPeer, schedulerDomain } from '../replication/commands/index.ts'
import {
  bootstrapEntryData,
  LeaderDuties,
  memberTable,
  Proposer,
  ReplicatedState,
  stampBatch,
} from '../replication/index.ts'
import type { MemberInfo } from './ports.ts'
import { createSchedulerServer } from './server.ts'
import type { SchedulerServer } from './server.ts'
import { announcement, ask, registration, TestStream } from './single-member.suite.ts'

const clusterId = '00112233445566778899aabbccddeeff'
const ids = [1, 2, 3]
const clock = new SystemClock()

interface Member {
  readonly id: number
  readonly address: string
  readonly raft: RaftNode
  readonly state: ReplicatedState
  readonly server: SchedulerServer
  readonly proposer: Proposer
  readonly v1: schedulerV1.SchedulerClient
  /** Dies without a word to the others. */
  kill(): Promise<void>
}

let network: MemoryNetwork
let members: Member[]
let client: SchedulerClient

const hex = (id: number): string => String(id).repeat(32)

/** Entry 1, the same for all. */
const first: Entry = {
  index: 1,
  term: 1,
  type: 'command',
  stampMs: 1,
  data: bootstrapEntryData({
    clusterId,
    features: [],
    members: ids.map((id) => ({
      replicaId: id,
      hostId: `s${id}`,
      incarnation: hex(id),
      raftAddress: `127.0.0.1:${id}`,
    })),
  }),
}

async function startMember(id: number): Promise<Member> {
  const random = new Prng(`member-${id}`)
  const state = new ReplicatedState(schedulerDomain, {
    onCommandFailed: ({ command, error }) => {
      throw new Error(`command ${command} failed`, { cause: error })
    },
  })
  state.apply([first])
  const contents: LogContents = {
    hardState: { term: 1, votedFor: 0, commit: 1 },
    compacted: { index: 0, term: 0 },
    entries: [first],
    announced: undefined,
  }
  const stateMachine: StateMachine = {
    apply: (entries) => state.apply(entries),
    configuration: () => state.configuration(),
    durableIndex: () => 0,
    digestMark: () => state.digestMark,
    isOverloaded: () => false,
    stamp: (data) => stampBatch(data, clock.wallMs()),
  }
  const raft = new RaftNode(
    {
      clock,
      random,
      logger: nullLogger,
      transport: network.transport(id),
      log: new MemoryLogStorage({ clock }, { contents }),
      stateMachine,
    },
    {
      id,
      configuration: state.configuration(),
      contents,
      applied: 1,
      tickMs: 10,
      onFatal: (error) => {
        throw error
      },
    },
  )
  const list = (): MemberInfo[] =>
    state.reader.list(memberTable, 'byReplica', { limit: 9 }).map((row) => ({
      id: row.replicaId,
      hostId: row.hostId,
      clientAddress: row.clientAddress,
      raftAddress: row.raftAddress,
      state: row.state,
      role: row.role,
    }))
  let proposer: Proposer | undefined
  const server = createSchedulerServer(
    {
      clock,
      logger: nullLogger,
      raft,
      state,
      members: { list, get: (wanted) => list().find((info) => info.id === wanted) },
      commands: {
        get sessionId() {
          return proposer?.sessionId ?? 0
        },
        propose: (command, body, options) => proposer!.propose(command, body, options),
      },
    },
    { clusterId, selfId: id, pid: id },
  )
  const port = await server.start('127.0.0.1:0')
  const address = `127.0.0.1:${port}`
  proposer = new Proposer(
    { clock, logger: nullLogger, log: raft, state },
    { replicaId: id, bootId: hex(id + 3), clientAddress: address, programVersion: 'test' },
  )
  const duties = new LeaderDuties({
    clock,
    logger: nullLogger,
    raft,
    state,
    proposer,
    work: [server.leaderWork],
  })
  await raft.start()
  await proposer.start()
  await duties.start()
  const v1 = new (loadServices().schedulerV1)(address, credentials.createInsecure())
  const kill = async (): Promise<void> => {
    network.isolate(id)
    network.remove(id)
    await duties.stop()
    await server.stop()
    await proposer.stop()
    await raft.stop()
    v1.close()
  }
  return { id, address, raft, state, server, proposer, v1, kill }
}

async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const endMs = performance.now() + 20_000
  for (;;) {
    const value = look()
    if (value !== undefined && value !== false) return value
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const leader = (): Promise<Member> =>
  until(() =>
    members.find(({ raft, state }) => {
      const status = raft.status()
      return status.role === 'leader' && state.appliedTerm === status.term
    }),
  )

beforeEach(async () => {
  network = new MemoryNetwork({ clock, random: new Prng('network') })
  members = []
  for (const id of ids) members.push(await startMember(id))
  const addresses = members.map(({ address }) => address)
  const deps = { clock, random: new Prng('client'), logger: nullLogger }
  client = new SchedulerClient(deps, { addresses, deadlineMs: 20_000 })
  await leader()
})
afterEach(async () => {
  client.close()
  await Promise.all(members.map((member) => member.kill()))
})

test('what one member acknowledged every member shows at once', async () => {
  for (const [n, member] of members.entries()) {
    const taskId = `task-${n}`
    await ask(member.v1, member.v1.announceTask, announcement(taskId, n + 1))
    for (const { v1 } of members) {
      const { reply } = await ask(v1, v1.statTask, { taskId })
      expect(reply).toMatchObject({ state: 'Succeeded', hasAvailablePeer: true })
    }
  }
})

test('replies of every member name the leader, and the client follows', async () => {
  await client.announceTask(announcement('t', 1))
  const leading = await leader()
  await until(() => members.every(({ state }) => state.appliedIndex >= leading.state.appliedIndex))
  for (const { v1 } of members) {
    const { headers } = await ask(v1, v1.statTask, { taskId: 't' })
    expect(headers.get('x-raft-leader')).toEqual([leading.address])
  }
  await client.statTask({ taskId: 't' })
  expect(client.leader).toBe(leading.address)
})

test('nothing acknowledged is lost with the leader, and the client goes on', async () => {
  for (let n = 0; n < 20; n += 1) await client.announceTask(announcement(`task-${n}`, 1))
  const dead = await leader()
  members = members.filter((member) => member !== dead)
  await dead.kill()
  for (let n = 0; n < 20; n += 1) {
    const task = await client.statTask({ taskId: `task-${n}` })
    expect(task).toMatchObject({ state: 'Succeeded', hasAvailablePeer: true })
  }
  await client.announceTask(announcement('after', 2))
  expect(client.leader).not.toBe(dead.address)
})

test('a stream on a follower lives through the death of the leader', async () => {
  await client.announceTask(announcement('t', 1))
  await client.announceTask(announcement('t', 3))
  const dead = await leader()
  const follower = members.find((member) => member !== dead)!
  const { v1 } = follower
  await ask(v1, v1.registerPeerTask, registration('t', 2))
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-2')
  const before = (await stream.next()).mainPeer!.peerId
  members = members.filter((member) => member !== dead)
  await dead.kill()
  stream.send({
    taskId: 't',
    srcPid: 't-peer-2',
    dstPid: before,
    pieceInfo: { pieceNum: 0 },
    success: false,
    code: 'ClientPieceDownloadFail',
  })
  const after = await stream.next()
  expect(after.code).toBe('Success')
  expect(after.mainPeer!.peerId).not.toBe(before)
  stream.end()
  expect(await stream.ended).toBeUndefined()
})

test('a peer registers again at another member and keeps its parents and pieces', async () => {
  await client.announceTask(announcement('t', 1))
  const [one, two] = [members[0]!, members[1]!]
  await ask(one.v1, one.v1.registerPeerTask, registration('t', 2))
  const stream = new TestStream(one.v1)
  stream.begin('t', 't-peer-2')
  const parent = (await stream.next()).mainPeer!.peerId
  const result = { taskId: 't', srcPid: 't-peer-2', dstPid: parent, success: true }
  const code = 'Success' as const
  stream.send({ ...result, code, pieceInfo: { pieceNum: 1, downloadCost: 5 } })
  const finished = (): number =>
    getPeer(two.state.reader, { taskId: 't', peerId: 't-peer-2' })?.finishedPieceCount ?? 0
  await until(() => finished() === 1)
  members = members.filter((member) => member !== one)
  await one.kill()
  expect(await stream.ended).toMatchObject({ code: 'SCHED_STOPPING' })
  await ask(two.v1, two.v1.registerPeerTask, registration('t', 2))
  const again = new TestStream(two.v1)
  again.begin('t', 't-peer-2')
  expect(await again.next()).toMatchObject({ mainPeer: { peerId: 't-peer-1' } })
  expect(finished()).toBe(1)
  again.end()
  expect(await again.ended).toBeUndefined()
})

test('one member alone is UNAVAILABLE, ends its streams and says NOT_SERVING', async () => {
  await client.announceTask(announcement('t', 1))
  const alone = members.find((member) => member.raft.status().role !== 'leader')!
  await ask(alone.v1, alone.v1.registerPeerTask, registration('t', 2))
  const stream = new TestStream(alone.v1)
  stream.begin('t', 't-peer-2')
  await stream.next()
  network.isolate(alone.id)
  expect(await stream.ended).toMatchObject({ code: 'SCHED_NO_LEADER' })
  expect(alone.server.status().isServing).toBe(false)
  network.heal()
  await until(() => alone.server.status().isServing)
})

test('who left a member without a leader is not disturbed when that member is back', async () => {
  await client.announceTask(announcement('t', 1))
  await client.announceTask(announcement('t', 3))
  const alone = members.find((member) => member.raft.status().role !== 'leader')!
  const other = members.find((member) => member !== alone)!
  await ask(alone.v1, alone.v1.registerPeerTask, registration('t', 2))
  const stream = new TestStream(alone.v1)
  stream.begin('t', 't-peer-2')
  await stream.next()
  network.isolate(alone.id)
  expect(await stream.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
  await ask(other.v1, other.v1.registerPeerTask, registration('t', 2))
  const again = new TestStream(other.v1)
  again.begin('t', 't-peer-2')
  const before = (await again.next()).mainPeer!.peerId
  network.heal()
  await until(() => alone.server.status().isServing)
  // What the member still had to say about its old stream is in the log before this.
  await ask(alone.v1, alone.v1.announceTask, announcement('t2', 1))
  const failure = { taskId: 't', srcPid: 't-peer-2', dstPid: before, success: false }
  again.send({ ...failure, pieceInfo: { pieceNum: 0 }, code: 'ClientPieceDownloadFail' })
  const after = await again.next()
  expect(after.code).toBe('Success')
  expect(after.mainPeer!.peerId).not.toBe(before)
  again.end()
  expect(await again.ended).toBeUndefined()
})

test('streams end when the session they were attached through was closed', async () => {
  await client.announceTask(announcement('t', 1))
  const leading = await leader()
  const paused = members.find((member) => member !== leading)!
  await ask(paused.v1, paused.v1.registerPeerTask, registration('t', 2))
  const stream = new TestStream(paused.v1)
  stream.begin('t', 't-peer-2')
  await stream.next()
  // A member that was stopped for long and goes on: it has missed nothing but its session.
  const { closeSession } = leading.state.registry
  const { sessionId } = paused.proposer
  await leading.proposer.propose(closeSession, { sessionId }, { timeoutMs: 20_000 })
  expect(await stream.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
  await ask(paused.v1, paused.v1.registerPeerTask, registration('t', 2))
  const again = new TestStream(paused.v1)
  again.begin('t', 't-peer-2')
  expect(await again.next()).toMatchObject({ mainPeer: { peerId: 't-peer-1' } })
  again.end()
  expect(await again.ended).toBeUndefined()
})
