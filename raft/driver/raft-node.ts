// One replica at work: the pure core with a clock, a network, a log and a state machine around it.
//
// Inputs (messages, proposals, ticks, finished writes) only change the core and ask for a turn. A
// turn takes the core's work until there is none: messages leave at once, entries go to the log
// (what arrives meanwhile joins the next group), and what a write releases leaves when it is
// durable. A failed write or a throwing state machine ends the replica for good
// it says nothing more, because nothing it says could be trusted.
import { assert, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Random, Transport } from '../../base/index.ts'
import type { CoreMessage, DigestMark, Message } from '../core/message.ts'
import { Raft } from '../core/raft.ts'
import type { RaftOptions } from '../core/options.ts'
import { quorumIndex } from '../core/quorum.ts'
import type { AppendWork, Ready } from '../core/ready.ts'
import type { RaftStatus } from '../core/status.ts'
import type { LogStorage } from '../log-storage.ts'
import { ApplyQueue } from './apply-queue.ts'
import { ClientRequests } from './client-requests.ts'
import { DigestWatch } from './digest-watch.ts'
import { RaftFatalError } from './errors.ts'
import type { RaftFatalCode } from './errors.ts'
import {
  appendsMax,
  applyEntriesPerTurnMax,
  compactionTicks,
  retainBytesDefault,
  retainEntriesDefault,
} from './limits.ts'
import { createMetrics, observeAppend } from './metrics.ts'
import type { RaftGauges, RaftMetrics } from './metrics.ts'
import type {
  DigestMismatch,
  LeadershipChange,
  ProposeOutcome,
  ReadIndexOutcome,
} from './outcomes.ts'
import type { StateMachine } from './state-machine.ts'
import { Ticker } from './ticker.ts'

export interface RaftNodeDeps {
  readonly clock: Clock
  /** Another one for every life of a member: request ids start from it and must not repeat. */
  readonly random: Random
  readonly logger: Logger
  /** Closed by whoever made it, after `stop`. */
  readonly transport: Transport<Message>
  /** Closed by whoever made it, after `stop`. */
  readonly log: LogStorage
  readonly stateMachine: StateMachine
  /**
   * Runs a turn soon, so that inputs of the same moment share it. A server passes the host's
   * "after this round of IO". @default a microtask
   */
  readonly defer?: (run: () => void) => void
}

export interface RaftNodeOptions extends Omit<RaftOptions, 'tickMsMax'> {
  /** Pause between ticks. @default 50 */
  readonly tickMs?: number
  /** Applied entries kept in the log for members that come back. @default 10000 */
  readonly retainEntries?: number
  /** Bytes of applied entries kept likewise; the smaller of the two counts. @default 64 MiB */
  readonly retainBytes?: number
  /** The replica has stopped for good; called once. The process should record it and exit. */
  readonly onFatal: (error: RaftFatalError) => void
  /** On a leader: replicas disagree about the state. @default nobody is told */
  readonly onDigestMismatch?: (mismatch: DigestMismatch) => void
}

/** What `RaftNode.status` shows. */
export interface RaftNodeStatus extends RaftStatus {
  readonly lifecycle: 'created' | 'running' | 'stopping' | 'stopped' | 'failed'
  /** Since it heard from its leader or, leading, from a majority; since its start when never. */
  readonly leaderContactAgeMs: number
}

type Lifecycle = RaftNodeStatus['lifecycle']

/** One replica of one Raft group. Its limits are in limits.ts. */
export class RaftNode {
  /** For logs and life-cycle lists. */
  readonly name = 'raft'
  readonly #deps: RaftNodeDeps
  readonly #options: RaftNodeOptions
  readonly #core: Raft
  readonly #requests: ClientRequests
  readonly #ticker: Ticker
  readonly #metrics: RaftMetrics = createMetrics()
  readonly #digests = new DigestWatch()
  readonly #listeners = new Set<(change: LeadershipChange) => void>()
  readonly #heardAtMs = new Map<number, number>()
  readonly #electionMs: number
  #lifecycle: Lifecycle = 'created'
  #seen: LeadershipChange = { role: 'follower', term: 0, leader: 0 }
  #leaderContactMs: number
  #isTurnDue = false
  #appendsInFlight = 0
  readonly #idleWaiters: (() => void)[] = []
  readonly #applyQueue = new ApplyQueue()
  #appliedIndex: number
  #digestIndex = 0
  #ticksToCompaction = compactionTicks
  #stopping: Promise<void> | undefined

