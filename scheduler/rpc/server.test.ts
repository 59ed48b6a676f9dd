import { connect, constants } from 'node:http2'
import type { Settings } from 'node:http2'
import { Client, credentials, Metadata, status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { service as healthService } from 'grpc-health-check'
import { afterEach, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { fromWireStatus, loadServices, StatusError } from '../../proto/index.ts'
import { contentLengthMax, pieceCostMsMax, pieceCountMax } from '../core/index.ts'
import { connectionStreamsMax, headerBytesMax, leaderWaitMsMax } from './limits.ts'
import { receiveBytesMax, requestBytesMax } from './limits.ts'
import { announcement, ask, clusterId, registration } from './single-member.suite.ts'
import { startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import type { SchedulerServerOptions } from './server.ts'

const members: SingleMember[] = []
/** No test waits for these. */
const longTimes = { idleMsMax: 3_600_000, ageMsMax: 3_600_000, ageGraceMs: 3_600_000 }
afterEach(async () => {
  for (const member of members.splice(0)) await member.stop()
})

async function start(options: Partial<SchedulerServerOptions> = {}): Promise<SingleMember> {
  const member = await startSingleMember(options)
  members.push(member)
  return member
}

async function rejection(call: Promise<unknown>): Promise<StatusError> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(StatusError)
  return error as StatusError
}

async function health(member: SingleMember): Promise<string> {
  const client = new Client(member.address, credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = healthService['Check']!
  try {
    return await new Promise<string>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { service: '' },
        (error, reply) => {
          if (error !== null) reject(error)
          else resolve(String((reply as { status: string }).status))
        },
      )
    })
  } finally {
    client.close()
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!(await condition())) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('every reply names leader, term and index; errors do so in trailers', async () => {
  const member = await start()
  const { v1 } = member
  const { headers } = await ask(v1, v1.announceTask, announcement('t', 1))
  expect(headers.get('x-raft-leader')).toEqual(['127.0.0.1:8002'])
  expect(headers.get('x-raft-term')).toEqual(['1'])
  expect(headers.get('x-raft-index')).toEqual([String(member.state.appliedIndex)])
  member.raft.change({ term: 7 })
  const error = await rejection(ask(v1, v1.statTask, { taskId: '' }))
  expect(error.metadata.get('x-raft-leader')).toEqual(['127.0.0.1:8002'])
  expect(error.metadata.get('x-raft-term')).toEqual(['7'])
})

test('health and methods that are not served name the leader as well', async () => {
  const member = await start()
  const client = new Client(member.address, credentials.createInsecure())
  const { path, requestSerialize, responseDeserialize } = healthService['Check']!
  const headers = await new Promise<Metadata>((resolve) => {
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service: '' },
      () => {},
    )
    call.on('metadata', resolve)
  })
  client.close()
  expect(headers.get('x-raft-leader')).toEqual(['127.0.0.1:8002'])
  const error = await new Promise<ServiceError | null>((resolve) => {
    member.v2.statImage({}, (failure) => resolve(failure))
  })
  expect(error).toMatchObject({ code: status.UNIMPLEMENTED })
  expect(error?.metadata.get('x-raft-term')).toEqual(['1'])
})

test('without a leader a call waits until one is found', async () => {
  const member = await start()
  const { v1, raft } = member
  raft.change({ role: 'follower', leader: 0 })
  const call = ask(v1, v1.announceTask, announcement('t', 1))
  const other = ask(v1, v1.statTask, { taskId: 't' }, { 'x-damselfly-consistency': 'stale' })
  await expect(other).rejects.toMatchObject({ dfCode: 1404 })
  raft.change({ leader: 1 })
  expect((await call).reply).toEqual({})
})

test('without a leader a call is UNAVAILABLE after 5 s, long before its deadline', async () => {
  const { v1, raft } = await start()
  raft.change({ role: 'follower', leader: 0 })
  const deadline = Date.now() + 10 * leaderWaitMsMax
  const error = await new Promise<unknown>((resolve) => {
    v1.leaveHost({ id: 'h' }, new Metadata(), { deadline }, (failure) => resolve(failure))
  })
  expect(leaderWaitMsMax).toBe(5000)
  expect(error).toMatchObject({ code: status.UNAVAILABLE })
}, 60_000)

