// How good a parent has been: a moving average of what a piece cost, per MiB. Lower is better.
import { MiB } from '../../base/index.ts'

/** Weight of the newest cost: the average follows a change within a few pieces. */
const newestWeight = 0.25

/** What a failed transfer counts as, in milliseconds per MiB. */
const failureCostMs = 10_000

/** Cost of a parent. Parents without a transfer count as best, so that each gets a try. */
export class ParentScore {
  #averageMs = 0
  #count = 0
  #failuresInARow = 0

  /** Milliseconds per MiB, 0 before the first transfer. */
  get averageMs(): number {
    return this.#averageMs
  }

  get failuresInARow(): number {
    return this.#failuresInARow
  }

  succeeded(costMs: number, lengthBytes: number): void {
    this.#failuresInARow = 0
    this.#take((Math.max(0, costMs) * MiB) / Math.max(1, lengthBytes))
  }

  failed(): void {
    this.#failuresInARow += 1
    this.#take(failureCostMs)
  }

  #take(costMs: number): void {
    const weight = this.#count === 0 ? 1 : newestWeight
    this.#averageMs += (costMs - this.#averageMs) * weight
    this.#count += 1
  }
}
