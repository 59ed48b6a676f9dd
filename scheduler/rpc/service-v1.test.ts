import { status } from '@grpc/grpc-js'
import type { ServiceError } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DfError } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import {
  getHost,
  getPeer,
  getTask,
  leaveHost,
  leaveTask,
  openSeeds,
} from '../replication/commands/index.ts'
import type { CommandDefinition } from '../replication/index.ts'
import { announcement, ask, peerHost, registration } from './single-member.suite.ts'
import { startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import { taskIdV1 } from './task-id.ts'

let member: SingleMember
let v1: schedulerV1.SchedulerClient

beforeEach(async () => {
  member = await startSingleMember()
  v1 = member.v1
})
afterEach(() => member.stop())

async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Sends a request that the member has accepted but cannot propose before there is a leader. */
async function openWithoutLeader<Reply>(
  send: () => Promise<Reply>,
): Promise<{ readonly reply: Promise<Reply> }> {
  member.raft.change({ role: 'follower', leader: 0 })
  const reply = send()
  const barrier = { 'x-damselfly-consistency': 'stale' }
  // Requests of one connection are taken up in order: once this is answered the other is open.
  await rejection(ask(v1, v1.statTask, { taskId: 'unknown' }, barrier))
  return { reply }
}

/** A command of somebody else, which needs no client port. */
async function apply<Body, Result>(
  command: CommandDefinition<Body, Result>,
  body: Body,
): Promise<void> {
  const { ok } = await member.proposer.propose(command, body, { timeoutMs: 5_000 })
  expect(ok).toBe(true)
}

async function stat(taskId: string): Promise<schedulerV1.Task__Output> {
  return (await ask(v1, v1.statTask, { taskId })).reply
}

describe('tasks', () => {
  test('an announced task is Succeeded and available at once', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    expect(await stat('t1')).toEqual({
      id: 't1',
      type: 'DfCache',
      contentLength: 5_000_000,
      totalPieceCount: 2,
      state: 'Succeeded',
      peerCount: 1,
      hasAvailablePeer: true,
    })
  })

  test('announcing again changes nothing', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.announceTask, announcement('t1', 1))
    expect((await stat('t1')).peerCount).toBe(1)
  })

  test('an empty file is announced with length 0 and no pieces', async () => {
    const packet = { taskId: 't0', dstPid: 'p', totalPiece: 0, contentLength: 0, pieceInfos: [] }
    await ask(v1, v1.announceTask, announcement('t0', 1, { piecePacket: packet }))
    expect(await stat('t0')).toMatchObject({ contentLength: 0, state: 'Succeeded' })
  })

  test('of a part may be prefetched as the whole it belongs to', async () => {
    const host = { id: 'seed', type: 1, hostname: 'seed', ip: '127.0.0.1', port: 9_999 }
    await ask(member.v2, member.v2.announceHost, { host: { ...host, downloadPort: 9_999 } })
    const header = { Range: 'bytes=0-9', accept: '*' }
    const urlMeta = { tag: 'x', digest: `md5:${'0'.repeat(32)}`, range: '0-9', header }
    await ask(v1, v1.registerPeerTask, registration('t1', 1, { urlMeta, prefetch: true }))
    const { url } = registration('t1', 1)
    const meta = { digest: '', range: '', tag: 'x', application: '', filter: '' }
    const whole = taskIdV1(url!, meta)
    expect(getTask(member.reader, whole)).toMatchObject({
      url,
      digest: '',
      tag: 'x',
      headers: [['accept', '*']],
    })
    const asked = (): readonly (readonly [string, string])[] =>
      openSeeds(member.reader, 1, 10).map(({ taskId, range }) => [taskId, range] as const)
    expect(asked()).toEqual([
      [whole, ''],
      ['t1', '0-9'],
    ])
    // There is nothing more than the whole, and nobody asked for more than the part.
    const wanted = { urlMeta: { ...urlMeta, range: '' }, url: `${url}2`, prefetch: true }
    await ask(v1, v1.registerPeerTask, registration('t2', 1, wanted))
    await ask(v1, v1.registerPeerTask, registration('t3', 1, { urlMeta, url: `${url}3` }))
    expect(asked().map(([taskId]) => taskId)).toEqual([whole, 't1', 't2', 't3'])
  })

  test('of the digests of its pieces only that of the first is kept, when it is told', async () => {
    const others = { pieceNum: 1, pieceMd5: 'ff'.repeat(16), rangeStart: 9, rangeSize: 9 }
    const first = { pieceNum: 0, pieceMd5: 'AB'.repeat(16), rangeSize: 9 }
    const announce = async (taskId: string, pieceInfos: object[]): Promise<unknown> => {
      const piecePacket = { ...announcement(taskId, 1).piecePacket, pieceInfos }
      await ask(v1, v1.announceTask, announcement(taskId, 1, { piecePacket }))
      return getTask(member.reader, taskId)?.pieceZero
    }
    const kept = { digest: 'ab'.repeat(16), offset: 0, length: 9 }
    expect(await announce('t1', [others, first])).toEqual(kept)
    expect(await announce('t2', [others, { ...first, pieceMd5: '' }])).toBeNull()
  })

  test('an unknown task is DfError 1404', async () => {
    const error = await rejection(stat('nothing'))
    expect(error).toBeInstanceOf(DfError)
    expect(error).toMatchObject({ dfCode: 1404 })
  })

  test('a deleted task is gone, and an import repeated after the delete is visible', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.leaveTask, { taskId: 't1', peerId: 't1-peer-1' })
    expect(await stat('t1')).toMatchObject({ hasAvailablePeer: false, peerCount: 0 })
    const packet = { ...announcement('t1', 1).piecePacket, dstPid: 't1-peer-1-again' }
    await ask(v1, v1.announceTask, announcement('t1', 1, { piecePacket: packet }))
    expect(await stat('t1')).toMatchObject({ state: 'Succeeded', hasAvailablePeer: true })
  })

  test('an announcement that was open when its peer was deleted does not bring it back', async () => {
    const call = await openWithoutLeader(() => ask(v1, v1.announceTask, announcement('t1', 1)))
    await apply(leaveTask, { taskId: 't1', peerId: 't1-peer-1' })
    member.raft.change({ role: 'leader', leader: 1 })
    expect(await rejection(call.reply)).toMatchObject({ dfCode: 1404 })
    expect(getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-1' })).toBeUndefined()
  })

  test('a registration that was open when its peer was deleted does not bring it back', async () => {
    const call = await openWithoutLeader(() => ask(v1, v1.registerPeerTask, registration('t1', 1)))
    await apply(leaveTask, { taskId: 't1', peerId: 't1-peer-1' })
    member.raft.change({ role: 'leader', leader: 1 })
    expect(await rejection(call.reply)).toMatchObject({ dfCode: 1404 })
    expect(getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-1' })).toBeUndefined()
  })

  test('an announcement through a member that lags behind the leave of its host counts', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    const call = await openWithoutLeader(() => ask(v1, v1.announceTask, announcement('t2', 1)))
    await apply(leaveHost, { hostId: 'host-1' })
    member.raft.change({ role: 'leader', leader: 1 })
    await call.reply
    expect(await stat('t2')).toMatchObject({ state: 'Succeeded', hasAvailablePeer: true })
    expect(await stat('t1')).toMatchObject({ hasAvailablePeer: false })
  })

  test('a delete between the two tries of an announcement stands', async () => {
    await ask(v1, v1.announceTask, announcement('t0', 1))
    const call = await openWithoutLeader(() => ask(v1, v1.announceTask, announcement('t1', 1)))
    await apply(leaveHost, { hostId: 'host-1' })
    const { readIndex } = member.raft
    member.raft.readIndex = async (options) => {
      await apply(leaveTask, { taskId: 't1', peerId: 't1-peer-1' })
      return Reflect.apply(readIndex, member.raft, [options])
    }
    member.raft.change({ role: 'leader', leader: 1 })
    expect(await rejection(call.reply)).toMatchObject({ dfCode: 1404 })
    expect(getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-1' })).toBeUndefined()
  })

  test('leaving a task twice is fine', async () => {
    await ask(v1, v1.leaveTask, { taskId: 't1', peerId: 'p' })
    await ask(v1, v1.leaveTask, { taskId: 't1', peerId: 'p' })
    expect(member.reader).toBeDefined()
  })

  test('StatTask asks the leader unless the client wants a stale answer', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    const before = member.raft.reads
    await ask(v1, v1.statTask, { taskId: 't1' }, { 'x-damselfly-consistency': 'stale' })
    expect(member.raft.reads).toBe(before)
    await ask(v1, v1.statTask, { taskId: 't1' })
    expect(member.raft.reads).toBe(before + 1)
  })
})

