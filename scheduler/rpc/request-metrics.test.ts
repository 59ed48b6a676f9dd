import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GiB, MiB } from '../../base/index.ts'
import { formatMetrics } from '../metrics.ts'
import { announcedLabelLengthMax, announcedLabelSetsMax } from './limits.ts'
import { announceHosts, downloadOf, fetchFromSource } from './download.suite.ts'
import { hostV2, piece, TestDownload } from './download.suite.ts'
import { PrometheusRequestMetrics } from './prometheus-metrics.ts'
import { announcement, ask, registration, startSingleMember } from './single-member.suite.ts'
import { TestStream } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'
import { taskSizeLevel } from './task-size-level.ts'

let member: SingleMember

beforeEach(async () => {
  member = await startSingleMember({ countHostTraffic: true })
})
afterEach(() => member.stop())

/** Samples that are not 0, by name and labels, without the prefix. */
function samplesOf(metrics: Pick<PrometheusRequestMetrics, 'families'>): Record<string, number> {
  const lines = formatMetrics(metrics.families()).split('\n')
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'))
  const pairs = samples.map((line): [string, number] => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at).replace('dragonfly_scheduler_', ''), Number(line.slice(at + 1))]
  })
  return Object.fromEntries(pairs.filter(([, value]) => value !== 0))
}

const download = '{priority="LEVEL0",task_type="STANDARD",host_type="normal"}'

test('what clients of API v1 do is counted, and what became of it', async () => {
  const { v1, server } = member
  await ask(v1, v1.registerPeerTask, registration('t', 1))
  const forbidden = registration('t2', 1, { urlMeta: { priority: 'LEVEL1' } })
  await expect(ask(v1, v1.registerPeerTask, forbidden)).rejects.toThrow()
  const stream = new TestStream(v1)
  stream.begin('t', 't-peer-1')
  expect((await stream.next()).code).toBe('SchedNeedBackSource')
  const piece = { taskId: 't', srcPid: 't-peer-1', success: true, code: 'Success' as const }
  stream.send({ ...piece, pieceInfo: { pieceNum: 0, rangeSize: 700 } })
  await ask(v1, v1.registerPeerTask, registration('t', 2))
  const child = new TestStream(v1)
  child.begin('t', 't-peer-2')
  const dstPid = (await child.next()).mainPeer!.peerId
  expect(samplesOf(server.metrics)).toMatchObject({ concurrent_schedule_total: 2 })
  const fetched = { ...piece, srcPid: 't-peer-2', dstPid }
  child.send({ ...fetched, pieceInfo: { pieceNum: 0, rangeSize: 300 } })
  const failure = { ...fetched, success: false, code: 'ClientPieceDownloadFail' as const }
  child.send({ ...failure, pieceInfo: { pieceNum: 1 } })
  for (const open of [stream, child]) {
    open.end()
    await open.ended
  }
  const result = { taskId: 't', success: true, contentLength: 700, totalPieceCount: 1, cost: 40 }
  await ask(v1, v1.reportPeerResult, { ...result, peerId: 't-peer-1' })
  await ask(v1, v1.reportPeerResult, { ...result, peerId: 't-peer-2', success: false })
  await expect(ask(v1, v1.statTask, { taskId: 'nobody' })).rejects.toThrow()
  await ask(v1, v1.announceTask, announcement('c', 1))
  await ask(v1, v1.leaveTask, { taskId: 'c', peerId: 'c-peer-1' })
  await ask(v1, v1.leaveHost, { id: 'host-1' })
  const pieces = 'task_type="STANDARD",host_type="normal"'
  const hosts = (n: number): string =>
    `host_id="host-${n}",host_ip="127.0.0.1",host_name="peer-${n}"`
  expect(samplesOf(server.metrics)).toEqual({
    [`register_peer_total${download}`]: 2,
    [`register_peer_total${download.replace('LEVEL0', 'LEVEL1')}`]: 1,
    [`register_peer_failure_total${download.replace('LEVEL0', 'LEVEL1')}`]: 1,
    [`download_piece_finished_total{traffic_type="BACK_TO_SOURCE",${pieces}}`]: 1,
    [`download_piece_finished_total{traffic_type="REMOTE_PEER",${pieces}}`]: 2,
    [`download_piece_finished_failure_total{traffic_type="REMOTE_PEER",${pieces}}`]: 1,
    [`traffic{type="BACK_TO_SOURCE",${pieces}}`]: 700,
    [`traffic{type="REMOTE_PEER",${pieces}}`]: 300,
    [`host_traffic{type="download",${pieces},${hosts(1)}}`]: 700,
    [`host_traffic{type="download",${pieces},${hosts(2)}}`]: 300,
    [`host_traffic{type="upload",${pieces},${hosts(1)}}`]: 300,
    [`download_peer_finished_total${download}`]: 2,
    [`download_peer_finished_failure_total${download}`]: 1,
    stat_task_total: 1,
    stat_task_failure_total: 1,
    announce_peer_total: 1,
    leave_task_total: 1,
    leave_host_total: 1,
  })
  const summaries = await server.metrics.summaries()
  expect(summaries).toContain('schedule_duration_milliseconds_count 2')
  expect(summaries).toContain('duration_milliseconds_sum{task_size_level="1"} 40')
  expect(summaries).toContain('{quantile="0.99",task_size_level="1"} 40')
})

