// P1: AnnounceTask against etcd's Put of the same size, each with three members on loopback and
// clients of one Node process, this one: operations under way over one connection. In turns, round
// after round, so that a disturbance meets all of them alike; ratios are formed within a round.
import { credentials } from '@grpc/grpc-js'
import { nullLogger } from '../../base/index.ts'
import { SchedulerClient } from '../../client/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { SystemClock, systemRandom } from '../../runtime/index.ts'
import { folder } from '../folder.ts'
import { runLoad } from '../load.ts'
import type { Load, LoadResult } from '../load.ts'
import type { ProfileSummary } from '../profile/summary.ts'
import { spreadOf } from '../statistics.ts'
import type { Spread } from '../statistics.ts'
import { Etcd, findEtcd } from '../yardsticks/etcd.ts'
import type { ClusterMember, SchedulerCluster } from './cluster.ts'
import { announcement, peerOf, taskIdOf } from './requests.ts'

/** Tasks that are announced again and again, as etcd's keys are put again and again. */
const tasksAgain = 1_024

/** Hosts that announce. */
const hosts = 64

/** Everybody works that long at each number of clients before anything counts. */
const warmupSeconds = 3

/** Longest a call may take. */
const deadlineMs = 10_000

export interface AnnounceOptions {
  readonly cluster: SchedulerCluster
  readonly directory: string
  readonly clients: readonly number[]
  readonly rounds: number
  readonly seconds: number
  readonly isQuick: boolean
  readonly isProfiled: boolean
  readonly onProgress: (line: string) => void
}

/** One contestant at one number of clients, over all rounds. */
export interface AnnounceFigures {
  readonly perSecond: Spread
  readonly p50Ms: Spread
  readonly p99Ms: Spread
}

/** CPU of a call in each process, microseconds. */
export interface AnnounceCpu {
  readonly leaderUs: Spread
  readonly followerUs: Spread
  readonly clientUs: Spread
  /** Of a put, all members of etcd together; undefined when it is not installed. */
  readonly etcdUs: Spread | undefined
}

export interface AnnounceRow {
  readonly clients: number
  /** grpc-js's own client at the leader. */
  readonly raw: AnnounceFigures
  readonly rawCpu: AnnounceCpu
  /** The same, but every call announces a task nobody knows yet. */
  readonly fresh: AnnounceFigures
  /** damselfly/client, which is told of one follower only and finds the leader itself. */
  readonly client: AnnounceFigures
  /** Undefined when it is not installed. */
  readonly etcd: AnnounceFigures | undefined
  /** Of the same round: calls per second, and p99. */
  readonly rawToEtcd: Spread | undefined
  readonly clientToEtcd: Spread | undefined
  readonly rawP99ToEtcd: Spread | undefined
  readonly profiles:
    | { readonly leader: ProfileSummary; readonly follower: ProfileSummary }
    | undefined
}

export interface AnnounceResult {
  readonly etcdVersion: string | undefined
  /** Of one request. */
  readonly payloadBytes: number
  readonly rows: readonly AnnounceRow[]
}

interface Sample {
  readonly clients: number
  readonly raw: LoadResult
  readonly cpu: {
    readonly leaderUs: number
    readonly followerUs: number
    readonly clientUs: number
  }
  readonly fresh: LoadResult
  readonly client: LoadResult
  readonly etcd: LoadResult | undefined
  readonly etcdUs: number
}

export async function measureAnnouncements(options: AnnounceOptions): Promise<AnnounceResult> {
  const etcdVersion = findEtcd()
  const contestants = await Contestants.open(options, etcdVersion !== undefined)
  try {
    if (!options.isQuick) {
      for (const clients of options.clients) await contestants.measure(clients, warmupSeconds)
    }
    const samples: Sample[] = []
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const clients of options.clients) {
        samples.push(await contestants.measure(clients, options.seconds))
        options.onProgress(describe(round, samples.at(-1)!))
      }
    }
    const rows: AnnounceRow[] = []
    for (const clients of options.clients) {
      const profiles = options.isProfiled
        ? await contestants.profile(clients, options.seconds)
        : undefined
      rows.push(
        toRow(
          samples.filter((sample) => sample.clients === clients),
          profiles,
        ),
      )
    }
    return { etcdVersion, payloadBytes: contestants.payloadBytes, rows }
  } finally {
    await contestants.close()
  }
}

