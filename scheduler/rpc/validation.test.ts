// Every field rule once: what breaks it is INVALID_ARGUMENT and names the field.
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { schedulerV1, schedulerV2 } from '../../proto/index.ts'
import {
  headersMax,
  headerValueLengthMax,
  idLengthMax,
  labelLengthMax,
  nameLengthMax,
  pieceCountMax,
  urlLengthMax,
} from '../core/index.ts'
import { getHost } from '../replication/commands/index.ts'
import { announcement, ask, peerHost, registration } from './single-member.suite.ts'
import { startSingleMember, TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

let member: SingleMember
beforeAll(async () => {
  member = await startSingleMember()
})
afterAll(() => member.stop())

async function refusal(call: Promise<unknown>): Promise<{ status: status; field: string }> {
  const error = await call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toMatchObject({ code: 'PROTO_FIELD_INVALID' })
  const { grpcStatus, message } = error as { grpcStatus: status; message: string }
  return { status: grpcStatus, field: message.slice(0, message.indexOf(':')) }
}

const longId = 'x'.repeat(idLengthMax + 1)
const longLabel = 'x'.repeat(labelLengthMax + 1)
const longName = 'x'.repeat(nameLengthMax + 1)

describe('RegisterPeerTask', () => {
  const host = peerHost(1)
  const rules: [field: string, more: Partial<schedulerV1.PeerTaskRequest>][] = [
    ['url', { url: '' }],
    ['url', { url: `http://x/${'a'.repeat(urlLengthMax)}` }],
    ['url', { url: 'http://x/\n' }],
    ['url', { url: 'origin.example/file' }],
    ['url', { url: '://origin.example/file' }],
    ['url_meta', { urlMeta: null }],
    ['url_meta.digest', { urlMeta: { digest: 'md5:abc' } }],
    ['url_meta.digest', { urlMeta: { digest: 'abc' } }],
    ['url_meta.digest', { urlMeta: { digest: `sha257:${'0'.repeat(64)}` } }],
    ['url_meta.digest', { urlMeta: { digest: `sha256:${'g'.repeat(64)}` } }],
    ['url_meta.range', { urlMeta: { range: 'bytes=0-1' } }],
    ['url_meta.tag', { urlMeta: { tag: longLabel } }],
    ['url_meta.application', { urlMeta: { application: longLabel } }],
    ['url_meta.filter', { urlMeta: { filter: 'a&'.repeat(300) } }],
    ['url_meta.header', { urlMeta: { header: { '': 'v' } } }],
    ['url_meta.header', { urlMeta: { header: { a: 'x\r\nHost: y' } } }],
    [
      'url_meta.header',
      { urlMeta: { header: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [i, ''])) } },
    ],
    // A number that API v1 does not define.
    ['url_meta.priority', { urlMeta: { priority: 9 as 6 } }],
    ['task_id', { taskId: longId }],
    ['task_id', { taskId: 'a\u0000b' }],
    ['peer_id', { peerId: '' }],
    ['peer_id', { peerId: longId }],
    ['peer_host', { peerHost: null }],
    ['peer_host.id', { peerHost: { ...host, id: '' } }],
    ['peer_host.ip', { peerHost: { ...host, ip: 'localhost' } }],
    ['peer_host.ip', { peerHost: { ...host, ip: '' } }],
    ['peer_host.hostname', { peerHost: { ...host, hostname: '' } }],
    ['peer_host.rpc_port', { peerHost: { ...host, rpcPort: 1_023 } }],
    ['peer_host.rpc_port', { peerHost: { ...host, rpcPort: 65_535 } }],
    ['peer_host.rpc_port', { peerHost: { ...host, rpcPort: 0 } }],
    ['peer_host.down_port', { peerHost: { ...host, downPort: -1 } }],
    ['peer_host.proxy_port', { peerHost: { ...host, proxyPort: 65_536 } }],
    ['peer_host.proxy_port', { peerHost: { ...host, proxyPort: -1 } }],
    ['peer_host.idc', { peerHost: { ...host, idc: longLabel } }],
    ['peer_host.location', { peerHost: { ...host, location: longLabel } }],
    ['peer_host.id', { peerHost: { ...host, id: longId } }],
    ['peer_host.hostname', { peerHost: { ...host, hostname: longName } }],
    ['url_meta.range', { urlMeta: { range: '5' } }],
    ['url_meta.range', { urlMeta: { range: '-5' } }],
    ['url_meta.range', { urlMeta: { range: '9-1' } }],
    ['url_meta.range', { urlMeta: { range: `0-${'9'.repeat(40)}` } }],
    ['url_meta.filter', { urlMeta: { filter: `a&${longLabel}` } }],
    ['url_meta.filter', { urlMeta: { filter: 'a'.repeat(urlLengthMax + 1) } }],
    ['url_meta.header', { urlMeta: { header: { [longLabel]: 'v' } } }],
    ['url_meta.header', { urlMeta: { header: { a: 'x'.repeat(headerValueLengthMax + 1) } } }],
    ['url_meta.tag', { urlMeta: { tag: 'a\u007f' } }],
  ]
  test.each(rules)('%s (case %#)', async (field, more) => {
    const call = ask(member.v1, member.v1.registerPeerTask, registration('t', 1, more))
    expect(await refusal(call)).toEqual({ status: status.INVALID_ARGUMENT, field })
  })

  const id = 'ü'.repeat(idLengthMax)
  const label = 'ü'.repeat(labelLengthMax)
  const taken: [what: string, more: Partial<schedulerV1.PeerTaskRequest>][] = [
    ['the longest ids', { taskId: id, peerId: id, peerHost: { ...host, id } }],
    ['the longest labels', { urlMeta: { tag: label, application: label, filter: label } }],
    ['the longest URL', { url: `http://x/${'a'.repeat(urlLengthMax - 9)}` }],
    ['the longest header', { urlMeta: { header: { a: 'x'.repeat(headerValueLengthMax) } } }],
    ['the lowest ports', { peerHost: { ...host, rpcPort: 1_024, downPort: 1_024 } }],
    ['the highest ports', { peerHost: { ...host, rpcPort: 65_534, downPort: 65_534 } }],
    ['no proxy', { peerHost: { ...host, proxyPort: 0 } }],
    ['a proxy on a low port', { peerHost: { ...host, proxyPort: 80 } }],
    ['a proxy on the last port', { peerHost: { ...host, proxyPort: 65_535 } }],
    ['IPv6', { peerHost: { ...host, ip: 'fe80::1' } }],
    ['an open range', { urlMeta: { range: '7-' } }],
    ['an upper-case digest', { urlMeta: { digest: `sha256:${'A'.repeat(64)}` } }],
    ['every priority below the forbidden ones', { urlMeta: { priority: 'LEVEL6' } }],
    ['a header with a tab', { urlMeta: { header: { a: 'x\ty' } } }],
  ]
  test.each(taken)('%s: taken', async (_what, more) => {
    const request = registration(`taken-${_what}`, 1, more)
    const { reply } = await ask(member.v1, member.v1.registerPeerTask, request)
    expect(reply.taskId).toBe(request.taskId)
  })

  test('fields that only together are too large are refused as a whole', async () => {
    const value = 'x'.repeat(headerValueLengthMax)
    const names = Array.from({ length: headersMax - 200 }, (_, n) => [`h${n}`, value])
    const urlMeta = { header: Object.fromEntries(names) as Record<string, string> }
    const call = ask(member.v1, member.v1.registerPeerTask, registration('t', 1, { urlMeta }))
    await expect(call).rejects.toMatchObject({
      code: 'SCHED_TOO_LARGE',
      grpcStatus: status.INVALID_ARGUMENT,
    })
  })
})

