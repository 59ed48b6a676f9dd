// The conversations that clients of both APIs have with a scheduler, from the first message to the
// last, over sockets and with nothing but the .proto files; each as upstream leads it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { schedulerV1 } from '../../proto/index.ts'
import { getHost, getPeer } from '../replication/commands/index.ts'
import {
  announceHosts,
  download,
  downloadOf,
  fetchFromSource,
  hostId,
  TestDownload,
} from './download.suite.ts'
import { FakeSeed } from './fake-seed.suite.ts'
import type { FakeSeedServices } from './fake-seed.suite.ts'
import { ask, registration, startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
let seed: FakeSeed | undefined

beforeEach(async () => {
  member = await startSingleMember()
  member.server.leaderWork.lead(1)
})
afterEach(async () => {
  await member.stop()
  seed?.stop()
  seed = undefined
})

async function announceSeed(services: FakeSeedServices): Promise<FakeSeed> {
  seed = new FakeSeed(services)
  await seed.start()
  const { port } = seed
  const host = { id: 'seed', type: 1, hostname: 'seed', ip: '127.0.0.1', port, downloadPort: port }
  await ask(member.v2, member.v2.announceHost, { host })
  return seed
}

/** What StatTask of API v2 says. */
async function taskState(taskId: string): Promise<string> {
  return (await ask(member.v2, member.v2.statTask, { hostId: 'any', taskId })).reply.state
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('v2: the first download, with a seed', async () => {
  const seedPeer = { hostId: 'seed', taskId: 't', peerId: 'seed-peer-seed' }
  const seedDownloads: TestDownload[] = []
  const asked = await announceSeed({
    // As a seed does: it registers for what it was asked for, and tells the caller of its progress.
    download: (call) => {
      const own = new TestDownload(member.v2, seedPeer)
      seedDownloads.push(own)
      own.send({ registerPeerRequest: { download: call.request.download } })
      void own.sentToSource().then(() => {
        own.sourceStarted()
        call.write({ ...seedPeer, downloadTaskStartedResponse: { contentLength: 8_388_608 } })
      })
      void own.ended.then(() => call.end())
    },
  })
  await announceHosts(member.v2, 1)
  const stream = new TestDownload(member.v2, downloadOf('t', 1))
  stream.register({ outputPath: '/tmp/file' })
  const { normalTaskResponse } = await stream.next()
  expect(asked.downloads).toHaveLength(1)
  const { outputPath: _, ...expected } = download()
  expect(asked.downloads[0]?.download).toMatchObject({ ...expected, needBackToSource: true })
  expect(asked.downloads[0]?.download?.outputPath).toBeUndefined()
  expect(normalTaskResponse?.candidateParents).toMatchObject([
    {
      id: 'seed-peer-seed',
      state: 'BackToSource',
      host: { id: 'seed', type: 1, port: asked.port },
    },
  ])
  stream.started()
  const [own] = seedDownloads
  for (const number of [0, 1]) {
    own!.sourcePieceFinished(number)
    stream.pieceFinished(number, 'seed-peer-seed')
  }
  stream.finished()
  expect(await stream.ended).toBeUndefined()
  expect(await taskState('t')).toMatch(/^(Running|Succeeded)$/)
  own!.sourceFinished()
  expect(await own!.ended).toBeUndefined()
  expect(await taskState('t')).toBe('Succeeded')
  const { reply } = await ask(member.v2, member.v2.statPeer, seedPeer)
  expect(reply).toMatchObject({ state: 'Succeeded', host: { type: 1 }, needBackToSource: true })
  expect(getHost(member.reader, 'seed')?.concurrentUploadCount).toBe(0)
})

test('v2: the first download, without a seed', async () => {
  await announceHosts(member.v2, 1)
  const stream = new TestDownload(member.v2, downloadOf('t', 1))
  stream.register()
  await stream.sentToSource()
  stream.sourceStarted()
  for (const number of [0, 1]) stream.sourcePieceFinished(number)
  expect(await taskState('t')).toBe('Running')
  stream.sourceFinished()
  expect(await stream.ended).toBeUndefined()
  expect(await taskState('t')).toBe('Succeeded')
})

test('v2: a second peer, while the first is at the source, at work, and done', async () => {
  await announceHosts(member.v2, 1, 2, 3, 4)
  const first = new TestDownload(member.v2, downloadOf('t', 1))
  first.register()
  await first.sentToSource()
  first.sourceStarted()
  const second = new TestDownload(member.v2, downloadOf('t', 2))
  second.register()
  expect(await second.parents()).toEqual(['t-peer-1'])
  second.started()
  second.pieceFinished(0, 't-peer-1')
  const third = new TestDownload(member.v2, downloadOf('t', 3))
  third.register()
  expect([...(await third.parents())].sort()).toEqual(['t-peer-1', 't-peer-2'])
  first.sourceFinished()
  expect(await first.ended).toBeUndefined()
  const fourth = new TestDownload(member.v2, downloadOf('t', 4))
  fourth.register()
  expect(await fourth.parents()).toContain('t-peer-1')
  for (const stream of [second, third, fourth]) {
    stream.finished()
    expect(await stream.ended).toBeUndefined()
  }
  const { reply } = await ask(member.v2, member.v2.statTask, { hostId: 'any', taskId: 't' })
  expect(reply).toMatchObject({ state: 'Succeeded', peerCount: 4, hasAvailablePeer: true })
})

test('v2: a parent that dies in the middle is replaced when its child asks', async () => {
  await announceHosts(member.v2, 1, 2, 3)
  await fetchFromSource(member.v2, downloadOf('t', 1))
  await fetchFromSource(member.v2, downloadOf('t', 3))
  const child = new TestDownload(member.v2, downloadOf('t', 2))
  child.register()
  const parents = await child.parents()
  child.started()
  child.pieceFinished(0, parents[0]!)
  const dead = getPeer(member.reader, { taskId: 't', peerId: parents[0]! })!.hostId
  await ask(member.v2, member.v2.deleteHost, { hostId: dead })
  // Nothing is pushed on a stream of API v2: the client finds out by itself.
  child.pieceFailed(1, parents[0]!)
  child.reschedule(parents[0]!)
  expect(await child.parents()).toEqual(parents.slice(1))
  child.pieceFinished(1, parents[1]!)
  child.finished()
  expect(await child.ended).toBeUndefined()
  expect(child.waiting).toBe(0)
})

test('v1: the first download, with a seed', async () => {
  const seedPeer = { peerId: 'seed-peer_Seed', hostId: 'seed' }
  const asked = await announceSeed({
    obtain: (call) => {
      call.write({ ...seedPeer, pieceInfo: { pieceNum: -1 } })
      call.write({ ...seedPeer, pieceInfo: { pieceNum: 0, rangeSize: 10 } })
      call.write({ ...seedPeer, done: true, contentLength: 10, totalPieceCount: 1 })
      call.end()
    },
  })
  const { v1 } = member
  const { reply } = await ask(v1, v1.registerPeerTask, registration('t', 1))
  expect(reply).toMatchObject({ taskId: 't', sizeScope: 'NORMAL' })
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-1')
  const packet = await stream.next()
  expect(packet).toMatchObject({
    code: 'Success',
    taskId: 't',
    srcPid: 't-peer-1',
    mainPeer: { ip: '127.0.0.1', rpcPort: asked.port, peerId: 'seed-peer_Seed' },
    candidatePeers: [],
  })
  stream.send(pieceResult(0))
  stream.send({ taskId: 't', srcPid: 't-peer-1', pieceInfo: { pieceNum: 1_073_741_824 } })
  await until(
    () => getPeer(member.reader, { taskId: 't', peerId: 't-peer-1' })?.finishedPieceCount === 1,
  )
  await ask(v1, v1.reportPeerResult, {
    taskId: 't',
    peerId: 't-peer-1',
    success: true,
    code: 'Success',
    contentLength: 10,
    totalPieceCount: 1,
  })
  stream.end()
  expect(await stream.ended).toBeUndefined()
  await until(
    () => getPeer(member.reader, { taskId: 't', peerId: 'seed-peer_Seed' })?.state === 'Succeeded',
  )
  expect((await ask(v1, v1.statTask, { taskId: 't' })).reply).toMatchObject({
    state: 'Succeeded',
    contentLength: 10,
    totalPieceCount: 1,
    peerCount: 2,
    hasAvailablePeer: true,
  })
})

function pieceResult(pieceNum: number): schedulerV1.PieceResult {
  return {
    taskId: 't',
    srcPid: 't-peer-1',
    dstPid: 'seed-peer_Seed',
    pieceInfo: { pieceNum, rangeSize: 10, downloadCost: 3 },
    success: true,
    code: 'Success',
  }
}

test('both: a peer of one API is a parent for the other', async () => {
  const { v1, v2 } = member
  await announceHosts(v2, 2, 3)
  await fetchFromSource(v2, downloadOf('t', 2))
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const old = new TestStream(v1)
  old.begin('t', 't-peer-1')
  expect(await old.next()).toMatchObject({ mainPeer: { peerId: 't-peer-2', rpcPort: 10_002 } })
  await ask(v1, v1.reportPeerResult, { taskId: 't', peerId: 't-peer-1', success: true })
  old.end()
  expect(await old.ended).toBeUndefined()
  await ask(v2, v2.deletePeer, downloadOf('t', 2))
  const stream = new TestDownload(v2, downloadOf('t', 3))
  stream.register()
  expect(await stream.parents()).toEqual(['t-peer-1'])
  stream.cancel()
})

test('both: a child of API v1 is told of its new parent, one of v2 asks', async () => {
  const { v1, v2 } = member
  await announceHosts(v2, 2, 3, 4)
  await fetchFromSource(v2, downloadOf('t', 3))
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const pushed = new TestStream(v1)
  pushed.begin('t', 't-peer-1')
  await pushed.next()
  const asking = new TestDownload(v2, downloadOf('t', 2))
  asking.register()
  expect(await asking.parents()).toContain('t-peer-3')
  await fetchFromSource(v2, downloadOf('t', 4))
  await ask(v2, v2.deleteTask, { hostId: hostId(3), taskId: 't' })
  expect(await pushed.next()).toMatchObject({ code: 'Success' })
  await until(() => (getPeer(member.reader, downloadOf('t', 2))?.parentCount ?? 9) <= 1)
  expect(asking.waiting).toBe(0)
  asking.reschedule('t-peer-3')
  expect(await asking.parents()).not.toContain('t-peer-3')
  asking.cancel()
  pushed.end()
  expect(await pushed.ended).toBeUndefined()
})
