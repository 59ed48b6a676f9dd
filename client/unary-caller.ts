// One call over several members: the leader first, then the others one after another, until an
// answer or the deadline. Whether a call may be made again is said in calls.ts.
import { Metadata, status } from '@grpc/grpc-js'
import type { CallOptions as GrpcCallOptions, ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import type { CancelSignal, Clock, Logger, Random } from '../base/index.ts'
import { messageOf } from '../base/index.ts'
import { fromWireStatus, StatusError } from '../proto/index.ts'
import { backoffMs } from './backoff.ts'
import type { CallRule } from './calls.ts'
import type { ChannelPool, MemberStubs } from './channel-pool.ts'
import { ClientClosedError, noteAsked, SchedulerUnavailableError } from './errors.ts'
import { clientAttemptMsMax, clientAttemptMsMin } from './limits.ts'
import type { MemberDirectory } from './member-directory.ts'
import { isLate, judge, mayAskAgain, mayBeDone } from './outcomes.ts'
import type { Failure } from './outcomes.ts'
import { aborted, waitFor } from './waiting.ts'
import type { Waker } from './waiting.ts'

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
  readonly directory: Pick<MemberDirectory, 'members' | 'learn' | 'refresh' | 'onChange'>
  readonly pool: Pick<ChannelPool, 'stubs'>
  /** Sent with every call; '' = none. */
  readonly bearerToken: string
}

type Attempt<Reply> = { readonly reply: Reply } | { readonly error: Failure }

/** A call, what it is about, and when it ends. */
interface Running<Reply> {
  readonly invoke: Invoke<Reply>
  readonly rule: CallRule
  /** What stands for the answer when a repeat finds the work done. */
  readonly doneReply: Reply | undefined
  readonly options: CallOptions
  readonly endMs: number
}

/** Runs unary calls with failover. */
export class UnaryCaller {
  readonly #deps: UnaryCallerDeps
  readonly #running = new Set<ClientUnaryCall>()
  readonly #closed = new AbortController()

  constructor(deps: UnaryCallerDeps) {
    this.#deps = deps
  }