describe('AnnounceTask', () => {
  const good = announcement('t', 1).piecePacket ?? {}
  const packets: [field: string, packet: object][] = [
    ['piece_packet.dst_pid', { dstPid: '' }],
    ['piece_packet.task_id', { taskId: 'other' }],
    ['piece_packet.total_piece', { totalPiece: -1 }],
    ['piece_packet.total_piece', { totalPiece: pieceCountMax + 1 }],
    ['piece_packet.content_length', { contentLength: -1 }],
    ['piece_packet.content_length', { contentLength: '9223372036854775807' }],
    ['piece_packet.piece_infos.piece_num', { pieceInfos: [{ pieceNum: -1 }] }],
    ['piece_packet.piece_infos.piece_md5', { pieceInfos: [{ pieceNum: 0, pieceMd5: 'xyz' }] }],
    [
      'piece_packet.piece_infos.range_start',
      { pieceInfos: [{ pieceNum: 0, rangeStart: '18446744073709551615' }] },
    ],
  ]
  test.each(packets)('%s (case %#)', async (field, more) => {
    const request = announcement('t', 1, { piecePacket: { ...good, ...more } })
    const call = ask(member.v1, member.v1.announceTask, request)
    expect(await refusal(call)).toEqual({ status: status.INVALID_ARGUMENT, field })
  })

  test('piece_packet and task_type', async () => {
    const none = announcement('t', 1, { piecePacket: null })
    expect(await refusal(ask(member.v1, member.v1.announceTask, none))).toMatchObject({
      field: 'piece_packet',
    })
    const odd = announcement('t', 1, { taskType: 7 as 1 })
    expect(await refusal(ask(member.v1, member.v1.announceTask, odd))).toMatchObject({
      field: 'task_type',
    })
  })
})

