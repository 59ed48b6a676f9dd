// One scheduler: the replicated state over its log and store, Raft over its network, and the ports
// clients and operators use. Everything is put together here and nowhere else.
import { assert, CodedError, startAll, stopAll } from '../base/index.ts'
import type { Clock, Logger, Random } from '../base/index.ts'
import { membersOf, RaftNode } from '../raft/index.ts'
import { GrpcRaftTransport } from '../runtime/grpc-raft-transport.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import type { ClientCertificates, TransportSecurity } from '../runtime/grpc-tls.ts'
import { afterThisCallback, afterThisTurn } from '../runtime/index.ts'
import type { TlsFiles } from '../runtime/index.ts'
import { Acknowledgements } from './membership/acknowledgements.ts'
import { firstConfiguration, onMembersChanged, raftMembers } from './boot/members.ts'
import { DuplicateWatch } from './boot/duplicate-watch.ts'
import { replicaProgress } from './boot/load-progress.ts'
import type { LoadProgress } from './boot/load-progress.ts'
import type { OpenedScheduler } from './boot/open-instance.ts'
import { knowledgeOf } from './boot/probe-knowledge.ts'
import type { AskerKnowledge } from './boot/probe-knowledge.ts'
import type { QuarantineFigures } from './boot/quarantine-keeper.ts'
import { GuardedState } from './guarded-state.ts'
import { JoinMetrics } from './membership/join-metrics.ts'
import { watchDivergence } from './membership/divergence.ts'
import { joinWork } from './membership/joins.ts'
import type { Joins } from './membership/joins.ts'
import { MetricsServer } from './metrics.ts'
import { LeaderDuties, memberTable, Proposer } from './replication/index.ts'
import type { LeaderWork, ReplicatedState } from './replication/index.ts'
import { measureDirectory, MemberFacts } from './own-facts.ts'
import { createSchedulerServer } from './rpc/index.ts'
import type { ClusterKey } from './rpc/host-proof.ts'
import type { MemberInfo, MembersPort, SchedulerServer } from './rpc/index.ts'
import { nodeStateWork } from './membership/node-state-work.ts'
import { OperatorTokenWork } from './membership/operator-token.ts'
import { metricsText } from './scheduler-metrics.ts'
import type { SettingsSeed } from './settings-options.ts'
import { SettingsWork } from './settings-work.ts'

export interface SchedulerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly opened: OpenedScheduler
}

export interface SchedulerOptions {
  /** New with every start of the process; 32 lower-case hex characters. */
  readonly bootId: string
  readonly pid: number
  readonly programVersion: string
  readonly listenIp: string
  readonly advertiseIp: string
  /** Client port; 0 = any. */
  readonly port: number
  /** 0 = any. */
  readonly metricsPort: number
  readonly electionTimeoutMs: number
  /** Addresses a seed peer may name although it announces itself from another one. */
  readonly dialableIps: readonly string[]
  /** Counts bytes of pieces by host: many series in a large cluster. @default false */
  readonly countHostTraffic?: boolean
  /** Applied entries kept in the log for members that come back. @default raft's */
  readonly retainEntries?: number
  /** Bytes of images that leave in a second. @default raft's */
  readonly imageRate?: number
  /** How this member speaks on its ports and with other members. @default no TLS */
  readonly security?: TransportSecurity
  /** Whether clients must show certificates where there is TLS. @default 'optional' */
  readonly clientCertificates?: ClientCertificates
  /** For metrics; undefined without TLS. */
  readonly tlsFiles?: TlsFiles | undefined
  /** What hosts that come back prove themselves with. @default tokens and certificates only */
  readonly clusterKey?: ClusterKey
  /** Where a new cluster leaves the operator's token. @default it has none */
  readonly operatorTokenPath?: string
  /** What the options of this member say of the settings. @default nothing is stored or compared */
  readonly settingsSeed?: SettingsSeed
  /** Calls and new streams per second. @default 4000 */
  readonly requestRateLimit?: number
  /** What lies in quarantine, for metrics. @default it is not shown */
  readonly quarantine?: () => QuarantineFigures
  /** Called once, before Raft starts: streams of other members may be handed to it. */
  readonly onTransport: (transport: GrpcRaftTransport) => void
  /** Told once how to see how far this member has come. @default nobody asks */
  readonly onProgress?: (look: () => LoadProgress) => void
  /** Told once what this member knows of those that probe it. @default nobody asks */
  readonly onKnowledge?: (knowledge: AskerKnowledge) => void
  /**
   * The replica has stopped for good and says nothing more; the process should end. With
   * `RAFT_REMOVED` the group goes on without it.
   */
  readonly onFatal: (error: Error) => void
}

