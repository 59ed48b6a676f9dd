// Every message of an AnnouncePeer stream at one member.
import { constants } from 'node:http2'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { schedulerV2 } from '../../proto/index.ts'
import { utf8Encode } from '../../base/index.ts'
import { blockedParentsMax } from '../core/index.ts'
import { setConfigCommand } from '../replication/index.ts'
import { getHost, getPeer, getTask, settingsKey } from '../replication/commands/index.ts'
import type { PeerRow, TaskRow } from '../replication/commands/index.ts'
import {
  announceHosts,
  RawDownload,
  downloadOf,
  fetchFromSource,
  hostId,
  hostV2,
  piece,
  TestDownload,
} from './download.suite.ts'
import { ask, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
let v2: schedulerV2.SchedulerClient

beforeEach(async () => {
  member = await startSingleMember()
  v2 = member.v2
  await announceHosts(v2, 1, 2, 3)
})
afterEach(() => member.stop())

function peer(n: number): PeerRow | undefined {
  return getPeer(member.reader, downloadOf('t', n))
}

function task(): TaskRow | undefined {
  return getTask(member.reader, 't')
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!condition()) {
    expect(performance.now()).toBeLessThan(endMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Opens the stream of host N for task `t`. */
const open = (n: number): TestDownload => new TestDownload(v2, downloadOf('t', n))

describe('a download', () => {
  test('without a seed goes to the source, and the stream is ended by the member', async () => {
    const stream = open(1)
    stream.register()
    expect(await stream.next()).toMatchObject({
      needBackToSourceResponse: { description: expect.any(String) as string },
    })
    stream.sourceStarted()
    await until(() => peer(1)?.state === 'BackToSource')
    expect(task()).toMatchObject({ state: 'Running', backToSourceCount: 1 })
    stream.sourcePieceFinished(0)
    await until(() => peer(1)?.finishedPieceCount === 1)
    stream.sourcePieceFinished(1)
    stream.sourceFinished()
    expect(await stream.ended).toBeUndefined()
    expect(peer(1)).toMatchObject({ state: 'Succeeded', ownerSessionId: 0 })
    expect(task()).toMatchObject({
      state: 'Succeeded',
      contentLength: 8_388_608,
      totalPieceCount: 2,
      pieceLength: 4_194_304,
      backToSourceCount: 0,
      pieceZero: { digest: 'crc32:305419896', offset: 0, length: 4_194_304 },
    })
  })

  test('of a second peer comes from the first, described in full', async () => {
    await ask(v2, v2.announceHost, { host: hostV2(1, { network: { idc: 'a', location: 'b' } }) })
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = open(2)
    stream.register({ requestHeader: { authorization: 'secret' }, priority: 'LEVEL5' })
    const { normalTaskResponse } = await stream.next()
    expect(normalTaskResponse?.candidateParents).toHaveLength(1)
    expect(normalTaskResponse?.candidateParents[0]).toMatchObject({
      id: 't-peer-1',
      state: 'Succeeded',
      priority: 'LEVEL0',
      concurrentPieceCount: 8,
      needBackToSource: true,
      pieces: [],
      task: {
        id: 't',
        type: 'STANDARD',
        url: 'http://origin.example/file',
        tag: 'test',
        state: 'Succeeded',
        contentLength: 8_388_608,
        pieceCount: 2,
        sizeScope: 'NORMAL',
        peerCount: 2,
        requestHeader: {},
      },
      host: {
        id: 'host-1',
        ip: '127.0.0.1',
        port: 10_001,
        downloadPort: 20_001,
        network: { idc: 'a', location: 'b' },
      },
    })
    stream.started()
    for (const number of [0, 1]) stream.pieceFinished(number, 't-peer-1')
    stream.finished()
    expect(await stream.ended).toBeUndefined()
    expect(peer(2)).toMatchObject({ state: 'Succeeded', costsMs: [12, 12] })
    expect(getHost(member.reader, hostId(1))?.concurrentUploadCount).toBe(0)
  })

  test('that is told to come from the source does, even with parents there', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = open(2)
    stream.register({ needBackToSource: true })
    await stream.sentToSource()
    stream.cancel()
  })

  test('of nothing is EMPTY', async () => {
    const stream = open(1)
    stream.register({ actualContentLength: 0, actualPieceCount: 0 })
    expect(await stream.next()).toMatchObject({ response: 'emptyTaskResponse' })
    stream.started()
    stream.finished()
    expect(await stream.ended).toBeUndefined()
    expect(peer(1)?.state).toBe('Succeeded')
  })

  test('of unknown length is not EMPTY', async () => {
    const stream = new TestDownload(v2, downloadOf('t', 1))
    stream.send({ registerPeerRequest: { download: { url: 'http://origin.example/file' } } })
    await stream.sentToSource()
    expect(task()?.contentLength).toBe(-1)
    const { reply } = await ask(v2, v2.statTask, { hostId: hostId(1), taskId: 't' })
    expect(reply).toMatchObject({ contentLength: 0, pieceCount: 0, sizeScope: 'UNKNOW' })
    stream.cancel()
  })

  test('of who has everything is METADATA_ONLY, and makes a parent', async () => {
    const holder = open(1)
    holder.register({ metadataOnly: true })
    expect(await holder.next()).toMatchObject({ response: 'metadataOnlyResponse' })
    holder.started()
    holder.finished()
    expect(await holder.ended).toBeUndefined()
    const stream = open(2)
    stream.register()
    expect(await stream.parents()).toEqual(['t-peer-1'])
    stream.cancel()
  })

  test('that failed leaves a failed peer, and the next one goes to the source', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.sourceStarted()
    stream.sourceFailed()
    expect(await stream.ended).toBeUndefined()
    expect(peer(1)?.state).toBe('Failed')
    expect(task()).toMatchObject({ state: 'Failed', contentLength: -1 })
    const next = open(2)
    next.register()
    await next.sentToSource()
    next.cancel()
  })

  test('from peers that failed ends the stream', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = open(2)
    stream.register()
    await stream.parents()
    stream.started()
    stream.failed()
    expect(await stream.ended).toBeUndefined()
    expect(peer(2)?.state).toBe('Failed')
    expect(getHost(member.reader, hostId(1))?.concurrentUploadCount).toBe(0)
  })
})

