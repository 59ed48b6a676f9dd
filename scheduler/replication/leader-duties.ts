// What only the leader does for the state: lets its clock go on while something may expire, sweeps
// what has expired, advances large jobs, closes the sessions of silent members, and runs the
// outgoing calls. Everything is a proposal that apply checks again, so two leaders do no harm.
import { clockTickCommand, sessionOfReplica } from './framework-commands.ts'
import {
  clockTickMs,
  continuationsInFlightMax,
  dutyPauseMs,
  dutyTimeoutMs,
  memberSilenceMs,
  sweepCommandsMax,
  sweepsPerPauseMax,
} from './limits.ts'
import { continuationId, continuationTable } from './rows/continuation.ts'
import { memberTable } from './rows/member.ts'
import { sessionTable } from './rows/session.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import type { CommandRequest } from './command.ts'
import type { ProposalOutcome, ProposeOptions } from './proposal.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { SessionRow } from './rows/session.ts'

/** What the duties use of Raft; `RaftNode` satisfies it. */
export interface LeadershipView {
  status(): {
    readonly id: number
    readonly role: string
    readonly term: number
    /** On a leader: the running cluster clock. */
    readonly clusterClockMs: number
    readonly applied: number
    readonly progress: readonly { readonly id: number; readonly isRecentlyActive: boolean }[]
  }
  onChange(listener: (change: { readonly role: string; readonly term: number }) => void): () => void
}

/** What the duties use of the proposer. */
export interface DutyProposer {
  propose(
    command: CommandRequest['command'],
    body: unknown,
    options: ProposeOptions,
  ): Promise<ProposalOutcome<unknown>>
}

/** Work that runs on the leader only, such as the calls of the outbox. Must not throw. */
export interface LeaderWork {
  /** This member leads in `term` and its state shows everything the terms before committed. */
  lead(term: number): void
  /** It does not lead any more: cancel what is under way. */
  stepDown(): void
}

export interface LeaderDutiesDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: LeadershipView
  readonly state: ReplicatedState
  readonly proposer: DutyProposer
  readonly work: readonly LeaderWork[]
}

/** Runs the duties while this member leads. */
export class LeaderDuties {
  readonly name = 'leader-duties'
  readonly #deps: LeaderDutiesDeps
  #timer: Timer | undefined
  #unsubscribe: (() => void) | undefined
  /** Term in which `work` was told to lead; 0 = it was not. */
  #leadingTerm = 0
  #isTicking = false
  #isSweeping = false
  /** Sweeps that may still follow at once, so that one without effect cannot fill the log. */
  #sweepsLeft = sweepsPerPauseMax
  readonly #advancing = new Set<string>()
  readonly #closing = new Set<number>()
  /** Cluster time since which a member has not been heard from. */
  readonly #silentSinceMs = new Map<number, number>()
  #isStopped = false

  constructor(deps: LeaderDutiesDeps) {
    this.#deps = deps
  }

