// The member's way into the log: one session, commands numbered without gaps, many of them in
// flight. What a command did is known from this member's own apply; whatever happens to leaders and
// forwarded proposals, everything that was not applied is sent again, in order, before anything
// new, and the session makes sure that nothing is applied twice (design 4.5).
import { assert } from '../../base/index.ts'
import { protocolVersion } from '../../raft/index.ts'
import { encodeEnvelope, encodeEnvelopeAround, joinBatch } from './batch.ts'
import { keptOutcome } from './entry-applier.ts'
import { clockTickCommand, sessionOfReplica } from './framework-commands.ts'
import {
  actorLengthMax,
  batchBytesTarget,
  batchCommandsMax,
  commandBodyBytesMax,
  commandLifeMsMax,
  proposerEntriesInFlightMax,
  proposerQueueBytesMax,
  proposerQueueCommandsMax,
  sessionWindowCommands,
} from './limits.ts'
import { isAcceptable, pack } from './msgpack.ts'
import { answer, hasGap, mayBeInLog, proposalOutcome, refused } from './proposal.ts'
import { sessionTable } from './rows/session.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import type { CommandDefinition } from './command.ts'
import type { CommandReport, StateFrame } from './frame.ts'
import type { PendingCommand, ProposalOutcome, ProposeOptions } from './proposal.ts'
import type { ProposeAttempt, ProposerLog } from './proposer-log.ts'
import type { ReplicatedState } from './replicated-state.ts'

export interface ProposerDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: ProposerLog
  readonly state: ReplicatedState
  /** Runs a turn soon, so that commands of the same moment share an entry. @default a microtask */
  readonly defer?: (run: () => void) => void
}

export interface ProposerOptions {
  readonly replicaId: number
  /** 32 lower-case hex characters, new with every start of the process. */
  readonly bootId: string
  /** host:port of this member's client services. */
  readonly clientAddress: string
  readonly programVersion: string
}

/** Figures for metrics. */
export interface ProposerStatus {
  readonly sessionId: number
  readonly queued: number
  readonly inFlight: number
  readonly entriesInFlight: number
  /** Times that everything in flight was sent again. */
  readonly resends: number
}

/** One try at one entry. */
interface Attempt {
  readonly sessionId: number
  readonly round: number
  readonly commands: readonly PendingCommand[]
}

const attemptTimeoutMs = 2000
const backoffMsMin = 10
const backoffMsMax = 1000

type Status = 'created' | 'opening' | 'open' | 'stopped'

/** Proposes commands for one member. */
export class Proposer {
  readonly name = 'proposer'
  readonly #deps: ProposerDeps
  readonly #options: ProposerOptions
  readonly #defer: (run: () => void) => void
  #status: Status = 'created'
  #sessionId = 0
  #generation = 0
  /** Generation of the open-session request that is under way; 0 = none. */
  #requestedGeneration = 0
  #lastSeq = 0
  /** Not numbered yet, oldest first. */
  #queue: PendingCommand[] = []
  #queueBytes = 0
  /** Numbered and not decided, by rising seq. */
  #inFlight: PendingCommand[] = []
  /** Entries of the current round whose attempt has not ended. */
  #entriesInFlight = 0
  /** Attempts of an earlier round say nothing about the current one. */
  #round = 0
  #backoffMs = backoffMsMin
  #retryTimer: Timer | undefined
  #isTurnDue = false
  #resends = 0
  /** When the newest entry was applied here: the cluster clock has gone on since. */
  #appliedAtMs: number
  #unsubscribe: (() => void)[] = []

  constructor(deps: ProposerDeps, options: ProposerOptions) {
    this.#deps = deps
    this.#options = options
    this.#defer = deps.defer ?? ((run) => void Promise.resolve().then(run))
    this.#appliedAtMs = deps.clock.nowMs()
  }

  /** The open session's id; 0 while there is none. What rows store as their owner. */
  get sessionId(): number {
    return this.#status === 'open' ? this.#sessionId : 0
  }

  status(): ProposerStatus {
    return {
      sessionId: this.sessionId,
      queued: this.#queue.length,
      inFlight: this.#inFlight.length,
      entriesInFlight: this.#entriesInFlight,
      resends: this.#resends,
    }
  }

