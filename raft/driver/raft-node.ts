// One replica at work: the pure core with a clock, a network, a log and a state machine around it.
//
// Inputs (messages, proposals, ticks, finished writes) only change the core and ask for a turn. A
// turn takes the core's work until there is none: messages leave at once, entries go to the log
// (what arrives meanwhile joins the next group), and what a write releases leaves when it is
// durable. A failed write or a throwing state machine ends the replica for good
// it says nothing more, because nothing it says could be trusted.
import { assert, messageOf } from '../../base/index.ts'
import type { Configuration } from '../core/configuration.ts'
import type { ConfigurationChange } from '../core/configuration-change.ts'
import type { CoreMessage, ForwardMessage, Message, Snapshot } from '../core/message.ts'
import { Raft } from '../core/raft.ts'
import type { RaftOptions } from '../core/options.ts'
import type { ForgetLeaderResult } from '../core/outcome.ts'
import { hasQuorum } from '../core/quorum.ts'
import type { AppendWork, Ready } from '../core/ready.ts'
import { Applier } from './applier.ts'
import { ApplyTiming } from './apply-timing.ts'
import { ClientRequests } from './client-requests.ts'
import { commitNoticePauseMs, CommitNotices } from './commit-notices.ts'
import { Compaction } from './compaction.ts'
import { Contacts } from './contacts.ts'
import { RaftFatalError } from './errors.ts'
import type { RaftFatalCode } from './errors.ts'
import { ImageReceiver } from './image-receiver.ts'
import { ImageSender } from './image-sender.ts'
import { ImageThrottle } from './image-throttle.ts'
import { LeaderRequests } from './leader-requests.ts'
import { LeadershipWatch } from './leadership-watch.ts'
import {
  appendsMax,
  applyEntriesPerTurnMax,
  applyMsPerTurnMax,
  imageBytesPerSecondDefault,
} from './limits.ts'
import { LogWriter } from './log-writer.ts'
import { createMetrics, observeLoopDelay } from './metrics.ts'
import type { RaftGauges, RaftMetrics } from './metrics.ts'
import type {
  ChangeOutcome,
  LeadershipChange,
  ProposeOutcome,
  ReadIndexOutcome,
  TransferOutcome,
} from './outcomes.ts'
import type { RaftNodeDeps, RaftNodeOptions, RaftNodeStatus } from './raft-node-options.ts'
import { RefusalLog } from './refusal-log.ts'
import { Ticker } from './ticker.ts'

export type { RaftNodeDeps, RaftNodeOptions, RaftNodeStatus } from './raft-node-options.ts'

const stopped = { ok: false, reason: 'stopped' } as const

type Lifecycle = RaftNodeStatus['lifecycle']

/** One replica of one Raft group. Its limits are in limits.ts. */
export class RaftNode {
  /** For logs and life-cycle lists. */
  readonly name = 'raft'
  /** The rate that images of this process share; images that go elsewhere ask it as well. */
  readonly imageThrottle: ImageThrottle
  readonly #deps: RaftNodeDeps
  readonly #options: RaftNodeOptions
  readonly #core: Raft
  readonly #requests: ClientRequests
  readonly #leaderRequests: LeaderRequests
  readonly #applier: Applier
  readonly #writer: LogWriter
  readonly #compaction: Compaction
  readonly #imageSender: ImageSender
  readonly #imageReceiver: ImageReceiver
  readonly #ticker: Ticker
  readonly #metrics: RaftMetrics = createMetrics()
  readonly #refusals: RefusalLog
  readonly #watch: LeadershipWatch
  readonly #configurationListeners = new Set<(configuration: Configuration) => void>()
  readonly #contacts: Contacts
  readonly #electionMs: number
  #lifecycle: Lifecycle = 'created'
  readonly #commitNotices: CommitNotices
  readonly #applyTiming: ApplyTiming
  #isTurnDue = false
  #isRoundDue = false
  #stopping: Promise<void> | undefined