  constructor(deps: RaftNodeDeps, options: RaftNodeOptions) {
    const tickMs = options.tickMs ?? 50
    this.#electionMs = (options.electionTicks ?? 20) * tickMs
    this.#deps = deps
    this.#options = options
    const { random, clock, stateMachine } = deps
    const coreOptions: RaftOptions = { ...options, tickMsMax: this.#electionMs }
    this.#core = new Raft({ random: random.fork('raft-core') }, coreOptions)
    this.#appliedIndex = options.applied
    this.#leaderContactMs = clock.nowMs()
    this.#requests = new ClientRequests(
      {
        clock,
        random: random.fork('raft-requests'),
        core: this.#core,
        stateMachine,
        metrics: this.#metrics,
        send: (message) => this.#send(message),
      },
      {
        id: options.id,
        appliedIndex: options.applied,
        appliedTerm: this.#core.termAt(options.applied) ?? 0,
        forwardAnswerMs: this.#electionMs,
      },
    )
    this.#ticker = new Ticker(
      { clock },
      { tickMs, stallMs: this.#electionMs, onTick: (elapsedMs) => this.#tick(elapsedMs) },
    )
  }

  /** Last entry whose effects the state machine shows. */
  get appliedIndex(): number {
    return this.#appliedIndex
  }

  /** Counters since start. */
  get metrics(): Readonly<RaftMetrics> {
    return this.#metrics
  }

  /** Sizes of the queues right now. */
  gauges(): RaftGauges {
    const { proposals, reads } = this.#requests
    return {
      proposalsQueued: proposals.queued,
      proposalsForwarded: proposals.forwarded,
      proposalsInLog: proposals.placed,
      proposalBytes: proposals.bytes,
      readsWaiting: reads.waiting,
      appendsInFlight: this.#appendsInFlight,
      applyEntriesQueued: this.#applyQueue.length,
      stalls: this.#ticker.stalls,
    }
  }

  /** Everything an observer may know; cheap enough for every request, not for every entry. */
  status(): RaftNodeStatus {
    return {
      ...this.#core.status(),
      lifecycle: this.#lifecycle,
      leaderContactAgeMs: this.#deps.clock.nowMs() - this.#leaderContactMs,
    }
  }

  /** Role, term and leader alone: for hot paths. */
  leadership(): LeadershipChange {
    const { role, term, leader } = this.#core
    return { role, term, leader }
  }

  /** Since the last message of replica `id`; undefined when it was never heard. */
  contactAgeMs(id: number): number | undefined {
    const heardAtMs = this.#heardAtMs.get(id)
    return heardAtMs === undefined ? undefined : this.#deps.clock.nowMs() - heardAtMs
  }

