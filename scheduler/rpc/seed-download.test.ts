import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sample } from '../metrics.ts'
import { getPeer, getTask, openSeeds } from '../replication/commands/index.ts'
import { announceHosts, downloadOf, TestDownload } from './download.suite.ts'
import { FakeSeed } from './fake-seed.suite.ts'
import type { DownloadCall, FakeSeedServices } from './fake-seed.suite.ts'
import { ask, registration, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
let seed: FakeSeed

beforeEach(async () => {
  member = await startSingleMember()
  member.server.leaderWork.lead(1)
})
afterEach(async () => {
  await member.stop()
  seed.stop()
})

async function startSeed(services: FakeSeedServices): Promise<void> {
  seed = new FakeSeed(services)
  await seed.start()
  await announceSeed(seed.port)
}

async function announceSeed(port: number): Promise<void> {
  const host = { id: 'seed', type: 1, hostname: 'seed', ip: '127.0.0.1', port, downloadPort: port }
  await ask(member.v2, member.v2.announceHost, { host })
  await announceHosts(member.v2, 1)
}

/** The first download of a task, which asks the seed. */
function download(): TestDownload {
  const stream = new TestDownload(member.v2, downloadOf('t', 1))
  stream.register({
    outputPath: '/tmp/file',
    requestHeader: { a: 'b' },
    actualContentLength: undefined,
    actualPieceCount: undefined,
  })
  return stream
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const answer = { hostId: 'seed', taskId: 't', peerId: 'seed-peer' }
const seedEnds = (): readonly Sample[] => {
  const families = member.server.metrics.families()
  return families.find(({ name }) => name === 'seed_calls_ended_total')!.samples
}
const isIdle = (): boolean => openSeeds(member.reader, 2, 10).length === 0

test('a seed is asked for the download, and serves it as the peer it registers itself', async () => {
  const calls: DownloadCall[] = []
  await startSeed({ download: (call) => calls.push(call) })
  const stream = download()
  await until(() => calls.length === 1)
  expect(seed.downloads[0]?.download).toMatchObject({
    url: 'http://origin.example/file',
    needBackToSource: true,
    requestHeader: { a: 'b' },
  })
  expect(seed.downloads[0]?.download?.outputPath).toBeUndefined()
  const own = new TestDownload(member.v2, { hostId: 'seed', taskId: 't', peerId: 'seed-peer' })
  own.register({ needBackToSource: true })
  await own.sentToSource()
  own.sourceStarted()
  expect(await stream.parents()).toEqual(['seed-peer'])
  calls[0]!.write({ ...answer, downloadTaskStartedResponse: { contentLength: 8 } })
  own.sourcePieceFinished(0)
  calls[0]!.write({ ...answer, downloadPieceFinishedResponse: { piece: { number: 0 } } })
  own.sourceFinished()
  expect(await own.ended).toBeUndefined()
  const state = (): string | undefined => {
    return getPeer(member.reader, { taskId: 't', peerId: 'seed-peer' })?.state
  }
  expect(state()).toBe('Succeeded')
  expect(isIdle()).toBe(false)
  calls[0]!.end()
  await until(() => isIdle() && member.server.status().seedCalls === 0)
  expect(state()).toBe('Succeeded')
  expect(seed.downloads).toHaveLength(1)
  expect(seedEnds()).toEqual([{ labels: { api: 'v2', outcome: 'done' }, value: 1 }])
  stream.cancel()
  await stream.ended
})

test('a seed of both is asked in the words of who downloads', async () => {
  await startSeed({ download: (call) => call.end(), obtain: () => {} })
  await ask(member.v1, member.v1.registerPeerTask, registration('t1', 1))
  await until(() => seed.obtained.length === 1)
  expect(seed.downloads).toEqual([])
  const stream = download()
  await until(() => seed.downloads.length === 1)
  expect(seed.obtained.map(({ taskId }) => taskId)).toEqual(['t1'])
  stream.cancel()
})

test('a seed that knows API v1 only is asked through that', async () => {
  await startSeed({
    obtain: (call) => call.write({ peerId: 'p_Seed', hostId: 'seed', pieceInfo: { pieceNum: -1 } }),
  })
  const stream = download()
  expect(await stream.parents()).toEqual(['p_Seed'])
  expect(seed.obtained).toMatchObject([{ taskId: 't', urlMeta: { tag: 'test' } }])
  stream.cancel()
  await stream.ended
})

test('a seed that knows neither is asked no more, and the peer goes to the source', async () => {
  await startSeed({})
  const stream = download()
  await stream.sentToSource()
  expect(isIdle()).toBe(true)
  expect(seedEnds().map(({ labels }) => labels)).toEqual([
    { api: 'v2', outcome: 'unimplemented' },
    { api: 'v1', outcome: 'unimplemented' },
  ])
  stream.cancel()
  await stream.ended
})

test('a seed that is busy is asked again, one that fails is not', async () => {
  const codes = [status.RESOURCE_EXHAUSTED, status.UNAVAILABLE, status.INTERNAL]
  await startSeed({
    download: (call) => {
      call.emit('error', { code: codes[seed.downloads.length - 1], details: 'no' })
    },
  })
  const stream = download()
  await stream.sentToSource()
  expect(seed.downloads).toHaveLength(3)
  expect(isIdle()).toBe(true)
  // Somebody else fetches: the task goes on.
  expect(getTask(member.reader, 't')?.state).toBe('Running')
  stream.cancel()
  await stream.ended
})

test('a seed that is not there costs the first peer no wait, and others nothing', async () => {
  await startSeed({})
  seed.stop()
  const startMs = performance.now()
  const stream = download()
  // Cluster time stands still: nobody's turn to go to the source has come.
  await stream.sentToSource()
  console.log(`sent to the source after ${Math.round(performance.now() - startMs)} ms`)
  const other = new TestDownload(member.v2, downloadOf('t2', 1))
  other.register()
  await other.sentToSource()
  expect(isIdle()).toBe(true)
  stream.cancel()
  other.cancel()
  await Promise.all([stream.ended, other.ended])
})

test('an item whose time is up ends its call', async () => {
  await startSeed({ download: () => {} })
  const stream = download()
  await until(() => seed.downloads.length === 1)
  await member.advance(10 * 3_600_000)
  await until(() => seed.cancelled === 1)
  expect(member.server.status().seedCalls).toBe(0)
  stream.cancel()
  await stream.ended
})