  constructor(deps: RaftNodeDeps, options: RaftNodeOptions) {
    const tickMs = options.tickMs ?? 50
    this.#electionMs = (options.electionTicks ?? 20) * tickMs
    this.#deps = deps
    this.#options = options
    const { random, clock, logger } = deps
    const mayBeSent = options.lacksState !== true || deps.images !== undefined
    assert(mayBeSent, 'a state that is lacking comes as an image')
    const coreOptions: RaftOptions = { ...options, tickMsMax: this.#electionMs }
    this.#core = new Raft({ random: random.fork('raft-core') }, coreOptions)
    this.#contacts = new Contacts({ clock }, options)
    this.#watch = new LeadershipWatch({ logger, metrics: this.#metrics })
    this.#refusals = new RefusalLog(logger)
    this.#commitNotices = new CommitNotices(
      { clock, send: (message) => this.#guarded(() => this.#send(message)) },
      { pauseMs: commitNoticePauseMs },
    )
    this.#requests = this.#createRequests()
    this.#leaderRequests = new LeaderRequests(
      { clock, logger, core: this.#core, requests: this.#requests, metrics: this.#metrics },
      options,
    )
    this.#applier = this.#createApplier()
    const bytesPerSecond = options.imageBytesPerSecond ?? imageBytesPerSecondDefault
    this.imageThrottle = new ImageThrottle(clock, { bytesPerSecond })
    this.#imageSender = this.#createImageSender()
    this.#imageReceiver = this.#createImageReceiver()
    this.#writer = this.#createWriter()
    this.#applyTiming = new ApplyTiming(
      { writer: this.#writer, isLeader: () => this.#core.role === 'leader' },
      { hasRounds: deps.deferLater !== undefined },
    )
    this.#compaction = this.#createCompaction()
    this.#ticker = new Ticker(
      { clock },
      {
        tickMs,
        stallMs: this.#electionMs,
        onTick: (elapsedMs) => this.#tick(elapsedMs),
        onDelay: (delayMs) => observeLoopDelay(this.#metrics, delayMs),
      },
    )
  }

  /** Last entry whose effects the state machine shows. */
  get appliedIndex(): number {
    return this.#applier.index
  }

  /** Last entry this replica knows to be committed. */
  get commitIndex(): number {
    return this.#core.commit
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
      appendsInFlight: this.#writer.inFlight,
      imagesSending: this.#imageSender.active,
      imagesReceiving: this.#imageReceiver.isBusy ? 1 : 0,
      imageBytesReceived: this.#imageReceiver.bytesReceived,
      applyEntriesQueued: this.#applier.queued,
      stalls: this.#ticker.stalls,
    }
  }

  /** Everything an observer may know; cheap enough for every request, not for every entry. */
  status(): RaftNodeStatus {
    return {
      ...this.#core.status(),
      lifecycle: this.#lifecycle,
      leaderContactAgeMs: this.#contacts.leaderAgeMs,
    }
  }

  /** Role, term and leader alone: for hot paths. */
  leadership(): LeadershipChange {
    const { role, term, leader } = this.#core
    return { role, term, leader }
  }

  /** The members as this replica has applied them: what its votes and commits go by. */
  configuration(): Configuration {
    return this.#applier.configuration
  }

  /** Since the last message of replica `id`; undefined when it was never heard. */
  contactAgeMs(id: number): number | undefined {
    return this.#contacts.ageMs(id)
  }

  /** Calls `listener` on every change of role, term or leader; returns how to stop that. */
  onChange(listener: (change: LeadershipChange) => void): () => void {
    return this.#watch.listen(listener)
  }

  /** Calls `listener` whenever another configuration is in force; returns how to stop that. */
  onConfigurationChange(listener: (configuration: Configuration) => void): () => void {
    this.#configurationListeners.add(listener)
    return () => this.#configurationListeners.delete(listener)
  }

