// What a download makes of the schedulers' answers, with whole daemons around it.
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MiB } from '../../base/index.ts'
import { Harness, until } from '../daemon-harness.suite.ts'
import type { CommandResult, Origin } from '../daemon-harness.suite.ts'
import { FakeCluster } from '../fake-scheduler.suite.ts'
import { DfError, loadServices } from '../../proto/index.ts'
import type { commonV1, schedulerV1 } from '../../proto/index.ts'

let harness: Harness
let cluster: FakeCluster
let scheduler: readonly string[]

beforeEach(async () => {
  harness = await Harness.create()
  cluster = new FakeCluster()
  scheduler = [(await cluster.listen()).address]
})

afterEach(async () => {
  await harness.close()
  cluster.stop()
})

const content = randomBytes(5 * MiB)

async function download(...flags: string[]): Promise<CommandResult & { readonly origin: Origin }> {
  const origin = await harness.origin(content)
  const ended = await harness.dfget('one', `${origin.url}/file`, '-O', 'out', ...flags)
  return { ...ended, origin }
}

async function output(): Promise<Buffer> {
  return await readFile(harness.path('out'))
}

describe('RegisterPeerTask', () => {
  it.each<[string, schedulerV1.RegisterResult, Buffer]>([
    ['EMPTY', { sizeScope: 'EMPTY' }, Buffer.alloc(0)],
    ['TINY', { sizeScope: 'TINY', pieceContent: Buffer.from('tiny') }, Buffer.from('tiny')],
  ])('that answers %s needs no parent', async (_, answer, expected) => {
    cluster.onRegister = () => answer
    cluster.onBegin = () => true
    await harness.start('one', { scheduler })
    const { code, stderr, origin } = await download()
    expect([code, stderr]).toEqual([0, ''])
    expect((await output()).equals(expected)).toBe(true)
    expect(origin.requests).toBe(0)
    expect(cluster.peerResults).toMatchObject([{ success: true, contentLength: expected.length }])
  })

  it('that answers SMALL names the piece', async () => {
    await harness.start('one', { scheduler })
    const two = await harness.start('two', { scheduler })
    const file = await harness.file('in', 1000)
    await harness.dfcache('two', 'import', '--cid', 'x', file)
    const [taskId, task] = [...cluster.tasks.entries()][0]!
    const [dstPid] = [...task.peers.keys()]
    cluster.onRegister = () => ({
      taskId,
      sizeScope: 'SMALL',
      singlePiece: {
        dstPid: dstPid!,
        dstAddr: `127.0.0.1:${two.addresses.uploadPort}`,
        pieceInfo: { pieceNum: 0, rangeStart: 0, rangeSize: 1000 },
      },
    })
    cluster.onBegin = () => true
    expect((await harness.dfcache('one', 'export', '--cid', 'x', 'out')).code).toBe(0)
    expect((await output()).equals(await readFile(file))).toBe(true)
  })

  it.each([5008, 5000, 1400])('that refuses with %i sends dfget to the origin', async (dfCode) => {
    cluster.onRegister = () => {
      throw new DfError(dfCode, 'refused')
    }
    await harness.start('one', { scheduler })
    expect((await download()).code).toBe(0)
    expect((await output()).equals(content)).toBe(true)
  })

  it('that refuses fails a download that must not ask the origin', async () => {
    cluster.onRegister = () => {
      throw new DfError(5008, 'this task is forbidden')
    }
    await harness.start('one', { scheduler })
    const ended = await download('--disable-back-source')
    expect([ended.code, ended.stderr]).toEqual([
      1,
      'dfget: this task is forbidden [PROTO_DF_ERROR]\n',
    ])
    expect(ended.origin.requests).toBe(0)
  })

  it('that answers UNKNOW fails', async () => {
    cluster.onRegister = () => ({ sizeScope: 'UNKNOW' })
    await harness.start('one', { scheduler })
    expect((await download()).stderr).toContain('[PEER_SCHEDULE_FAILED]')
  })
})

describe('packets', () => {
  it.each<[schedulerV1.PeerPacket, string]>([
    [{ code: 'SchedTaskStatusError' }, 'PEER_SCHEDULE_FAILED'],
    [{ code: 'SchedForbidden' }, 'PEER_SCHEDULE_FAILED'],
    [{ code: 'PeerTaskNotFound' }, 'PEER_SCHEDULE_FAILED'],
    [
      { code: 'BackToSourceAborted', sourceError: { metadata: { statusCode: 403 } } },
      'PEER_SOURCE_ABORTED',
    ],
  ])('with %j end the download', async (packet, code) => {
    cluster.onBegin = (stream) => stream.write(packet)
    await harness.start('one', { scheduler })
    const ended = await download()
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining(`[${code}]`)])
    const status = packet.sourceError?.metadata?.statusCode
    if (status !== undefined && status !== null) expect(ended.stderr).toContain(`status ${status}`)
    expect(cluster.peerResults).toMatchObject([{ success: false, code: packet.code }])
  })

  it('without parents, and with codes nobody knows, are passed over', async () => {
    cluster.onBegin = (stream) => {
      stream.write({ code: 'Success' })
      stream.write({ code: 'InvalidResourceType' })
      stream.write({ code: 'SchedNeedBackSource' })
      return true
    }
    await harness.start('one', { scheduler })
    expect((await download()).code).toBe(0)
  })

  it('with 5001 fail a download that must not ask the origin', async () => {
    await harness.start('one', { scheduler })
    const ended = await download('--disable-back-source')
    expect(ended.stderr).toContain('[PEER_NO_PARENT]')
    expect(ended.origin.requests).toBe(0)
  })

  it('stop coming: a stream that ends early is opened again', async () => {
    let begins = 0
    cluster.onBegin = (stream) => {
      begins += 1
      if (begins > 2) return false
      stream.end()
      return true
    }
    await harness.start('one', { scheduler })
    expect((await download()).code).toBe(0)
    expect(begins).toBe(3)
    expect(cluster.calls.filter((call) => call === 'register')).toHaveLength(3)
  })
})