test('downloads of API v2 are counted in the same families', async () => {
  const { v2, server } = member
  await announceHosts(v2, 1, 2)
  await fetchFromSource(v2, downloadOf('t', 1))
  const stream = new TestDownload(v2, downloadOf('t', 2))
  stream.register()
  expect(await stream.parents()).toEqual(['t-peer-1'])
  stream.started()
  stream.pieceFinished(0, 't-peer-1')
  stream.send({ downloadPieceFinishedRequest: { piece: piece(1) } })
  stream.pieceFailed(1, 't-peer-1')
  stream.failed()
  expect(await stream.ended).toBeUndefined()
  await ask(v2, v2.statPeer, downloadOf('t', 2))
  await ask(v2, v2.deletePeer, downloadOf('t', 2))
  await ask(v2, v2.listHosts, {})
  const from = (traffic: string, name: string): string =>
    `${name}{traffic_type="${traffic}",task_type="STANDARD",host_type="normal"}`
  expect(samplesOf(server.metrics)).toMatchObject({
    announce_peer_total: 2,
    stat_peer_total: 1,
    leave_peer_total: 1,
    list_hosts_total: 1,
    [`register_peer_total${download}`]: 2,
    [`download_peer_back_to_source_started_total${download}`]: 1,
    [`download_peer_started_total${download}`]: 1,
    [`download_peer_finished_total${download}`]: 2,
    [`download_peer_finished_failure_total${download}`]: 1,
    [from('BACK_TO_SOURCE', 'download_piece_finished_total')]: 2,
    [from('REMOTE_PEER', 'download_piece_finished_total')]: 3,
    [from('REMOTE_PEER', 'download_piece_finished_failure_total')]: 1,
    'traffic{type="BACK_TO_SOURCE",task_type="STANDARD",host_type="normal"}': 8_388_608,
    'traffic{type="REMOTE_PEER",task_type="STANDARD",host_type="normal"}': 8_388_608,
  })
  const samples = samplesOf(server.metrics)
  expect(samples['announce_peer_failure_total']).toBeUndefined()
  expect(samples['concurrent_schedule_total']).toBeUndefined()
  const summaries = await server.metrics.summaries()
  expect(summaries).toContain('schedule_duration_milliseconds_count 2')
  expect(summaries).toContain('download_peer_duration_milliseconds_count{task_size_level="4"} 1')
})

test('announces of hosts are counted by what they say of their system', async () => {
  const { v1, v2, server } = member
  const told = { os: 'linux', platform: 'ubuntu', platformFamily: 'debian', kernelVersion: '6' }
  const more = { platformVersion: '24', build: { gitVersion: 'v2', platform: 'amd64' } }
  const host = { ...hostV2(1), ...told, ...more }
  await ask(v2, v2.announceHost, { host })
  await ask(v1, v1.announceHost, { ...host, type: 'normal' })
  await expect(ask(v2, v2.announceHost, { host: { ...host, ip: '' } })).rejects.toThrow()
  await expect(ask(v1, v1.announceHost, { ...host, type: 'no such' })).rejects.toThrow()
  await expect(ask(v2, v2.announceHost, {})).rejects.toThrow()
  const families = server.metrics.families()
  const of = (name: string): readonly unknown[] =>
    families.find((family) => family.name === `dragonfly_scheduler_${name}`)!.samples
  const labels = {
    os: 'linux',
    platform: 'ubuntu',
    platform_family: 'debian',
    platform_version: '24',
    kernel_version: '6',
    git_version: 'v2',
    git_commit: '',
    go_version: '',
    build_platform: 'amd64',
  }
  const silent = Object.fromEntries(Object.keys(labels).map((name) => [name, '']))
  expect(of('announce_host_total')).toEqual([
    { labels, value: 4 },
    { labels: silent, value: 1 },
  ])
  expect(of('announce_host_failure_total')).toEqual([
    { labels, value: 2 },
    { labels: silent, value: 1 },
  ])
})

