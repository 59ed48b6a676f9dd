// Three members with real consensus over an in-memory network, each with its own client port: what
// a client sees when it talks to any of them, and when the leader dies.
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { SchedulerClient } from '../../client/index.ts'
import { MemoryNetwork } from '../../raft/index.ts'
import { getPeer } from '../replication/commands/index.ts'
import { announcement, ask, registration, TestStream } from './single-member.suite.ts'
import { clock, ids, leaderOf, startMember, until } from './three-members.suite.ts'
import type { Member } from './three-members.suite.ts'

let network: MemoryNetwork
let members: Member[]
let client: SchedulerClient

const leader = (): Promise<Member> => leaderOf(() => members)

beforeEach(async () => {
  network = new MemoryNetwork({ clock, random: new Prng('network') })
  members = []
  for (const id of ids) members.push(await startMember(id, network))
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
