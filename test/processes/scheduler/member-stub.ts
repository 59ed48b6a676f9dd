// Both APIs of one chosen member over a connection of its own, from our .proto files alone: the
// scripted clients of these checks have to notice what the leader-aware client would hide.
import { credentials, Metadata } from '@grpc/grpc-js'
import type { CallOptions, ClientDuplexStream, ServiceError } from '@grpc/grpc-js'
import { loadServices } from '../../../proto/index.ts'
import type { clusterV1, commonV2, schedulerV1, schedulerV2 } from '../../../proto/index.ts'

type Reply<T> = (error: ServiceError | null, reply?: T) => void
type Invoke<T> = (metadata: Metadata, options: CallOptions, done: Reply<T>) => unknown

/** A peer as both APIs name it. */
export interface PeerName {
  readonly taskId: string
  readonly peerId: string
  readonly hostId: string
}

export type PieceStream = ClientDuplexStream<
  schedulerV1.PieceResult,
  schedulerV1.PeerPacket__Output
>
export type PeerStream = ClientDuplexStream<
  schedulerV2.AnnouncePeerRequest,
  schedulerV2.AnnouncePeerResponse__Output
>

/** A row of a watched table. */
export type TableRow = Readonly<Record<string, unknown>>

/** Longest one call may take: ten times the wait for a leader, cut to the length of a test. */
const callMsMax = 20_000

/** Not shared between stubs: whoever dies takes no other client's connection along. */
const channelOptions = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0 } as const

export class MemberStub {
  readonly address: string
  readonly #v1
  readonly #v2
  readonly #cluster

  /** `via`: where the connection goes, when not straight to the member. */
  constructor(address: string, via: string = address) {
    this.address = address
    const { schedulerV1: V1, schedulerV2: V2, cluster: Cluster } = loadServices()
    const channel = new V1(via, credentials.createInsecure(), channelOptions)
    const shared = { ...channelOptions, channelOverride: channel.getChannel() }
    this.#v1 = channel
    this.#v2 = new V2(via, credentials.createInsecure(), shared)
    this.#cluster = new Cluster(via, credentials.createInsecure(), shared)
  }

  registerPeerTask(
    request: schedulerV1.PeerTaskRequest,
  ): Promise<schedulerV1.RegisterResult__Output> {
    return this.#call((...rest) => this.#v1.registerPeerTask(request, ...rest))
  }

  reportPeerResult(request: schedulerV1.PeerResult): Promise<unknown> {
    return this.#call((...rest) => this.#v1.reportPeerResult(request, ...rest))
  }

  announceTask(request: schedulerV1.AnnounceTaskRequest): Promise<unknown> {
    return this.#call((...rest) => this.#v1.announceTask(request, ...rest))
  }

  /** StatTask of API v1. */
  statTaskV1(taskId: string, isStale = false): Promise<schedulerV1.Task__Output> {
    return this.#call((...rest) => this.#v1.statTask({ taskId }, ...rest), isStale)
  }

  leaveTask({ taskId, peerId }: PeerName): Promise<unknown> {
    return this.#call((...rest) => this.#v1.leaveTask({ taskId, peerId }, ...rest))
  }

  leaveHost(id: string): Promise<unknown> {
    return this.#call((...rest) => this.#v1.leaveHost({ id }, ...rest))
  }

  /** ReportPieceResult. */
  openPieces(): PieceStream {
    return this.#v1.reportPieceResult(new Metadata())
  }

  announceHost(request: schedulerV2.AnnounceHostRequest): Promise<unknown> {
    return this.#call((...rest) => this.#v2.announceHost(request, ...rest))
  }

  async listHosts(isStale = false): Promise<readonly commonV2.Host__Output[]> {
    const list = (...rest: Parameters<Invoke<schedulerV2.ListHostsResponse__Output>>): unknown =>
      this.#v2.listHosts({}, ...rest)
    return (await this.#call(list, isStale)).hosts
  }

  deleteHost(hostId: string): Promise<unknown> {
    return this.#call((...rest) => this.#v2.deleteHost({ hostId }, ...rest))
  }

  statPeer(name: PeerName, isStale = false): Promise<commonV2.Peer__Output> {
    return this.#call((...rest) => this.#v2.statPeer(name, ...rest), isStale)
  }

  deletePeer(name: PeerName): Promise<unknown> {
    return this.#call((...rest) => this.#v2.deletePeer(name, ...rest))
  }

  statTask(taskId: string, hostId: string, isStale = false): Promise<commonV2.Task__Output> {
    return this.#call((...rest) => this.#v2.statTask({ taskId, hostId }, ...rest), isStale)
  }

  deleteTask(taskId: string, hostId: string): Promise<unknown> {
    return this.#call((...rest) => this.#v2.deleteTask({ taskId, hostId }, ...rest))
  }

  /** AnnouncePeer. */
  openPeer(): PeerStream {
    return this.#v2.announcePeer(new Metadata())
  }

  status(): Promise<clusterV1.StatusReply__Output> {
    return this.#call((...rest) => this.#cluster.status({}, ...rest))
  }

  /** Rows of a table as this member has them now. */
  async rows(table: string): Promise<ReadonlyMap<string, TableRow>> {
    const call = this.#cluster.watch({ tables: [table] }, new Metadata())
    const found = new Map<string, TableRow>()
    const timer = setTimeout(() => call.cancel(), callMsMax)
    call.on('error', () => undefined)
    try {
      for await (const frame of call as AsyncIterable<clusterV1.WatchFrame__Output>) {
        for (const { key, json } of frame.rows) found.set(key, JSON.parse(json) as TableRow)
        if (frame.isListEnd) return found
      }
    } finally {
      clearTimeout(timer)
      call.cancel()
    }
    throw new Error(`${this.address} ended its list of ${table}`)
  }

  close(): void {
    this.#cluster.close()
    this.#v2.close()
    this.#v1.close()
  }

  #call<T>(invoke: Invoke<T>, isStale = false): Promise<T> {
    const metadata = new Metadata()
    if (isStale) metadata.set('x-damselfly-consistency', 'stale')
    return new Promise((resolve, reject) => {
      invoke(metadata, { deadline: Date.now() + callMsMax }, (error, reply) => {
        if (error === null) resolve(reply as T)
        else reject(error)
      })
    })
  }
}