test('calls are counted by method and code, and streams by their messages', async () => {
  const { v1, server } = member
  await ask(v1, v1.announceTask, announcement('t', 1))
  await expect(ask(v1, v1.statTask, { taskId: 'nobody' })).rejects.toThrow()
  const stream = new TestStream(v1)
  await ask(v1, v1.registerPeerTask, registration('t', 2))
  stream.begin('t', 't-peer-2')
  await stream.next()
  stream.end()
  await stream.ended
  const samples = samplesOf(server.calls)
  const of = (type: string, method: string): string => {
    return `grpc_type="${type}",grpc_service="scheduler.Scheduler",grpc_method="${method}"`
  }
  expect(samples).toMatchObject({
    [`grpc_server_started_total{${of('unary', 'AnnounceTask')}}`]: 1,
    [`grpc_server_handled_total{${of('unary', 'AnnounceTask')},grpc_code="OK"}`]: 1,
    [`grpc_server_msg_received_total{${of('unary', 'AnnounceTask')}}`]: 1,
    [`grpc_server_msg_sent_total{${of('unary', 'AnnounceTask')}}`]: 1,
    [`grpc_server_handling_seconds_count{${of('unary', 'AnnounceTask')}}`]: 1,
    [`grpc_server_handling_seconds_bucket{${of('unary', 'AnnounceTask')},le="+Inf"}`]: 1,
    // An error of API v1 is Unknown, its code travels in the details.
    [`grpc_server_handled_total{${of('unary', 'StatTask')},grpc_code="Unknown"}`]: 1,
    [`grpc_server_handled_total{${of('bidi_stream', 'ReportPieceResult')},grpc_code="OK"}`]: 1,
    [`grpc_server_msg_sent_total{${of('bidi_stream', 'ReportPieceResult')}}`]: 1,
    [`grpc_server_handling_seconds_count{${of('bidi_stream', 'ReportPieceResult')}}`]: 1,
  })
})

test('task sizes have upstream levels', () => {
  const firstOfLevel = [MiB, 4 * MiB, 8 * MiB, 16 * MiB, 32 * MiB, 64 * MiB, 128 * MiB, 256 * MiB]
  firstOfLevel.push(512 * MiB, GiB, 4 * GiB, 8 * GiB, 16 * GiB, 32 * GiB, 64 * GiB, 128 * GiB)
  firstOfLevel.push(256 * GiB, 512 * GiB, 1024 * GiB)
  expect([-1, 0, 1].map(taskSizeLevel)).toEqual([0, 0, 1])
  for (const [i, bytes] of firstOfLevel.entries()) {
    expect([taskSizeLevel(bytes - 1), taskSizeLevel(bytes)]).toEqual([i + 1, i + 2])
  }
  expect(taskSizeLevel(Number.MAX_SAFE_INTEGER)).toBe(20)
})

const system = { os: 'linux', platform: '', platformFamily: '', platformVersion: '' }
const build = { gitVersion: '', gitCommit: '', goVersion: '', buildPlatform: '' }

test('what clients write into labels is bounded', () => {
  const metrics = new PrometheusRequestMetrics({ countHostTraffic: false })
  for (let n = 0; n < announcedLabelSetsMax + 5; n += 1) {
    const kernelVersion = `${n}-${'x'.repeat(500)}"`
    metrics.hostAnnounced({ ...system, ...build, kernelVersion })
  }
  metrics.hostAnnounced({ ...system, ...build, kernelVersion: `0-${'x'.repeat(500)}` })
  const family = metrics.families().find(({ name }) => name.endsWith('announce_host_total'))!
  expect(family.samples).toHaveLength(announcedLabelSetsMax + 1)
  expect(family.samples[0]).toMatchObject({ value: 2 })
  expect(family.samples[0]!.labels!['kernel_version']).toHaveLength(announcedLabelLengthMax)
  expect(family.samples.at(-1)).toMatchObject({ value: 5, labels: { os: 'other' } })
  // Nobody asked for it.
  metrics.hostTraffic('upload', { id: 'h', ip: '', hostname: '', type: 'super' }, 'standard', 1)
  expect(formatMetrics(metrics.families())).not.toContain('host_traffic')
})

test('of a long text that a host announces nothing is kept but what is shown', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const keptBytes = (): number => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const metrics = new PrometheusRequestMetrics({ countHostTraffic: false })
  const bytes = Buffer.alloc(8 * MiB, 'x')
  const beforeBytes = keptBytes()
  for (let n = 0; n < 4; n += 1) {
    bytes.write(String(n))
    const os = bytes.toString('latin1')
    metrics.hostAnnounced({ ...system, ...build, os, kernelVersion: '' })
    metrics.hostAnnounceFailed({ ...system, ...build, os, kernelVersion: '' })
  }
  expect(keptBytes() - beforeBytes).toBeLessThan(16 * MiB)
  expect(Object.keys(samplesOf(metrics))).toHaveLength(8)
})
