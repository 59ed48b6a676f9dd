// The daemon's services as other programs see them, over real sockets.
import { Client, credentials, Metadata, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { service as healthService } from 'grpc-health-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MiB } from '../../base/index.ts'
import { cacheUrlOf } from '../core/index.ts'
import { Harness } from '../daemon-harness.suite.ts'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import type { cdnsystemV1, commonV1, dfdaemonV1, Services } from '../../proto/index.ts'
import { taskRequest } from '../task-request.ts'

type DaemonClient = InstanceType<Services['daemonV1']>

let harness: Harness
let tcp: DaemonClient
let unix: DaemonClient
let rpcPort: number

beforeEach(async () => {
  harness = await Harness.create()
  const daemon = await harness.start('one', { seed: true })
  rpcPort = daemon.addresses.rpcPort
  const services = loadServices()
  tcp = new services.daemonV1(`127.0.0.1:${rpcPort}`, credentials.createInsecure())
  unix = new services.daemonV1(`unix:${harness.socket('one')}`, credentials.createInsecure())
})

afterEach(async () => {
  tcp.close()
  unix.close()
  await harness.close()
})

function failureOf(
  call: (done: (error: ServiceError | null) => void) => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) reject(new Error('the call succeeded'))
      else resolve(fromWireStatus(error))
    })
  })
}

const taskId = taskRequest(cacheUrlOf('x'), null).taskId

/** Imports `sizeBytes` under the id x; without schedulers that is told, and stored all the same. */
async function importX(sizeBytes: number): Promise<void> {
  const file = await harness.file('in', sizeBytes)
  const ended = await harness.dfcache('one', 'import', '--cid', 'x', file)
  expect(ended.stderr).toContain('[PEER_NOT_ANNOUNCED]')
}

async function pieceTasks(
  request: commonV1.PieceTaskRequest,
): Promise<commonV1.PiecePacket__Output> {
  return await new Promise((resolve, reject) => {
    tcp.getPieceTasks(request, (error, packet) => {
      if (error === null && packet !== undefined) resolve(packet)
      else reject(fromWireStatus(error))
    })
  })
}

describe('who may call', () => {
  const url = 'd7y:/x'
  it.each<[string, (client: DaemonClient, done: (error: ServiceError | null) => void) => unknown]>([
    ['ImportTask', (client, done) => client.importTask({ url, urlMeta: {} }, done)],
    ['ExportTask', (client, done) => client.exportTask({ url, urlMeta: {} }, done)],
    ['DeleteTask', (client, done) => client.deleteTask({ url, urlMeta: {} }, done)],
    ['LeaveHost', (client, done) => client.leaveHost({}, done)],
    [
      'Download',
      (client, done) => {
        const call = client.download({ url, urlMeta: {} })
        call.on('error', (error) => done(error as ServiceError))
        call.resume()
      },
    ],
  ])('%s is for local users only', async (_, call) => {
    const failure = await failureOf((done) => call(tcp, done))
    expect(failure).toMatchObject({
      grpcStatus: status.UNAUTHENTICATED,
      code: 'PEER_UNAUTHENTICATED',
    })
  })

  it('answers health, CheckHealth and StatTask to everybody', async () => {
    await importX(1)
    const stat = await new Promise((resolve) => {
      tcp.statTask({ url: cacheUrlOf('x'), urlMeta: {} }, resolve)
    })
    const check = await new Promise((resolve) => {
      tcp.checkHealth({}, resolve)
    })
    expect([stat, check]).toEqual([null, null])
    const client = new Client(`127.0.0.1:${rpcPort}`, credentials.createInsecure())
    const { path, requestSerialize, responseDeserialize } = healthService['Check']!
    const health = await new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { service: '' },
        (_, reply) => resolve(reply),
      )
    })
    client.close()
    expect(health).toMatchObject({ status: 'SERVING' })
  })

  it('exchanges nothing between peers', async () => {
    const call = tcp.peerExchange(new Metadata())
    call.resume()
    const failure = await new Promise((resolve) => {
      call.on('error', resolve)
    })
    expect(failure).toMatchObject({ code: status.UNAVAILABLE })
  })
})