  /** Calls `listener` on every change of role, term or leader; returns how to stop that. */
  onChange(listener: (change: LeadershipChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins to take part. Messages and proposals before are dropped and refused. */
  async start(): Promise<void> {
    assert(this.#lifecycle === 'created', 'a replica starts once')
    this.#lifecycle = 'running'
    this.#leaderContactMs = this.#deps.clock.nowMs()
    this.#deps.transport.onMessage((message) => this.#receive(message))
    this.#ticker.start()
    this.#requestTurn()
  }

  /**
   * Hands leadership over if it has it (at most one election timeout), ends what is waiting and
   * lets writes under way finish (at most one more). Safe to call again.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /**
   * Proposes one entry, from any member: others hand it to the leader in order. Resolves when this
   * member's own state machine has applied it, or with the reason why not; within `timeoutMs` and
   * a tick. Refusals are explained at `ProposeOutcome`.
   */
  propose(data: Uint8Array, options: { readonly timeoutMs: number }): Promise<ProposeOutcome> {
    if (this.#lifecycle !== 'running') return Promise.resolve({ ok: false, reason: 'stopped' })
    const outcome = this.#requests.propose(data, options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  /** Waits until a linearizable read may be answered from this member's state. */
  readIndex(options: { readonly timeoutMs: number }): Promise<ReadIndexOutcome> {
    if (this.#lifecycle !== 'running') return Promise.resolve({ ok: false, reason: 'stopped' })
    const outcome = this.#requests.readIndex(options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  get #isAlive(): boolean {
    return this.#lifecycle === 'running' || this.#lifecycle === 'stopping'
  }

  #requestTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    const run = (): void => {
      this.#isTurnDue = false
      this.#guarded(() => this.#turn())
    }
    if (this.#deps.defer === undefined) void Promise.resolve().then(run)
    else this.#deps.defer(run)
  }

  /** As `#requestTurn`, but lets other work of the process go first. */
  #requestLaterTurn(): void {
    this.#deps.clock.setTimer(0, () => this.#requestTurn())
  }

  /** A broken invariant ends the replica instead of leaving it half-alive. */
  #guarded(run: () => void): void {
    if (!this.#isAlive) return
    try {
      run()
    } catch (error) {
      this.#fail('RAFT_CORE_FAILED', error)
    }
  }

  #turn(): void {
    let applied = 0
    this.#noticeLeadership()
    this.#requests.route()
    while (this.#isAlive && this.#core.hasReady() && this.#appendsInFlight < appendsMax) {
      this.#perform(this.#core.ready())
      if (applied < applyEntriesPerTurnMax) applied += this.#applySome()
      this.#noticeLeadership()
      this.#requests.route()
    }
    if (this.#isAlive && this.#applyQueue.length > 0) {
      if (applied === 0) this.#applySome()
      this.#requestLaterTurn()
    }
  }

  #perform(ready: Ready): void {
    for (const message of ready.messages) this.#send(message)
    if (ready.append !== undefined) this.#append(ready.append)
    if (ready.apply !== undefined) this.#applyQueue.push(ready.apply.entries)
    this.#requests.endRounds(ready.reads)
  }

  #append(work: AppendWork): void {
    const { clock, log } = this.#deps
    const startedMs = clock.nowMs()
    this.#appendsInFlight += 1
    this.#metrics.appendGroups += 1
    this.#metrics.appendEntries += work.entries.length
    const { entries, hardState, mustSync } = work
    log.append({ entries, hardState, sync: mustSync }).then(
      () => {
        this.#appendsInFlight -= 1
        observeAppend(this.#metrics, clock.nowMs() - startedMs)
        this.#guarded(() => this.#appended(work))
        this.#noticeIdle()
      },
      (error: unknown) => {
        this.#appendsInFlight -= 1
        if (this.#isAlive) this.#fail('RAFT_LOG_WRITE_FAILED', error)
        this.#noticeIdle()
      },
    )
  }

  #appended({ seq, term, lastIndex, lastTerm, messages }: AppendWork): void {
    for (const message of messages) this.#send(message)
    this.#core.appended({ seq, term, lastIndex, lastTerm })
    this.#requestTurn()
  }

  /** Applies a bounded piece of what is committed; returns the number of entries. */
  #applySome(): number {
    const entries = this.#applyQueue.take()
    const last = entries.at(-1)
    if (last === undefined) return 0
    let results: readonly unknown[]
    let mark: DigestMark
    try {
      const { stateMachine } = this.#deps
      results = stateMachine.apply(entries)
      assert(results.length === entries.length, 'apply returns one result per entry')
      mark = stateMachine.digestMark()
    } catch (error) {
      this.#fail('RAFT_APPLY_FAILED', error)
      return entries.length
    }
    this.#appliedIndex = last.index
    this.#metrics.entriesApplied += entries.length
    this.#core.applied(last.index)
    if (mark.index !== this.#digestIndex) this.#noteDigest(mark)
    this.#requests.applied(entries, results)
    return entries.length
  }

  #receive(message: Message): void {
    this.#guarded(() => {
      this.#metrics.messagesReceived += 1
      this.#heardAtMs.set(message.from, this.#deps.clock.nowMs())
      switch (message.type) {
        case 'proposal':
        case 'proposal-reply':
        case 'read':
        case 'read-reply':
          this.#requests.receive(message)
          break
        default:
          this.#step(message)
      }
      this.#requestTurn()
    })
  }

  #step(message: CoreMessage): void {
    const result = this.#core.step(message)
    if (!result.ok) this.#metrics.messagesRefused[result.reason] += 1
    if (message.from === this.#core.leader) this.#leaderContactMs = this.#deps.clock.nowMs()
    if (message.type === 'append-reply' && result.ok && this.#core.role === 'leader') {
      this.#compareDigest(message.from, message.digest)
    }
  }

  #send(message: Message): boolean {
    if (!this.#isAlive) return false
    if (this.#deps.transport.send(message.to, message)) {
      this.#metrics.messagesSent += 1
      return true
    }
    this.#metrics.messagesDropped += 1
    if (message.type === 'append') this.#core.reportUnreachable(message.to)
    return false
  }

  #tick(elapsedMs: number): void {
    this.#guarded(() => {
      this.#core.tick(elapsedMs)
      if (this.#core.role === 'leader') this.#noticeMajority()
      this.#campaignAlone()
      this.#requests.tick()
      this.#ticksToCompaction -= 1
      if (this.#ticksToCompaction <= 0) {
        this.#ticksToCompaction = compactionTicks
        this.#compact()
      }
      this.#requestTurn()
    })
  }

  /** A leader is in contact with itself only as long as a majority is in contact with it. */
  #noticeMajority(): void {
    const { id, configuration } = this.#options
    const nowMs = this.#deps.clock.nowMs()
    const heardMs = (voter: number): number =>
      voter === id ? nowMs : (this.#heardAtMs.get(voter) ?? 0)
    const majorityMs = quorumIndex(configuration.voters, heardMs)
    this.#leaderContactMs = Math.max(this.#leaderContactMs, majorityMs)
  }

  /** The only voter has nobody to wait for. */
  #campaignAlone(): void {
    const { voters } = this.#options.configuration
    if (voters.length !== 1 || voters[0] !== this.#options.id) return
    if (this.#core.role === 'follower') this.#core.campaign()
  }

  #compact(): void {
    const { log, stateMachine } = this.#deps
    const needed = Math.min(
      this.#core.matchedByAll,
      stateMachine.durableIndex(),
      this.#appliedIndex,
    )
    const index = this.#core.indexBefore(needed, {
      countMax: this.#options.retainEntries ?? retainEntriesDefault,
      bytesMax: this.#options.retainBytes ?? retainBytesDefault,
    })
    const term = index > 0 ? this.#core.termAt(index) : undefined
    if (term === undefined || index <= this.#core.status().compacted.index) return
    this.#core.compact(index)
    log.compact(index, term).catch((error: unknown) => {
      if (this.#isAlive) this.#fail('RAFT_LOG_WRITE_FAILED', error)
    })
  }

  #noticeLeadership(): void {
    const { role, term, leader } = this.#core
    const before = this.#seen
    if (before.role === role && before.term === term && before.leader === leader) return
    this.#seen = { role, term, leader }
    this.#metrics.leadershipChanges += 1
    if (role === 'candidate' && before.role !== role) this.#metrics.electionsStarted += 1
    if (role === 'leader' && before.role !== role) this.#metrics.electionsWon += 1
    this.#digests.reset()
    this.#requests.leadershipChanged()
    this.#deps.logger.debug({ role, term, leader }, 'leadership changed')
    for (const listener of this.#listeners) listener(this.#seen)
  }

  #noteDigest(mark: DigestMark): void {
    this.#digestIndex = mark.index
    this.#core.setDigest(mark)
    if (this.#core.role === 'leader') this.#compareDigest(this.#options.id, mark)
  }

  #compareDigest(from: number, mark: DigestMark): void {
    const mismatch = this.#digests.report(from, mark, this.#options.configuration)
    if (mismatch === undefined) return
    this.#metrics.digestMismatches += 1
    this.#deps.logger.error({ ...mismatch }, 'digests disagree')
    this.#options.onDigestMismatch?.(mismatch)
  }

  #fail(code: RaftFatalCode, cause: unknown): void {
    if (!this.#isAlive) return
    const error = new RaftFatalError(code, `the replica stopped: ${messageOf(cause)}`, cause)
    this.#end('failed')
    this.#deps.logger.fatal({ code, err: cause }, 'replica failed')
    this.#options.onFatal(error)
  }

  /** Last transition of the life cycle; afterwards nothing is sent, heard or written. */
  #end(lifecycle: 'stopped' | 'failed'): void {
    // Other members are told while this one can still speak, unless it must not.
    if (lifecycle === 'failed') this.#lifecycle = lifecycle
    this.#ticker.stop()
    this.#requests.stop()
    this.#lifecycle = lifecycle
    this.#applyQueue.clear()
    this.#noticeIdle()
  }

  async #stop(): Promise<void> {
    if (this.#lifecycle === 'running') {
      this.#lifecycle = 'stopping'
      await this.#handOver()
    }
    if (this.#lifecycle !== 'failed') this.#end('stopped')
    await this.#idle()
  }

  /** Gives leadership to the most up-to-date voter; returns after one election timeout. */
  async #handOver(): Promise<void> {
    if (this.#core.role !== 'leader') return
    const isHeard = (id: number): boolean => (this.contactAgeMs(id) ?? Infinity) < this.#electionMs
    const target = this.#core
      .status()
      .progress.filter(({ id, isLearner }) => !isLearner && isHeard(id))
      .sort((a, b) => b.match - a.match || a.id - b.id)[0]
    if (target === undefined || !this.#core.transferLeadership(target.id).ok) return
    this.#requestTurn()
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel()
        forget()
        resolve()
      }
      const timer = this.#deps.clock.setTimer(this.#electionMs, done)
      const forget = this.onChange(({ leader }) => {
        if (leader !== 0 && leader !== this.#options.id) done()
      })
    })
  }

  /** Resolves when no write is under way, or after one election timeout. */
  async #idle(): Promise<void> {
    if (this.#appendsInFlight === 0) return
    await new Promise<void>((resolve) => {
      const timer = this.#deps.clock.setTimer(this.#electionMs, resolve)
      this.#idleWaiters.push(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  #noticeIdle(): void {
    if (this.#appendsInFlight > 0) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