describe('parents', () => {
  it('that are not there, or have not the task, are reported', async () => {
    await harness.start('one', { scheduler })
    const two = await harness.start('two', { scheduler })
    cluster.onBegin = (stream) => {
      const named = (peerId: string, rpcPort: number) => ({ ip: '127.0.0.1', rpcPort, peerId })
      stream.write({
        code: 'Success',
        mainPeer: named('gone', 1),
        candidatePeers: [named('empty', two.addresses.rpcPort)],
      })
      return true
    }
    const ended = await download()
    expect(ended.code).toBe(0)
    const failures = cluster.pieceResults.filter(
      (result) => !result.success && result.dstPid !== '',
    )
    expect(failures.map((result) => [result.dstPid, result.code]).toSorted()).toEqual([
      ['empty', 'ClientPieceRequestFail'],
      ['gone', 'ClientConnectionError'],
    ])
  })
})

it('keeps the first piece of a parent that does not know its length yet', async () => {
  await harness.start('one', { scheduler })
  const whole = Buffer.alloc(4 * MiB + 5, 'x')
  const upload = await harness.origin(whole)
  const dstAddr = new URL(upload.url).host
  const info = (pieceNum: number, rangeStart: number, rangeSize: number) => ({
    pieceNum,
    rangeStart,
    rangeSize,
  })
  const server = new Server()
  server.addService(loadServices().daemonV1.service, {
    syncPieceTasks: (call: ServerDuplexStream<unknown, commonV1.PiecePacket>) => {
      const told = { dstPid: 'parent', dstAddr, totalPiece: -1, contentLength: -1 }
      call.write({ ...told, pieceInfos: [info(0, 0, 4 * MiB)] })
      call.write({ ...told, pieceInfos: [info(1, 4 * MiB, 5)] })
      call.write({ ...told, totalPiece: 2, contentLength: whole.length })
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure()
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  try {
    cluster.onBegin = (stream) => {
      const mainPeer = { ip: '127.0.0.1', rpcPort: port, peerId: 'parent' }
      stream.write({ code: 'Success', mainPeer })
      return true
    }
    const url = `${upload.url}/file`
    const ended = await harness.dfget('one', url, '-O', 'out', '--disable-back-source')
    expect([ended.stderr, ended.code]).toEqual(['', 0])
    expect((await output()).equals(whole)).toBe(true)
    expect(
      cluster.pieceResults.filter((result) => result.code === 'ClientPieceRequestFail'),
    ).toEqual([])
  } finally {
    server.forceShutdown()
  }
})

describe('one content, several callers', () => {
  it('is downloaded once', async () => {
    await harness.start('one', { scheduler })
    const origin = await harness.origin(content)
    const url = `${origin.url}/file`
    const names = ['a', 'b', 'c']
    const ended = await Promise.all(names.map((name) => harness.dfget('one', url, '-O', name)))
    expect(ended.map((result) => result.code)).toEqual([0, 0, 0])
    expect(cluster.calls.filter((call) => call === 'register')).toHaveLength(1)
    for (const name of names) {
      expect((await readFile(harness.path(name))).equals(content)).toBe(true)
    }
    // And not at all once it is here.
    expect((await harness.dfget('one', url, '-O', 'd')).code).toBe(0)
    expect(cluster.calls.filter((call) => call === 'register')).toHaveLength(1)
    expect(origin.sentBytes).toBeLessThanOrEqual(content.length + 1)
  })

  it('goes on for the others when one gives up, and ends with the last', async () => {
    cluster.onBegin = () => true
    await harness.start('one', { scheduler })
    const origin = await harness.origin(content)
    const url = `${origin.url}/file`
    const impatient = await harness.dfget('one', url, '-O', 'a', '--timeout', '200ms')
    expect(impatient.stderr).toContain('[PEER_TIMEOUT]')
    await until(() => cluster.peerResults.length === 1)
    expect(cluster.peerResults).toMatchObject([{ success: false, code: 'ClientContextCanceled' }])
    const patient = harness.dfget('one', url, '-O', 'b')
    await until(() => cluster.calls.filter((call) => call === 'register').length === 2)
    const other = harness.dfget('one', url, '-O', 'c', '--timeout', '200ms')
    expect((await other).stderr).toContain('[PEER_TIMEOUT]')
    expect(cluster.peerResults).toHaveLength(1)
    const [peer] = [...[...cluster.tasks.values()][0]!.peers.values()]
    peer!.stream!.write({ code: 'SchedNeedBackSource' })
    expect((await patient).code).toBe(0)
  })
})

it('fetches a piece again that was damaged on the disk', async () => {
  await harness.start('one', { scheduler })
  await harness.start('two', { scheduler })
  const file = await harness.file('in', 9 * MiB)
  await harness.dfcache('one', 'import', '--cid', 'x', file)
  await harness.dfcache('two', 'export', '--cid', 'x', 'first')
  const data = await dataFile(harness.path('two-data'))
  const bytes = await readFile(data)
  bytes[5 * MiB]! ^= 1
  await writeFile(data, bytes)
  expect((await harness.dfcache('two', 'export', '--cid', 'x', 'out')).code).toBe(0)
  expect((await output()).equals(await readFile(file))).toBe(true)
})

/** The one large file below a daemon's data directory. */
async function dataFile(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path)).length === 9 * MiB) return path
  }
  throw new Error('no data file')
}
