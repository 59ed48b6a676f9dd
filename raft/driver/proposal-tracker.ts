// The proposals of one member from the call to their end. A proposal is
//
//   queued ──> in a log at (index, term) ──> applied, or certainly lost
//      └─────> forwarded to the leader ──> in a log, refused, or unknown
//
// "Certainly lost" is known as soon as an entry of a later term is applied at or before its index:
// terms never fall along the log, so its own (index, term) cannot commit any more.
import { assert } from '../../base/index.ts'
import type { Entry } from '../core/entry.ts'
import { proposalBytesMax, proposalsMax, recentResultsMax } from './limits.ts'
import type { ProposeOutcome } from './outcomes.ts'

/** A proposal that is in no log that we know of. */
export interface QueuedProposal {
  readonly data: Uint8Array
  readonly deadlineMs: number
  readonly resolve: (outcome: ProposeOutcome) => void
  /** Order of arrival at this member. */
  readonly sequence: number
}

interface ForwardedState {
  readonly proposal: QueuedProposal
  readonly answerDueMs: number
}

interface PlacedState {
  readonly index: number
  readonly term: number
  readonly deadlineMs: number
  readonly resolve: (outcome: ProposeOutcome) => void
  /** Another one at the same index. */
  next: PlacedState | undefined
}

/** Bookkeeping only: it neither sends nor proposes. Every accepted proposal is resolved once. */
export class ProposalTracker {
  #queue: QueuedProposal[] = []
  #queueHead = 0
  #lastSequence = 0
  readonly #forwarded = new Map<number, ForwardedState>()
  /** By index; two terms can meet at one index while leadership is unclear. */
  readonly #placed = new Map<number, PlacedState>()
  #placedCount = 0
  #bytes = 0
  /** No deadline is earlier than this. */
  #nextDeadlineMs = Number.POSITIVE_INFINITY
  #appliedIndex: number
  #appliedTerm: number
  /** Ring of the newest applied entries, by index modulo its size. */
  readonly #recent: { index: number; term: number; result: unknown }[] = []

  constructor(options: { readonly appliedIndex: number; readonly appliedTerm: number }) {
    this.#appliedIndex = options.appliedIndex
    this.#appliedTerm = options.appliedTerm
  }

  get queued(): number {
    return this.#queue.length - this.#queueHead
  }

  get forwarded(): number {
    return this.#forwarded.size
  }

  get placed(): number {
    return this.#placedCount
  }

