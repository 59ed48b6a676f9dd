// P3: commits per second of the library alone, beside what this machine can do at all. Everything
// is measured in turns, round after round, so that a disturbance meets all of them alike, and
// ratios are formed within a round.
import { folder } from '../folder.ts'
import type { Load, LoadResult } from '../load.ts'
import { spreadOf } from '../statistics.ts'
import type { Spread } from '../statistics.ts'
import { BareReplication } from '../yardsticks/bare-replication.ts'
import { Etcd, findEtcd } from '../yardsticks/etcd.ts'
import { measureSyncs } from '../yardsticks/sync-loop.ts'
import { Group } from './group.ts'
import type { MemberLoad, MemberLoadResult } from './member-port.ts'
import type { ProfileSummary } from '../profile/summary.ts'

/** Bytes of an entry. */
export const payloadBytes = 256

/** Operations under way at a time, one measurement each. */
export const outstandings: readonly number[] = [1, 64, 1024]

/**
 * Everybody works that long at each number before anything counts: a server is compiled and its
 * heap has grown when it has run for a while. A short look is not worth a long run before it.
 */
const warmupSecondsMax = 4

export interface CommitsOptions {
  readonly directory: string
  readonly rounds: number
  readonly seconds: number
  readonly isProfiled: boolean
  /** Told after each measurement, for people who wait. */
  readonly onProgress: (line: string) => void
}

/** One contestant at one number of outstanding operations, over all rounds. */
export interface Figures {
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
}

/** What the leader's process did meanwhile. */
export interface LeaderFigures {
  readonly syncsPerSecond: Spread
  readonly entriesPerSync: Spread
  readonly cpuShare: Spread
  readonly followerCpuShare: Spread
}

export interface CommitsRow {
  readonly outstanding: number
  readonly raft: Figures
  readonly leader: LeaderFigures
  readonly bare: Figures
  /** Undefined when it is not installed. */
  readonly etcd: Figures | undefined
  /** Entries per second if a group of `outstanding` cost one sync of this disk and nothing else. */
  readonly disk: Spread
  /** Commits per second over the yardstick's, of the same round. */
  readonly toBare: Spread
  readonly toEtcd: Spread | undefined
  readonly profiles: Profiles | undefined
}

export interface Profiles {
  readonly leader: ProfileSummary
  readonly follower: ProfileSummary
}

export interface CommitsResult {
  readonly etcdVersion: string | undefined
  readonly rows: readonly CommitsRow[]
}

interface Sample {
  readonly outstanding: number
  readonly disk: number
  readonly bare: LoadResult
  readonly raft: MemberLoadResult
  readonly followerCpuShare: number
  readonly etcd: LoadResult | undefined
}

export async function measureCommits(options: CommitsOptions): Promise<CommitsResult> {
  const etcdVersion = findEtcd()
  const stops: (() => Promise<void>)[] = []
  const begin = async <Started extends { stop(): Promise<void> }>(
    name: string,
    start: (directory: string) => Promise<Started>,
  ): Promise<Started> => {
    const started = await start(folder(options.directory, name))
    stops.push(() => started.stop())
    return started
  }
  try {
    const group = await begin('raft', (at) => Group.start(at))
    const bare = await begin('bare', (at) => BareReplication.start(at))
    const etcd = etcdVersion === undefined ? undefined : await begin('etcd', (at) => Etcd.start(at))
    const warmupSeconds = Math.min(warmupSecondsMax, options.seconds)
    for (const outstanding of outstandings) {
      await measureOnce({ group, bare, etcd }, outstanding, { ...options, seconds: warmupSeconds })
    }
    const samples: Sample[] = []
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const outstanding of outstandings) {
        samples.push(await measureOnce({ group, bare, etcd }, outstanding, options))
        options.onProgress(describe(round, samples.at(-1)!))
      }
    }
    const profiles = options.isProfiled ? await profileEach(group, options) : undefined
    const rows = outstandings.map((outstanding) =>
      toRow(
        samples.filter((sample) => sample.outstanding === outstanding),
        outstanding,
        profiles?.get(outstanding),
      ),
    )
    return { etcdVersion, rows }
  } finally {
    await Promise.all(stops.map((stop) => stop()))
  }
}

interface Contestants {
  readonly group: Group
  readonly bare: BareReplication
  readonly etcd: Etcd | undefined
}