/** Ticks in one election timeout; heartbeats are a tenth of it. */
const electionTicks = 20

/** A running scheduler. */
export interface RunningScheduler {
  /** Bound addresses. */
  readonly addr: string
  readonly metricsUrl: string
  /** For what an operator asks of it: changes of the membership, say. */
  readonly raft: RaftNode
  stop(): Promise<void>
}

/** Builds and starts everything; a failed start stops what had started. */
export async function startScheduler(
  deps: SchedulerDeps,
  options: SchedulerOptions,
): Promise<RunningScheduler> {
  const { opened, logger, clock, random } = deps
  const { durable, identity, contents, log, images } = opened
  const { state } = durable
  applyFirst(opened)
  const transport = createTransport(deps, options)
  const members = membersPort(state)
  followMembers(opened, transport)
  options.onTransport(transport)
  const joins: { current?: Joins } = {}
  const guarded = new GuardedState(
    { clock, logger, durable, log },
    { replicaId: identity.replicaId, onFatal: options.onFatal },
  )
  const raft = new RaftNode(
    {
      clock,
      random: random.fork('raft'),
      logger,
      transport,
      log,
      stateMachine: guarded,
      images,
      defer: afterThisCallback,
      deferLater: afterThisTurn,
    },
    {
      id: identity.replicaId,
      configuration: firstConfiguration(state, opened.known),
      contents,
      applied: state.appliedIndex,
      lacksState: opened.lacksState,
      clusterClockMs: state.clusterClockMs,
      tickMs: options.electionTimeoutMs / electionTicks,
      electionTicks,
      ...(options.retainEntries === undefined ? {} : { retainEntries: options.retainEntries }),
      ...(options.imageRate === undefined ? {} : { imageBytesPerSecond: options.imageRate }),
      onFatal: options.onFatal,
      onRemoved: () => options.onFatal(removedError(identity.replicaId)),
      onDigestMismatch: (mismatch) => {
        guarded.onDigestMismatch(mismatch)
        joins.current?.outvoted(mismatch.outvoted)
      },
    },
  )
  watchDuplicates({ clock, transport, raft, replicaId: identity.replicaId }, options)
  watchDivergence(state, identity, options.onFatal)
  options.onProgress?.(() => replicaProgress(raft))
  const { clusterId, replicaId } = identity
  options.onKnowledge?.(knowledgeOf({ clusterId, replicaId, state, raft }))
  return runParts({ ...deps, transport, members, guarded, raft, joins }, options)
}

interface Parts extends SchedulerDeps {
  readonly transport: GrpcRaftTransport
  readonly members: MembersPort
  readonly guarded: GuardedState
  readonly raft: RaftNode
  /** Hears of replicas that differ, once it is there. */
  readonly joins: { current?: Joins }
}

/** The proposer, once the port is bound and can be named; who needs it before is told to wait. */
interface Late {
  proposer: Proposer | undefined
}