describe('errors', () => {
  const type = Buffer.from('type.googleapis.com/common.GrpcDfError').toString('hex')
  const hex = (text: string): string => Buffer.from(text).toString('hex')

  /** What an unmodified client finds in the trailers. */
  function details(error: unknown): string {
    expect(error).toBeInstanceOf(DfError)
    const { cause } = error as { readonly cause: ServiceError }
    expect(cause.code).toBe(status.UNKNOWN)
    return (cause.metadata.get('grpc-status-details-bin')[0] as Buffer).toString('hex')
  }

  test('of a call carry one GrpcDfError, byte for byte', async () => {
    const error = await rejection(stat('nothing'))
    expect(details(error)).toBe(
      `0802121d${hex('[1404]the task does not exist')}1a460a26${type}121c` +
        `08fc0a1217${hex('the task does not exist')}`,
    )
  })

  test('of a stream carry one GrpcDfError, byte for byte', async () => {
    const stream = new TestStream(v1)
    stream.begin('t', 'p')
    expect(details(await stream.ended)).toBe(
      `08021220${hex('[5007]the peer is not registered')}1a490a26${type}121f` +
        `088f27121a${hex('the peer is not registered')}`,
    )
  })
})

describe('registration', () => {
  test('a peer registers as NORMAL under the task id it sent', async () => {
    const { reply } = await ask(v1, v1.registerPeerTask, registration('t1', 1))
    expect(reply).toMatchObject({ taskId: 't1', taskType: 'Normal', sizeScope: 'NORMAL' })
    expect(reply.directPiece).toBeUndefined()
    expect(getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-1' })).toBeDefined()
    expect(getHost(member.reader, 'host-1')).toMatchObject({ port: 10_001, downloadPort: 20_001 })
  })

  test('an empty task id is computed as upstream does', async () => {
    const request = registration('', 1, { url: 'https://example.com', urlMeta: { tag: 'foo' } })
    const { reply } = await ask(v1, v1.registerPeerTask, { ...request, peerId: 'p' })
    expect(reply.taskId).toBe('2773851c628744fb7933003195db436ce397c1722920696c4274ff804d86920b')
  })

  test('an empty content is granted EMPTY with an empty piece', async () => {
    const packet = { taskId: 't0', dstPid: 'p', totalPiece: 0, contentLength: 0, pieceInfos: [] }
    await ask(v1, v1.announceTask, announcement('t0', 1, { piecePacket: packet }))
    const { reply } = await ask(v1, v1.registerPeerTask, registration('t0', 2))
    expect(reply.sizeScope).toBe('EMPTY')
    expect(reply.directPiece).toBe('pieceContent')
    expect(reply.pieceContent).toHaveLength(0)
  })

  test.each([
    ['LEVEL1', 5008],
    ['LEVEL2', 5008],
  ] as const)('priority %s without a source is DfError %i', async (priority, dfCode) => {
    const request = registration('t1', 1, { urlMeta: { priority } })
    expect(await rejection(ask(v1, v1.registerPeerTask, request))).toMatchObject({ dfCode })
  })

  test('a result of an unknown peer is DfError 5004', async () => {
    const call = ask(v1, v1.reportPeerResult, { taskId: 't', peerId: 'p', success: true })
    expect(await rejection(call)).toMatchObject({ dfCode: 5004 })
  })
})

describe('streams', () => {
  test.each(['end', 'cancel'] as const)('give their peer back: %s', async (how) => {
    await ask(v1, v1.registerPeerTask, registration('t1', 1))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-1')
    await stream.next()
    const owner = (): unknown =>
      getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-1' })?.ownerSessionId
    expect(owner()).toBe(member.proposer.sessionId)
    stream[how]()
    await expect.poll(owner, { interval: 1, timeout: 20_000 }).toBe(0)
  })

  describe('whose last piece was told a moment ago', () => {
    const name = { taskId: 't1', peerId: 't1-peer-1' }
    const finished = (): number => getPeer(member.reader, name)?.finishedPieceCount ?? 0

    async function fetching(): Promise<TestStream> {
      await ask(v1, v1.registerPeerTask, registration('t1', 1))
      const stream = new TestStream(v1)
      stream.begin(name.taskId, name.peerId)
      await stream.next()
      const { taskId, peerId: srcPid } = name
      stream.send({ taskId, srcPid, success: true, pieceInfo: { pieceNum: 0 } })
      const told = (): number => member.server.status().pieceReportsPending + finished()
      await expect.poll(told, { interval: 1, timeout: 20_000 }).toBe(1)
      return stream
    }

    test('keep it when another stream takes the peer over', async () => {
      await fetching()
      const other = new TestStream(v1)
      other.begin(name.taskId, name.peerId)
      await other.next()
      expect(finished()).toBe(1)
      other.cancel()
    })

    test('keep it when they end, although nobody knows how many there are', async () => {
      const stream = await fetching()
      const lengths = { contentLength: -1, totalPieceCount: -1 }
      await ask(v1, v1.reportPeerResult, { ...name, ...lengths, success: true })
      expect(finished()).toBe(1)
      stream.cancel()
    })
  })

  test('a first message of an unknown peer ends the stream with 5007', async () => {
    const stream = new TestStream(v1)
    stream.begin('t', 'p')
    expect(await stream.ended).toMatchObject({ dfCode: 5007 })
  })

  test('no parent, no seed: the peer is sent to the source with only code 5001', async () => {
    await ask(v1, v1.registerPeerTask, registration('t1', 1))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-1')
    const packet = await stream.next()
    expect(packet).toMatchObject({ code: 'SchedNeedBackSource', mainPeer: null })
    stream.end()
    expect(await stream.ended).toBeUndefined()
  })

  test('parents arrive with code 200, own ids, address and gRPC port', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-2')
    expect(await stream.next()).toMatchObject({
      code: 'Success',
      taskId: 't1',
      srcPid: 't1-peer-2',
      mainPeer: { ip: '127.0.0.1', rpcPort: 10_001, peerId: 't1-peer-1' },
      candidatePeers: [],
    })
    stream.cancel()
    await stream.ended
  })

  test('a failed piece brings a packet without that parent', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.announceTask, announcement('t1', 3))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-2')
    const first = await stream.next()
    const main = first.mainPeer!.peerId
    expect(first.candidatePeers).toHaveLength(1)
    stream.send({
      taskId: 't1',
      srcPid: 't1-peer-2',
      dstPid: main,
      pieceInfo: { pieceNum: 0 },
      success: false,
      code: 'ClientPieceDownloadFail',
    })
    const second = await stream.next()
    expect(second.mainPeer!.peerId).not.toBe(main)
    expect(second.candidatePeers).toEqual([])
    stream.end()
    await stream.ended
  })

  test('waiting for a piece (4004) and a failure with code Success are ignored', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-2')
    const parent = (await stream.next()).mainPeer!.peerId
    const failure = { taskId: 't1', srcPid: 't1-peer-2', dstPid: parent, success: false }
    stream.send({ ...failure, pieceInfo: { pieceNum: 0 }, code: 'ClientWaitPieceReady' })
    stream.send({ ...failure, pieceInfo: { pieceNum: 0 }, code: 'Success' })
    stream.end()
    expect(await stream.ended).toBeUndefined()
    expect(stream.waiting).toBe(0)
  })

  test('finished pieces are counted after the pause, and at the latest before the result', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-2')
    const parent = (await stream.next()).mainPeer!.peerId
    for (const pieceNum of [0, 1]) {
      stream.send({
        taskId: 't1',
        srcPid: 't1-peer-2',
        dstPid: parent,
        pieceInfo: { pieceNum, rangeSize: 10, downloadCost: 7 },
        success: true,
        code: 'Success',
      })
    }
    stream.send({ taskId: 't1', srcPid: 't1-peer-2', pieceInfo: { pieceNum: 1 << 30 } })
    stream.end()
    await stream.ended
    await ask(v1, v1.reportPeerResult, {
      taskId: 't1',
      peerId: 't1-peer-2',
      success: true,
      contentLength: 5_000_000,
      totalPieceCount: 2,
    })
    const peer = getPeer(member.reader, { taskId: 't1', peerId: 't1-peer-2' })
    expect(peer).toMatchObject({ state: 'Succeeded', finishedPieceCount: 2 })
    expect(peer?.costsMs).toEqual([7, 7])
  })

  test('a second stream of a peer takes over, the first ends with 5007', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const first = new TestStream(v1)
    first.begin('t1', 't1-peer-2')
    await first.next()
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const second = new TestStream(v1)
    second.begin('t1', 't1-peer-2')
    expect(await first.ended).toMatchObject({ dfCode: 5007 })
    expect(await second.next()).toMatchObject({ code: 'Success' })
    second.end()
    await second.ended
  })

  test('the stream of a peer that is removed ends with 5007 and says so', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-2')
    await stream.next()
    await ask(v1, v1.leaveTask, { taskId: 't1', peerId: 't1-peer-2' })
    expect(await stream.ended).toMatchObject({
      dfCode: 5007,
      message: expect.stringContaining('removed') as unknown,
    })
  })

  test('a stream must keep to one peer', async () => {
    await ask(v1, v1.registerPeerTask, registration('t1', 1))
    const stream = new TestStream(v1)
    stream.begin('t1', 't1-peer-1')
    stream.send({ taskId: 't1', srcPid: 'other', pieceInfo: { pieceNum: 0 }, success: true })
    expect(await stream.ended).toMatchObject({ grpcStatus: status.INVALID_ARGUMENT })
  })

  test('200 peers at once: one goes to the source, all others get parents', async () => {
    const peers = Array.from({ length: 200 }, (_, n) => n + 1)
    await Promise.all(peers.map((n) => ask(v1, v1.registerPeerTask, registration('t1', n))))
    const streams = peers.map((n) => {
      const stream = new TestStream(v1)
      stream.begin('t1', `t1-peer-${n}`)
      return stream
    })
    const packets = await Promise.all(streams.map((stream) => stream.next()))
    const sources = packets.filter(({ code }) => code === 'SchedNeedBackSource')
    expect(sources).toHaveLength(1)
    const served = packets.filter(({ code, mainPeer }) => code === 'Success' && mainPeer !== null)
    expect(served).toHaveLength(199)
    for (const stream of streams) stream.cancel()
    await Promise.all(streams.map((stream) => stream.ended))
  })

  test('a source error that is final reaches the running peers with code 1001', async () => {
    await ask(v1, v1.registerPeerTask, registration('t1', 1))
    const source = new TestStream(v1)
    source.begin('t1', 't1-peer-1')
    expect((await source.next()).code).toBe('SchedNeedBackSource')
    await ask(v1, v1.registerPeerTask, registration('t1', 2))
    const child = new TestStream(v1)
    child.begin('t1', 't1-peer-2')
    expect(await child.next()).toMatchObject({ mainPeer: { peerId: 't1-peer-1' } })
    await ask(v1, v1.reportPeerResult, {
      taskId: 't1',
      peerId: 't1-peer-1',
      success: false,
      code: 'ClientBackSourceError',
      contentLength: -1,
      totalPieceCount: -1,
      sourceError: { temporary: false, metadata: { statusCode: 404, status: '404 Not Found' } },
    })
    const packet = await child.next()
    expect(packet.code).toBe('BackToSourceAborted')
    expect(packet.sourceError).toMatchObject({ metadata: { statusCode: 404 } })
    for (const stream of [source, child]) stream.cancel()
    await Promise.all([source.ended, child.ended])
  })
})

