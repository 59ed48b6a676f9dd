// The leader-aware client of a scheduler cluster: one object, any number of members behind it.
import { Metadata, status } from '@grpc/grpc-js'
import { assert, CodedError, messageOf } from '../base/index.ts'
import type { Clock, Logger, Random } from '../base/index.ts'
import type { clusterV1, googleProtobuf, schedulerV1, schedulerV2 } from '../proto/index.ts'
import { UsageError } from '../runtime/index.ts'
import { ChannelPool } from './channel-pool.ts'
import { noSecurity } from './client-security.ts'
import type { ClientSecurity } from './client-security.ts'
import { clientRefreshPauseMs } from './limits.ts'
import { isAddress, MemberList } from './member-list.ts'
import { PieceResultStream } from './piece-result-stream.ts'
import type { PieceStreamListener } from './piece-result-stream.ts'
import { UnaryCaller } from './unary-caller.ts'
import type { CallOptions, Invoke } from './unary-caller.ts'

type Empty = googleProtobuf.Empty__Output

export interface SchedulerClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface SchedulerClientOptions {
  /** host:port of at least one member; the others are learned from leader hints and refreshes. */
  readonly addresses: readonly string[]
  /** Time for one call over all attempts. @default 10,000 */
  readonly deadlineMs?: number
  /** A newer address list, asked for when no member answered. Failures keep the old list. */
  readonly refreshAddresses?: () => Promise<readonly string[]>
  /** @default no TLS, no token */
  readonly security?: Pick<ClientSecurity, 'transport' | 'bearerToken'>
}

const deadlineMsDefault = 10_000

/**
 * Talks to whichever member answers, the leader first. Calls reject with `DfError` (API v1's
 * numbers), `StatusError` (other gRPC failures) or `SchedulerUnavailableError` (nobody answered in
 * time). Only UNAVAILABLE, RESOURCE_EXHAUSTED, 5007 and silence are tried again.
 */
export class SchedulerClient {
  readonly #deps: SchedulerClientDeps
  readonly #options: SchedulerClientOptions
  readonly #members: MemberList
  readonly #pool: ChannelPool
  readonly #caller: UnaryCaller
  #isRefreshing = false
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor(deps: SchedulerClientDeps, options: SchedulerClientOptions) {
    if (options.addresses.length === 0) {
      throw new UsageError('CONF_ADDRESS', 'at least one scheduler address is needed')
    }
    for (const address of options.addresses) {
      if (!isAddress(address)) {
        throw new UsageError('CONF_ADDRESS', `"${address}" is not host:port`)
      }
    }
    this.#deps = deps
    this.#options = options
    this.#members = new MemberList(options.addresses)
    const { transport, bearerToken } = options.security ?? noSecurity
    this.#pool = new ChannelPool(transport)
    const refresh = (): void => this.#refresh()
    const parts = { members: this.#members, pool: this.#pool, refresh, bearerToken }
    this.#caller = new UnaryCaller({ ...deps, ...parts })
  }

  /** The members known now. */
  get addresses(): readonly string[] {
    return this.#members.addresses
  }

  /** The leader as last heard; undefined when unknown. */
  get leader(): string | undefined {
    return this.#members.leader
  }

  /** Replaces the member list; connections to others are closed. */
  setAddresses(addresses: readonly string[]): void {
    this.#members.setAddresses(addresses)
    this.#pool.keepOnly(this.#members.addresses)
  }

  registerPeerTask(
    request: schedulerV1.PeerTaskRequest,
    options?: CallOptions,
  ): Promise<schedulerV1.RegisterResult__Output> {
    return this.#run((stubs, ...rest) => stubs.v1.registerPeerTask(request, ...rest), options)
  }

  reportPeerResult(request: schedulerV1.PeerResult, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v1.reportPeerResult(request, ...rest), options)
  }

