// A leader tells its followers of a new commit index by an append without entries. Entries for the
// same follower that leave soon afterwards carry the index as well: then half of all messages, and
// of the answers to them, would say nothing. So an empty append waits a moment. A follower that
// waits for the index itself, because an entry is its own proposal, is told after one turn, or
// where the host tells its rounds of IO apart, after one round. Raft does not mind: a message may
// be late, and a newer one replaces it.
import type { Clock, Timer } from '../../base/index.ts'
import type { AppendRequest, CoreMessage } from '../core/message.ts'

/**
 * How long an empty append waits for entries to the same member: a few round trips. Until then that
 * member's state is behind what the leader has committed.
 */
export const commitNoticePauseMs = 5

export interface CommitNoticesDeps {
  readonly clock: Clock
  readonly send: (message: AppendRequest) => void
}

export interface CommitNoticesOptions {
  /** How long an append waits for a follower that is not known to need it. */
  readonly pauseMs: number
}

/** Empty appends that wait, at most one for each member. */
export class CommitNotices {
  readonly #deps: CommitNoticesDeps
  readonly #pauseMs: number
  /** Largest index that a member was promised, as the place of its proposal, and not told of. */
  readonly #awaited = new Map<number, number>()
  /** For those who need it; came in this turn. */
  #fresh = new Map<number, AppendRequest>()
  /** Came in the turn before: they leave when this one ends. */
  #due = new Map<number, AppendRequest>()
  /** For everybody else; they leave with the timer. */
  readonly #patient = new Map<number, AppendRequest>()
  #timer: Timer | undefined

  constructor(deps: CommitNoticesDeps, { pauseMs }: CommitNoticesOptions) {
    this.#deps = deps
    this.#pauseMs = pauseMs
  }

  /** Something waits for the end of a turn. */
  get isWaiting(): boolean {
    return this.#fresh.size > 0 || this.#due.size > 0
  }

  /** Member `to` waits for the entry at `index`, which is in the log, to be committed. */
  await(to: number, index: number): void {
    this.#awaited.set(to, Math.max(index, this.#awaited.get(to) ?? 0))
  }

  /**
   * True: `message` waits here. False: it is to be sent now. An append replaces what waited for its
   * receiver; before anything else what waited is sent, so that nothing overtakes it.
   */
  hold(message: CoreMessage): boolean {
    const { to } = message
    if (message.type !== 'append') {
      this.flush(to)
      return false
    }
    const isAwaited = this.#isAwaited(message)
    const hasWaited = this.#due.delete(to)
    this.#fresh.delete(to)
    if (hasWaited || isAwaited || message.entries.length > 0) this.#dropPatient(to)
    if (hasWaited || message.entries.length > 0) return false
    if (isAwaited) this.#fresh.set(to, message)
    else this.#beginPatient(message)
    return true
  }

  /** Sends what waits for member `to` now. */
  flush(to: number): void {
    const waiting = this.#fresh.get(to) ?? this.#due.get(to) ?? this.#patient.get(to)
    if (waiting === undefined) return
    this.#fresh.delete(to)
    this.#due.delete(to)
    this.#dropPatient(to)
    this.#deps.send(waiting)
  }

  /** Ends a turn: sends what has waited for one. True when something waits for the next. */
  endTurn(): boolean {
    const due = this.#due
    this.#due = this.#fresh
    this.#fresh = new Map()
    for (const message of due.values()) this.#deps.send(message)
    return this.#due.size > 0
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#awaited.clear()
    this.#fresh.clear()
    this.#due.clear()
    this.#patient.clear()
    this.#endPause()
  }

  /** Whether its receiver waits for what `message` tells; what it tells is awaited no more. */
  #isAwaited({ to, commit }: AppendRequest): boolean {
    const index = this.#awaited.get(to)
    if (index === undefined) return false
    if (commit >= index) this.#awaited.delete(to)
    return true
  }

  /** A newer one takes the place of what waited, and does not wait longer for that. */
  #beginPatient(message: AppendRequest): void {
    this.#patient.set(message.to, message)
    this.#timer ??= this.#deps.clock.setTimer(this.#pauseMs, () => {
      this.#timer = undefined
      const messages = [...this.#patient.values()]
      this.#patient.clear()
      for (const waiting of messages) this.#deps.send(waiting)
    })
  }

  #dropPatient(to: number): void {
    if (this.#patient.delete(to) && this.#patient.size === 0) this.#endPause()
  }

  #endPause(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
