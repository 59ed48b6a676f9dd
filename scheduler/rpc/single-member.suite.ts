// For tests: a whole client port over a cluster of one member that commits at once. Cluster time
// moves by hand; expired things go when the test says `advance`.
import { credentials as grpcCredentials, Metadata } from '@grpc/grpc-js'
import type { ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import { nullLogger } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import { fromWireStatus, loadServices } from '../../proto/index.ts'
import type { clusterV1, schedulerV1, schedulerV2 } from '../../proto/index.ts'
import type { ConfigurationChange } from '../../raft/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import {
  bootstrapEntryData,
  LocalLog,
  memberTable,
  Proposer,
  ReplicatedState,
} from '../replication/index.ts'
import type { ProposerLog, StateReader } from '../replication/index.ts'
import type { GroupPort, LeadershipSnapshot, MemberInfo, MembersPort } from './ports.ts'
import { createSchedulerServer } from './server.ts'
import type { SchedulerServer, SchedulerServerOptions } from './server.ts'

export const clusterId = '00112233445566778899aabbccddeeff'

/** The group as the test wants it to look. */
export interface FakeRaft extends GroupPort {
  change(to: Partial<LeadershipSnapshot>): void
  leaderContactAgeMs: number
  /** Ends every readIndex until it is undefined again. */
  readRefusal: 'not-leader' | 'expired' | undefined
  readonly reads: number
  /** Changes of the members that were asked; none is made. */
  readonly changes: readonly ConfigurationChange[]
  /** Members leadership was to be handed to; it is said to have been. */
  readonly transfers: readonly number[]
}

export interface SingleMember {
  readonly address: string
  readonly server: SchedulerServer
  readonly raft: FakeRaft
  readonly state: ReplicatedState
  /** What is applied; a test may append what another member would. */
  readonly log: LocalLog
  readonly reader: StateReader
  readonly proposer: Proposer
  readonly v1: schedulerV1.SchedulerClient
  readonly v2: schedulerV2.SchedulerClient
  readonly cluster: clusterV1.ClusterClient
  /** Lets cluster time go on and removes what has expired. */
  advance(ms: number): Promise<void>
  stop(): Promise<void>
}

function fakeRaft(state: ReplicatedState): FakeRaft {
  const appliedIndex = (): number => state.appliedIndex
  const listeners = new Set<(change: LeadershipSnapshot) => void>()
  let now: LeadershipSnapshot = { role: 'leader', term: 1, leader: 1 }
  let reads = 0
  const changes: ConfigurationChange[] = []
  const transfers: number[] = []
  return {
    leaderContactAgeMs: 0,
    readRefusal: undefined,
    get reads() {
      return reads
    },
    readIndex() {
      reads += 1
      return Promise.resolve(
        this.readRefusal === undefined
          ? { ok: true, index: appliedIndex() }
          : { ok: false, reason: this.readRefusal },
      )
    },
    status() {
      const applied = appliedIndex()
      const { leaderContactAgeMs } = this
      const configuration = state.configuration()
      const idle = { pendingChangeIndex: 0, transferTarget: 0, progress: [] }
      return { ...now, ...idle, id: 1, commit: applied, applied, leaderContactAgeMs, configuration }
    },
    contactAgeMs: () => undefined,
    configuration: () => state.configuration(),
    changeConfiguration(change) {
      changes.push(change)
      return Promise.resolve({ ok: false, reason: 'not-ready', leader: 1 })
    },
    transferLeadership(to) {
      transfers.push(to)
      return Promise.resolve({ ok: true, leader: to, term: now.term + 1 })
    },
    changes,
    transfers,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change(to) {
      now = { ...now, ...to }
      for (const listener of listeners) listener(now)
    },
  }
}

/** The members of a state, as a scheduler's server asks for them. */
export function membersOf(reader: StateReader): MembersPort {
  const list = () =>
    reader.list(memberTable, 'byReplica', { limit: 64 }).map((row): MemberInfo => ({
      id: row.replicaId,
      hostId: row.hostId,
      clientAddress: row.clientAddress,
      raftAddress: row.raftAddress,
      state: row.state,
      role: row.role,
    }))
  return { list, get: (id) => list().find((info) => info.id === id) }
}

/** Starts one; stop it at the end of the test. */
export async function startSingleMember(
  options: Partial<SchedulerServerOptions> = {},
  logger: Logger = nullLogger,
): Promise<SingleMember> {
  const clock = new SystemClock()
  const failures: unknown[] = []
  const state = new ReplicatedState(schedulerDomain, {
    onCommandFailed: (failure) => failures.push(failure),
  })
  const log = new LocalLog({ stateMachine: state }, { appliedIndex: 0 })
  const member = { replicaId: 1, hostId: 's1', incarnation: clusterId, raftAddress: '127.0.0.1:1' }
  log.append(bootstrapEntryData({ clusterId, members: [member], features: [] }))
  const proposerOptions = {
    replicaId: 1,
    bootId: 'ffeeddccbbaa99887766554433221100',
    clientAddress: '127.0.0.1:8002',
    programVersion: 'test',
  }
  // Not within the apply that made the proposer ask: it asks for a new session when one is closed.
  const later: ProposerLog = {
    propose: (data) => Promise.resolve().then(() => log.propose(data)),
    onChange: () => log.onChange(),
  }
  const proposer = new Proposer({ clock, logger: nullLogger, log: later, state }, proposerOptions)
  await proposer.start()
  const raft = fakeRaft(state)
  const server = createSchedulerServer(
    { clock, logger, raft, state, commands: proposer, members: membersOf(state.reader) },
    { clusterId, selfId: 1, pid: 4_242, ...options },
  )
  const port = await server.start('127.0.0.1:0')
  const address = `127.0.0.1:${port}`
  const services = loadServices()
  const credentials = grpcCredentials.createInsecure()
  const [v1, v2, cluster] = [
    new services.schedulerV1(address, credentials),
    new services.schedulerV2(address, credentials),
    new services.cluster(address, credentials),
  ]
  return {
    address,
    server,
    raft,
    state,
    log,
    reader: state.reader,
    proposer,
    v1,
    v2,
    cluster,
    async advance(ms) {
      log.clusterClockMs += ms
      for (;;) {
        const requests = schedulerDomain.expireCommands(state.reader, log.clusterClockMs, 16)
        if (requests.length === 0) break
        for (const { command, body } of requests) {
          await proposer.propose(command, body, { timeoutMs: 5_000 })
        }
      }
    },
    async stop() {
      for (const client of [v1, v2, cluster]) client.close()
      await server.stop()
      await proposer.stop()
      if (failures.length > 0) throw new Error(`commands failed: ${JSON.stringify(failures)}`)
    },
  }
}