  start(): Promise<void> {
    this.#unsubscribe = this.#deps.raft.onChange(({ role, term }) => {
      if (role !== 'leader' || term !== this.#leadingTerm) this.#stepDown()
      if (role === 'leader') this.#wake()
    })
    this.#wake()
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    this.#timer?.cancel()
    this.#stepDown()
    return Promise.resolve()
  }

  /** Looks for work now; by itself it does so every `dutyPauseMs` while this member leads. */
  #wake(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#isStopped) return
    const status = this.#deps.raft.status()
    if (status.role !== 'leader') return this.#stepDown()
    this.#timer = this.#deps.clock.setTimer(dutyPauseMs, () => {
      this.#sweepsLeft = sweepsPerPauseMax
      this.#wake()
    })
    // Before the first entry of its own term is applied a leader's state may be out of date.
    if (this.#deps.state.appliedTerm !== status.term) return
    if (this.#leadingTerm !== status.term) {
      this.#stepDown()
      this.#leadingTerm = status.term
      for (const work of this.#deps.work) work.lead(status.term)
    }
    const nowMs = Math.floor(status.clusterClockMs)
    this.#sweep(nowMs)
    this.#tick(nowMs)
    this.#advance()
    this.#closeSilent(nowMs, status.id, status.progress)
  }

  #stepDown(): void {
    this.#silentSinceMs.clear()
    if (this.#leadingTerm === 0) return
    this.#leadingTerm = 0
    for (const work of this.#deps.work) work.stepDown()
  }

  /** Proposes what removes the expired; one sweep at a time. */
  #sweep(nowMs: number): void {
    const { domain } = this.#deps.state.registry
    const { reader } = this.#deps.state
    const expiryMs = domain.nextExpiryMs(reader)
    if (this.#isSweeping || this.#sweepsLeft === 0) return
    if (expiryMs === undefined || expiryMs > nowMs) return
    const commands = domain.expireCommands(reader, nowMs, sweepCommandsMax)
    if (commands.length === 0) return
    this.#isSweeping = true
    this.#sweepsLeft -= 1
    const sent = commands.map(({ command, body }) => this.#propose({ command, body }))
    void Promise.all(sent).then((outcomes) => {
      this.#isSweeping = false
      // There may be more of it; after a refusal the next wake is soon enough.
      if (outcomes.every((isOk) => isOk)) this.#wakeIfLeading()
    })
  }

  /** Lets the stored clock follow while something waits to expire. */
  #tick(nowMs: number): void {
    const { registry, reader, clusterClockMs } = this.#deps.state
    if (this.#isTicking || nowMs - clusterClockMs < clockTickMs) return
    if (registry.domain.nextExpiryMs(reader) === undefined) return
    this.#isTicking = true
    void this.#propose({ command: clockTickCommand, body: null }).then(() => {
      this.#isTicking = false
    })
  }

  /** Does the next step of the oldest continuations, each one step at a time. */
  #advance(): void {
    const { reader, registry } = this.#deps.state
    const limit = continuationsInFlightMax
    for (const row of reader.list(continuationTable, 'byAge', { limit })) {
      const id = continuationId(row)
      if (this.#advancing.has(id)) continue
      this.#advancing.add(id)
      const { index, ordinal, number } = row
      const body = { index, ordinal, number }
      void this.#propose({ command: registry.advance, body }).then((isOk) => {
        this.#advancing.delete(id)
        if (isOk) this.#wakeIfLeading()
      })
    }
  }

  /** Closes the sessions of members that were silent for `memberSilenceMs` of cluster time. */
  #closeSilent(
    nowMs: number,
    ownId: number,
    progress: readonly { readonly id: number; readonly isRecentlyActive: boolean }[],
  ): void {
    const silent = progress.filter(({ isRecentlyActive }) => !isRecentlyActive)
    const ids = new Set(silent.map(({ id }) => id))
    for (const id of this.#silentSinceMs.keys()) if (!ids.has(id)) this.#silentSinceMs.delete(id)
    for (const id of ids) if (!this.#silentSinceMs.has(id)) this.#silentSinceMs.set(id, nowMs)
    for (const [id, sinceMs] of this.#silentSinceMs) {
      if (nowMs - sinceMs < memberSilenceMs) continue
      const session = sessionOfReplica(this.#deps.state.reader, id)
      if (session !== undefined) this.#close(session, 'silent')
    }
    this.#closeOfRemovedMembers(ownId)
  }

  #closeOfRemovedMembers(ownId: number): void {
    const { reader } = this.#deps.state
    if (reader.count(sessionTable) <= 1) return
    reader.each(sessionTable, 'byReplica', {}, (session) => {
      const { replicaId } = session
      if (replicaId === ownId || reader.get(memberTable, replicaId) !== undefined) return
      this.#close(session, 'removed')
    })
  }

  #close({ sessionId, replicaId }: SessionRow, reason: 'silent' | 'removed'): void {
    if (this.#closing.has(sessionId)) return
    this.#closing.add(sessionId)
    this.#deps.logger.warn({ sessionId, replicaId, reason }, 'closing the session of a member')
    const { closeSession } = this.#deps.state.registry
    void this.#propose({ command: closeSession, body: { sessionId } }).then(() => {
      this.#closing.delete(sessionId)
    })
  }

  #wakeIfLeading(): void {
    if (this.#leadingTerm !== 0) this.#wake()
  }

  async #propose({ command, body }: CommandRequest): Promise<boolean> {
    const outcome = await this.#deps.proposer.propose(command, body, { timeoutMs: dutyTimeoutMs })
    if (!outcome.ok) {
      const { reason } = outcome
      this.#deps.logger.debug({ command: command.name, reason }, 'a duty was not done')
    }
    return outcome.ok
  }
}