  /**
   * What the cluster clock is about now: the newest stamp seen plus the time since. A little late
   * at worst, unless this member is cut off.
   */
  clusterNowMs(): number {
    const sinceMs = Math.max(0, this.#deps.clock.nowMs() - this.#appliedAtMs)
    return Math.floor(this.#deps.state.clusterClockMs + sinceMs)
  }

  /** Begins to open the session; commands may be proposed from now on. */
  start(): Promise<void> {
    assert(this.#status === 'created', 'a proposer starts once')
    this.#unsubscribe.push(
      this.#deps.state.subscribe((frame) => this.#onFrame(frame)),
      this.#deps.state.onReplaced(() => this.#onReplaced()),
      this.#deps.log.onChange(({ leader }) => this.#onLeader(leader)),
    )
    this.#openSession()
    return Promise.resolve()
  }

  /** Answers every caller; what was handed to a leader as `unknown-outcome`, the rest `stopped`. */
  stop(): Promise<void> {
    if (this.#status === 'stopped') return Promise.resolve()
    this.#status = 'stopped'
    for (const end of this.#unsubscribe) end()
    this.#retryTimer?.cancel()
    for (const command of [...this.#inFlight, ...this.#queue]) {
      answer(command, { ok: false, reason: mayBeInLog(command) ? 'unknown-outcome' : 'stopped' })
    }
    this.#queue = []
    this.#inFlight = []
    this.#queueBytes = 0
    return Promise.resolve()
  }

  /** Proposes one command and resolves with what it did, as this member's own state shows it. */
  propose<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
    options: ProposeOptions,
  ): Promise<ProposalOutcome<Result>> {
    if (this.#status === 'stopped') return refused('stopped')
    const packedBody = pack(command.encode(body))
    if (packedBody.length > commandBodyBytesMax) return refused('too-large')
    const { actor = '', opId = '', timeoutMs } = options
    if (actor.length > actorLengthMax || opId.length > actorLengthMax) return refused('malformed')
    if (!isAcceptable(packedBody)) return refused('malformed')
    const isFull =
      this.#queue.length >= proposerQueueCommandsMax ||
      (this.#queue.length > 0 && this.#queueBytes + packedBody.length > proposerQueueBytesMax)
    if (isFull) return refused('overloaded')
    return new Promise((resolve) => {
      const queued: PendingCommand = {
        kind: command.kind,
        kindVersion: command.kindVersion,
        packedBody,
        actor,
        opId,
        lifeEndMs: this.#deps.clock.nowMs() + Math.min(timeoutMs, commandLifeMsMax),
        resolve,
        timer: undefined,
        seq: 0,
        encoded: undefined,
        attempts: 0,
        isUncertain: false,
      }
      queued.timer = this.#deps.clock.setTimer(timeoutMs, () => this.#expire(queued))
      this.#queue.push(queued)
      this.#queueBytes += packedBody.length
      this.#requestTurn()
    })
  }

  // ------------------------------------------------------------------------------------- session

  #openSession(): void {
    if (this.#status === 'stopped') return
    if (this.#status !== 'opening') {
      this.#status = 'opening'
      this.#generation += 1
    }
    // A request of an earlier generation may still be out; what it says no longer matters.
    if (this.#requestedGeneration === this.#generation) return
    this.#requestedGeneration = this.#generation
    const { replicaId, bootId, clientAddress, programVersion } = this.#options
    const { openSession } = this.#deps.state.registry
    const generation = this.#generation
    const body = openSession.encode({
      replicaId,
      bootId,
      generation,
      clientAddress,
      programVersion,
      protocolVersion,
      features: this.#deps.state.registry.domain.supportedFeatures,
    })
    const data = joinBatch(0, [
      encodeEnvelope({
        kind: openSession.kind,
        kindVersion: openSession.kindVersion,
        seq: 0,
        notAfterMs: this.#openNotAfterMs(),
        actor: '',
        opId: '',
        body,
      }),
    ])
    const sent = this.#deps.log.propose(data, { timeoutMs: attemptTimeoutMs })
    void sent.then((end) => this.#onOpenEnd(generation, end))
  }

  /**
   * A replica without a state does not know the cluster's time, and its members should see that it
   * has started while it waits for an image. A late request of an earlier boot does no harm.
   */
  #openNotAfterMs(): number {
    return this.#deps.state.appliedIndex === 0 ? 0 : this.clusterNowMs() + commandLifeMsMax
  }

  #onOpenEnd(generation: number, end: ProposeAttempt): void {
    if (generation !== this.#generation) return
    this.#requestedGeneration = 0
    if (this.#status !== 'opening') return
    this.#adoptSession()
    if (this.#status !== 'opening') return
    const fields = end.ok ? { reports: end.result } : { reason: end.reason }
    this.#deps.logger.debug({ ...fields, generation: this.#generation }, 'session not opened yet')
    if (!end.ok && end.reason === 'stopped') return
    this.#retryLater(() => this.#openSession())
  }

  /** Takes over the session once the own state shows it. */
  #adoptSession(): void {
    const session = sessionOfReplica(this.#deps.state.reader, this.#options.replicaId)
    if (session === undefined || session.bootId !== this.#options.bootId) return
    if (session.generation !== this.#generation) return
    this.#status = 'open'
    this.#sessionId = session.sessionId
    this.#lastSeq = session.lastSeq
    this.#backoffMs = backoffMsMin
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    this.#deps.logger.info({ sessionId: session.sessionId }, 'session opened')
    this.#requestTurn()
  }

  /**
   * The own state shows the session closed, so whatever of it has not been applied never will be:
   * it may safely go through the next session.
   */
  #onSessionClosed(): void {
    this.#deps.logger.warn({ sessionId: this.#sessionId }, 'session closed')
    this.#round += 1
    this.#entriesInFlight = 0
    const waiting = this.#inFlight.filter((command) => command.resolve !== undefined)
    for (const command of waiting) {
      command.seq = 0
      command.encoded = undefined
      command.attempts = 0
      command.isUncertain = false
      this.#queueBytes += command.packedBody.length
    }
    this.#inFlight = []
    this.#sessionId = 0
    this.#queue = [...waiting, ...this.#queue]
    this.#openSession()
  }

  // -------------------------------------------------------------------------------------- inputs

  #onFrame(frame: StateFrame): void {
    this.#appliedAtMs = this.#deps.clock.nowMs()
    if (this.#status === 'opening') this.#adoptSession()
    if (this.#status !== 'open' || this.#sessionId === 0) return
    if (frame.sessionId === this.#sessionId) {
      for (const report of frame.reports) this.#onReport(report, frame.index)
      if (this.#queue.length > 0) this.#requestTurn()
    }
    for (const event of frame.events) {
      if (event.type !== 'session-closed') continue
      if ('sessionId' in event && event.sessionId === this.#sessionId) this.#onSessionClosed()
    }
  }

  /**
   * The state has jumped ahead (an image was installed): what it applied on the way is answered
   * from the results it keeps, everything else goes again.
   */
  #onReplaced(): void {
    this.#appliedAtMs = this.#deps.clock.nowMs()
    if (this.#status === 'opening') return this.#adoptSession()
    if (this.#status !== 'open') return
    const { reader } = this.#deps.state
    const session = reader.get(sessionTable, this.#sessionId)
    if (session === undefined) {
      // Whether they were applied before it closed is no longer to be seen.
      for (const command of this.#inFlight) {
        if (mayBeInLog(command)) answer(command, { ok: false, reason: 'unknown-outcome' })
      }
      this.#onSessionClosed()
      return
    }
    while (this.#inFlight[0] !== undefined && this.#inFlight[0].seq <= session.lastSeq) {
      const command = this.#inFlight.shift()!
      const outcome = keptOutcome(reader, session.sessionId, command.seq)
      // Which entry decided it is not kept.
      answer(command, proposalOutcome(outcome, 0))
    }
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    this.#resend()
  }

  #onReport(report: CommandReport, index: number): void {
    const { outcome, seq } = report
    if (!outcome.ok && (outcome.reason === 'gap' || outcome.reason === 'session-closed')) return
    const first = this.#inFlight[0]
    if (first === undefined || seq < first.seq) return
    const command = this.#inFlight[seq - first.seq]
    if (command === undefined) return
    assert(command.seq === seq, 'what is in flight is numbered without gaps')
    answer(command, proposalOutcome(outcome, report.isRepeated ? 0 : index))
    this.#backoffMs = backoffMsMin
    if (seq === first.seq) this.#inFlight.shift()
    else {
      for (const { resolve } of this.#inFlight.splice(0, seq - first.seq + 1)) {
        assert(resolve === undefined, 'commands are decided in order')
      }
    }
  }

  #onLeader(leader: number): void {
    if (leader === 0) return
    this.#retryTimer?.cancel()
    this.#retryTimer = undefined
    this.#backoffMs = backoffMsMin
    if (this.#status === 'opening') {
      // What the leader before was asked may take long to fail.
      this.#requestedGeneration = 0
      this.#openSession()
    } else if (this.#status === 'open') {
      this.#resend()
    }
  }

  /** The caller's time is over. */
  #expire(command: PendingCommand): void {
    command.timer = undefined
    if (command.seq === 0) {
      const at = this.#queue.indexOf(command)
      if (at >= 0) this.#queue.splice(at, 1)
      this.#queueBytes -= command.packedBody.length
      answer(command, { ok: false, reason: 'unavailable' })
    } else if (mayBeInLog(command)) {
      answer(command, { ok: false, reason: 'unknown-outcome' })
    } else {
      // It is in no log, and what is sent in its place from now on does nothing.
      command.encoded = this.#encodeNothing(command.seq)
      answer(command, { ok: false, reason: 'unavailable' })
    }
  }

  // ------------------------------------------------------------------------------------- sending

  #requestTurn(): void {
    if (this.#isTurnDue || this.#status !== 'open') return
    this.#isTurnDue = true
    this.#defer(() => {
      this.#isTurnDue = false
      this.#sendNew()
    })
  }

  /** Numbers and sends what is queued, as far as the window allows. */
  #sendNew(): void {
    // While a retry is due, what is in flight must go again before anything new.
    if (this.#status !== 'open' || this.#retryTimer !== undefined) return
    while (this.#queue.length > 0 && this.#entriesInFlight < proposerEntriesInFlightMax) {
      const commands = this.#takeBatch()
      if (commands.length === 0) return
      this.#inFlight.push(...commands)
      this.#send(commands)
    }
  }

  #takeBatch(): PendingCommand[] {
    const room = Math.min(sessionWindowCommands - this.#inFlight.length, batchCommandsMax)
    const commands: PendingCommand[] = []
    let bytes = 0
    let next = this.#queue[0]
    while (next !== undefined && commands.length < room) {
      if (commands.length > 0 && bytes + next.packedBody.length > batchBytesTarget) break
      this.#lastSeq += 1
      next.seq = this.#lastSeq
      next.encoded = this.#encode(next)
      bytes += next.encoded.length
      this.#queueBytes -= next.packedBody.length
      commands.push(next)
      next = this.#queue[commands.length]
    }
    this.#queue = this.#queue.slice(commands.length)
    return commands
  }

  #encode(command: PendingCommand): Uint8Array {
    // Counted from acceptance: time in the queue must not let it act long after its caller left.
    const leftMs = command.lifeEndMs - this.#deps.clock.nowMs()
    const notAfterMs = this.clusterNowMs() + Math.max(1, Math.ceil(leftMs))
    return encodeEnvelopeAround({ ...command, notAfterMs }, command.packedBody)
  }

  #encodeNothing(seq: number): Uint8Array {
    const { kind, kindVersion } = clockTickCommand
    return encodeEnvelope({ kind, kindVersion, seq, notAfterMs: 0, actor: '', opId: '', body: [] })
  }

  #send(commands: readonly PendingCommand[]): void {
    assert(this.#sessionId !== 0, 'commands travel in a session')
    const encoded: Uint8Array[] = []
    for (const command of commands) {
      assert(command.encoded !== undefined, 'a numbered command is encoded')
      encoded.push(command.encoded)
      command.attempts += 1
    }
    const attempt: Attempt = { sessionId: this.#sessionId, round: this.#round, commands }
    this.#entriesInFlight += 1
    const data = joinBatch(this.#sessionId, encoded)
    const sent = this.#deps.log.propose(data, { timeoutMs: attemptTimeoutMs })
    void sent.then((end) => this.#onAttemptEnd(attempt, end))
  }

  #onAttemptEnd(attempt: Attempt, end: ProposeAttempt): void {
    const isCurrent = attempt.round === this.#round
    if (isCurrent) this.#entriesInFlight -= 1
    // Attempts of a closed session were forgotten with it.
    if (attempt.sessionId !== this.#sessionId) return
    for (const command of attempt.commands) {
      command.attempts -= 1
      if (!end.ok && end.reason === 'unknown-outcome') command.isUncertain = true
    }
    if (this.#status !== 'open') return
    if (!isCurrent) return this.#requestTurn()
    if (end.ok && !hasGap(end.result)) return this.#requestTurn()
    this.#deps.logger.debug({ reason: end.ok ? 'gap' : end.reason }, 'commands are sent again')
    this.#round += 1
    this.#entriesInFlight = 0
    this.#retryLater(() => this.#resend())
  }

  /** Sends everything undecided again, in order, then goes on with what is queued. */
  #resend(): void {
    if (this.#status !== 'open') return
    this.#round += 1
    this.#entriesInFlight = 0
    if (this.#inFlight.length > 0) this.#resends += 1
    let batch: PendingCommand[] = []
    let bytes = 0
    for (const command of this.#inFlight) {
      const size = command.encoded?.length ?? 0
      if (batch.length > 0 && bytes + size > batchBytesTarget) {
        this.#send(batch)
        batch = []
        bytes = 0
      }
      batch.push(command)
      bytes += size
    }
    if (batch.length > 0) this.#send(batch)
    this.#sendNew()
  }

  #retryLater(run: () => void): void {
    this.#retryTimer?.cancel()
    this.#retryTimer = this.#deps.clock.setTimer(this.#backoffMs, () => {
      this.#retryTimer = undefined
      run()
    })
    this.#backoffMs = Math.min(this.#backoffMs * 2, backoffMsMax)
  }
}