describe('failures', () => {
  it('carry API v1’s number as a detail and our code as a trailer', async () => {
    const error = await new Promise<ServiceError | null>((resolve) => {
      unix.statTask({ url: 'd7y:/none', urlMeta: {}, localOnly: true }, resolve)
    })
    expect(error!.code).toBe(status.UNKNOWN)
    expect(error!.details).toMatch(/^\[1404\]task [0-9a-f]{64} does not exist$/)
    expect(error!.metadata.get('x-damselfly-code')).toEqual(['PEER_TASK_NOT_FOUND'])
    expect(fromWireStatus(error)).toMatchObject({ dfCode: 1404 })
  })

  it.each<[string, dfdaemonV1.ExportTaskRequest, number]>([
    ['no url', { urlMeta: {}, output: '/nonexistent/out' }, 1400],
    ['a relative output', { url: 'd7y:/x', urlMeta: {}, output: 'x' }, 1400],
    ['a bad digest', { url: 'd7y:/x', urlMeta: { digest: 'md5:1' }, output: '/none/out' }, 1400],
    ['an existing output', { url: 'd7y:/x', urlMeta: {}, output: '/dev/null' }, 1400],
    ['a task that is nowhere', { url: 'd7y:/x', urlMeta: {}, output: '/nonexistent/out' }, 500],
  ])('of ExportTask: %s', async (_, request, dfCode) => {
    const failure = await failureOf((done) => unix.exportTask(request, done))
    expect(failure).toMatchObject({ dfCode })
  })

  it.each([
    ['a file that is missing', '/nonexistent/file', 1400],
    ['a directory', '/tmp', 1400],
    ['a relative path', 'file', 1400],
  ])('of ImportTask: %s', async (_, path, dfCode) => {
    const request = { url: 'd7y:/x', urlMeta: {}, path }
    const failure = await failureOf((done) => unix.importTask(request, done))
    expect(failure).toMatchObject({ dfCode })
  })
})

describe('GetPieceTasks', () => {
  it('describes pieces from a number on', async () => {
    await importX(9 * MiB)
    const packet = await pieceTasks({ taskId, srcPid: 'me', dstPid: '', startNum: 1, limit: 1 })
    expect(packet).toMatchObject({ taskId, totalPiece: 3, contentLength: 9 * MiB })
    expect(packet.pieceMd5Sign).toMatch(/^[0-9a-f]{64}$/)
    expect(packet.pieceInfos).toHaveLength(1)
    expect(packet.pieceInfos[0]).toMatchObject({
      pieceNum: 1,
      rangeStart: 4 * MiB,
      rangeSize: 4 * MiB,
    })
    const all = await pieceTasks({ taskId, srcPid: 'me' })
    expect(all.pieceInfos.map((piece) => piece.rangeSize)).toEqual([4 * MiB, 4 * MiB, MiB])
  })

  it('answers 1404 for an unknown task, a malformed id, and a peer that asks itself', async () => {
    await importX(1)
    const { dstPid } = await pieceTasks({ taskId, srcPid: 'me' })
    for (const request of [
      { taskId: '0'.repeat(64) },
      { taskId: '../../etc/passwd' },
      { taskId, srcPid: dstPid },
    ]) {
      await expect(pieceTasks(request)).rejects.toMatchObject({ dfCode: 1404 })
    }
  })
})