describe('other calls of v1', () => {
  test('ids are required', async () => {
    const { v1 } = member
    expect((await refusal(ask(v1, v1.statTask, {}))).field).toBe('task_id')
    expect((await refusal(ask(v1, v1.leaveTask, { taskId: 't' }))).field).toBe('peer_id')
    expect((await refusal(ask(v1, v1.leaveTask, { peerId: 'p' }))).field).toBe('task_id')
    expect((await refusal(ask(v1, v1.leaveHost, { id: longId }))).field).toBe('id')
    expect((await refusal(ask(member.v2, member.v2.deleteHost, {}))).field).toBe('host_id')
    expect((await refusal(ask(v1, v1.reportPeerResult, { taskId: 't' }))).field).toBe('peer_id')
    expect((await refusal(ask(v1, v1.leaveHost, {}))).field).toBe('id')
    expect((await refusal(ask(v1, v1.reportPeerResult, { peerId: 'p' }))).field).toBe('task_id')
  })

  test.each([
    ['content_length', { contentLength: -2 }],
    ['total_piece_count', { totalPieceCount: -2 }],
    ['total_piece_count', { totalPieceCount: pieceCountMax + 1 }],
    ['content_length', { contentLength: '9007199254740993' }],
  ])('PeerResult %s', async (field, more) => {
    const request = { taskId: 't', peerId: 'p', ...more }
    const call = ask(member.v1, member.v1.reportPeerResult, request)
    expect((await refusal(call)).field).toBe(field)
  })

  const host = {
    id: 'h',
    type: 'normal',
    hostname: 'x',
    ip: '::1',
    port: 10_000,
    downloadPort: 20_000,
  }
  const hosts: [field: string, more: schedulerV1.AnnounceHostRequest][] = [
    ['id', { id: '' }],
    ['type', { type: 'odd' }],
    ['hostname', { hostname: '' }],
    ['ip', { ip: '1.2.3' }],
    ['port', { port: 80 }],
    ['download_port', { downloadPort: 65_535 }],
    ['object_storage_port', { objectStoragePort: 1 }],
    ['proxy_port', { proxyPort: 70_000 }],
    ['os', { os: longName }],
    ['platform', { platform: longName }],
    ['platform_family', { platformFamily: longName }],
    ['platform_version', { platformVersion: longName }],
    ['kernel_version', { kernelVersion: longName }],
    ['network.location', { network: { location: longLabel } }],
    ['host', { build: { gitVersion: 'x'.repeat(10_000) } }],
    ['network.idc', { network: { idc: longLabel } }],
    ['scheduler_cluster_id', { schedulerClusterId: '9007199254740992' }],
  ]
  test.each(hosts)('AnnounceHost %s', async (field, more) => {
    const call = ask(member.v1, member.v1.announceHost, { ...host, ...more })
    expect(await refusal(call)).toEqual({ status: status.INVALID_ARGUMENT, field })
  })
})

test('a host may announce a proxy on any port', async () => {
  const { v1, v2 } = member
  const host = { id: 'proxy', hostname: 'x', ip: '127.0.0.1', port: 10_000, downloadPort: 20_000 }
  for (const proxyPort of [80, 65_535]) {
    await ask(v1, v1.announceHost, { ...host, type: 'normal', proxyPort })
    await ask(v2, v2.announceHost, { host: { ...host, proxyPort } })
    expect(getHost(member.reader, host.id)).toMatchObject({ proxyPort })
  }
})