  /** Begins to take part. Messages and proposals before are dropped and refused. */
  async start(): Promise<void> {
    assert(this.#lifecycle === 'created', 'a replica starts once')
    this.#lifecycle = 'running'
    this.#contacts.start()
    this.#deps.transport.onMessage((message) => this.#receive(message))
    this.#deps.transport.onRefused((id) => this.#connectionRefused(id))
    this.#ticker.start()
    this.#deps.log.onFailure((error) => this.#fail('RAFT_LOG_WRITE_FAILED', error))
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
    if (this.#lifecycle !== 'running') return Promise.resolve(stopped)
    const outcome = this.#requests.propose(data, options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  /** Waits until a linearizable read may be answered from this member's state. */
  readIndex(options: { readonly timeoutMs: number }): Promise<ReadIndexOutcome> {
    if (this.#lifecycle !== 'running') return Promise.resolve(stopped)
    const outcome = this.#requests.readIndex(options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  /**
   * Changes the membership; leader only. Resolves when this member's own state machine has applied
   * the change, or with the reason why not. Refusals are explained at `ChangeOutcome`.
   */
  changeConfiguration(
    change: ConfigurationChange,
    options: { readonly timeoutMs: number },
  ): Promise<ChangeOutcome> {
    if (this.#lifecycle !== 'running') return Promise.resolve({ ...stopped, leader: 0 })
    const outcome = this.#leaderRequests.change(change, options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  /** Hands leadership to the voter `to`; resolves when somebody else leads. See `TransferOutcome`. */
  transferLeadership(
    to: number,
    options: { readonly timeoutMs: number },
  ): Promise<TransferOutcome> {
    if (this.#lifecycle !== 'running') return Promise.resolve({ ...stopped, leader: 0 })
    const outcome = this.#leaderRequests.transfer(to, options.timeoutMs)
    this.#requestTurn()
    return outcome
  }

  /** A follower stops believing in its leader, so that it may vote for another one at once. */
  forgetLeader(): ForgetLeaderResult | { readonly ok: false; readonly reason: 'stopped' } {
    if (this.#lifecycle !== 'running') return stopped
    const result = this.#core.forgetLeader()
    this.#requestTurn()
    return result
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
    const { clock, defer, deferLater } = this.#deps
    if (deferLater !== undefined) this.#requestRound(deferLater)
    // The host's own way lets IO go first; a timer would wait for a millisecond at least.
    else if (defer !== undefined) this.#requestTurn()
    else clock.setTimer(0, () => this.#requestTurn())
  }

  /** A turn after the present round of IO, which also ends that round. */
  #requestRound(deferLater: (run: () => void) => void): void {
    if (this.#isRoundDue) return
    this.#isRoundDue = true
    deferLater(() => {
      this.#isRoundDue = false
      this.#guarded(() => {
        this.#turn(true)
        if (this.#commitNotices.endTurn()) this.#requestRound(deferLater)
      })
    })
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

  /** Something from outside changes the core. */
  #input(run: () => void): void {
    this.#guarded(run)
    this.#requestTurn()
  }

  /** `isRound`: what was sent and written before has left. */
  #turn(isRound = false): void {
    let applied = 0
    const { clock } = this.#deps
    const timing = this.#applyTiming
    const untilMs = clock.nowMs() + applyMsPerTurnMax
    const isTimeUp = (): boolean => clock.nowMs() >= untilMs
    this.#noticeLeadership()
    this.#requests.route()
    while (this.#isAlive && this.#core.hasReady() && this.#writer.inFlight < appendsMax) {
      this.#perform(this.#core.ready())
      const isEnough = applied >= applyEntriesPerTurnMax || (applied > 0 && isTimeUp())
      if (!isEnough && timing.isFree(isRound)) applied += this.#applier.applySome(isTimeUp)
      this.#noticeLeadership()
      this.#requests.route()
    }
    this.#endTurn()
    if (this.#isAlive && this.#applier.queued > 0 && !timing.isWriteAwaited) {
      if (applied === 0 && timing.isFree(isRound)) this.#applier.applySome(isTimeUp)
      this.#requestLaterTurn()
    }
    timing.endTurn(this.#isRoundDue)
  }

  /** What waits for entries that may take it along waits for a turn, or for a round of IO. */
  #endTurn(): void {
    const { deferLater } = this.#deps
    if (deferLater === undefined) {
      if (this.#commitNotices.endTurn()) this.#requestTurn()
    } else if (this.#commitNotices.isWaiting) {
      this.#requestRound(deferLater)
    }
  }

  #perform(ready: Ready): void {
    for (const message of ready.messages) this.#sendCore(message)
    if (ready.append !== undefined) {
      this.#writer.write(ready.append)
      this.#applyTiming.sent()
    }
    if (ready.apply !== undefined) {
      if (this.#applier.queued === 0) this.#applyTiming.queued()
      this.#applier.push(ready.apply.entries)
    }
    this.#requests.endRounds(ready.reads)
    if (ready.softState?.isRemoved === true) this.#removed()
  }

  #appended({ seq, term, lastIndex, lastTerm, messages }: AppendWork): void {
    for (const message of messages) this.#sendCore(message)
    this.#core.appended({ seq, term, lastIndex, lastTerm })
    this.#requestTurn()
  }

  /** The state machine shows an image: everything it had to say before is overtaken. */
  #installed(snapshot: Snapshot): void {
    this.#imageReceiver.installed()
    this.#requests.installed(snapshot.index, snapshot.term)
    this.#applier.installed(snapshot.index)
    this.#deps.logger.info({ index: snapshot.index, term: snapshot.term }, 'image installed')
  }

  #configurationChanged(configuration: Configuration): void {
    this.#imageSender.configurationChanged(configuration)
    for (const listener of this.#configurationListeners) listener(configuration)
  }

  #receive(message: Message): void {
    this.#guarded(() => {
      this.#metrics.messagesReceived += 1
      this.#contacts.heard(message.from)
      switch (message.type) {
        case 'proposal':
        case 'proposal-reply':
        case 'read':
        case 'read-reply':
          this.#requests.receive(message)
          break
        case 'image-chunk':
          this.#imageReceiver.receive(message)
          break
        case 'image-reply':
          this.#imageSender.receive(message)
          break
        default:
          this.#step(message)
      }
      this.#requestTurn()
    })
  }

  #step(message: CoreMessage): void {
    const result = this.#core.step(message)
    if (!result.ok) {
      this.#metrics.messagesRefused[result.reason] += 1
      this.#refusals.note(message.from, result.reason)
    }
    if (message.from === this.#core.leader) this.#contacts.heardLeader()
    if (message.type === 'append-reply' && result.ok && this.#core.role === 'leader') {
      this.#applier.compareDigest(message.from, message.digest)
    }
  }

  #connectionRefused(id: number): void {
    this.#input(() => {
      this.#metrics.connectionsRefused += 1
      if (id === this.#core.leader) this.#metrics.leaderSuspicions += 1
      this.#core.suspectLeader(id)
    })
  }

  #sendCore(message: CoreMessage): void {
    // An image is moved beside the log, however long that takes.
    if (message.type === 'snapshot') this.#imageSender.request(message)
    else if (!this.#commitNotices.hold(message)) this.#send(message)
  }

  /** Whoever is told a place in the log, or an index to read at, waits for the commit index. */
  #sendForward(message: ForwardMessage): boolean {
    if (message.type === 'read-reply') this.#commitNotices.flush(message.to)
    else if (message.type === 'proposal-reply' && message.refusal === undefined) {
      this.#commitNotices.await(message.to, message.index)
    }
    return this.#send(message)
  }

  #send(message: Message): boolean {
    if (!this.#isAlive) return false
    if (this.#deps.transport.send(message.to, message)) {
      this.#metrics.messagesSent += 1
      this.#applyTiming.sent()
      return true
    }
    this.#metrics.messagesDropped += 1
    if (message.type === 'append') this.#core.reportUnreachable(message.to)
    return false
  }

  #tick(elapsedMs: number): void {
    this.#guarded(() => {
      this.#core.tick(elapsedMs)
      this.#applyTiming.tick()
      if (this.#core.role === 'leader') this.#contacts.noticeMajority(this.#applier.configuration)
      this.#campaignAlone()
      this.#requests.tick()
      this.#leaderRequests.check()
      this.#imageSender.tick()
      this.#imageReceiver.tick()
      this.#compaction.tick()
      this.#requestTurn()
    })
  }

  /** The only voter has nobody to wait for. */
  #campaignAlone(): void {
    const { id } = this.#options
    if (!hasQuorum(this.#applier.configuration, (voter) => voter === id)) return
    if (this.#core.role === 'follower') this.#core.campaign()
  }

  #noticeLeadership(): void {
    if (!this.#watch.look(this.#core)) return
    this.#applier.leadershipChanged()
    this.#requests.leadershipChanged()
    this.#leaderRequests.check()
    this.#watch.tell()
  }

  #fail(code: RaftFatalCode, cause: unknown): void {
    if (!this.#isAlive) return
    const error = new RaftFatalError(code, `the replica stopped: ${messageOf(cause)}`, cause)
    this.#end('failed')
    this.#deps.logger.fatal({ code, err: cause }, 'replica failed')
    this.#options.onFatal(error)
  }

  /** The group goes on without this replica; nobody takes anything from it any more. */
  #removed(): void {
    if (!this.#isAlive) return
    this.#end('removed')
    this.#deps.logger.warn({}, 'this replica was removed from its group')
    this.#options.onRemoved?.()
  }

  /** Last transition of the life cycle; afterwards nothing is sent, heard or written. */
  #end(lifecycle: 'stopped' | 'removed' | 'failed'): void {
    // Other members are told while this one can still speak, unless it must not.
    if (lifecycle !== 'stopped') this.#lifecycle = lifecycle
    this.#ticker.stop()
    this.#requests.stop()
    this.#leaderRequests.stop()
    this.#imageSender.stop()
    this.imageThrottle.stop()
    this.#imageReceiver.stop()
    this.#lifecycle = lifecycle
    this.#applier.clear()
    this.#commitNotices.clear()
  }

  async #stop(): Promise<void> {
    if (this.#lifecycle === 'running') {
      this.#lifecycle = 'stopping'
      // What the transfer needs is sent in a turn; this one does not wait for an input.
      this.#requestTurn()
      await this.#leaderRequests.handOver(this.#electionMs, (id) => this.contactAgeMs(id))
    }
    if (this.#isAlive || this.#lifecycle === 'created') this.#end('stopped')
    await this.#writer.idle(this.#electionMs)
  }

  #createRequests(): ClientRequests {
    const { clock, random, stateMachine } = this.#deps
    const { id, applied } = this.#options
    return new ClientRequests(
      {
        clock,
        random: random.fork('raft-requests'),
        core: this.#core,
        stateMachine,
        metrics: this.#metrics,
        send: (message) => this.#sendForward(message),
      },
      {
        id,
        appliedIndex: applied,
        appliedTerm: this.#core.termAt(applied) ?? 0,
        forwardAnswerMs: this.#electionMs,
      },
    )
  }

  #createApplier(): Applier {
    const { stateMachine, logger } = this.#deps
    return new Applier(
      {
        core: this.#core,
        stateMachine,
        metrics: this.#metrics,
        logger,
        onApplied: (entries, results) => this.#requests.applied(entries, results),
        onConfiguration: (configuration) => this.#configurationChanged(configuration),
        onMismatch: (mismatch) => this.#options.onDigestMismatch?.(mismatch),
        onFailed: (code, cause) => this.#fail(code, cause),
      },
      this.#options,
    )
  }

  #createImageSender(): ImageSender {
    const { clock, random, logger, images } = this.#deps
    return new ImageSender(
      {
        clock,
        random: random.fork('raft-images'),
        logger,
        images,
        metrics: this.#metrics.images,
        throttle: this.imageThrottle,
        send: (message) => this.#send(message),
        core: this.#core,
        guarded: (run) => this.#input(run),
      },
      this.#options,
    )
  }

  #createImageReceiver(): ImageReceiver {
    const { clock, logger, images } = this.#deps
    return new ImageReceiver(
      {
        clock,
        logger,
        core: this.#core,
        images,
        metrics: this.#metrics.images,
        send: (message) => this.#send(message),
        guarded: (run) => this.#input(run),
        restored: () => this.#applier.clear(),
      },
      this.#options,
    )
  }

  #createWriter(): LogWriter {
    const { clock, log } = this.#deps
    return new LogWriter({
      clock,
      log,
      metrics: this.#metrics,
      imageOf: (snapshot) => this.#imageReceiver.taken(snapshot),
      onInstalled: (snapshot) => this.#installed(snapshot),
      onDurable: (work) => this.#guarded(() => this.#appended(work)),
      onFailed: (code, cause) => this.#fail(code, cause),
      isAlive: () => this.#isAlive,
    })
  }

  #createCompaction(): Compaction {
    const { log, stateMachine, images } = this.#deps
    return new Compaction(
      {
        log,
        stateMachine,
        core: this.#core,
        imageSender: images === undefined ? undefined : this.#imageSender,
        onFailed: (cause) => this.#fail('RAFT_LOG_WRITE_FAILED', cause),
      },
      this.#options,
    )
  }
}