describe('parents', () => {
  test('that fail are blocked, and a reschedule request is answered with others', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    await fetchFromSource(v2, downloadOf('t', 3))
    const stream = open(2)
    stream.register()
    const [best] = await stream.parents()
    stream.started()
    stream.pieceFailed(0, best!)
    await until(() => peer(2)?.blockedParents.includes(best!) === true)
    const failedHost = getPeer(member.reader, { taskId: 't', peerId: best! })!.hostId
    expect(getHost(member.reader, failedHost)?.uploadFailedCount).toBe(1)
    expect(stream.waiting).toBe(0)
    stream.reschedule()
    const others = await stream.parents()
    expect(others).toHaveLength(1)
    expect(others).not.toContain(best)
    stream.cancel()
  })

  test('named in a reschedule request are not given again; without others the source is', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = open(2)
    stream.register()
    expect(await stream.parents()).toEqual(['t-peer-1'])
    stream.started()
    stream.reschedule('t-peer-1')
    await until(() => peer(2)?.blockedParents.length === 1)
    await member.advance(2_000)
    await stream.sentToSource()
    expect(peer(2)?.state).toBe('BackToSource')
    stream.cancel()
  })

  test('come by themselves to who waits for them', async () => {
    const first = open(1)
    first.register()
    await first.sentToSource()
    const second = open(2)
    second.register()
    expect(await second.parents()).toEqual(['t-peer-1'])
    first.cancel()
    second.cancel()
  })

  test('are not changed by a failure that is not temporary, nor by one at the source', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = open(2)
    stream.register()
    await stream.parents()
    stream.pieceFailed(0, 't-peer-1', false)
    stream.send({ downloadPieceBackToSourceFailedRequest: { pieceNumber: 0, unknown: {} } })
    stream.finished()
    expect(await stream.ended).toBeUndefined()
    expect(peer(2)?.state).toBe('Succeeded')
    expect(getHost(member.reader, hostId(1))?.uploadFailedCount).toBe(0)
  })

  test('are answered again at the source when the peer is there already', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.reschedule()
    await stream.sentToSource()
    expect(task()?.backToSourceCount).toBe(1)
    stream.cancel()
  })
})

