// Linearizable reads of one member. Reads that are waiting when a round starts share it; reads that
// come later wait for the next one, never for a round under way: its heartbeats may have been
// answered before the read was asked (R-9.2, B03). Round ids are never reused.
import { readsMax } from './limits.ts'
import type { ReadIndexOutcome } from './outcomes.ts'

/** A read of this member's own callers, or one that another member forwarded to this leader. */
export type ReadWaiter =
  | {
      readonly kind: 'local'
      readonly deadlineMs: number
      readonly resolve: (outcome: ReadIndexOutcome) => void
    }
  | { readonly kind: 'remote'; readonly from: number; readonly requestId: number }

type LocalWaiter = Extract<ReadWaiter, { kind: 'local' }>
export type RemoteWaiter = Extract<ReadWaiter, { kind: 'remote' }>

interface Round {
  readonly waiters: readonly ReadWaiter[]
  /** A forwarded round is asked again after this; one in the own core ends by itself. */
  readonly retryAtMs: number
}

/** Bookkeeping only: it neither asks the core nor sends. Every local read is resolved once. */
export class ReadTracker {
  #queue: ReadWaiter[] = []
  readonly #rounds = new Map<number, Round>()
  #roundWaiters = 0
  /** Confirmed, waiting until the own state has applied `index`. */
  #confirmed: { readonly index: number; readonly waiter: LocalWaiter }[] = []
  #nextDeadlineMs = Number.POSITIVE_INFINITY
  #appliedIndex: number

  constructor(options: { readonly appliedIndex: number }) {
    this.#appliedIndex = options.appliedIndex
  }

  /** Reads that have not ended. */
  get waiting(): number {
    return this.#queue.length + this.#roundWaiters + this.#confirmed.length
  }

  get queued(): number {
    return this.#queue.length
  }

  get rounds(): number {
    return this.#rounds.size
  }

  /** Takes a read; false when a limit would be passed. */
  enqueue(waiter: ReadWaiter): boolean {
    if (this.waiting >= readsMax) return false
    this.#queue.push(waiter)
    if (waiter.kind === 'local') this.#noteDeadline(waiter.deadlineMs)
    return true
  }

  /** Everything queued joins round `id`, which has just been asked. */
  startRound(id: number, retryAtMs: number): void {
    this.#rounds.set(id, { waiters: this.#queue, retryAtMs })
    this.#roundWaiters += this.#queue.length
    this.#queue = []
    this.#noteDeadline(retryAtMs)
  }

  /** Round `id` was confirmed at `index`; returns the other members' reads to be answered. */
  confirm(id: number, index: number): readonly RemoteWaiter[] {
    const remote: RemoteWaiter[] = []
    for (const waiter of this.#takeRound(id)) {
      if (waiter.kind === 'remote') remote.push(waiter)
      else if (index <= this.#appliedIndex) waiter.resolve({ ok: true, index })
      else this.#confirmed.push({ index, waiter })
    }
    return remote
  }

  /** Round `id` failed: own reads try again; returns the other members' reads to be refused. */
  fail(id: number): readonly RemoteWaiter[] {
    return this.#requeue(this.#takeRound(id))
  }

  /** The leader asked is gone: own reads of all rounds try again; returns the others' as `fail`. */
  failAll(): readonly RemoteWaiter[] {
    const remote: RemoteWaiter[] = []
    for (const id of this.#rounds.keys()) remote.push(...this.fail(id))
    return remote
  }

  /** Takes the other members' reads out of the queue, because this member leads no more. */
  takeQueuedRemote(): readonly RemoteWaiter[] {
    return this.#requeue(this.#queue.splice(0))
  }

  /** The own state machine has applied up to `index`. */
  applied(index: number): void {
    this.#appliedIndex = index
    if (this.#confirmed.length === 0) return
    const rest = []
    for (const read of this.#confirmed) {
      if (read.index <= index) read.waiter.resolve({ ok: true, index: read.index })
      else rest.push(read)
    }
    this.#confirmed = rest
  }

  /** Ends overdue reads and puts forwarded rounds without an answer back into the queue. */
  expire(nowMs: number, hasLeader: boolean): void {
    if (nowMs < this.#nextDeadlineMs) return
    this.#nextDeadlineMs = Number.POSITIVE_INFINITY
    for (const [id, { retryAtMs }] of this.#rounds) {
      if (retryAtMs <= nowMs) this.#requeue(this.#takeRound(id))
      else this.#noteDeadline(retryAtMs)
    }
    const isOver = (waiter: ReadWaiter): boolean => {
      if (waiter.kind === 'remote') return false
      if (waiter.deadlineMs > nowMs) {
        this.#noteDeadline(waiter.deadlineMs)
        return false
      }
      waiter.resolve(
        hasLeader
          ? { ok: false, reason: 'expired' }
          : { ok: false, reason: 'not-leader', leader: 0 },
      )
      return true
    }
    this.#queue = this.#queue.filter((waiter) => !isOver(waiter))
    this.#confirmed = this.#confirmed.filter(({ waiter }) => !isOver(waiter))
    for (const [id, round] of this.#rounds) {
      const waiters = round.waiters.filter((waiter) => !isOver(waiter))
      this.#roundWaiters -= round.waiters.length - waiters.length
      this.#rounds.set(id, { ...round, waiters })
    }
  }

  /** Ends everything because this member stops; returns the other members' reads to be refused. */
  stop(): readonly RemoteWaiter[] {
    const waiters = [...this.#queue.splice(0), ...this.#confirmed.map(({ waiter }) => waiter)]
    for (const id of this.#rounds.keys()) waiters.push(...this.#takeRound(id))
    this.#confirmed = []
    const remote: RemoteWaiter[] = []
    for (const waiter of waiters) {
      if (waiter.kind === 'remote') remote.push(waiter)
      else waiter.resolve({ ok: false, reason: 'stopped' })
    }
    return remote
  }

  #takeRound(id: number): readonly ReadWaiter[] {
    const round = this.#rounds.get(id)
    if (round === undefined) return []
    this.#rounds.delete(id)
    this.#roundWaiters -= round.waiters.length
    return round.waiters
  }

  #requeue(waiters: readonly ReadWaiter[]): readonly RemoteWaiter[] {
    const remote: RemoteWaiter[] = []
    const local: ReadWaiter[] = []
    for (const waiter of waiters) {
      if (waiter.kind === 'remote') remote.push(waiter)
      else local.push(waiter)
    }
    this.#queue = [...local, ...this.#queue]
    return remote
  }

  #noteDeadline(deadlineMs: number): void {
    if (deadlineMs < this.#nextDeadlineMs) this.#nextDeadlineMs = deadlineMs
  }
}
