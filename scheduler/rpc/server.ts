// The client port of one member: API v1 and v2, the cluster's own service, health and reflection on
// one gRPC server.
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerOptions } from '@grpc/grpc-js'
import { CodedError, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import { OperatorActs } from '../membership/operator-acts.ts'
import { reportPieces } from '../replication/commands/index.ts'
import { afterThisTurn, randomId } from '../../runtime/index.ts'
import { addReflection, Health } from '../../runtime/grpc-services.ts'
import type { LeaderWork } from '../replication/index.ts'
import { CallCounts } from './call-counts.ts'
import type { ClusterKey } from './host-proof.ts'
import { withEndlessCalls } from './endless-calls.ts'
import { limitedCalls } from './call-limits.ts'
import { leaderHeaders } from './leader-headers.ts'
import { Leadership } from './leadership.ts'
import {
  connectionAgeGraceMs,
  connectionAgeMsMax,
  connectionIdleMsMax,
  connectionProbeMs,
  connectionStreamsMax,
  receiveBytesMax,
  requestRateLimit,
  sendBytesMax,
  stopGraceMs,
  streamCommandMsMax,
} from './limits.ts'
import { OwnState } from './own-state.ts'
import { PieceReports } from './piece-reports.ts'
import { PeerStreams } from './peer-streams.ts'
import type { CommandPort, MembersPort, OwnFacts, GroupPort, StatePort } from './ports.ts'
import { PrometheusRequestMetrics } from './prometheus-metrics.ts'
import { RateLimit } from './rate-limit.ts'
import { Replica } from './replica.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { SeedRunner } from './seed-runner.ts'
import { clusterService } from './service-cluster.ts'
import { createOperatorGate } from './operator-gate.ts'
import type { OperatorGate } from './operator-gate.ts'
import { serviceV1 } from './service-v1.ts'
import { serviceV2, unservedV2 } from './service-v2.ts'
import type { SnapshotSource } from './snapshot.ts'
import { storeService } from './store.ts'
import { withSizedRequests } from './request-size.ts'
import { UnsentReplies } from './unsent-replies.ts'
import { Watches } from './watch.ts'

export interface SchedulerServerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: GroupPort
  readonly state: StatePort
  /** The member's proposer. */
  readonly commands: CommandPort
  readonly members: MembersPort
  /** @default nothing is known of the disk, and nothing is wrong */
  readonly own?: OwnFacts
  /** The whole state as it is now, for operators. @default nobody is sent it */
  readonly snapshots?: SnapshotSource
  /** Counts what became of requests to join. @default nobody counts */
  readonly joinMetrics?: { count(result: string): void }
}

export interface SchedulerServerOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly selfId: number
  readonly pid: number
  /**
   * Addresses that a seed host may name although it announces itself from another. @default none
   */
  readonly dialableIps?: readonly string[]
  /** What known hosts prove themselves with when they join. @default none */
  readonly clusterKey?: ClusterKey
  /** Calls and new streams per second. @default 4000 */
  readonly requestRateLimit?: number
  /** @default no TLS */
  readonly credentials?: ServerCredentials
  /** How long connections last. @default those of upstream: 10 min, 12 h, 5 min */
  readonly connections?: ConnectionTimes
  /** Counts bytes of pieces by host: many series in a large cluster. @default false */
  readonly countHostTraffic?: boolean
}

/** How long the connections of clients last, milliseconds. */
export interface ConnectionTimes {
  /** Without a call. */
  readonly idleMsMax: number
  /** With calls; no new ones are taken afterwards. */
  readonly ageMsMax: number
  /** For the streams of a connection that is too old. */
  readonly ageGraceMs: number
}

/** Figures for metrics. */
export interface SchedulerServerStatus {
  readonly streams: number
  readonly watches: number
  /** Of the changes kept for watchers, about. */
  readonly watchHistoryBytes: number
  readonly seedCalls: number
  readonly pieceReportsPending: number
  readonly pieceReportsDropped: number
  readonly isServing: boolean
}