/** The shortest form of a generated method, which is the one inference sees. */
type Unary<Request, Reply> = (
  argument: Request,
  callback: (error: ServiceError | null, reply?: Reply) => void,
) => ClientUnaryCall

/** One call: its reply and headers; rejects with our errors. */
export function ask<Request, Reply>(
  client: object,
  method: Unary<Request, Reply>,
  request: Request,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly reply: Reply; readonly headers: Metadata }> {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return new Promise((resolve, reject) => {
    let initial = new Metadata()
    const callback = (error: ServiceError | null, reply?: Reply): void => {
      if (error !== null || reply === undefined) reject(fromWireStatus(error))
      else resolve({ reply, headers: initial })
    }
    const call = Reflect.apply(method, client, [request, metadata, callback]) as ClientUnaryCall
    call.on('metadata', (received: Metadata) => {
      initial = received
    })
  })
}

/** A v1 stream as a test uses it: packets are taken one by one. */
export class TestStream {
  readonly #call: ReturnType<schedulerV1.SchedulerClient['reportPieceResult']>
  readonly #packets: schedulerV1.PeerPacket__Output[] = []
  #waiting: ((packet: schedulerV1.PeerPacket__Output) => void) | undefined
  /** How the stream ended: undefined = in good order. */
  readonly ended: Promise<unknown>

  constructor(client: schedulerV1.SchedulerClient) {
    this.#call = client.reportPieceResult(new Metadata())
    this.#call.on('data', (packet: schedulerV1.PeerPacket__Output) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting === undefined) this.#packets.push(packet)
      else waiting(packet)
    })
    this.ended = new Promise((resolve) => {
      this.#call.on('error', (error) => resolve(fromWireStatus(error)))
      this.#call.on('status', ({ code }) => {
        if (code === 0) resolve(undefined)
      })
    })
  }

  send(result: schedulerV1.PieceResult): void {
    this.#call.write(result)
  }

  begin(taskId: string, peerId: string): void {
    this.send({ taskId, srcPid: peerId, pieceInfo: { pieceNum: -1 } })
  }

  next(): Promise<schedulerV1.PeerPacket__Output> {
    const packet = this.#packets.shift()
    if (packet !== undefined) return Promise.resolve(packet)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  /** Packets that arrived and were not taken. */
  get waiting(): number {
    return this.#packets.length
  }

  end(): void {
    this.#call.end()
  }

  cancel(): void {
    this.#call.cancel()
  }
}

/** A host of a test: N announces ports 10000 + N (gRPC) and 20000 + N (pieces). */
export function peerHost(n: number): schedulerV1.PeerHost {
  return {
    id: `host-${n}`,
    ip: '127.0.0.1',
    hostname: `peer-${n}`,
    rpcPort: 10_000 + n,
    downPort: 20_000 + n,
    idc: 'idc',
    location: 'here',
  }
}

/** A registration of a test. */
export function registration(
  taskId: string,
  n: number,
  more: Partial<schedulerV1.PeerTaskRequest> = {},
): schedulerV1.PeerTaskRequest {
  return {
    taskId,
    peerId: `${taskId}-peer-${n}`,
    url: 'http://origin.example/file',
    urlMeta: { tag: 'test' },
    peerHost: peerHost(n),
    ...more,
  }
}

/** An announcement of a task that host N holds whole. */
export function announcement(
  taskId: string,
  n: number,
  more: Partial<schedulerV1.AnnounceTaskRequest> = {},
): schedulerV1.AnnounceTaskRequest {
  return {
    taskId,
    url: 'd7y:/content',
    urlMeta: { tag: 'test' },
    peerHost: peerHost(n),
    taskType: 'DfCache',
    piecePacket: {
      taskId,
      dstPid: `${taskId}-peer-${n}`,
      dstAddr: `127.0.0.1:${20_000 + n}`,
      totalPiece: 2,
      contentLength: 5_000_000,
      pieceInfos: [
        {
          pieceNum: 0,
          rangeStart: 0,
          rangeSize: 4_194_304,
          pieceMd5: '00112233445566778899aabbccddeeff',
        },
        { pieceNum: 1, rangeStart: 4_194_304, rangeSize: 805_696 },
      ],
    },
    ...more,
  }
}