  /**
   * The reply; rejects with DfError, StatusError or SchedulerUnavailableError. `doneReply` is given
   * when a repeat is refused by the rule's `doneCode`.
   */
  async run<Reply>(
    rule: CallRule,
    invoke: Invoke<Reply>,
    options: CallOptions & { readonly deadlineMs: number; readonly doneReply?: Reply },
  ): Promise<Reply> {
    const endMs = this.#deps.clock.nowMs() + options.deadlineMs
    const { doneReply } = options
    const asked = new Set<string>()
    const outcome = await this.#ask({ rule, invoke, doneReply, options, endMs }, asked)
    if ('reply' in outcome) return outcome.reply
    const { error } = outcome
    if (isGivenUp(options)) throw noteAsked(cancelled(options.signal), asked)
    if (error !== undefined && !mayRepeat(rule, error)) throw noteAsked(error, asked)
    if (this.#isClosed) throw new ClientClosedError([...asked], 'the client was closed', error)
    const last = error === undefined ? this.#whyNobody() : messageOf(error)
    const text = `no scheduler answered within ${options.deadlineMs} ms: ${last}`
    throw new SchedulerUnavailableError([...asked], text, error)
  }

  /** Ends what is under way and what waits: a closed connection alone lets its calls run on. */
  close(): void {
    this.#closed.abort()
    for (const call of this.#running) call.cancel()
  }

  /** One attempt at one member; learns the leader from what comes back. */
  once<Reply>(
    address: string,
    invoke: Invoke<Reply>,
    options: Omit<CallOptions, 'deadlineMs'> & { readonly attemptMs: number },
  ): Promise<Attempt<Reply>> {
    const { clock, pool, directory } = this.#deps
    const attemptMs = Math.max(options.attemptMs, 1)
    return new Promise((resolve) => {
      let isLate = false
      // The deadline travels to the member as well, which then knows when to stop.
      const deadline = Math.ceil(clock.wallMs() + attemptMs)
      const metadata = this.headers(options)
      const call = invoke(pool.stubs(address), metadata, { deadline }, (error, reply) => {
        this.#running.delete(call)
        timer.cancel()
        options.signal?.removeEventListener('abort', onAbort)
        if (error === null && reply !== undefined) {
          directory.members.answered(address)
          resolve({ reply })
          return
        }
        const failure = isLate
          ? late(attemptMs)
          : fromWireStatus(error ?? new Error('a reply without a message'))
        if (failure instanceof StatusError) this.#learn(failure.metadata)
        resolve({ error: failure })
      })
      // gRPC counts by wall time, which may jump; our own clock has the last word.
      const timer = clock.setTimer(attemptMs, () => {
        isLate = true
        call.cancel()
      })
      this.#running.add(call)
      call.on('metadata', (initial: Metadata) => this.#learn(initial))
      const onAbort = (): void => call.cancel()
      options.signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** What every call and stream says of its caller. */
  headers(options: Pick<CallOptions, 'consistency'> = {}): Metadata {
    const { bearerToken } = this.#deps
    const metadata = new Metadata()
    if (bearerToken !== '') metadata.set('authorization', `Bearer ${bearerToken}`)
    if (options.consistency === 'stale') metadata.set('x-damselfly-consistency', 'stale')
    return metadata
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  /** Every round ends in a pause, so the deadline alone bounds how often members are asked. */
  async #ask<Reply>(
    running: Running<Reply>,
    asked: Set<string>,
  ): Promise<{ readonly reply: Reply } | { readonly error: Failure | undefined }> {
    const { clock, directory, logger } = this.#deps
    const { members } = directory
    const { rule, options, endMs, doneReply } = running
    let tried = new Set<string>()
    let failure: Failure | undefined
    let isMaybeDone = false
    let round = 0
    while (!this.#isClosed && !isGivenUp(options) && clock.nowMs() < endMs) {
      const address = members.choose(tried, clock.nowMs())
      if (address === undefined) {
        tried = new Set()
        await this.#nextRound(round, running)
        round += 1
        continue
      }
      asked.add(address)
      tried.add(address)
      const attemptMs = this.#attemptMs(running, tried)
      const attempt = await this.once(address, running.invoke, { ...options, attemptMs })
      if ('reply' in attempt) return attempt
      const { error } = attempt
      if (isMaybeDone && error.code === rule.doneCode && doneReply !== undefined) {
        return { reply: doneReply }
      }
      if (isGivenUp(options)) return attempt
      // A member that had no time to answer is not to blame.
      if (attemptMs >= clientAttemptMsMin || !isLate(error)) {
        judge(members, { address, nowMs: clock.nowMs() }, error)
      }
      if (!mayRepeat(rule, error)) return attempt
      logger.debug({ address, code: error.code, reason: error.message }, 'scheduler call failed')
      isMaybeDone ||= mayBeDone(error)
      // The last attempt is cut short by our own deadline, which explains nothing.
      if (failure === undefined || clock.nowMs() < endMs) failure = error
      if (isOverload(error)) await this.#pause(round, running)
    }
    return { error: failure }
  }

  /** Members that were not tried yet share what is left of the time with this attempt. */
  #attemptMs<Reply>({ endMs }: Running<Reply>, tried: ReadonlySet<string>): number {
    const { clock, directory } = this.#deps
    const leftMs = endMs - clock.nowMs()
    const untried = directory.members.addresses.filter((each) => !tried.has(each)).length
    const shareMs = Math.max(leftMs / (untried + 1), clientAttemptMsMin)
    return Math.min(leftMs, shareMs, clientAttemptMsMax)
  }

  /** After everybody was asked in vain: older terms are believed again, newer lists wanted. */
  async #nextRound<Reply>(round: number, running: Running<Reply>): Promise<void> {
    const { directory, clock } = this.#deps
    directory.members.forgetTerm()
    directory.refresh()
    if (directory.members.addresses.length > 0) return this.#pause(round, running)
    const leftMs = running.endMs - clock.nowMs()
    return waitFor(clock, leftMs, [directory.onChange, ...this.#enders(running.options)])
  }

  #pause<Reply>(round: number, { endMs, options }: Running<Reply>): Promise<void> {
    const { clock, random } = this.#deps
    const pauseMs = Math.min(backoffMs(random, round), endMs - clock.nowMs())
    return waitFor(clock, Math.max(pauseMs, 0), this.#enders(options))
  }

  #whyNobody(): string {
    const isKnown = this.#deps.directory.members.addresses.length > 0
    return isKnown ? 'there was no time to ask' : 'no scheduler address is known'
  }

  #enders({ signal }: CallOptions): readonly Waker[] {
    return [aborted(signal), aborted(this.#closed.signal)]
  }

  #learn(metadata: Metadata): void {
    const hint = leaderHint(metadata)
    if (hint !== undefined) this.#deps.directory.learn(hint.leader, hint.term)
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

function mayRepeat(rule: CallRule, failure: Failure): boolean {
  return mayAskAgain(failure) && (rule.repeat !== 'no' || !mayBeDone(failure))
}

function isOverload(failure: Failure): boolean {
  return failure instanceof StatusError && failure.grpcStatus === status.RESOURCE_EXHAUSTED
}

function isGivenUp({ signal }: Pick<CallOptions, 'signal'>): boolean {
  return signal?.aborted === true
}

function late(attemptMs: number): StatusError {
  const text = `no answer within ${Math.round(attemptMs)} ms`
  return new StatusError(status.DEADLINE_EXCEEDED, text, new Metadata())
}

function cancelled(signal: CancelSignal | undefined): StatusError {
  return new StatusError(status.CANCELLED, 'the call was cancelled', new Metadata(), {
    cause: signal?.reason,
  })
}