/** A member's client port. */
export interface SchedulerServer {
  readonly name: string
  /** To be given to the leader's duties: it calls seed hosts while this member leads. */
  readonly leaderWork: LeaderWork
  /** What was asked of this member and what became of it. */
  readonly metrics: PrometheusRequestMetrics
  /** Calls by method. */
  readonly calls: CallCounts
  /** Binds `host:port` (port 0 picks a free one) and serves; the bound port. */
  start(address: string): Promise<number>
  /** Health as clients see it is `isServing` and contact with the leader together. */
  setHealth(isServing: boolean): void
  status(): SchedulerServerStatus
  /** Ends streams with UNAVAILABLE, lets running calls finish within `stopGraceMs`. Idempotent. */
  stop(): Promise<void>
}

const descriptorFiles = [
  'damselfly/cluster.proto',
  'damselfly/store.proto',
  'dragonfly/scheduler-v1.proto',
  'dragonfly/scheduler-v2.proto',
] as const

/** Puts the client port together; nothing runs before `start`. */
export function createSchedulerServer(
  deps: SchedulerServerDeps,
  options: SchedulerServerOptions,
): SchedulerServer {
  return new GrpcSchedulerServer(deps, options)
}

class GrpcSchedulerServer implements SchedulerServer {
  readonly name = 'client-port'
  readonly leaderWork: SeedRunner
  readonly metrics: PrometheusRequestMetrics
  readonly calls: CallCounts
  readonly #deps: SchedulerServerDeps
  readonly #options: SchedulerServerOptions
  readonly #leadership: Leadership
  readonly #reports: PieceReports
  readonly #ownState: OwnState
  readonly #streams: PeerStreams
  readonly #watches: Watches
  readonly #health = new Health(['', 'scheduler.Scheduler', 'scheduler.v2.Scheduler'])
  readonly #server: Server
  #isWanted = true
  #stopping: Promise<void> | undefined

