// What operators ask of a cluster. Views may be answered by anyone; changes are made by the leader,
// so a call follows it, also over the leadership it has itself handed on, until its time is up.
import { messageOf } from '../base/index.ts'
import type { Clock, Logger, Random } from '../base/index.ts'
import type { clusterV1, storeV1 } from '../proto/index.ts'
import { backoffMs } from './backoff.ts'
import { callRules } from './calls.ts'
import type { CallName } from './calls.ts'
import { ChannelPool } from './channel-pool.ts'
import { noSecurity } from './client-security.ts'
import type { ClientSecurity } from './client-security.ts'
import { readClusterOverview } from './cluster-overview.ts'
import type { ClusterOverview } from './cluster-overview.ts'
import { SchedulerUnavailableError } from './errors.ts'
import { clientAttemptMsMax, statusDeadlineMs } from './limits.ts'
import { MemberDirectory } from './member-directory.ts'
import { parseMemberSources } from './member-source.ts'
import type { MemberSource } from './member-source.ts'
import { isSilence } from './outcomes.ts'
import type { Failure } from './outcomes.ts'
import { UnaryCaller } from './unary-caller.ts'
import type { CallOptions, Invoke } from './unary-caller.ts'
import { aborted, waitFor } from './waiting.ts'

export interface ClusterClientDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface ClusterClientOptions {
  /** Where members are found, in any form `SchedulerClient` takes; the others are learnt. */
  readonly addresses: readonly (string | MemberSource)[]
  /** Time for one call over all attempts, milliseconds. */
  readonly deadlineMs: number
  /** @default no TLS, no token */
  readonly security?: Pick<ClientSecurity, 'transport' | 'bearerToken'>
}

/** A change of a member; the index is 0 for a dry run, and when only a repeat found it made. */
export interface MemberChanged {
  readonly index: number
  readonly plan: clusterV1.Plan__Output | undefined
}

/** Errors are those of `SchedulerClient`. */
export class ClusterClient {
  readonly #deps: ClusterClientDeps
  readonly #options: ClusterClientOptions
  readonly #directory: MemberDirectory
  readonly #pool: ChannelPool
  readonly #caller: UnaryCaller
  readonly #closed = new AbortController()

  /** @throws CONF_ADDRESS */
  constructor(deps: ClusterClientDeps, options: ClusterClientOptions) {
    this.#deps = deps
    this.#options = options
    const { transport, bearerToken } = options.security ?? noSecurity
    const directory = new MemberDirectory(deps, parseMemberSources(deps, options.addresses))
    this.#directory = directory
    this.#pool = new ChannelPool(transport, (address) => directory.serverNames(address))
    this.#caller = new UnaryCaller({ ...deps, directory, pool: this.#pool, bearerToken })
  }

  /** Whom it may ask: those it was given, and those it has learnt of. */
  get addresses(): readonly string[] {
    return this.#directory.members.addresses
  }

