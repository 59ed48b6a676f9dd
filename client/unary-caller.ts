// One call over several members: the leader first, then the others, until an answer or the
// deadline. Every call behind it may be repeated: the scheduler keys what it does by natural ids.
import { Metadata, status } from '@grpc/grpc-js'
import type { CallOptions as GrpcCallOptions, ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import type { CancelSignal, Clock, Logger, Random } from '../base/index.ts'
import { messageOf } from '../base/index.ts'
import { fromWireStatus, isRetryable, StatusError } from '../proto/index.ts'
import type { DfError } from '../proto/index.ts'
import type { ChannelPool, MemberStubs } from './channel-pool.ts'
import { SchedulerUnavailableError } from './errors.ts'
import { clientAttemptMsMax, clientBackoffMsMax, clientBackoffMsMin } from './limits.ts'
import type { MemberList } from './member-list.ts'

/** How one call may differ from the client's defaults. */
export interface CallOptions {
  /** @default the client's `deadlineMs` */
  readonly deadlineMs?: number
  /** Ends the call with status CANCELLED. */
  readonly signal?: CancelSignal
  /** `stale` reads what the asked member has, without asking the leader. @default linearizable */
  readonly consistency?: 'linearizable' | 'stale'
}

/** Starts a unary call on the services of one member. */
export type Invoke<Reply> = (
  stubs: MemberStubs,
  metadata: Metadata,
  options: GrpcCallOptions,
  callback: (error: ServiceError | null, reply?: Reply) => void,
) => ClientUnaryCall

export interface UnaryCallerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly members: MemberList
  readonly pool: ChannelPool
  /** Asks for a newer address list in the background; must not throw. */
  readonly refresh: () => void
  /** Sent with every call; '' = none. */
  readonly bearerToken: string
}

type Attempt<Reply> = { readonly reply: Reply } | { readonly error: DfError | StatusError }

/** Runs unary calls with failover. */
export class UnaryCaller {
  readonly #deps: UnaryCallerDeps
  readonly #running = new Set<ClientUnaryCall>()

  constructor(deps: UnaryCallerDeps) {
    this.#deps = deps
  }

