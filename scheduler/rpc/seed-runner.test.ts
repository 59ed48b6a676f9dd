import { afterEach, beforeEach, expect, test } from 'vitest'
import { DfError, refusalError, toWireStatus } from '../../proto/index.ts'
import { getPeer, openSeeds, startSeed } from '../replication/commands/index.ts'
import { FakeSeed } from './fake-seed.suite.ts'
import type { ObtainCall } from './fake-seed.suite.ts'
import { ask, registration, startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
let seed: FakeSeed
let serve: (call: ObtainCall) => void

beforeEach(async () => {
  member = await startSingleMember()
  seed = new FakeSeed({ obtain: (call) => serve(call) })
  await seed.start()
})
afterEach(async () => {
  await member.stop()
  seed.stop()
})

async function announceSeed(ip = '127.0.0.1'): Promise<void> {
  const host = { id: 'seed', type: 1, hostname: 'seed-1', port: seed.port, downloadPort: 20_000 }
  await ask(member.v2, member.v2.announceHost, { host: { ...host, ip } })
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Registers a peer and opens its stream. */
async function download(n = 1): Promise<TestStream> {
  const request = registration('t', n, { urlMeta: { tag: 'x', header: { a: 'b' } } })
  await ask(member.v1, member.v1.registerPeerTask, request)
  const stream = new TestStream(member.v1)
  stream.begin('t', `t-peer-${n}`)
  const ref = { taskId: 't', peerId: `t-peer-${n}` }
  await until(() => getPeer(member.reader, ref)?.state === 'Running')
  return stream
}

const seedPeer = { peerId: 'seed-peer_Seed', hostId: 'seed' }

test('the first download makes the leader ask the seed, whose peer becomes the parent', async () => {
  const calls: ObtainCall[] = []
  serve = (call) => {
    calls.push(call)
    call.write({ ...seedPeer, pieceInfo: { pieceNum: -1 } })
  }
  await announceSeed()
  member.server.leaderWork.lead(1)
  const stream = await download()
  expect(await stream.next()).toMatchObject({
    code: 'Success',
    mainPeer: { peerId: 'seed-peer_Seed', rpcPort: seed.port },
  })
  expect(seed.obtained).toHaveLength(1)
  expect(seed.obtained[0]).toMatchObject({
    taskId: 't',
    url: 'http://origin.example/file',
    urlMeta: { tag: 'x', header: { a: 'b' }, priority: 'LEVEL0' },
  })
  for (const pieceNum of [0, 1]) {
    calls[0]!.write({ ...seedPeer, pieceInfo: { pieceNum, rangeSize: 10 }, reuse: pieceNum === 0 })
  }
  calls[0]!.write({ ...seedPeer, done: true, contentLength: 20, totalPieceCount: 2 })
  calls[0]!.end()
  const ref = { taskId: 't', peerId: 'seed-peer_Seed' }
  await until(() => getPeer(member.reader, ref)?.state === 'Succeeded')
  const { reply } = await ask(member.v1, member.v1.statTask, { taskId: 't' })
  expect(reply).toMatchObject({ state: 'Succeeded', contentLength: 20, totalPieceCount: 2 })
  await until(() => member.server.status().seedCalls === 0)
  const traffic = member.server.metrics.families().find(({ name }) => name.endsWith('traffic'))
  const labels = { task_type: 'STANDARD', host_type: 'super' }
  expect(traffic?.samples).toEqual([
    { labels: { ...labels, type: 'LOCAL_PEER' }, value: 10 },
    { labels: { ...labels, type: 'BACK_TO_SOURCE' }, value: 10 },
  ])
  expect(openSeeds(member.reader, 2, 10)).toEqual([])
  stream.cancel()
  await stream.ended
})

test('a member that does not lead calls nobody', async () => {
  serve = (call) => call.end()
  await announceSeed()
  const stream = await download()
  expect(openSeeds(member.reader, 1, 10)).toHaveLength(1)
  expect(seed.obtained).toEqual([])
  stream.cancel()
  await stream.ended
})

test('losing the leadership cancels the call; the next leader starts the item again', async () => {
  serve = (call) => {
    call.write({ ...seedPeer, pieceInfo: { pieceNum: -1 } })
  }
  await announceSeed()
  member.server.leaderWork.lead(1)
  const stream = await download()
  await stream.next()
  member.server.leaderWork.stepDown()
  await until(() => seed.cancelled === 1)
  expect(member.server.status().seedCalls).toBe(0)
  expect(openSeeds(member.reader, 1, 10)).toEqual([])
  expect(openSeeds(member.reader, 2, 10)).toHaveLength(1)
  stream.cancel()
  await stream.ended
})

test('an item that was taken without the leader hearing of it is started all the same', async () => {
  serve = (call) => {
    call.write({ ...seedPeer, pieceInfo: { pieceNum: -1 } })
  }
  await announceSeed()
  const stream = await download()
  const [item] = openSeeds(member.reader, 1, 10)
  const taken = { outboxId: item!.id }
  await member.proposer.propose(startSeed, taken, { timeoutMs: 5_000 })
  expect(openSeeds(member.reader, 1, 10)).toEqual([])
  member.server.leaderWork.lead(1)
  await until(() => seed.obtained.length === 1)
  expect((await stream.next()).mainPeer?.peerId).toBe('seed-peer_Seed')
  stream.cancel()
  await stream.ended
})

test('a seed that fails for good sends the peers to the source', async () => {
  serve = (call) => {
    call.emit('error', toWireStatus(new DfError(4008, 'origin says no')))
  }
  await announceSeed()
  member.server.leaderWork.lead(1)
  const stream = await download()
  await until(() => openSeeds(member.reader, 2, 10).length === 0)
  await member.advance(2_500)
  expect((await stream.next()).code).toBe('SchedNeedBackSource')
  expect(seed.obtained).toHaveLength(1)
  stream.cancel()
  await stream.ended
})

test('a seed that is busy is asked again', async () => {
  serve = (call) => {
    if (seed.obtained.length < 2) {
      call.emit('error', toWireStatus(refusalError('overloaded')))
      return
    }
    call.write({ ...seedPeer, pieceInfo: { pieceNum: -1 } })
  }
  await announceSeed()
  member.server.leaderWork.lead(1)
  const stream = await download()
  // The item is open again; a leader of the same term takes it up.
  await until(() => seed.obtained.length === 2)
  expect((await stream.next()).mainPeer?.peerId).toBe('seed-peer_Seed')
  stream.cancel()
  await stream.ended
})

test('malformed words of a seed end the call for good', async () => {
  serve = (call) => {
    call.write({ ...seedPeer, pieceInfo: { pieceNum: -7 } })
  }
  await announceSeed()
  member.server.leaderWork.lead(1)
  const stream = await download()
  await until(() => openSeeds(member.reader, 2, 10).length === 0 && seed.cancelled === 1)
  await member.advance(2_500)
  expect((await stream.next()).code).toBe('SchedNeedBackSource')
  stream.cancel()
  await stream.ended
})

test('a host that announced itself from another address is never called', async () => {
  serve = (call) => call.end()
  await announceSeed('127.0.0.9')
  member.server.leaderWork.lead(1)
  const stream = await download()
  await until(() => openSeeds(member.reader, 2, 10).length === 0)
  expect(seed.obtained).toEqual([])
  await member.advance(2_500)
  expect((await stream.next()).code).toBe('SchedNeedBackSource')
  stream.cancel()
  await stream.ended
})

test('a registration that moves a seed elsewhere takes the permission to call it away', async () => {
  serve = (call) => call.end()
  await announceSeed()
  const peerHost = { ...registration('u', 9).peerHost, id: 'seed', ip: '127.0.0.9' }
  await ask(member.v1, member.v1.registerPeerTask, registration('u', 9, { peerHost }))
  member.server.leaderWork.lead(1)
  const stream = await download()
  await until(() => openSeeds(member.reader, 2, 10).length === 0)
  expect(seed.obtained).toEqual([])
  stream.cancel()
  await stream.ended
})