describe('priorities', () => {
  test('LEVEL1 is forbidden, LEVEL2 needs a peer that has it', async () => {
    const forbidden = open(1)
    forbidden.register({ priority: 'LEVEL1' })
    expect(await forbidden.ended).toMatchObject({
      grpcStatus: status.FAILED_PRECONDITION,
      code: 'SCHED_PRIORITY_FORBIDDEN',
    })
    const alone = open(1)
    alone.register({ priority: 'LEVEL2' })
    expect(await alone.ended).toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_NO_AVAILABLE_PEER',
    })
    expect(peer(1)).toBeUndefined()
    await fetchFromSource(v2, downloadOf('t', 3))
    const served = open(1)
    served.register({ priority: 'LEVEL2' })
    expect(await served.parents()).toEqual(['t-peer-3'])
    served.cancel()
  })

  test('of applications count for requests without one', async () => {
    const rule = { name: 'app', priority: { value: 1, urls: [{ regex: 'other', value: 3 }] } }
    const value = utf8Encode(JSON.stringify({ applications: [rule] }))
    const body = { key: settingsKey, value, expectedVersion: 0 }
    await member.proposer.propose(setConfigCommand, body, { timeoutMs: 5_000 })
    const forbidden = open(1)
    forbidden.register({ application: 'app' })
    expect(await forbidden.ended).toMatchObject({ code: 'SCHED_PRIORITY_FORBIDDEN' })
    const matched = open(1)
    matched.register({ application: 'app', url: 'http://other.example/file' })
    await matched.sentToSource()
    matched.cancel()
    const own = open(2)
    own.register({ application: 'app', priority: 'LEVEL6' })
    expect(await own.parents()).toEqual(['t-peer-1'])
    own.cancel()
  })

  test('LEVEL3 goes to the source', async () => {
    const stream = open(1)
    stream.register({ priority: 'LEVEL3' })
    await stream.sentToSource()
    stream.cancel()
  })
})

describe('errors', () => {
  test('a host that did not announce itself is NOT_FOUND and named', async () => {
    const stream = open(9)
    stream.register()
    expect(await stream.ended).toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_HOST_NOT_FOUND',
      message: expect.stringContaining('host-9') as string,
    })
    // Asked once more how far the log is: the host may be new at another member.
    expect(member.raft.reads).toBeGreaterThan(3)
  })

  test('a peer that is not registered is NOT_FOUND for every command', async () => {
    const sends: ((stream: TestDownload) => void)[] = [
      (stream) => stream.started(),
      (stream) => stream.sourceStarted(),
      (stream) => stream.reschedule(),
      (stream) => stream.finished(),
      (stream) => stream.sourceFinished(),
      (stream) => stream.failed(),
      (stream) => stream.sourceFailed(),
    ]
    for (const send of sends) {
      const stream = open(1)
      send(stream)
      expect(await stream.ended).toMatchObject({
        grpcStatus: status.NOT_FOUND,
        code: 'SCHED_PEER_NOT_FOUND',
      })
    }
  })

  test('a piece report of a peer that is not registered is ignored', async () => {
    const stream = open(1)
    stream.pieceFinished(0, 'p')
    stream.sourcePieceFinished(0)
    stream.pieceFailed(0, 'p')
    stream.register()
    await stream.sentToSource()
    expect(peer(1)?.finishedPieceCount).toBe(0)
    stream.cancel()
  })

  test('a peer of another host is INVALID_ARGUMENT', async () => {
    await fetchFromSource(v2, downloadOf('t', 1))
    const stream = new TestDownload(v2, { ...downloadOf('t', 1), hostId: hostId(2) })
    stream.register()
    expect(await stream.ended).toMatchObject({
      grpcStatus: status.INVALID_ARGUMENT,
      code: 'SCHED_HOST_MISMATCH',
    })
  })

  test('a step that the state of the peer forbids is INTERNAL', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.started()
    const error = await stream.ended
    expect(error).toMatchObject({ grpcStatus: status.INTERNAL, code: 'SCHED_ILLEGAL_STATE' })
  })

  test('a second registration on a stream is INTERNAL, as upstream', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.register()
    expect(await stream.ended).toMatchObject({ grpcStatus: status.INTERNAL })
  })

  test('a message without a request is FAILED_PRECONDITION', async () => {
    const stream = open(1)
    stream.send({})
    expect(await stream.ended).toMatchObject({
      grpcStatus: status.FAILED_PRECONDITION,
      code: 'SCHED_UNKNOWN_MESSAGE',
    })
  })

  test.each(['hostId', 'taskId', 'peerId'] as const)(
    'another %s on a stream is refused',
    async (field) => {
      const stream = open(1)
      stream.register()
      await stream.sentToSource()
      stream.send({ [field]: 'other', downloadPeerBackToSourceStartedRequest: {} })
      expect(await stream.ended).toMatchObject({
        grpcStatus: status.INVALID_ARGUMENT,
        code: 'PROTO_FIELD_INVALID',
      })
      await until(() => peer(1)?.ownerSessionId === 0)
    },
  )

  test('content without a source that nobody has is FAILED_PRECONDITION; its peer failed', async () => {
    const stream = open(1)
    stream.register({ type: 'PERSISTENT_CACHE', url: 'd7y:/x' })
    expect(await stream.ended).toMatchObject({
      grpcStatus: status.FAILED_PRECONDITION,
      code: 'SCHED_NOT_SCHEDULED',
    })
    await until(() => peer(1)?.state === 'Failed')
  })
})