/** Ports come first, so that the member can say where it is; then Raft, then what needs it. */
async function runParts(parts: Parts, options: SchedulerOptions): Promise<RunningScheduler> {
  const { raft, guarded, transport, opened } = parts
  const { durable, knownFile } = opened
  const late: Late = { proposer: undefined }
  const joinMetrics = new JoinMetrics()
  const server = createServer(parts, options, { late, joinMetrics })
  const metrics = new MetricsServer(() =>
    metricsText({
      raft,
      durable,
      server,
      requests: server,
      programVersion: options.programVersion,
      transport,
      proposer: late.proposer?.status(),
      tls: options.tlsFiles?.status,
      quarantine: options.quarantine?.(),
      joins: joinMetrics,
    }),
  )
  const host = bracketed(options.advertiseIp)
  try {
    await metrics.listen(options.listenIp, options.metricsPort)
    const port = await server.start(`${bracketed(options.listenIp)}:${options.port}`)
    const addr = `${host}:${port}`
    const proposer = createProposer(parts, options, addr)
    late.proposer = proposer
    const operatorToken = operatorTokenWork(parts, proposer, options)
    const members = memberWork(parts, options, { proposer, joinMetrics })
    const settings = settingsWork(parts, proposer, options)
    const work = [server.leaderWork, ...members, ...operatorToken, ...settings]
    const duties = createDuties(parts, proposer, work)
    await startAll([durable, guarded, raft, proposer, duties, knownFile, ...settings])
    // Clients are answered while there is still somebody to answer them.
    const clients = [proposer, server, duties, knownFile, ...operatorToken, ...settings]
    const stopped = [metrics, durable, guarded, raft, ...clients]
    const metricsUrl = `http://${host}:${metrics.port}/metrics`
    return { addr, metricsUrl, raft, stop: () => stopAll(stopped) }
  } catch (error) {
    await stopAll([metrics, server])
    throw error
  }
}

function createServer(
  parts: Parts,
  options: SchedulerOptions,
  { late, joinMetrics }: { readonly late: Late; readonly joinMetrics: JoinMetrics },
): SchedulerServer {
  const { clock, logger, raft, guarded, members, opened } = parts
  const { identity, durable } = opened
  const { state } = durable
  return createSchedulerServer(
    {
      clock,
      logger,
      raft,
      state,
      members,
      own: new MemberFacts({
        clock,
        logger,
        guarded,
        log: opened.log,
        tls: options.tlsFiles,
        measure: () => measureDirectory(opened.instance.directory),
      }),
      joinMetrics,
      snapshots: {
        open: () => opened.images.open(state.appliedIndex),
        wait: (bytes) => raft.imageThrottle.wait(bytes),
      },
      commands: {
        get sessionId() {
          return late.proposer?.sessionId ?? 0
        },
        // The port is bound before the proposer can say where it is.
        propose: (command, body, how) =>
          late.proposer?.propose(command, body, how) ??
          Promise.resolve({ ok: false, reason: 'stopped' } as const),
      },
    },
    {
      clusterId: identity.clusterId,
      selfId: identity.replicaId,
      pid: options.pid,
      dialableIps: options.dialableIps,
      ...(options.requestRateLimit === undefined
        ? {}
        : { requestRateLimit: options.requestRateLimit }),
      countHostTraffic: options.countHostTraffic ?? false,
      ...(options.clusterKey === undefined ? {} : { clusterKey: options.clusterKey }),
      credentials: (options.security ?? plainText).server(options.clientCertificates ?? 'optional'),
    },
  )
}

/** What the leader does about members: who joins, in which state each is, how far its disk came. */
function memberWork(
  parts: Parts,
  options: SchedulerOptions,
  { proposer, joinMetrics }: { readonly proposer: Proposer; readonly joinMetrics: JoinMetrics },
): readonly LeaderWork[] {
  const { clock, logger, raft, opened } = parts
  const { state } = opened.durable
  const { clusterId, incarnation } = opened.identity
  const { electionTimeoutMs, security = plainText } = options
  const deps = { clock, logger, raft, state, proposer }
  const joins = joinWork(
    { ...deps, metrics: joinMetrics },
    { clusterId, incarnation, security, electionTicks, tickMs: electionTimeoutMs / electionTicks },
  )
  parts.joins.current = joins
  const states = nodeStateWork(deps, { clusterId, electionTimeoutMs, security })
  const { reader } = state
  return [joins, new Acknowledgements({ clock, logger, raft, reader, proposer }), ...states]
}

/**
 * A new log's first entry is applied here, for it names the members Raft starts with. A replica
 * that joined was told them, and takes that entry, or an image, from the leader as any other.
 */
