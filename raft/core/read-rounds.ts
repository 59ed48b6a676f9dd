// Linearizable reads (thesis section 6.4): a read is answered with the commit index known when its
// round started, once a majority has confirmed the leader by answering a heartbeat of that round or
// a later one. Positions only grow while the process lives; the term beside them in every message
// makes them unique, so a late answer can never confirm a read asked after it.
import { assert } from '../../base/index.ts'
import type { ReadOutcome } from './ready.ts'

interface Round {
  readonly position: number
  readonly index: number
  readonly ids: readonly number[]
}

export class ReadRounds {
  /** Asked, and not in a round yet: the term's first entry is not committed, or no turn came. */
  #waiting: number[] = []
  #rounds: Round[] = []
  #position = 0
  #pending = 0
  #outcomes: ReadOutcome[] = []

  /** Reads without an outcome. */
  get pending(): number {
    return this.#pending
  }

  get hasOutcomes(): boolean {
    return this.#outcomes.length > 0
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Position that heartbeats carry now: the newest round's while one is open, else 0. */
  get openPosition(): number {
    return this.#rounds.length > 0 ? this.#position : 0
  }

  /** Position of the newest round ever started. */
  get position(): number {
    return this.#position
  }

  add(id: number): void {
    this.#waiting.push(id)
    this.#pending += 1
  }

  /** Opens a round for everything that waits. */
  start(index: number): void {
    assert(this.#waiting.length > 0, 'a round has reads')
    this.#position += 1
    this.#rounds.push({ position: this.#position, index, ids: this.#waiting })
    this.#waiting = []
  }

  /** A majority has confirmed `position`. */
  confirm(position: number): void {
    while (this.#rounds.length > 0 && this.#rounds[0]!.position <= position) {
      const { index, ids } = this.#rounds.shift()!
      for (const id of ids) this.#outcomes.push({ id, ok: true, index })
      this.#pending -= ids.length
    }
  }

  /** Leadership has ended: no pending read is ever answered by another term. */
  fail(): void {
    const ids = [...this.#rounds.flatMap((round) => round.ids), ...this.#waiting]
    this.#rounds = []
    this.#waiting = []
    this.#pending = 0
    for (const id of ids) this.#outcomes.push({ id, ok: false, reason: 'not-leader' })
  }

  takeOutcomes(): readonly ReadOutcome[] {
    const outcomes = this.#outcomes
    this.#outcomes = []
    return outcomes
  }
}