describe('AnnounceHost of v2', () => {
  const host = { id: 'h', hostname: 'x', ip: '10.0.0.1', port: 10_000, downloadPort: 20_000 }
  const rules: [field: string, request: schedulerV2.AnnounceHostRequest][] = [
    ['host', {}],
    ['host.id', { host: { ...host, id: '' } }],
    ['host.type', { host: { ...host, type: 4 } }],
    ['host.hostname', { host: { ...host, hostname: '' } }],
    ['host.ip', { host: { ...host, ip: 'x' } }],
    ['host.download_port', { host: { ...host, downloadPort: 65_535 } }],
    ['host.proxy_port', { host: { ...host, proxyPort: 65_536 } }],
    ['host.os', { host: { ...host, os: longName } }],
    ['host.network.idc', { host: { ...host, network: { idc: longLabel } } }],
    ['host.network.location', { host: { ...host, network: { location: longLabel } } }],
    ['host.scheduler_cluster_id', { host: { ...host, schedulerClusterId: '9007199254740992' } }],
    ['host.port', { host: { ...host, port: 1_000 } }],
    ['host.kernel_version', { host: { ...host, kernelVersion: 'x'.repeat(1_000) } }],
    ['host', { host: { ...host, build: { gitVersion: 'x'.repeat(10_000) } } }],
    ['interval', { host, interval: {} }],
    ['interval.seconds', { host, interval: { seconds: 86_401 } }],
    ['interval.seconds', { host, interval: { seconds: -1 } }],
    ['interval.nanos', { host, interval: { nanos: -1 } }],
    ['interval.nanos', { host, interval: { seconds: 1, nanos: 1_000_000_000 } }],
  ]
  test.each(rules)('%s (case %#)', async (field, request) => {
    const call = ask(member.v2, member.v2.announceHost, request)
    expect(await refusal(call)).toEqual({ status: status.INVALID_ARGUMENT, field })
  })
})

describe('calls of v2 about a peer or a task', () => {
  const whole = { hostId: 'h', taskId: 't', peerId: 'p' }
  const cases = (['statPeer', 'deletePeer', 'statTask', 'deleteTask'] as const).flatMap((name) =>
    (name.endsWith('Peer') ? ['host_id', 'task_id', 'peer_id'] : ['host_id', 'task_id']).flatMap(
      (field) => ['', longId, 'a\nb'].map((value) => ({ name, field, value })),
    ),
  )
  test.each(cases)('$name without a good $field (case %#)', async ({ name, field, value }) => {
    const { v2 } = member
    const key = field.replace('_id', 'Id')
    const call = (v2[name] as typeof v2.deletePeer).bind(v2)
    const found = await refusal(ask(v2, call, { ...whole, [key]: value }))
    expect(found).toEqual({ status: status.INVALID_ARGUMENT, field })
  })
})

describe('PieceResult', () => {
  const rules: [field: string, result: schedulerV1.PieceResult][] = [
    ['task_id', { srcPid: 'p' }],
    ['src_pid', { taskId: 't' }],
    ['dst_pid', { taskId: 't', srcPid: 't-peer-9', dstPid: longId }],
    ['piece_info', { taskId: 't', srcPid: 't-peer-9', success: true }],
    [
      'piece_info.piece_num',
      { taskId: 't', srcPid: 't-peer-9', success: true, pieceInfo: { pieceNum: pieceCountMax } },
    ],
    [
      'piece_info.download_cost',
      {
        taskId: 't',
        srcPid: 't-peer-9',
        success: true,
        pieceInfo: { pieceNum: 0, downloadCost: '9007199254740993' },
      },
    ],
  ]
  test.each(rules)('%s ends the stream (case %#)', async (field, result) => {
    await ask(member.v1, member.v1.registerPeerTask, registration('t', 9))
    const stream = new TestStream(member.v1)
    stream.begin('t', 't-peer-9')
    await stream.next()
    stream.send(result)
    const error = (await stream.ended) as { grpcStatus: status; message: string }
    expect(error).toMatchObject({ grpcStatus: status.INVALID_ARGUMENT })
    expect(error.message.slice(0, error.message.indexOf(':'))).toBe(field)
  })
})