/** Who is measured, with what they are called through. */
class Contestants {
  readonly payloadBytes: number
  readonly #cluster: SchedulerCluster
  readonly #leader: ClusterMember
  readonly #stub: schedulerV1.SchedulerClient
  readonly #client: SchedulerClient
  readonly #etcd: Etcd | undefined
  readonly #requests: readonly schedulerV1.AnnounceTaskRequest[]
  #calls = 0

  private constructor(cluster: SchedulerCluster, leader: ClusterMember, etcd: Etcd | undefined) {
    this.#cluster = cluster
    this.#leader = leader
    this.#etcd = etcd
    const V1 = loadServices().schedulerV1
    this.#stub = new V1(leader.address, credentials.createInsecure())
    const { random } = systemRandom()
    const follower = cluster.addresses.find((address) => address !== leader.address)
    this.#client = new SchedulerClient(
      { clock: new SystemClock(), random, logger: nullLogger },
      { addresses: [follower ?? leader.address], deadlineMs },
    )
    this.#requests = Array.from({ length: tasksAgain }, (_, i) => requestOf('again', i))
    this.payloadBytes = V1.service.AnnounceTask.requestSerialize(this.#requests[0]!).length
  }

  static async open(options: AnnounceOptions, hasEtcd: boolean): Promise<Contestants> {
    const { cluster, directory } = options
    const etcd = hasEtcd ? await Etcd.start(folder(directory, 'etcd')) : undefined
    return new Contestants(cluster, await cluster.leader(), etcd)
  }