async function measureOnce(
  { group, bare, etcd }: Contestants,
  outstanding: number,
  options: CommitsOptions,
): Promise<Sample> {
  const measureMs = options.seconds * 1000
  const load: Load = { outstanding, warmupMs: Math.min(measureMs / 4, 1000), measureMs }
  const disk = await measureSyncs(folder(options.directory, 'disk'), {
    entries: outstanding,
    payloadBytes,
    measureMs: measureMs / 4,
  })
  const bareResult = await bare.measure(load, payloadBytes)
  const { raft, followerCpuShare } = await measureGroup(group, load, false)
  const etcdResult = etcd === undefined ? undefined : await etcd.measure(load, payloadBytes)
  return {
    outstanding,
    disk: disk * outstanding,
    bare: bareResult,
    raft,
    followerCpuShare,
    etcd: etcdResult,
  }
}

async function measureGroup(
  group: Group,
  load: Load,
  isProfiled: boolean,
): Promise<{ readonly raft: MemberLoadResult; readonly followerCpuShare: number }> {
  const { member } = await group.leader()
  const followers = group.members.filter(({ id }) => id !== member.id)
  const cpuMs = async (): Promise<number> => {
    const all = await Promise.all(followers.map(({ worker }) => worker.ask<number>('cpuMs')))
    return all.reduce((sum, ms) => sum + ms, 0)
  }
  const details: MemberLoad = { load, payloadBytes, isProfiled }
  const beforeMs = await cpuMs()
  const elapsedMs = load.warmupMs + load.measureMs
  const raft = await member.worker.ask<MemberLoadResult>('load', details, elapsedMs)
  if (raft.failed > 0) throw new Error(`${raft.failed} proposals failed`)
  const usedMs = (await cpuMs()) - beforeMs
  return { raft, followerCpuShare: usedMs / elapsedMs / followers.length }
}

/** One more run each under the profiler, which slows it down: its figures are not used. */
async function profileEach(
  group: Group,
  options: CommitsOptions,
): Promise<ReadonlyMap<number, Profiles>> {
  const profiles = new Map<number, Profiles>()
  const { member } = await group.leader()
  const other = group.members.find(({ id }) => id !== member.id)!
  for (const outstanding of outstandings) {
    const forMs = options.seconds * 1000
    const load: Load = { outstanding, warmupMs: 0, measureMs: forMs }
    const [{ raft }, follower] = await Promise.all([
      measureGroup(group, load, true),
      other.worker.ask<ProfileSummary>('profile', { forMs }, forMs),
    ])
    if (raft.profile !== undefined) profiles.set(outstanding, { leader: raft.profile, follower })
  }
  return profiles
}

function toRow(
  samples: readonly Sample[],
  outstanding: number,
  profiles: Profiles | undefined,
): CommitsRow {
  const spread = (valueOf: (sample: Sample) => number): Spread => spreadOf(samples.map(valueOf))
  const figures = (resultOf: (sample: Sample) => LoadResult): Figures => ({
    perSecond: spread((sample) => resultOf(sample).perSecond),
    p50Ms: spread((sample) => resultOf(sample).p50Ms),
    p99Ms: spread((sample) => resultOf(sample).p99Ms),
  })
  const hasEtcd = samples.every(({ etcd }) => etcd !== undefined)
  return {
    outstanding,
    raft: figures(({ raft }) => raft),
    leader: {
      syncsPerSecond: spread(({ raft }) => raft.syncsPerSecond),
      entriesPerSync: spread(({ raft }) => raft.entriesPerSync),
      cpuShare: spread(({ raft }) => raft.cpuShare),
      followerCpuShare: spread(({ followerCpuShare }) => followerCpuShare),
    },
    bare: figures(({ bare }) => bare),
    etcd: hasEtcd ? figures(({ etcd }) => etcd!) : undefined,
    disk: spread(({ disk }) => disk),
    toBare: spread(({ raft, bare }) => raft.perSecond / bare.perSecond),
    toEtcd: hasEtcd ? spread(({ raft, etcd }) => raft.perSecond / etcd!.perSecond) : undefined,
    profiles,
  }
}

function describe(round: number, { outstanding, raft, bare, etcd }: Sample): string {
  const etcdPart = etcd === undefined ? '' : `, etcd ${Math.round(etcd.perSecond)}/s`
  return (
    `round ${round}, ${outstanding} outstanding: raft ${Math.round(raft.perSecond)}/s, ` +
    `bare ${Math.round(bare.perSecond)}/s${etcdPart}`
  )
}