describe('hosts', () => {
  const host = {
    id: 'h1',
    type: 'super',
    hostname: 'seed-1',
    ip: '127.0.0.1',
    port: 10_000,
    downloadPort: 20_000,
    cpu: { logicalCount: 4, percent: 12.5 },
    memory: { total: 1_000, usedPercent: 50 },
    network: { location: 'here', idc: 'idc', tcpConnectionCount: 3 },
    disk: { total: 2_000, free: 1_000 },
    build: { gitVersion: 'v1' },
  }

  test('AnnounceHost stores a host, LeaveHost removes it, leaving again is fine', async () => {
    await ask(v1, v1.announceHost, host)
    expect(getHost(member.reader, 'h1')).toMatchObject({ type: 'super', idc: 'idc' })
    await ask(v1, v1.leaveHost, { id: 'h1' })
    expect(getHost(member.reader, 'h1')).toBeUndefined()
    await ask(v1, v1.leaveHost, { id: 'h1' })
  })

  test('a host that tells no statistics is taken', async () => {
    const { id, type, hostname, ip, port, downloadPort } = host
    await ask(v1, v1.announceHost, { id, type, hostname, ip, port, downloadPort })
    expect(getHost(member.reader, 'h1')).toMatchObject({ type: 'super', idc: '', location: '' })
    const { hosts } = (await ask(member.v2, member.v2.listHosts, {})).reply
    expect(hosts.map((known) => known.id)).toEqual(['h1'])
    for (const field of ['cpu', 'memory', 'disk', 'build']) {
      expect(hosts[0]).not.toHaveProperty(field)
    }
  })

  test('an announce that was open when its host left does not bring it back', async () => {
    await ask(v1, v1.announceHost, host)
    const { readIndex } = member.raft
    member.raft.readIndex = async (options) => {
      const read = await Reflect.apply(readIndex, member.raft, [options])
      await apply(leaveHost, { hostId: 'h1' })
      return read
    }
    await ask(v1, v1.announceHost, { ...host, hostname: 'late' })
    expect(getHost(member.reader, 'h1')).toBeUndefined()
  })

  test('a task is not available any more when its only host has left', async () => {
    await ask(v1, v1.announceTask, announcement('t1', 1))
    await ask(v1, v1.leaveHost, { id: peerHost(1).id ?? '' })
    const error = await rejection(stat('t1'))
    const isGone = error === undefined ? !(await stat('t1')).hasAvailablePeer : true
    expect(isGone).toBe(true)
  })
})
