// Results of the group `scheduler` as people read them.
import { figuresLine, leftOutLine, profileLines, spreadText } from '../report.ts'
import type { AnnounceResult, AnnounceRow } from './announce.ts'
import type { LatencyResult } from './latency.ts'
import type { MemoryResult } from './memory.ts'
import type { ReportsResult } from './reports.ts'

export function announceLines(result: AnnounceResult): readonly string[] {
  const { rows, etcdVersion, payloadBytes } = result
  const etcdName = etcdVersion === undefined ? '' : `etcd ${etcdVersion}`
  return [
    `AnnounceTask, ${payloadBytes} B, three members, median (smallest-largest)`,
    ...rows.flatMap((row) => announceRowLines(row, etcdName)),
    ...(etcdVersion === undefined ? [leftOutLine('etcd', 'etcd')] : []),
  ]
}

function announceRowLines(row: AnnounceRow, etcdName: string): readonly string[] {
  const { raw, rawCpu, fresh, client, etcd, rawToEtcd, clientToEtcd, rawP99ToEtcd } = row
  return [
    '',
    `${row.clients} clients`,
    figuresLine('damselfly', raw),
    figuresLine('by our client', client),
    figuresLine('new tasks', fresh),
    ...(etcd === undefined ? [] : [figuresLine(etcdName, etcd)]),
    ...(rawToEtcd === undefined || clientToEtcd === undefined || rawP99ToEtcd === undefined
      ? []
      : [
          `  to etcd: ${spreadText(rawToEtcd, 2)}, by our client ` +
            `${spreadText(clientToEtcd, 2)}, p99 ${spreadText(rawP99ToEtcd, 2)}`,
        ]),
    `  CPU of a call: leader ${spreadText(rawCpu.leaderUs)} us, each follower ` +
      `${spreadText(rawCpu.followerUs)} us, clients ${spreadText(rawCpu.clientUs)} us` +
      (rawCpu.etcdUs === undefined
        ? ''
        : `; of a put: all of etcd ${spreadText(rawCpu.etcdUs)} us`),
    ...(row.profiles === undefined
      ? []
      : [
          ...profileLines('the leader', row.profiles.leader),
          ...profileLines('a follower', row.profiles.follower),
        ]),
  ]
}

export function reportsLines({ rows }: ReportsResult): readonly string[] {
  return [
    'piece reports applied, three members, median (smallest-largest)',
    ...rows.map(
      ({ api, streams, appliedPerSecond, membersUs, clientUs, lost }) =>
        `  ${api}, ${streams} streams: ${spreadText(appliedPerSecond)}/s; CPU of a report: all ` +
        `members ${spreadText(membersUs, 1)} us, clients ${spreadText(clientUs, 1)} us` +
        (lost === 0 ? '' : `; ${lost} of those sent were not applied`),
    ),
  ]
}

export function latencyLines({ peers, rows }: LatencyResult): readonly string[] {
  return [
    `from asking to parents, a task of ${peers} peers`,
    ...rows.map(
      ({ api, askingAtOnce, asked, p50Ms, p99Ms, worstMs }) =>
        `  ${api}, ${askingAtOnce} at once: p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms` +
        `  worst of ${asked} ${worstMs.toFixed(2)} ms`,
    ),
  ]
}

export function memoryLines(result: MemoryResult): readonly string[] {
  const { peers, before, after, restarted, bytesPerPeer, bytesPerPeerRestarted } = result
  const mebibytes = ({ residentBytes }: { residentBytes: number }): string =>
    `${(residentBytes / 2 ** 20).toFixed(0)} MiB`
  const each = ({ heap, resident }: { heap: number; resident: number }): string =>
    `heap ${heap.toFixed(0)} B, resident ${resident.toFixed(0)} B`
  const lines = [
    `memory of a member, ${peers.toLocaleString('en-US')} peers, ${mebibytes(before)} before`,
    `  as it was told of them: ${each(bytesPerPeer)} a peer, ${mebibytes(after)} resident`,
  ]
  if (restarted === undefined || bytesPerPeerRestarted === undefined) return lines
  return [
    ...lines,
    `  after a restart: ${each(bytesPerPeerRestarted)} a peer, ${mebibytes(restarted)} resident`,
  ]
}