describe('SyncPieceTasks', () => {
  it('sends all pieces, then answers further requests until the asker closes', async () => {
    await importX(9 * MiB)
    const call = tcp.syncPieceTasks(new Metadata())
    const packets: commonV1.PiecePacket__Output[] = []
    let wake = (): void => {}
    call.on('data', (packet: commonV1.PiecePacket__Output) => {
      packets.push(packet)
      wake()
    })
    const pieces = (): number[] =>
      packets.flatMap((packet) => packet.pieceInfos.map((piece) => piece.pieceNum))
    const have = async (count: number): Promise<void> => {
      while (pieces().length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    call.write({ taskId, srcPid: 'me', dstPid: '', startNum: 0, limit: 2 })
    await have(3)
    expect(pieces()).toEqual([0, 1, 2])
    expect(packets.every((packet) => packet.pieceInfos.length <= 2)).toBe(true)
    call.write({ taskId, srcPid: 'me', startNum: 2, limit: 1 })
    await have(4)
    expect(pieces().at(-1)).toBe(2)
    call.end()
    await new Promise((resolve) => {
      call.on('end', resolve)
    })
  })

  it('ends with 1404 for a task that is not here', async () => {
    const call = tcp.syncPieceTasks(new Metadata())
    call.resume()
    call.write({ taskId: '0'.repeat(64), srcPid: 'me', dstPid: 'you', startNum: 0, limit: 16 })
    const failure = await new Promise((resolve) => {
      call.on('error', resolve)
    })
    expect(fromWireStatus(failure)).toMatchObject({ dfCode: 1404 })
  })
})

describe('ObtainSeeds', () => {
  async function seeds(request: cdnsystemV1.SeedRequest): Promise<cdnsystemV1.PieceSeed__Output[]> {
    const client = new (loadServices().seederV1)(
      `127.0.0.1:${rpcPort}`,
      credentials.createInsecure(),
    )
    const received: cdnsystemV1.PieceSeed__Output[] = []
    try {
      for await (const seed of client.obtainSeeds(request)) {
        received.push(seed as cdnsystemV1.PieceSeed__Output)
      }
      return received
    } catch (error) {
      throw fromWireStatus(error)
    } finally {
      client.close()
    }
  }

  it('fetches from the origin, tells each piece, and says so when it has the content', async () => {
    const origin = await harness.origin(Buffer.alloc(5 * MiB, 1))
    const url = `${origin.url}/file`
    const request = { taskId: taskRequest(url, null).taskId, url }
    const first = await seeds(request)
    expect(first[0]).toMatchObject({ reuse: false, hostId: '127.0.0.1-one-seed', done: false })
    expect(first[0]!.peerId).toMatch(/_Seed$/)
    expect(first.map((seed) => seed.pieceInfo?.pieceNum)).toEqual([-1, 0, 1, undefined])
    expect(first.at(-1)).toMatchObject({
      done: true,
      contentLength: 5 * MiB,
      totalPieceCount: 2,
    })
    const again = await seeds(request)
    expect(again.every((seed) => seed.reuse)).toBe(true)
    expect(again.at(-1)).toMatchObject({ done: true, contentLength: 5 * MiB })
    expect(origin.sentBytes).toBeLessThanOrEqual(5 * MiB + 1)
  })

  it('needs only the begin and the end for an empty content', async () => {
    const origin = await harness.origin(Buffer.alloc(0))
    const received = await seeds({ url: `${origin.url}/file` })
    expect(received.map((seed) => seed.done)).toEqual([false, true])
    expect(received.at(-1)).toMatchObject({ contentLength: 0, totalPieceCount: 0 })
  })

  it('refuses a task id that is not the content’s own', async () => {
    await expect(
      seeds({ taskId: '0'.repeat(64), url: 'http://127.0.0.1:1/x' }),
    ).rejects.toMatchObject({ dfCode: 1400 })
  })

  it('tells what the origin answered', async () => {
    const origin = await harness.origin(Buffer.alloc(1))
    await expect(seeds({ url: `${origin.url}/missing` })).rejects.toMatchObject({
      dfCode: 4008,
      sourceError: expect.objectContaining({ temporary: false }) as unknown,
    })
  })
})
