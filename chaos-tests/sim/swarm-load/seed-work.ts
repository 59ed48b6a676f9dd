// What a leader does with the outbox, without a seed on the other end: items are started for its
// term, pieces are reported, and the download ends one way or another.
import type { Random, Timer } from '../../../base/index.ts'
import {
  finishSeed,
  openSeeds,
  reportSeed,
  startSeed,
} from '../../../scheduler/replication/index.ts'
import type { LeaderWork, OutboxRow } from '../../../scheduler/replication/index.ts'
import type { ServingParts } from '../process.ts'
import { contentLength, pieceCount } from './inputs.ts'

/** Pause between two looks at the outbox, ms. */
const lookMs = 300

/** How long a simulated seed takes for one piece, ms. */
const pieceMs = 250

const timeoutMs = 5000

/** `LeaderWork` of one life. */
export class SeedWork implements LeaderWork {
  readonly #parts: ServingParts
  readonly #random: Random
  readonly #running = new Set<number>()
  #timer: Timer | undefined
  #term = 0

  constructor(parts: ServingParts) {
    this.#parts = parts
    this.#random = parts.random.fork('seeds')
  }

  lead(term: number): void {
    this.stepDown()
    this.#term = term
    this.#look()
  }

  stepDown(): void {
    this.#term = 0
    this.#timer?.cancel()
    this.#running.clear()
  }

  #look(): void {
    if (this.#term === 0) return
    const { clock, state } = this.#parts
    for (const item of openSeeds(state.reader, this.#term, 8)) {
      if (!this.#running.has(item.id)) this.#start(item)
    }
    this.#timer = clock.setTimer(lookMs, () => this.#look())
  }

  #start({ id, hostId, taskId }: OutboxRow): void {
    this.#running.add(id)
    const { proposer } = this.#parts
    const term = this.#term
    void proposer.propose(startSeed, { outboxId: id }, { timeoutMs }).then((answer) => {
      if (this.#term !== term) return
      if (!answer.ok || !answer.result.ok) this.#running.delete(id)
      else this.#piece({ outboxId: id, term, peerId: `seed-${hostId}-${taskId}` }, 0)
    })
  }

  #piece(
    ref: { readonly outboxId: number; readonly term: number; readonly peerId: string },
    piece: number,
  ): void {
    const { clock, proposer } = this.#parts
    clock.setTimer(pieceMs, () => {
      if (this.#term !== ref.term) return
      if (piece === pieceCount) return this.#finish(ref)
      const finished = { firstPiece: 0, bytes: Uint8Array.of(1 << piece) }
      const body = { ...ref, finished, costsMs: [10], pieceZero: null }
      void proposer.propose(reportSeed, body, { timeoutMs }).then(() => this.#piece(ref, piece + 1))
    })
  }

  #finish(ref: {
    readonly outboxId: number
    readonly term: number
    readonly peerId: string
  }): void {
    const outcome = this.#random.ratio(4, 5)
      ? ({ type: 'done', contentLength, totalPieceCount: pieceCount } as const)
      : ({ type: 'failed', retry: this.#random.ratio(1, 2), sourceError: null } as const)
    const { proposer } = this.#parts
    void proposer.propose(finishSeed, { ...ref, outcome }, { timeoutMs }).then(() => {
      this.#running.delete(ref.outboxId)
    })
  }
}
