// What only a leader can be asked: to change the membership, and to hand its office over.
import type { Clock, Logger } from '../../base/index.ts'
import type { ConfigurationChange } from '../core/configuration-change.ts'
import type { Raft } from '../core/raft.ts'
import type { ClientRequests } from './client-requests.ts'
import { transfersMax } from './limits.ts'
import type { RaftMetrics } from './metrics.ts'
import type { ChangeOutcome, TransferOutcome } from './outcomes.ts'

export interface LeaderRequestsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly core: Raft
  readonly requests: ClientRequests
  readonly metrics: RaftMetrics
}

type TransferEnd = Extract<TransferOutcome, { ok: false }>['reason']

interface Transfer {
  readonly deadlineMs: number
  readonly resolve: (outcome: TransferOutcome) => void
}

/** Serves `changeConfiguration` and `transferLeadership` of one member. */
export class LeaderRequests {
  readonly #deps: LeaderRequestsDeps
  readonly #id: number
  /** Reasons logged since the last change that was made. */
  readonly #logged = new Set<string>()
  #transfers: Transfer[] = []
  #isStopped = false

  constructor(deps: LeaderRequestsDeps, options: { readonly id: number }) {
    this.#deps = deps
    this.#id = options.id
  }

  /** See `RaftNode.changeConfiguration`; the caller schedules a turn. */
  change(change: ConfigurationChange, timeoutMs: number): Promise<ChangeOutcome> {
    const { clock, core, metrics, requests } = this.#deps
    const proposed = core.proposeChange(change)
    return new Promise((done) => {
      const resolve = (outcome: ChangeOutcome): void => {
        const end = outcome.ok ? 'ok' : outcome.reason
        metrics.changes[end] = (metrics.changes[end] ?? 0) + 1
        this.#logChange(end)
        done(outcome)
      }
      if (!proposed.ok) return resolve(proposed)
      requests.track(proposed, clock.nowMs() + timeoutMs, (outcome) => {
        if (outcome.ok) return resolve(outcome)
        // In the log it can only be applied, replaced or still open.
        const reason = outcome.reason === 'not-leader' ? 'not-leader' : 'unknown-outcome'
        resolve({ ok: false, reason, leader: core.leader })
      })
    })
  }

  /** Whoever asks again and again must not fill the disk with log lines. */
  #logChange(end: 'ok' | Extract<ChangeOutcome, { ok: false }>['reason']): void {
    if (end === 'ok') return this.#logged.clear()
    if (this.#logged.has(end)) return
    this.#logged.add(end)
    this.#deps.logger.warn({ reason: end }, 'change of the members refused')
  }

  /** See `RaftNode.transferLeadership`; the caller schedules a turn. */
  transfer(to: number, timeoutMs: number): Promise<TransferOutcome> {
    const { clock, core, metrics } = this.#deps
    const deadlineMs = clock.nowMs() + timeoutMs
    return new Promise((done) => {
      const resolve = (outcome: TransferOutcome): void => {
        metrics.transfers[outcome.ok ? 'ok' : outcome.reason] += 1
        done(outcome)
      }
      const refuse = (reason: TransferEnd): void =>
        resolve({ ok: false, reason, leader: core.leader })
      if (this.#isStopped) return refuse('stopped')
      if (this.#transfers.length >= transfersMax) return refuse('overloaded')
      const result = core.transferLeadership(to)
      if (!result.ok) return refuse(result.reason)
      this.#transfers.push({ deadlineMs, resolve })
    })
  }

  /**
   * Gives leadership to the most up-to-date voter that was heard lately; returns after
   * `timeoutMs`, one election timeout, at the latest. The caller schedules a turn.
   */
  async handOver(timeoutMs: number, ageMsOf: (id: number) => number | undefined): Promise<void> {
    const { core } = this.#deps
    if (core.role !== 'leader') return
    const [best] = core
      .status()
      .progress.filter(({ isLearner, lacksState }) => !isLearner && !lacksState)
      .filter(({ id }) => (ageMsOf(id) ?? Infinity) < timeoutMs)
      .sort((a, b) => b.match - a.match || a.id - b.id)
    if (best !== undefined) await this.transfer(best.id, timeoutMs)
  }

  /** Ends transfers that are over; called on every tick and change of leadership. */
  check(): void {
    if (this.#transfers.length === 0) return
    const outcome = this.#transferOutcome()
    const nowMs = this.#deps.clock.nowMs()
    const { leader } = this.#deps.core
    const waiting: Transfer[] = []
    for (const transfer of this.#transfers.splice(0)) {
      if (outcome !== undefined) transfer.resolve(outcome)
      else if (transfer.deadlineMs > nowMs) waiting.push(transfer)
      else transfer.resolve({ ok: false, reason: 'expired', leader })
    }
    this.#transfers.push(...waiting)
  }

  stop(): void {
    this.#isStopped = true
    const { leader } = this.#deps.core
    for (const { resolve } of this.#transfers.splice(0)) {
      resolve({ ok: false, reason: 'stopped', leader })
    }
  }

  /** How every transfer under way has ended; undefined while it has not. */
  #transferOutcome(): TransferOutcome | undefined {
    const { core } = this.#deps
    const { leader, term } = core
    if (leader !== 0 && leader !== this.#id) return { ok: true, leader, term }
    if (core.role === 'leader' && core.status().transferTarget === 0) {
      return { ok: false, reason: 'aborted', leader }
    }
    return undefined
  }
}