  /** What every member says of itself, each asked once for at most `statusDeadlineMs`. */
  async overview(): Promise<ClusterOverview> {
    const directory = this.#directory
    await directory.known(this.#options.deadlineMs)
    const overview = await readClusterOverview(async (address) => {
      const attemptMs = statusDeadlineMs
      const attempt = await this.#caller.once(address, askStatus, { attemptMs })
      if ('reply' in attempt) return attempt.reply
      throw attempt.error
    }, directory.members.addresses)
    // Whoever asks for a change next knows whom to ask; who has left is not asked for ever.
    const named = overview.members.flatMap(({ addr }) => (addr === '' ? [] : [addr]))
    directory.also(named)
    return overview
  }

  /** Linearizable unless `options` asks for a stale read. */
  shards(options?: CallOptions): Promise<clusterV1.ShardsReply__Output> {
    return this.#read('shards', (stubs, ...rest) => stubs.cluster.shards({}, ...rest), options)
  }

  /** As `shards`: who can serve. */
  slots(options?: CallOptions): Promise<clusterV1.SlotsReply__Output> {
    return this.#read('slots', (stubs, ...rest) => stubs.cluster.slots({}, ...rest), options)
  }

  /** As `shards`: every member; `all` shows operators the hidden and former ones too. */
  nodes(all: boolean, options?: CallOptions): Promise<clusterV1.NodesReply__Output> {
    return this.#read('nodes', (stubs, ...rest) => stubs.cluster.nodes({ all }, ...rest), options)
  }

  /** Changes a member, or with `dryRun` says what that would do. */
  async changeMember(request: clusterV1.ChangeMemberRequest): Promise<MemberChanged> {
    const ask =
      (dryRun: boolean): Invoke<clusterV1.ChangeMemberReply__Output> =>
      (stubs, ...rest) =>
        stubs.cluster.changeMember({ ...request, dryRun }, ...rest)
    // The leader has agreed that there is something to do: a repeat that finds it done is no error.
    const planned = await this.#operate(ask(true), undefined)
    if (request.dryRun === true) return { index: 0, plan: planned?.plan ?? undefined }
    const done = await this.#operate(ask(false), doneCodes[String(request.action)])
    return { index: done?.index ?? 0, plan: done?.plan ?? planned?.plan ?? undefined }
  }

  /** Makes a join token, or with `dryRun` says what that would do. */
  createJoinToken(
    request: clusterV1.CreateJoinTokenRequest,
  ): Promise<clusterV1.CreateJoinTokenReply__Output> {
    // A token whose answer was lost admits nobody, because nobody knows its secret.
    return this.#read('createJoinToken', (stubs, ...rest) =>
      stubs.cluster.createJoinToken(request, ...rest),
    )
  }

  /** Takes a join token back. */
  async revokeJoinToken(tokenId: string): Promise<void> {
    const invoke: Invoke<clusterV1.RevokeJoinTokenReply__Output> = (stubs, ...rest) =>
      stubs.cluster.revokeJoinToken({ tokenId }, ...rest)
    await this.#operate(invoke, callRules.revokeJoinToken.doneCode)
  }