test('a read that no leader confirms is UNAVAILABLE', async () => {
  const { v1, raft } = await start()
  raft.readRefusal = 'expired'
  const error = await rejection(ask(v1, v1.statTask, { taskId: 't' }))
  expect(error).toMatchObject({ grpcStatus: status.UNAVAILABLE, code: 'SCHED_NO_LEADER' })
})

test('without leader contact health is NOT_SERVING and streams end UNAVAILABLE', async () => {
  const member = await start()
  const { v1, raft } = member
  expect(await health(member)).toBe('SERVING')
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-1')
  await stream.next()
  raft.leaderContactAgeMs = 2_001
  expect(await stream.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
  expect(await health(member)).toBe('NOT_SERVING')
  const late = new TestStream(v1)
  late.begin('t', 't-peer-1')
  expect(await late.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
  raft.leaderContactAgeMs = 0
  await until(async () => (await health(member)) === 'SERVING')
})

test('a member that was told to is NOT_SERVING', async () => {
  const member = await start()
  member.server.setHealth(false)
  expect(await health(member)).toBe('NOT_SERVING')
  expect(member.server.status().isServing).toBe(false)
})

test('more requests than the limit are RESOURCE_EXHAUSTED', async () => {
  const { v1 } = await start({ requestRateLimit: 3 })
  const calls = Array.from({ length: 20 }, () => ask(v1, v1.statTask, { taskId: 't' }))
  const ends = await Promise.allSettled(calls)
  const refused = ends.filter(
    (end) => end.status === 'rejected' && end.reason.code === 'SCHED_RATE_LIMITED',
  )
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(20)
  // A token comes back every third of a second: one of many streams finds none.
  const streams = Array.from({ length: 20 }, () => new TestStream(v1))
  for (const stream of streams) stream.begin('t', 'p')
  const codes = await Promise.all(streams.map(async ({ ended }) => grpcStatusOf(await ended)))
  expect(codes).toContain(status.RESOURCE_EXHAUSTED)
})

function grpcStatusOf(error: unknown): unknown {
  return (error as { readonly grpcStatus?: unknown }).grpcStatus
}

test('a message over the limit is refused and the connection goes on', async () => {
  const { v1 } = await start()
  const url = `http://x/${'a'.repeat(receiveBytesMax)}`
  const call = ask(v1, v1.registerPeerTask, { ...registration('t', 1), url })
  expect(await rejection(call)).toMatchObject({ grpcStatus: status.RESOURCE_EXHAUSTED })
  expect((await ask(v1, v1.registerPeerTask, registration('t', 1))).reply.taskId).toBe('t')
})

test('headers over the limit are refused and the connection goes on', async () => {
  const { v1 } = await start()
  const metadata = new Metadata()
  for (let i = 0; i < 16; i += 1) metadata.add('x-long', 'v'.repeat(headerBytesMax / 16))
  const refused = await new Promise<ServiceError | null>((resolve) => {
    v1.registerPeerTask(registration('t', 1), metadata, resolve)
  })
  expect(fromWireStatus(refused)).toMatchObject({
    code: 'SCHED_TOO_LARGE',
    grpcStatus: status.INVALID_ARGUMENT,
  })
  expect(refused?.metadata.get('x-raft-term')).toHaveLength(1)
  expect((await ask(v1, v1.registerPeerTask, registration('t', 1))).reply.taskId).toBe('t')
})

test('a request that nobody could carry out is refused before it is taken apart', async () => {
  const { v1, v2, server } = await start()
  const header = Object.fromEntries(Array.from({ length: 80_000 }, (_, n) => [`name-${n}`, 'v']))
  const wanted = { code: 'SCHED_TOO_LARGE', grpcStatus: status.INVALID_ARGUMENT }
  const call = ask(v1, v1.registerPeerTask, registration('t', 1, { urlMeta: { header } }))
  expect(await rejection(call)).toMatchObject(wanted)
  const announced = ask(v1, v1.announceTask, announcement('t', 1, { urlMeta: { header } }))
  expect(await rejection(announced)).toMatchObject(wanted)
  const pieceInfos = Array.from({ length: pieceCountMax + 1 }, () => ({ pieceNum: 1 }))
  const pieces = ask(v1, v1.announceTask, announcement('t', 1, { piecePacket: { pieceInfos } }))
  expect(await rejection(pieces)).toMatchObject(wanted)
  const stream = v2.announcePeer()
  const ended = new Promise<unknown>((resolve) => stream.on('error', resolve))
  const download = { url: 'http://x/y', requestHeader: header }
  stream.write({ hostId: 'h', taskId: 't', peerId: 'p', registerPeerRequest: { download } })
  expect(fromWireStatus(await ended)).toMatchObject(wanted)
  await until(() => Promise.resolve(server.status().streams === 0))
})

test('an announcement with megabytes of pieces is taken', async () => {
  const { v1 } = await start()
  const piece = { pieceMd5: '00112233445566778899aabbccddeeff', rangeSize: 1_000_000 }
  const pieceInfos = Array.from({ length: 30_000 }, (_, pieceNum) => ({ ...piece, pieceNum }))
  const { piecePacket } = announcement('t', 1)
  const request = announcement('t', 1, { piecePacket: { ...piecePacket, pieceInfos } })
  const { requestSerialize } = loadServices().schedulerV1.service.AnnounceTask
  expect(requestSerialize(request).length).toBeGreaterThan(requestBytesMax)
  expect((await ask(v1, v1.announceTask, request)).reply).toEqual({})
  // Nothing stands behind the last piece.
  const { taskType: _, ...rest } = announcement('u', 1)
  const last = { ...rest, piecePacket: { dstPid: 'p', pieceInfos } }
  expect((await ask(v1, v1.announceTask, last)).reply).toEqual({})
})

test('the announcement of a task with the most pieces is within the limit', () => {
  const pieceInfo = {
    pieceNum: pieceCountMax - 1,
    rangeStart: contentLengthMax,
    rangeSize: 15 * 1024 * 1024,
    pieceMd5: '00112233445566778899aabbccddeeff',
    pieceOffset: contentLengthMax,
    downloadCost: pieceCostMsMax,
  }
  const pieceInfos = Array.from({ length: 1_000 }, () => pieceInfo)
  const serialize = loadServices().schedulerV1.service.AnnounceTask.requestSerialize
  const { length } = serialize(announcement('t', 1, { piecePacket: { pieceInfos } }))
  expect((length / 1_000) * pieceCountMax).toBeLessThan(receiveBytesMax)
})

test('a connection without calls is closed', async () => {
  const { address } = await start({ connections: { ...longTimes, idleMsMax: 20 } })
  const session = connect(`http://${address}`)
  await new Promise<void>((resolve) => session.on('close', () => resolve()))
  expect(session.destroyed).toBe(true)
})

test('a connection that is too old ends its streams UNAVAILABLE, the next one goes on', async () => {
  const { v1 } = await start({ connections: { ...longTimes, ageMsMax: 20, ageGraceMs: 20 } })
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-1')
  expect(await stream.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
  await until(() =>
    ask(v1, v1.registerPeerTask, registration('t', 1)).then(
      ({ reply }) => reply.taskId === 't',
      () => false,
    ),
  )
})

test('malformed protobuf is answered with an error and the member goes on', async () => {
  const member = await start()
  const client = new Client(member.address, credentials.createInsecure())
  const error = await new Promise<unknown>((resolve) => {
    client.makeUnaryRequest(
      '/scheduler.Scheduler/StatTask',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.from('0affffffffff', 'hex'),
      (failure) => resolve(failure),
    )
  })
  expect(error).toMatchObject({ code: status.INTERNAL })
  client.close()
  expect((await ask(member.v1, member.v1.leaveHost, { id: 'h' })).reply).toEqual({})
})

test('a connection is told how many streams it may open at once', async () => {
  const { address } = await start()
  const session = connect(`http://${address}`)
  const settings = await new Promise<Settings>((resolve) => {
    session.on('remoteSettings', resolve)
  })
  expect(settings.maxConcurrentStreams).toBe(connectionStreamsMax)
  await new Promise<void>((resolve) => session.close(resolve))
})

test('bytes that are no HTTP/2 do not harm the member', async () => {
  const member = await start()
  const session = connect(`http://${member.address}`)
  const request = session.request({ [constants.HTTP2_HEADER_PATH]: '/nonsense' })
  const code = await new Promise<number>((resolve) => {
    request.on('response', (headers) => resolve(Number(headers[':status'])))
  })
  expect(code).toBeGreaterThanOrEqual(200)
  request.destroy()
  await new Promise<void>((resolve) => session.close(resolve))
  expect((await ask(member.v1, member.v1.leaveHost, { id: 'h' })).reply).toEqual({})
})

test('Status tells what the member knows, also without a leader', async () => {
  const member = await start()
  const { cluster, raft } = member
  const { reply } = await ask(cluster, cluster.status, {})
  expect(reply).toMatchObject({
    clusterId,
    leaderId: 1,
    term: 1,
    selfId: 1,
    digestIndex: member.state.appliedIndex,
    digest: toHex(member.state.digest()),
    members: [
      {
        id: 1,
        hostId: 's1',
        addr: '127.0.0.1:8002',
        raftAddr: '127.0.0.1:1',
        role: 'leader',
        pid: 4_242,
        term: 1,
        commit: member.state.appliedIndex,
        applied: member.state.appliedIndex,
      },
    ],
  })
  raft.change({ role: 'candidate', leader: 0, term: 2 })
  const alone = (await ask(cluster, cluster.status, {})).reply
  expect(alone).toMatchObject({ leaderId: 0, term: 2, members: [{ role: 'candidate' }] })
})

test('reflection names every service', async () => {
  const member = await start()
  const client = new Client(member.address, credentials.createInsecure())
  // ServerReflectionRequest{list_services: "*"} and its reply, as bytes.
  const reply = await new Promise<Buffer>((resolve, reject) => {
    const call = client.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
    )
    call.on('data', (bytes: Buffer) => {
      resolve(bytes)
      call.end()
    })
    call.on('error', reject)
    call.write(Buffer.from('3a012a', 'hex'))
  })
  client.close()
  const text = reply.toString('latin1')
  for (const name of ['scheduler.Scheduler', 'scheduler.v2.Scheduler']) expect(text).toContain(name)
  expect(text).toContain('damselfly.cluster.v1.Cluster')
  expect(text).toContain('damselfly.store.v1.Store')
})

test('stopping ends streams with UNAVAILABLE and can be asked twice', async () => {
  const member = await start()
  const { v1 } = member
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-1')
  await stream.next()
  const stops = [member.server.stop(), member.server.stop()]
  expect(await stream.ended).toMatchObject({
    grpcStatus: status.UNAVAILABLE,
    code: 'SCHED_STOPPING',
  })
  await Promise.all(stops)
})

test('ended streams leave nothing behind, however they ended', async () => {
  const { v1, server } = await start()
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const streams = [new TestStream(v1), new TestStream(v1), new TestStream(v1)]
  for (const stream of streams) stream.begin('t', 't-peer-1')
  await until(async () => server.status().streams === 1)
  const last = new TestStream(v1)
  last.begin('t', 't-peer-1')
  await last.next()
  last.end()
  await last.ended
  const cancelled = new TestStream(v1)
  cancelled.begin('t', 't-peer-1')
  await cancelled.next()
  cancelled.cancel()
  await until(async () => {
    await ask(v1, v1.leaveHost, { id: 'h' })
    return server.status().streams === 0
  })
  expect(await Promise.all(streams.map((stream) => stream.ended))).toHaveLength(3)
})

test('a port in use is refused with a stable code', async () => {
  const member = await start()
  const error = await startSingleMemberAt(member.address)
  expect(error).toMatchObject({ code: 'SCHED_PORT_IN_USE' })
})

async function startSingleMemberAt(address: string): Promise<unknown> {
  const member = await startSingleMember()
  members.push(member)
  return member.server.start(address).catch((error: unknown) => error)
}