  async measure(clients: number, seconds: number): Promise<Sample> {
    const measureMs = seconds * 1000
    const load: Load = { outstanding: clients, warmupMs: Math.min(measureMs / 4, 1000), measureMs }
    const etcdMs = this.#etcd?.cpuMs() ?? 0
    const etcd = await this.#etcd?.measure(load, this.payloadBytes)
    const etcdUs = (((this.#etcd?.cpuMs() ?? 0) - etcdMs) * 1000) / callsOf(etcd, load)
    const { raw, cpu } = await this.#measureRaw(load)
    const client = await runLoad(load, () => this.#announceThroughClient())
    const fresh = await runLoad(load, () => this.#announce(requestOf('fresh', this.#next())))
    for (const [name, { failed }] of Object.entries({ raw, client, fresh })) {
      if (failed > 0) throw new Error(`${failed} announcements failed (${name})`)
    }
    return { clients, raw, cpu, fresh, client, etcd, etcdUs }
  }

  /** One more run under the profiler, which slows it down: its figures are not used. */
  async profile(clients: number, seconds: number): Promise<NonNullable<AnnounceRow['profiles']>> {
    const forMs = seconds * 1000
    const other = this.#cluster.members.find((member) => member !== this.#leader) ?? this.#leader
    const [leader, follower] = await Promise.all([
      this.#leader.worker.ask<ProfileSummary>('profile', { forMs }, forMs),
      other.worker.ask<ProfileSummary>('profile', { forMs }, forMs),
      runLoad({ outstanding: clients, warmupMs: 0, measureMs: forMs }, () => this.#announceAgain()),
    ])
    return { leader, follower }
  }

  async close(): Promise<void> {
    this.#stub.close()
    this.#client.close()
    await this.#etcd?.stop()
  }

  async #measureRaw(load: Load): Promise<Pick<Sample, 'raw' | 'cpu'>> {
    const before = await this.#cpuMs()
    const raw = await runLoad(load, () => this.#announceAgain())
    const after = await this.#cpuMs()
    const calls = callsOf(raw, load)
    const perCallUs = (of: 'leader' | 'follower' | 'client'): number =>
      ((after[of] - before[of]) * 1000) / calls
    return {
      raw,
      cpu: {
        leaderUs: perCallUs('leader'),
        followerUs: perCallUs('follower'),
        clientUs: perCallUs('client'),
      },
    }
  }

  /** CPU used so far by the leader, by the others on average, and by this process. */
  async #cpuMs(): Promise<{ leader: number; follower: number; client: number }> {
    const { user, system } = process.cpuUsage()
    const leader = await this.#leader.worker.ask<number>('cpuMs')
    const others = this.#cluster.members.filter((member) => member !== this.#leader)
    const each = await Promise.all(others.map(({ worker }) => worker.ask<number>('cpuMs')))
    const follower = each.reduce((sum, ms) => sum + ms, 0) / Math.max(each.length, 1)
    return { leader, follower, client: (user + system) / 1000 }
  }

  #next(): number {
    this.#calls += 1
    return this.#calls
  }

  #announceAgain(): Promise<boolean> {
    return this.#announce(this.#requests[this.#next() % tasksAgain]!)
  }

  #announce(request: schedulerV1.AnnounceTaskRequest): Promise<boolean> {
    return new Promise((resolve) => {
      this.#stub.announceTask(request, (error) => resolve(error === null))
    })
  }

  async #announceThroughClient(): Promise<boolean> {
    try {
      await this.#client.announceTask(this.#requests[this.#next() % tasksAgain]!)
      return true
    } catch {
      return false
    }
  }
}

/** Calls of a run, those of the warm-up included, which are not counted otherwise. */
function callsOf(result: LoadResult | undefined, { warmupMs, measureMs }: Load): number {
  return (result?.perSecond ?? 0) * ((warmupMs + measureMs) / 1000)
}

function requestOf(kind: string, number: number): schedulerV1.AnnounceTaskRequest {
  const taskId = taskIdOf(`${kind} ${number}`)
  return announcement(peerOf(taskId, 0, number % hosts))
}

function toRow(samples: readonly Sample[], profiles: AnnounceRow['profiles']): AnnounceRow {
  const spread = (valueOf: (sample: Sample) => number): Spread => spreadOf(samples.map(valueOf))
  const hasEtcd = samples.every(({ etcd }) => etcd !== undefined)
  const figures = (resultOf: (sample: Sample) => LoadResult): AnnounceFigures => ({
    perSecond: spread((sample) => resultOf(sample).perSecond),
    p50Ms: spread((sample) => resultOf(sample).p50Ms),
    p99Ms: spread((sample) => resultOf(sample).p99Ms),
  })
  return {
    clients: samples[0]!.clients,
    raw: figures(({ raw }) => raw),
    rawCpu: {
      leaderUs: spread(({ cpu }) => cpu.leaderUs),
      followerUs: spread(({ cpu }) => cpu.followerUs),
      clientUs: spread(({ cpu }) => cpu.clientUs),
      etcdUs: hasEtcd ? spread(({ etcdUs }) => etcdUs) : undefined,
    },
    fresh: figures(({ fresh }) => fresh),
    client: figures(({ client }) => client),
    etcd: hasEtcd ? figures(({ etcd }) => etcd!) : undefined,
    rawToEtcd: hasEtcd ? spread(({ raw, etcd }) => raw.perSecond / etcd!.perSecond) : undefined,
    clientToEtcd: hasEtcd
      ? spread(({ client, etcd }) => client.perSecond / etcd!.perSecond)
      : undefined,
    rawP99ToEtcd: hasEtcd ? spread(({ raw, etcd }) => raw.p99Ms / etcd!.p99Ms) : undefined,
    profiles,
  }
}

function describe(round: number, { clients, raw, fresh, client, etcd }: Sample): string {
  const text = ({ perSecond }: LoadResult): string => `${Math.round(perSecond)}/s`
  const etcdPart = etcd === undefined ? '' : `, etcd ${text(etcd)}`
  return (
    `round ${round}, ${clients} clients: announce ${text(raw)}, new tasks ${text(fresh)}, ` +
    `client ${text(client)}${etcdPart}`
  )
}