  /** Bytes of what is queued or forwarded. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes a new proposal; false when a limit would be passed. */
  enqueue(proposal: Omit<QueuedProposal, 'sequence'>): boolean {
    if (this.queued + this.forwarded + this.placed >= proposalsMax) return false
    if (this.#bytes > 0 && this.#bytes + proposal.data.length > proposalBytesMax) return false
    const { data, deadlineMs, resolve } = proposal
    this.#lastSequence += 1
    // Not by spreading it: a field added after a spread costs V8 a slow path of a microsecond.
    this.#queue.push({ data, deadlineMs, resolve, sequence: this.#lastSequence })
    this.#bytes += data.length
    this.#noteDeadline(deadlineMs)
    return true
  }

  peek(): QueuedProposal | undefined {
    return this.#queue[this.#queueHead]
  }

  /** Takes the oldest queued proposal. */
  shift(): QueuedProposal {
    const proposal = this.#queue[this.#queueHead]
    assert(proposal !== undefined, 'the proposal queue is not empty')
    this.#queueHead += 1
    this.#bytes -= proposal.data.length
    if (this.#queueHead === this.#queue.length) {
      this.#queue = []
      this.#queueHead = 0
    } else if (this.#queueHead > 1024 && this.#queueHead * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#queueHead)
      this.#queueHead = 0
    }
    return proposal
  }

  /** The proposal was sent to the leader; without an answer by `answerDueMs` nobody knows. */
  markForwarded(requestId: number, proposal: QueuedProposal, answerDueMs: number): void {
    this.#forwarded.set(requestId, { proposal, answerDueMs })
    this.#bytes += proposal.data.length
    this.#noteDeadline(Math.min(answerDueMs, proposal.deadlineMs))
  }

  /** The answer to a forwarded proposal has come; undefined when it is not awaited any more. */
  takeForwarded(requestId: number): QueuedProposal | undefined {
    const state = this.#forwarded.get(requestId)
    if (state === undefined) return undefined
    this.#forwarded.delete(requestId)
    this.#bytes -= state.proposal.data.length
    return state.proposal
  }

  /** Puts a refused proposal back to its place in the queue, by order of arrival. */
  requeue(proposal: QueuedProposal): void {
    const waiting = this.#queue.slice(this.#queueHead)
    const at = waiting.findIndex(({ sequence }) => sequence > proposal.sequence)
    waiting.splice(at < 0 ? waiting.length : at, 0, proposal)
    this.#queue = waiting
    this.#queueHead = 0
    this.#bytes += proposal.data.length
    this.#noteDeadline(proposal.deadlineMs)
  }

  /** The proposal is in the leader's log at (index, term). */
  place(
    proposal: Pick<QueuedProposal, 'deadlineMs' | 'resolve'>,
    index: number,
    term: number,
  ): void {
    const { deadlineMs, resolve } = proposal
    if (index <= this.#appliedIndex) {
      const recent = this.#recent[index % recentResultsMax]
      if (recent?.index === index && recent.term === term) {
        resolve({ ok: true, index, term, result: recent.result })
      } else if (recent?.index === index) {
        resolve({ ok: false, reason: 'not-leader', leader: 0 })
      } else {
        resolve({ ok: false, reason: 'unknown-outcome' })
      }
      return
    }
    if (term < this.#appliedTerm) {
      resolve({ ok: false, reason: 'not-leader', leader: 0 })
      return
    }
    this.#placed.set(index, { index, term, deadlineMs, resolve, next: this.#placed.get(index) })
    this.#placedCount += 1
    this.#noteDeadline(deadlineMs)
  }

  /** The own state machine applied `entries` with `results`; `leader` goes into refusals. */
  applied(entries: readonly Entry[], results: readonly unknown[], leader: number): void {
    for (let i = 0; i < entries.length; i += 1) {
      const { index, term } = entries[i]!
      const result = results[i]
      this.#remember(index, term, result)
      this.#appliedIndex = index
      let state = this.#placed.get(index)
      if (state !== undefined) this.#placed.delete(index)
      for (; state !== undefined; state = state.next) {
        this.#placedCount -= 1
        if (state.term === term) state.resolve({ ok: true, index, term, result })
        else state.resolve({ ok: false, reason: 'not-leader', leader })
      }
      if (term > this.#appliedTerm) {
        this.#appliedTerm = term
        this.#dropPlaced((state) => state.term < term, { ok: false, reason: 'not-leader', leader })
      }
    }
  }

  /**
   * The state was replaced by one that ends at (index, term). What was placed below may be in it or
   * not: only a session can tell. What was placed in a later term than its last entry's is not.
   */
  installed(index: number, term: number, leader: number): void {
    this.#appliedIndex = index
    this.#appliedTerm = Math.max(this.#appliedTerm, term)
    const isJumped = (state: PlacedState): boolean => state.index <= index
    const isLost = (state: PlacedState): boolean =>
      isJumped(state) ? state.term > term : state.term < term
    this.#dropPlaced(isLost, { ok: false, reason: 'not-leader', leader })
    this.#dropPlaced(isJumped, { ok: false, reason: 'unknown-outcome' })
  }

  /** The leader that should have answered is gone: nobody knows what it did with them. */
  giveUpForwarded(): void {
    const states = [...this.#forwarded.values()]
    this.#forwarded.clear()
    for (const { proposal } of states) {
      this.#bytes -= proposal.data.length
      proposal.resolve({ ok: false, reason: 'unknown-outcome' })
    }
  }

  /** Ends what is overdue. `hasLeader` tells apart why a queued one could not go anywhere. */
  expire(nowMs: number, hasLeader: boolean): void {
    if (nowMs < this.#nextDeadlineMs) return
    this.#nextDeadlineMs = Number.POSITIVE_INFINITY
    const waiting = this.#queue.slice(this.#queueHead)
    this.#queue = []
    this.#queueHead = 0
    for (const proposal of waiting) {
      if (proposal.deadlineMs > nowMs) {
        this.#queue.push(proposal)
        this.#noteDeadline(proposal.deadlineMs)
        continue
      }
      this.#bytes -= proposal.data.length
      proposal.resolve(
        hasLeader
          ? { ok: false, reason: 'expired' }
          : { ok: false, reason: 'not-leader', leader: 0 },
      )
    }
    for (const [requestId, { proposal, answerDueMs }] of this.#forwarded) {
      const dueMs = Math.min(answerDueMs, proposal.deadlineMs)
      if (dueMs > nowMs) {
        this.#noteDeadline(dueMs)
        continue
      }
      this.#forwarded.delete(requestId)
      this.#bytes -= proposal.data.length
      proposal.resolve({ ok: false, reason: 'unknown-outcome' })
    }
    this.#dropPlaced((state) => state.deadlineMs <= nowMs, { ok: false, reason: 'unknown-outcome' })
    for (const first of this.#placed.values()) {
      for (const { deadlineMs } of chained(first)) this.#noteDeadline(deadlineMs)
    }
  }

  /** Ends everything because this member stops. */
  stop(): void {
    for (const proposal of this.#queue.slice(this.#queueHead)) {
      this.#bytes -= proposal.data.length
      proposal.resolve({ ok: false, reason: 'stopped' })
    }
    this.#queue = []
    this.#queueHead = 0
    this.giveUpForwarded()
    this.#dropPlaced(() => true, { ok: false, reason: 'unknown-outcome' })
  }

  #dropPlaced(isOver: (state: PlacedState) => boolean, outcome: ProposeOutcome): void {
    for (const [index, first] of this.#placed) {
      const states = [...chained(first)]
      if (!states.some(isOver)) continue
      this.#placed.delete(index)
      for (const state of states) {
        if (isOver(state)) this.#placedCount -= 1
        else this.#placed.set(index, { ...state, next: this.#placed.get(index) })
      }
      for (const state of states) if (isOver(state)) state.resolve(outcome)
    }
  }

  /** Reuses the ring's objects: two of them would otherwise be made for every entry. */
  #remember(index: number, term: number, result: unknown): void {
    const slot = this.#recent[index % recentResultsMax]
    if (slot === undefined) {
      this.#recent[index % recentResultsMax] = { index, term, result }
      return
    }
    slot.index = index
    slot.term = term
    slot.result = result
  }

  #noteDeadline(deadlineMs: number): void {
    if (deadlineMs < this.#nextDeadlineMs) this.#nextDeadlineMs = deadlineMs
  }
}

/** `first` and those at the same index. */
function* chained(first: PlacedState): Generator<PlacedState> {
  for (let state: PlacedState | undefined = first; state !== undefined; state = state.next) {
    yield state
  }
}
