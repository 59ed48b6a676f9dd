// Results as people read them.
import type { Machine } from './machine.ts'
import type { ProfileShare, ProfileSummary } from './profile/summary.ts'
import type { CommitsResult, CommitsRow, Figures } from './raft/commits.ts'
import { payloadBytes } from './raft/commits.ts'
import type { FailoverResult } from './raft/failover.ts'
import type { Spread } from './statistics.ts'

export function machineLines(machine: Machine): readonly string[] {
  const { cpu, cores, memoryGiB, kernel, node, load, isDiskReal } = machine
  const lines = [
    `${cores} x ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, load ${load.toFixed(2)}`,
  ]
  if (load > cores / 4) lines.push('the machine is not quiet: figures are too low')
  if (!isDiskReal) lines.push('the data is in memory: syncs cost nothing here, choose --dir')
  return lines
}

export function commitsLines({ rows, etcdVersion }: CommitsResult): readonly string[] {
  const etcdName = etcdVersion === undefined ? '' : `etcd ${etcdVersion}`
  const head = `commits per second, ${payloadBytes} B, three processes, median (smallest-largest)`
  return [
    head,
    ...rows.flatMap((row) => rowLines(row, etcdName)),
    ...(etcdVersion === undefined ? [leftOutLine('etcd', 'etcd')] : []),
  ]
}

function rowLines(row: CommitsRow, etcdName: string): readonly string[] {
  const { raft, bare, etcd, disk, toBare, toEtcd, leader, profiles } = row
  return [
    '',
    `${row.outstanding} outstanding`,
    figuresLine('damselfly/raft', raft),
    `${figuresLine('bare replication', bare)}  ratio ${spreadText(toBare, 2)}`,
    ...(etcd === undefined || toEtcd === undefined
      ? []
      : [`${figuresLine(etcdName, etcd)}  ratio ${spreadText(toEtcd, 2)}`]),
    `  ${'disk alone'.padEnd(18)}${spreadText(disk)}/s`,
    `  leader: ${spreadText(leader.syncsPerSecond)} syncs/s of ` +
      `${spreadText(leader.entriesPerSync, 1)} entries, CPU ${spreadText(leader.cpuShare, 2)}; ` +
      `each follower's CPU ${spreadText(leader.followerCpuShare, 2)}`,
    ...(profiles === undefined
      ? []
      : [
          ...profileLines('the leader', profiles.leader),
          ...profileLines('a follower', profiles.follower),
        ]),
  ]
}

/** Says of a yardstick that it was not measured, because `tool` is not installed. */
export function leftOutLine(name: string, tool: string): string {
  return `left out: ${name} (${tool})`
}

/** Where the CPU time of a process went. */
export function profileLines(whose: string, profile: ProfileSummary): readonly string[] {
  return [
    `  profile of ${whose}: idle ${percent(profile.idleShare)}; of the rest:`,
    ...profile.parts.map(shareLine),
    '  functions:',
    ...profile.functions.map(shareLine),
  ]
}

/** Throughput and latency of one contestant. */
export function figuresLine(name: string, { perSecond, p50Ms, p99Ms }: Figures): string {
  return (
    `  ${name.padEnd(18)}${spreadText(perSecond)}/s` +
    `  p50 ${p50Ms.median.toFixed(2)} ms  p99 ${p99Ms.median.toFixed(2)} ms`
  )
}

function shareLine({ name, share }: ProfileShare): string {
  return `    ${percent(share).padStart(6)}  ${name}`
}

export function failoverLines(result: FailoverResult): readonly string[] {
  const { kills, medianMs, p90Ms, worstMs } = result
  return [
    `kill -9 of the leader to the next commit, ${kills} times: median ${medianMs.toFixed(0)} ms, ` +
      `p90 ${p90Ms.toFixed(0)} ms, worst ${worstMs.toFixed(0)} ms`,
  ]
}

/** Median, and between which values it lies. */
export function spreadText({ median, min, max }: Spread, digits = 0): string {
  const text = (value: number): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${text(median)} (${text(min)}-${text(max)})`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