  /** A value of the replicated configuration, with its version. */
  async getConfig(key: string, options?: CallOptions): Promise<storeV1.Item__Output | undefined> {
    const invoke: Invoke<storeV1.GetReply__Output> = (stubs, ...rest) =>
      stubs.store.get({ key }, ...rest)
    return (await this.#read('getConfig', invoke, options)).item ?? undefined
  }

  /** Values of the replicated configuration by their keys, a part of them at a time. */
  listConfig(
    request: storeV1.ListRequest,
    options?: CallOptions,
  ): Promise<storeV1.ListReply__Output> {
    return this.#read('listConfig', (stubs, ...rest) => stubs.store.list(request, ...rest), options)
  }

  /**
   * Stores a value if it has the version that was read, 0 = none; the new version. Made once: after
   * a failure that does not say what became of it, read again.
   */
  async swapConfig(request: storeV1.CompareAndSwapRequest): Promise<number> {
    const invoke: Invoke<storeV1.CompareAndSwapReply__Output> = (stubs, ...rest) =>
      stubs.store.compareAndSwap(request, ...rest)
    return (await this.#read('swapConfig', invoke)).version
  }

  /** Removes a value, as `swapConfig` stores one. */
  async deleteConfig(request: storeV1.DeleteRequest): Promise<void> {
    await this.#read('deleteConfig', (stubs, ...rest) => stubs.store.delete(request, ...rest))
  }

  /** Closes every connection; running calls fail. */
  close(): void {
    this.#closed.abort()
    this.#directory.close()
    this.#caller.close()
    this.#pool.close()
  }

  #read<Reply>(name: CallName, invoke: Invoke<Reply>, options: CallOptions = {}): Promise<Reply> {
    const { deadlineMs } = this.#options
    return this.#caller.run(callRules[name], invoke, { deadlineMs, ...options })
  }

  /**
   * Asks the leader until it has answered. An attempt whose end is unknown may have done the work:
   * then `doneCode`, by which a repeat finds nothing left to do, is success, and the answer
   * undefined.
   */
  async #operate<Reply>(
    invoke: Invoke<Reply>,
    doneCode: string | undefined,
  ): Promise<Reply | undefined> {
    const { clock } = this.#deps
    const { deadlineMs } = this.#options
    const endMs = clock.nowMs() + deadlineMs
    const asked = new Set<string>()
    let round: Round = { tried: new Set(), number: 0 }
    let mayBeDone = false
    let failure: Failure | undefined
    const { members } = this.#directory
    while (clock.nowMs() < endMs && !this.#closed.signal.aborted) {
      const address = members.choose(round.tried, clock.nowMs())
      if (address === undefined) {
        round = await this.#nextRound(round, endMs)
        continue
      }
      asked.add(address)
      round.tried.add(address)
      const attempt = await this.#caller.once(address, invoke, {
        attemptMs: Math.min(endMs - clock.nowMs(), clientAttemptMsMax),
      })
      if ('reply' in attempt) return attempt.reply
      const { error } = attempt
      if (mayBeDone && error.code === doneCode) return undefined
      const next = whatNext(error)
      if (next === 'fail') throw error
      // The last attempt is cut short by our own deadline, which explains nothing.
      if (failure === undefined || clock.nowMs() < endMs) failure = error
      if (next === 'maybe') mayBeDone = true
      if (next === 'again') round.tried.delete(address)
      if (next === 'later') round = await this.#nextRound(round, endMs)
      if (isSilence(error)) members.failed(address, clock.nowMs())
    }
    const last = failure === undefined ? 'no scheduler address is known' : messageOf(failure)
    const text = `not done within ${deadlineMs} ms: ${last}`
    throw new SchedulerUnavailableError([...asked], text, failure)
  }

  async #nextRound({ number }: Round, endMs: number): Promise<Round> {
    const { clock, random } = this.#deps
    const { members, onChange } = this.#directory
    members.forgetTerm()
    this.#directory.refresh()
    const leftMs = Math.max(endMs - clock.nowMs(), 0)
    const isLost = members.addresses.length === 0
    const pauseMs = isLost ? leftMs : Math.min(backoffMs(random, number), leftMs)
    const closed = aborted(this.#closed.signal)
    await waitFor(clock, pauseMs, isLost ? [onChange, closed] : [closed])
    return { tried: new Set(), number: number + 1 }
  }
}

interface Round {
  /** Asked since the last pause. */
  readonly tried: Set<string>
  readonly number: number
}

const askStatus: Invoke<clusterV1.StatusReply__Output> = (stubs, ...rest) =>
  stubs.cluster.status({}, ...rest)

/** How a change that was made already is refused when it is asked again. */
const doneCodes: Readonly<Record<string, string>> = {
  PROMOTE: 'SCHED_NOT_LEARNER',
  REMOVE: 'SCHED_MEMBER_NOT_FOUND',
  REPLACE: 'SCHED_MEMBER_NOT_FOUND',
  DECOMMISSION: 'SCHED_MEMBER_NOT_FOUND',
}

/**
 * After a failure. `other`: another member knows more. `again`: the same one goes on. `later`: it
 * passes by itself. `maybe`: it may have been done; ask another member. `fail`: it will not be.
 */
type Next = 'other' | 'again' | 'later' | 'maybe' | 'fail'

const nextByCode: Readonly<Record<string, Next>> = {
  SCHED_DRAINING: 'other',
  SCHED_HIDDEN: 'other',
  SCHED_NOT_LEADER: 'other',
  SCHED_NO_LEADER: 'other',
  SCHED_STOPPING: 'other',
  SCHED_MEMBER_DRAINING: 'again',
  SCHED_CHANGE_IN_PROGRESS: 'later',
  SCHED_TRANSFER_FAILED: 'later',
  SCHED_OVERLOADED: 'later',
  SCHED_UNKNOWN_OUTCOME: 'maybe',
  SCHED_EXPIRED: 'maybe',
}

function whatNext(failure: Failure): Next {
  const known = nextByCode[failure.code]
  if (known !== undefined) return known
  return isSilence(failure) ? 'maybe' : 'fail'
}
