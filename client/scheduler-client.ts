// The leader-aware client of a scheduler cluster: one object, any number of members behind it.
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import { CodedError } from '../base/index.ts'
import type { Clock, Logger, Random } from '../base/index.ts'
import type { clusterV1, commonV2, googleProtobuf } from '../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../proto/index.ts'
import { callRules } from './calls.ts'
import type { CallName, CallRule } from './calls.ts'
import { ChannelPool } from './channel-pool.ts'
import type { MemberStubs } from './channel-pool.ts'
import { noSecurity } from './client-security.ts'
import type { ClientSecurity } from './client-security.ts'
import { ClientClosedError, SchedulerUnavailableError } from './errors.ts'
import { clientAttemptMsMax } from './limits.ts'
import type { Asker } from './manager-source.ts'
import { MemberDirectory } from './member-directory.ts'
import { parseMemberSources } from './member-source.ts'
import type { MemberSource } from './member-source.ts'
import { MemberStream } from './member-stream.ts'
import type { AnnouncePeerStream, PieceResultStream, StreamListener } from './member-stream.ts'
import { UnaryCaller } from './unary-caller.ts'
import type { CallOptions, Invoke } from './unary-caller.ts'

type Empty = googleProtobuf.Empty__Output

export interface SchedulerClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface SchedulerClientOptions {
  /**
   * Where members are found, each `host:port`, `dns:///name:port`, `manager://host:port` or a
   * source of one's own. One is enough: the leader is learnt from hints.
   */
  readonly addresses: readonly (string | MemberSource)[]
  /** Time for one call over all attempts. @default 10,000 */
  readonly deadlineMs?: number
  /** What managers are told of who asks. @default the machine's name */
  readonly asker?: Asker
  /** @default no TLS, no token */
  readonly security?: Pick<ClientSecurity, 'transport' | 'bearerToken'>
}

const deadlineMsDefault = 10_000

/**
 * Talks to whichever member answers, the leader first. Calls reject with `DfError` (API v1's
 * numbers), `StatusError` (other gRPC failures) or `SchedulerUnavailableError` (nobody answered in
 * time, or the client was closed); `askedMembers` says who was asked. What is tried again, and why it may be, is in
 * `callRules`.
 */
export class SchedulerClient {
  readonly #deps: SchedulerClientDeps
  readonly #options: SchedulerClientOptions
  readonly #directory: MemberDirectory
  readonly #pool: ChannelPool
  readonly #caller: UnaryCaller
  readonly #streams = new Set<{ cancel(): void }>()
  #isClosed = false

  /** @throws CONF_ADDRESS */
  constructor(deps: SchedulerClientDeps, options: SchedulerClientOptions) {
    this.#deps = deps
    this.#options = options
    const sources = parseMemberSources(deps, options.addresses, options.asker)
    const { transport, bearerToken } = options.security ?? noSecurity
    const directory = new MemberDirectory(deps, sources)
    const pool = new ChannelPool(transport, (address) => directory.serverNames(address))
    directory.onChange(() => pool.keepOnly(directory.members.addresses))
    this.#directory = directory
    this.#pool = pool
    this.#caller = new UnaryCaller({ ...deps, directory, pool, bearerToken })
  }

  /** The members known now; empty until a source has named one. */
  get addresses(): readonly string[] {
    return this.#directory.members.addresses
  }

  /** The leader as last heard; undefined when unknown. */
  get leader(): string | undefined {
    return this.#directory.members.leader
  }

  /** Resolves once a member is known; rejects with SchedulerUnavailableError after `deadlineMs`. */
  async known(options?: Pick<CallOptions, 'deadlineMs'>): Promise<readonly string[]> {
    await this.#directory.known(this.#deadlineMs(options))
    if (this.addresses.length === 0) throw nobodyKnown()
    return this.addresses
  }