describe('a stream', () => {
  test('has its headers before anything is said', async () => {
    const stream = open(1)
    const headers = await stream.opened
    expect(headers.get('x-raft-term')).toEqual(['1'])
    stream.cancel()
  })

  test('goes on after the deadline its client has told', async () => {
    // A client with a deadline would end the stream itself: this one only says so.
    const stream = new RawDownload(member.address, downloadOf('t', 1), { 'grpc-timeout': '1m' })
    stream.send({ registerPeerRequest: { download: { url: 'http://origin.example/file' } } })
    await until(() => peer(1)?.state === 'BackToSource')
    const endMs = performance.now() + 5
    await until(() => performance.now() > endMs)
    expect(member.server.status().streams).toBe(1)
    stream.send({ downloadPeerBackToSourceFinishedRequest: {} })
    await until(() => peer(1)?.state === 'Succeeded')
    stream.close()
  })

  test('that is half-closed ends in good order and detaches its peer', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.end()
    expect(await stream.ended).toBeUndefined()
    await until(() => peer(1)?.ownerSessionId === 0)
    expect(member.server.status().streams).toBe(0)
  })

  test('that is half-closed before its answer still gets it', async () => {
    const stream = open(1)
    stream.register()
    stream.end()
    await stream.sentToSource()
    expect(await stream.ended).toBeUndefined()
  })

  test('that is cancelled detaches its peer', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    stream.cancel()
    await until(() => peer(1)?.ownerSessionId === 0)
    await until(() => member.server.status().streams === 0)
  })

  test('loses its peer to another stream with ABORTED', async () => {
    const first = open(1)
    first.register()
    await first.sentToSource()
    const second = open(1)
    second.register()
    await second.sentToSource()
    expect(await first.ended).toMatchObject({
      grpcStatus: status.ABORTED,
      code: 'SCHED_ATTACHMENT_LOST',
    })
    second.sourceStarted()
    second.sourceFinished()
    expect(await second.ended).toBeUndefined()
    expect(peer(1)?.state).toBe('Succeeded')
  })

  test('whose peer is deleted ends with NOT_FOUND', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    await ask(v2, v2.deletePeer, downloadOf('t', 1))
    expect(await stream.ended).toMatchObject({
      grpcStatus: status.NOT_FOUND,
      code: 'SCHED_PEER_NOT_FOUND',
    })
  })

  test('whose host leaves ends with NOT_FOUND', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    await ask(v2, v2.deleteHost, { hostId: hostId(1) })
    expect(await stream.ended).toMatchObject({ grpcStatus: status.NOT_FOUND })
  })

  test('whose client never reads is reset, and nothing waits for it', async () => {
    const url = `http://origin.example/${'a'.repeat(16_000)}`
    await fetchFromSource(v2, downloadOf('t', 1))
    const deaf = new RawDownload(member.address, downloadOf('t', 2))
    deaf.send({ registerPeerRequest: { download: { url } } })
    await until(() => peer(2)?.state === 'ReceivedNormal')
    await until(() => {
      deaf.send({ reschedulePeerRequest: {} })
      return deaf.resetCode !== undefined
    })
    expect(deaf.resetCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM)
    expect(member.server.status().streams).toBe(0)
    await until(() => peer(2)?.ownerSessionId === 0)
    deaf.close()
  })

  test('of a member without contact with a leader is not opened, one that is open stays', async () => {
    const stream = open(1)
    stream.register()
    await stream.sentToSource()
    member.raft.leaderContactAgeMs = 3_000
    member.raft.change({ role: 'follower', leader: 0 })
    await until(() => !member.server.status().isServing)
    const refused = open(2)
    expect(await refused.ended).toMatchObject({ grpcStatus: status.UNAVAILABLE })
    expect(member.server.status().streams).toBe(1)
    member.raft.leaderContactAgeMs = 0
    member.raft.change({ role: 'leader', leader: 1 })
    stream.sourceStarted()
    stream.sourceFinished()
    expect(await stream.ended).toBeUndefined()
  })

  test('is read no further while a command is on its way, and keeps the order', async () => {
    const stream = open(1)
    stream.register()
    stream.sourceStarted()
    stream.sourcePieceFinished(0)
    stream.sourcePieceFinished(1)
    stream.sourceFinished()
    await stream.sentToSource()
    expect(await stream.ended).toBeUndefined()
    expect(peer(1)?.state).toBe('Succeeded')
  })
})