function applyFirst({ durable, contents, identity, lacksState }: OpenedScheduler): void {
  if (lacksState || durable.state.appliedIndex > 0 || identity.createdBy === 'join') return
  const [first] = contents.entries
  assert(first !== undefined && first.index === 1, 'a log without state begins with entry 1')
  durable.apply([first])
}

function createTransport(deps: SchedulerDeps, options: SchedulerOptions): GrpcRaftTransport {
  const { clock, random, logger, opened } = deps
  const { clusterId, replicaId, incarnation } = opened.identity
  return new GrpcRaftTransport(
    { clock, random: random.fork('transport'), logger },
    {
      self: { clusterId, replicaId, incarnation, bootId: options.bootId },
      heardWithinMs: options.electionTimeoutMs,
      security: options.security ?? plainText,
    },
  )
}

function createProposer(parts: Parts, options: SchedulerOptions, addr: string): Proposer {
  const { clock, logger, raft, opened } = parts
  const { state } = opened.durable
  return new Proposer(
    { clock, logger, log: raft, state, defer: afterThisTurn },
    {
      replicaId: opened.identity.replicaId,
      bootId: options.bootId,
      clientAddress: addr,
      programVersion: options.programVersion,
    },
  )
}

/** Gives a new cluster its operator token, when it is told where to leave it. */
function operatorTokenWork(
  { clock, logger, opened }: Parts,
  proposer: Proposer,
  { operatorTokenPath: path }: SchedulerOptions,
): readonly OperatorTokenWork[] {
  if (path === undefined) return []
  const { state } = opened.durable
  return [new OperatorTokenWork({ clock, logger, state, proposer }, { path })]
}

/** Gives a new cluster its settings, when there are options to take them from. */
function settingsWork(
  { clock, logger, opened }: Parts,
  proposer: Proposer,
  { settingsSeed: seed }: SchedulerOptions,
): readonly SettingsWork[] {
  if (seed === undefined) return []
  const { state } = opened.durable
  return [new SettingsWork({ clock, logger, state, proposer }, seed)]
}

function createDuties(parts: Parts, proposer: Proposer, work: readonly LeaderWork[]): LeaderDuties {
  const { clock, logger, raft, opened } = parts
  const { state } = opened.durable
  return new LeaderDuties({ clock, logger, raft, state, proposer, work })
}

/**
 * The transport knows whom the state names: from the very entry that admits a member, and the image
 * that does, because Raft speaks to it right after that.
 */
function followMembers(opened: OpenedScheduler, transport: GrpcRaftTransport): void {
  const { durable, known, identity } = opened
  const { createdAtIndex } = identity
  const update = (): void =>
    transport.setMembers(raftMembers(durable.state, { known, createdAtIndex }))
  update()
  onMembersChanged(durable.state, update)
}

/** A second process with this identity must not go on: together they would vote twice (J12). */
function watchDuplicates(
  own: {
    readonly clock: Clock
    readonly transport: GrpcRaftTransport
    readonly raft: RaftNode
    readonly replicaId: number
  },
  { electionTimeoutMs, onFatal }: SchedulerOptions,
): void {
  const { clock, transport, raft, replicaId } = own
  const watch = new DuplicateWatch({ clock }, { electionTimeoutMs })
  transport.onDuplicate((id) => {
    if (!watch.note(id, raft.status())) return
    const message =
      `another process runs as replica ${replicaId}, says member ${id}: one of the two data ` +
      'directories is a copy of the other'
    onFatal(new CodedError('RAFT_DUPLICATE_IDENTITY', message))
  })
}

function removedError(replicaId: number): CodedError {
  const message = `replica ${replicaId} was removed from its cluster; its id never comes back`
  return new CodedError('RAFT_REMOVED', message)
}

function membersPort(state: ReplicatedState): MembersPort {
  const get = (id: number): MemberInfo | undefined => {
    const row = state.reader.get(memberTable, id)
    if (row === undefined) return undefined
    const { replicaId, hostId, clientAddress, raftAddress, role } = row
    return { id: replicaId, hostId, clientAddress, raftAddress, role, state: row.state }
  }
  const list = (): readonly MemberInfo[] => {
    return membersOf(state.configuration()).flatMap((id) => get(id) ?? [])
  }
  return { get, list }
}

function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