  registerPeerTask(
    request: schedulerV1.PeerTaskRequest,
    options?: CallOptions,
  ): Promise<schedulerV1.RegisterResult__Output> {
    return this.#run(
      'registerPeerTask',
      (stubs, ...rest) => stubs.v1.registerPeerTask(request, ...rest),
      options,
    )
  }

  reportPeerResult(request: schedulerV1.PeerResult, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'reportPeerResult',
      (stubs, ...rest) => stubs.v1.reportPeerResult(request, ...rest),
      options,
    )
  }

  announceTask(request: schedulerV1.AnnounceTaskRequest, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'announceTask',
      (stubs, ...rest) => stubs.v1.announceTask(request, ...rest),
      options,
    )
  }

  statTask(
    request: schedulerV1.StatTaskRequest,
    options?: CallOptions,
  ): Promise<schedulerV1.Task__Output> {
    return this.#run('statTask', (stubs, ...rest) => stubs.v1.statTask(request, ...rest), options)
  }

  leaveTask(request: schedulerV1.PeerTarget, options?: CallOptions): Promise<Empty> {
    return this.#run('leaveTask', (stubs, ...rest) => stubs.v1.leaveTask(request, ...rest), options)
  }

  /** API v1's announcement, without an interval; our daemons use `announceHost`. */
  announceHostV1(request: schedulerV1.AnnounceHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'announceHostV1',
      (stubs, ...rest) => stubs.v1.announceHost(request, ...rest),
      options,
    )
  }

  leaveHost(request: schedulerV1.LeaveHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run('leaveHost', (stubs, ...rest) => stubs.v1.leaveHost(request, ...rest), options)
  }

  /** API v2's announcement, with its interval. */
  announceHost(request: schedulerV2.AnnounceHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'announceHost',
      (stubs, ...rest) => stubs.v2.announceHost(request, ...rest),
      options,
    )
  }

  listHosts(
    request: schedulerV2.ListHostsRequest,
    options?: CallOptions,
  ): Promise<schedulerV2.ListHostsResponse__Output> {
    return this.#run('listHosts', (stubs, ...rest) => stubs.v2.listHosts(request, ...rest), options)
  }

  deleteHost(request: schedulerV2.DeleteHostRequest, options?: CallOptions): Promise<Empty> {
    const again = { ...options, doneReply: {} }
    return this.#run('deleteHost', (stubs, ...rest) => stubs.v2.deleteHost(request, ...rest), again)
  }

  statPeer(
    request: schedulerV2.StatPeerRequest,
    options?: CallOptions,
  ): Promise<commonV2.Peer__Output> {
    return this.#run('statPeer', (stubs, ...rest) => stubs.v2.statPeer(request, ...rest), options)
  }

  deletePeer(request: schedulerV2.DeletePeerRequest, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'deletePeer',
      (stubs, ...rest) => stubs.v2.deletePeer(request, ...rest),
      options,
    )
  }

  /** API v2's view of a task; `statTask` is API v1's. */
  statTaskV2(
    request: schedulerV2.StatTaskRequest,
    options?: CallOptions,
  ): Promise<commonV2.Task__Output> {
    return this.#run('statTaskV2', (stubs, ...rest) => stubs.v2.statTask(request, ...rest), options)
  }

  deleteTask(request: schedulerV2.DeleteTaskRequest, options?: CallOptions): Promise<Empty> {
    return this.#run(
      'deleteTask',
      (stubs, ...rest) => stubs.v2.deleteTask(request, ...rest),
      options,
    )
  }

  /** What one member says of the cluster; asks that member only, once. */
  async status(address: string, options?: CallOptions): Promise<clusterV1.StatusReply__Output> {
    if (this.#isClosed) throw closed()
    const invoke: Invoke<clusterV1.StatusReply__Output> = (stubs, ...rest) =>
      stubs.cluster.status({}, ...rest)
    const attemptMs = Math.min(this.#deadlineMs(options), clientAttemptMsMax)
    const attempt = await this.#caller.once(address, invoke, { ...options, attemptMs })
    if ('reply' in attempt) return attempt.reply
    throw attempt.error
  }

  /**
   * Opens a piece-result stream of API v1 at a member that is the same for a task while it is
   * healthy. The first message must be the begin-of-piece message.
   * @throws SchedulerUnavailableError while no member is known, ClientClosedError
   */
  reportPieceResult(
    taskId: string,
    listener: StreamListener<schedulerV1.PeerPacket__Output>,
  ): PieceResultStream {
    const headers = this.#caller.headers()
    return this.#open(taskId, listener, (stubs) => stubs.v1.reportPieceResult(headers))
  }

  /**
   * Opens a stream of API v2 for one download, at a member chosen like that of `reportPieceResult`.
   * The first message must register the peer; after a terminal message the scheduler ends the
   * stream. @throws SchedulerUnavailableError while no member is known
   */
  announcePeer(
    taskId: string,
    listener: StreamListener<schedulerV2.AnnouncePeerResponse__Output>,
  ): AnnouncePeerStream {
    const headers = this.#caller.headers()
    return this.#open(taskId, listener, (stubs) => stubs.v2.announcePeer(headers))
  }

  /** Ends every call and stream and closes every connection; nothing is left behind. */
  close(): void {
    this.#isClosed = true
    this.#directory.close()
    for (const stream of this.#streams) stream.cancel()
    this.#caller.close()
    this.#pool.close()
  }

  #open<Out, In>(
    taskId: string,
    listener: StreamListener<In>,
    start: (stubs: MemberStubs) => ClientDuplexStream<Out, In>,
  ): MemberStream<Out, In> {
    if (this.#isClosed) throw closed()
    const nowMs = (): number => this.#deps.clock.nowMs()
    const directory = this.#directory
    const address = directory.members.chooseFor(taskId, nowMs())
    if (address === undefined) {
      directory.refresh()
      throw nobodyKnown()
    }
    const call = start(this.#pool.stubs(address))
    const onClosed = (): void => void this.#streams.delete(stream)
    const deps = { call, address, directory, nowMs, onClosed }
    const stream: MemberStream<Out, In> = new MemberStream(deps, listener)
    this.#streams.add(stream)
    return stream
  }

  #run<Reply>(
    name: CallName,
    invoke: Invoke<Reply>,
    options: (CallOptions & { readonly doneReply?: Reply }) | undefined,
  ): Promise<Reply> {
    const rule: CallRule = callRules[name]
    return this.#caller.run(rule, invoke, { ...options, deadlineMs: this.#deadlineMs(options) })
  }

  #deadlineMs(options: Pick<CallOptions, 'deadlineMs'> | undefined): number {
    return options?.deadlineMs ?? this.#options.deadlineMs ?? deadlineMsDefault
  }
}

function closed(): ClientClosedError {
  return new ClientClosedError([], 'the client was closed')
}

function nobodyKnown(): SchedulerUnavailableError {
  return new SchedulerUnavailableError([], 'no scheduler address is known')
}

/** Whether a call failed because its caller gave it up. */
export function isCancelled(error: unknown): boolean {
  return error instanceof CodedError && error.code === `PROTO_${status[status.CANCELLED]}`
}