  constructor(deps: SchedulerServerDeps, options: SchedulerServerOptions) {
    this.#deps = deps
    this.#options = options
    const { clock, logger, commands, state } = deps
    this.calls = new CallCounts(deps)
    this.metrics = new PrometheusRequestMetrics({
      countHostTraffic: options.countHostTraffic ?? false,
    })
    this.#leadership = new Leadership(deps)
    this.#ownState = new OwnState(deps, options)
    this.#reports = new PieceReports({
      clock,
      logger,
      propose: async (body) => {
        await commands.propose(reportPieces, body, { timeoutMs: streamCommandMsMax })
      },
    })
    const ratePerSecond = options.requestRateLimit ?? requestRateLimit
    const rateLimit = new RateLimit({ clock }, { ratePerSecond })
    const own = { leadership: this.#leadership, ownState: this.#ownState }
    const { metrics } = this
    const shared = { ...deps, ...own, metrics, rateLimit, reports: this.#reports }
    const replica = new Replica(shared)
    this.#streams = new PeerStreams({ ...shared, state, replica })
    this.leaderWork = new SeedRunner({ ...deps, metrics })
    this.#server = new Server({
      ...serverOptions(options.connections ?? defaultTimes),
      interceptors: [
        this.calls.interceptor,
        withEndlessCalls(
          new Set([loadServices().schedulerV2.service.AnnouncePeer.path]),
          leaderHeaders(this.#leadership),
        ),
        limitedCalls(new UnsentReplies(deps)),
      ],
    })
    const operators = createOperatorGate(deps)
    this.#watches = new Watches(
      { ...shared, replica, operators, defer: afterThisTurn },
      { clusterId: options.clusterId, selfId: options.selfId },
    )
    const acts = new OperatorActs(deps)
    const parts = { replica, operators, acts, streams: this.#streams, watches: this.#watches }
    this.#addServices({ ...shared, ...parts })
    this.#leadership.onContact(() => this.#showHealth())
    this.#ownState.onChange(() => this.#showHealth())
  }

  async start(address: string): Promise<number> {
    this.#leadership.start()
    this.#ownState.start()
    this.#streams.start()
    this.#watches.start()
    const credentials = this.#options.credentials ?? ServerCredentials.createInsecure()
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, bound) => {
        if (error === null) resolve(bound)
        else reject(bindError(address, error))
      })
    }).catch((error: unknown) => {
      this.#leadership.stop()
      this.#ownState.stop()
      this.#streams.stop()
      this.#watches.stop()
      throw error
    })
    this.#deps.logger.info({ address, port }, 'serving clients')
    return port
  }

  setHealth(isServing: boolean): void {
    this.#isWanted = isServing
    this.#showHealth()
  }

  status(): SchedulerServerStatus {
    return {
      streams: this.#streams.size,
      watches: this.#watches.size,
      watchHistoryBytes: this.#watches.history.sizeBytes,
      seedCalls: this.leaderWork.size,
      pieceReportsPending: this.#reports.piecesPending,
      pieceReportsDropped: this.#reports.dropped,
      isServing: this.#isServing,
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    this.setHealth(false)
    this.leaderWork.stepDown()
    this.#streams.stop()
    this.#watches.stop()
    this.#reports.stop()
    this.#leadership.stop()
    this.#ownState.stop()
    let timer: Timer | undefined
    await new Promise<void>((resolve) => {
      timer = this.#deps.clock.setTimer(stopGraceMs, resolve)
      this.#server.tryShutdown(() => resolve())
    })
    timer?.cancel()
    this.#server.forceShutdown()
  }

  get #isServing(): boolean {
    const isWanted = this.#isWanted && this.#stopping === undefined
    return isWanted && this.#leadership.hasContact && this.#ownState.isServing
  }

  #showHealth(): void {
    this.#health.setStatus(this.#isServing ? 'SERVING' : 'NOT_SERVING')
  }

  #addServices(shared: SharedDeps): void {
    const services = loadServices()
    const allowed = new Set(this.#options.dialableIps ?? [])
    const isDialable = (ip: string, clientIp: string): boolean => ip === clientIp || allowed.has(ip)
    const { ownState } = shared
    const served = { ...shared, isDialable, refusal: () => ownState.refusal('any') }
    this.#server.addService(withSizedRequests(services.schedulerV1.service), {
      ...serviceV1({ ...served, newPeerRefusal: () => ownState.refusal('new') }),
    })
    const v2 = serviceV2(served)
    this.#server.addService(withSizedRequests(services.schedulerV2.service), {
      ...unservedV2(services.schedulerV2.service, v2),
      ...v2,
    })
    this.#server.addService(withSizedRequests(services.cluster.service), {
      ...clusterService({ ...shared, randomId }, this.#options),
    })
    this.#server.addService(withSizedRequests(services.store.service), { ...storeService(shared) })
    this.#health.addToServer(this.#server)
    addReflection(this.#server, descriptorFiles)
  }
}

type SharedDeps = SchedulerServerDeps & {
  readonly metrics: RequestMetrics
  readonly leadership: Leadership
  readonly rateLimit: RateLimit
  readonly ownState: OwnState
  readonly reports: PieceReports
  readonly replica: Replica
  readonly streams: PeerStreams
  readonly watches: Watches
  readonly operators: OperatorGate
  readonly acts: OperatorActs
}

const defaultTimes: ConnectionTimes = {
  idleMsMax: connectionIdleMsMax,
  ageMsMax: connectionAgeMsMax,
  ageGraceMs: connectionAgeGraceMs,
}

function serverOptions(times: ConnectionTimes): ServerOptions {
  return {
    'grpc.max_receive_message_length': receiveBytesMax,
    'grpc.max_send_message_length': sendBytesMax,
    'grpc.max_concurrent_streams': connectionStreamsMax,
    'grpc.keepalive_time_ms': connectionProbeMs,
    'grpc.keepalive_timeout_ms': connectionProbeMs,
    'grpc.max_connection_idle_ms': times.idleMsMax,
    'grpc.max_connection_age_ms': times.ageMsMax,
    'grpc.max_connection_age_grace_ms': times.ageGraceMs,
    'grpc.enable_channelz': 0,
  }
}

function bindError(address: string, error: Error): CodedError {
  const text = `cannot serve clients on ${address}: ${messageOf(error)}`
  return new CodedError('SCHED_PORT_IN_USE', text, { cause: error })
}