  announceTask(request: schedulerV1.AnnounceTaskRequest, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v1.announceTask(request, ...rest), options)
  }

  statTask(
    request: schedulerV1.StatTaskRequest,
    options?: CallOptions,
  ): Promise<schedulerV1.Task__Output> {
    return this.#run((stubs, ...rest) => stubs.v1.statTask(request, ...rest), options)
  }

  leaveTask(request: schedulerV1.PeerTarget, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v1.leaveTask(request, ...rest), options)
  }

  /** API v1's announcement, without an interval; our daemons use `announceHost`. */
  announceHostV1(request: schedulerV1.AnnounceHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v1.announceHost(request, ...rest), options)
  }

  leaveHost(request: schedulerV1.LeaveHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v1.leaveHost(request, ...rest), options)
  }

  /** API v2's announcement, with its interval. */
  announceHost(request: schedulerV2.AnnounceHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v2.announceHost(request, ...rest), options)
  }

  listHosts(
    request: schedulerV2.ListHostsRequest,
    options?: CallOptions,
  ): Promise<schedulerV2.ListHostsResponse__Output> {
    return this.#run((stubs, ...rest) => stubs.v2.listHosts(request, ...rest), options)
  }

  deleteHost(request: schedulerV2.DeleteHostRequest, options?: CallOptions): Promise<Empty> {
    return this.#run((stubs, ...rest) => stubs.v2.deleteHost(request, ...rest), options)
  }

  /** What one member says of the cluster; asks that member only, once. */
  async status(address: string, options?: CallOptions): Promise<clusterV1.StatusReply__Output> {
    assert(!this.#isClosed, 'the client is open')
    const invoke: Invoke<clusterV1.StatusReply__Output> = (stubs, ...rest) =>
      stubs.cluster.status({}, ...rest)
    const endMs = this.#deps.clock.nowMs() + this.#deadlineMs(options)
    const attempt = await this.#caller.once(address, invoke, { ...options, endMs })
    if ('reply' in attempt) return attempt.reply
    throw attempt.error
  }

  /**
   * Opens a piece-result stream at a member that is the same for a task while it is healthy. The
   * first message must be the begin-of-piece message.
   */
  reportPieceResult(taskId: string, listener: PieceStreamListener): PieceResultStream {
    assert(!this.#isClosed, 'the client is open')
    const nowMs = (): number => this.#deps.clock.nowMs()
    const address = this.#members.chooseFor(taskId, nowMs())
    assert(address !== undefined, 'a client has at least one address')
    const call = this.#pool.stubs(address).v1.reportPieceResult(new Metadata())
    return new PieceResultStream({ call, address, members: this.#members, nowMs }, listener)
  }

  /** Closes every connection; running calls fail. */
  close(): void {
    this.#isClosed = true
    this.#pool.close()
    this.#caller.cancelAll()
  }

  #run<Reply>(invoke: Invoke<Reply>, options: CallOptions | undefined): Promise<Reply> {
    assert(!this.#isClosed, 'the client is open')
    return this.#caller.run(invoke, { ...options, deadlineMs: this.#deadlineMs(options) })
  }

  #deadlineMs(options: CallOptions | undefined): number {
    return options?.deadlineMs ?? this.#options.deadlineMs ?? deadlineMsDefault
  }

  /** One refresh at a time, and not more often than `clientRefreshPauseMs`; nobody waits for it. */
  #refresh(): void {
    const { refreshAddresses } = this.#options
    const { clock, logger } = this.#deps
    if (refreshAddresses === undefined || this.#isRefreshing) return
    if (clock.nowMs() - this.#refreshedAtMs < clientRefreshPauseMs) return
    this.#refreshedAtMs = clock.nowMs()
    this.#isRefreshing = true
    refreshAddresses()
      .then((addresses) => {
        if (!this.#isClosed) this.setAddresses(addresses)
      })
      .catch((error: unknown) => {
        logger.warn({ reason: messageOf(error) }, 'scheduler addresses not refreshed')
      })
      .finally(() => {
        this.#isRefreshing = false
      })
  }
}

/** Whether a call failed because its caller gave it up. */
export function isCancelled(error: unknown): boolean {
  return error instanceof CodedError && error.code === `PROTO_${status[status.CANCELLED]}`
}