  /** The reply; rejects with DfError, StatusError or SchedulerUnavailableError. */
  async run<Reply>(
    invoke: Invoke<Reply>,
    options: CallOptions & { readonly deadlineMs: number },
  ): Promise<Reply> {
    const { clock, members, pool } = this.#deps
    const endMs = clock.nowMs() + options.deadlineMs
    const asked = new Set<string>()
    let tried = new Set<string>()
    let failure: DfError | StatusError | undefined
    let round = 0
    const isGivenUp = (): boolean => options.signal?.aborted === true
    // Every round ends in a pause, so the deadline alone bounds how often members are asked.
    while (!pool.isClosed && clock.nowMs() < endMs) {
      if (isGivenUp()) throw cancelled(options.signal)
      const address = members.choose(tried, clock.nowMs())
      if (address === undefined) {
        tried = new Set()
        await this.#pause(round, endMs, options.signal)
        round += 1
        continue
      }
      tried.add(address)
      asked.add(address)
      const attempt = await this.once(address, invoke, { ...options, endMs })
      if ('reply' in attempt) return attempt.reply
      const { error } = attempt
      if (isGivenUp()) throw error
      if (!this.#mayAskAnother(address, error)) throw error
      // The last attempt is cut short by our own deadline, which explains nothing.
      if (failure === undefined || clock.nowMs() < endMs) failure = error
      if (error instanceof StatusError && error.grpcStatus === status.RESOURCE_EXHAUSTED) {
        await this.#pause(round, endMs, options.signal)
      }
    }
    if (isGivenUp()) throw cancelled(options.signal)
    const last = failure === undefined ? 'no scheduler address is known' : messageOf(failure)
    const when = pool.isClosed ? 'before the client was closed' : `within ${options.deadlineMs} ms`
    const text = `no scheduler answered ${when}: ${last}`
    throw new SchedulerUnavailableError([...asked], text, failure)
  }

  /** Ends what is under way: a closed connection lets its calls run on. */
  cancelAll(): void {
    for (const call of this.#running) call.cancel()
  }

  /** One attempt at one member; learns the leader from what comes back. */
  once<Reply>(
    address: string,
    invoke: Invoke<Reply>,
    options: CallOptions & { readonly endMs: number },
  ): Promise<Attempt<Reply>> {
    const { clock, pool, members } = this.#deps
    const stubs = pool.stubs(address)
    const attemptMs = Math.min(options.endMs - clock.nowMs(), clientAttemptMsMax)
    const metadata = new Metadata()
    const { bearerToken } = this.#deps
    if (bearerToken !== '') metadata.set('authorization', `Bearer ${bearerToken}`)
    if (options.consistency === 'stale') metadata.set('x-damselfly-consistency', 'stale')
    return new Promise((resolve) => {
      const deadline = Math.ceil(clock.wallMs() + Math.max(attemptMs, 1))
      const call = invoke(stubs, metadata, { deadline }, (error, reply) => {
        this.#running.delete(call)
        options.signal?.removeEventListener('abort', onAbort)
        if (error === null && reply !== undefined) {
          members.answered(address)
          resolve({ reply })
          return
        }
        const failure = fromWireStatus(error ?? new Error('a reply without a message'))
        if (failure instanceof StatusError) this.#learn(failure.metadata)
        resolve({ error: failure })
      })
      this.#running.add(call)
      call.on('metadata', (initial: Metadata) => this.#learn(initial))
      const onAbort = (): void => call.cancel()
      options.signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  #learn(metadata: Metadata): void {
    const hint = leaderHint(metadata)
    if (hint !== undefined) this.#deps.members.learn(hint.leader, hint.term)
  }

  /** Sorts a failure: final ones are the caller's, the others belong to the member asked. */
  #mayAskAnother(address: string, failure: DfError | StatusError): boolean {
    const { clock, logger, members } = this.#deps
    const isLate = failure instanceof StatusError && failure.grpcStatus === status.DEADLINE_EXCEEDED
    // Our own cancellation ends the call before this matters; this is a server that was cut short.
    const isCutShort = failure instanceof StatusError && failure.grpcStatus === status.CANCELLED
    if (!isRetryable(failure) && !isLate && !isCutShort) {
      members.answered(address)
      return false
    }
    const isUnavailable =
      failure instanceof StatusError && failure.grpcStatus === status.UNAVAILABLE
    if (isLate || isCutShort || isUnavailable) members.failed(address, clock.nowMs())
    logger.debug({ address, code: failure.code, reason: failure.message }, 'scheduler call failed')
    return true
  }

  async #pause(round: number, endMs: number, signal: CancelSignal | undefined): Promise<void> {
    const { clock, random, members, refresh } = this.#deps
    members.forgetTerm()
    const fullMs = Math.min(clientBackoffMsMin * 2 ** Math.min(round, 16), clientBackoffMsMax)
    const pauseMs = fullMs / 2 + random.below(Math.ceil(fullMs / 2) + 1)
    const leftMs = endMs - clock.nowMs()
    if (leftMs <= 0) return
    try {
      refresh()
      await clock.sleep(Math.min(pauseMs, leftMs), signal)
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(signal)
      throw error
    }
  }
}

/** The leader's address ('' = unknown) and term that every reply of a member carries. */
export function leaderHint(
  metadata: Metadata,
): { readonly leader: string; readonly term: number } | undefined {
  const leader = metadata.get('x-raft-leader')[0]
  const term = metadata.get('x-raft-term')[0]
  if (typeof leader !== 'string' || typeof term !== 'string') return undefined
  return { leader, term: Number(term) }
}

function cancelled(signal: CancelSignal | undefined): StatusError {
  return new StatusError(status.CANCELLED, 'the call was cancelled', new Metadata(), {
    cause: signal?.reason,
  })
}
