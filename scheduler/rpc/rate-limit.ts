import type { Clock } from '../../base/index.ts'

/** Token bucket: `ratePerSecond` tokens a second, at most as many at once. */
export class RateLimit {
  readonly #clock: Clock
  readonly #ratePerSecond: number
  #tokens: number
  #filledAtMs: number

  constructor(deps: { readonly clock: Clock }, options: { readonly ratePerSecond: number }) {
    this.#clock = deps.clock
    this.#ratePerSecond = options.ratePerSecond
    this.#tokens = options.ratePerSecond
    this.#filledAtMs = deps.clock.nowMs()
  }

  /** Takes a token; false when there is none. */
  take(): boolean {
    const nowMs = this.#clock.nowMs()
    const gained = ((nowMs - this.#filledAtMs) * this.#ratePerSecond) / 1_000
    this.#tokens = Math.min(this.#ratePerSecond, this.#tokens + Math.max(gained, 0))
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