test('too many parents in a reschedule request are refused', async () => {
  const stream = open(1)
  stream.register()
  await stream.sentToSource()
  stream.reschedule(...Array.from({ length: blockedParentsMax + 1 }, (_, n) => `p${n}`))
  expect(await stream.ended).toMatchObject({ grpcStatus: status.INVALID_ARGUMENT })
})

test('piece reports count once, whatever their order', async () => {
  const stream = open(1)
  stream.register()
  await stream.sentToSource()
  for (const number of [1, 0, 1]) {
    stream.send({ downloadPieceBackToSourceFinishedRequest: { piece: piece(number) } })
  }
  await until(() => peer(1)?.finishedPieceCount === 2)
  stream.cancel()
})

describe('the pieces that were told last', () => {
  /** They wait to be reported, or have been a moment ago. */
  const told = (): number =>
    member.server.status().pieceReportsPending + (peer(1)?.finishedPieceCount ?? 0)

  async function fetching(): Promise<TestDownload> {
    const stream = open(1)
    stream.register({ actualContentLength: undefined, actualPieceCount: undefined })
    await stream.sentToSource()
    for (const number of [0, 1]) stream.sourcePieceFinished(number)
    await until(() => told() === 2)
    return stream
  }

  test('count when the download ends, although nobody knows how many there are', async () => {
    const stream = await fetching()
    stream.sourceFinished()
    expect(await stream.ended).toBeUndefined()
    expect(peer(1)).toMatchObject({ state: 'Succeeded', finishedPieceCount: 2 })
  })

  test('count when another stream takes the peer over', async () => {
    await fetching()
    const other = open(1)
    other.register()
    await other.sentToSource()
    expect(peer(1)).toMatchObject({ state: 'BackToSource', finishedPieceCount: 2 })
    other.cancel()
  })
})

test('a piece that another peer of the host fetched from the source counts without a parent', async () => {
  const stream = open(1)
  stream.register()
  await stream.sentToSource()
  stream.send({ downloadPieceFinishedRequest: { piece: piece(1) } })
  await until(() => peer(1)?.finishedPieceCount === 1)
  stream.cancel()
})
