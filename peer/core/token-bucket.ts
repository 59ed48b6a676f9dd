// Rate limit as a bucket of bytes that fills with time. A request larger than the bucket is let
// through when the bucket is full and leaves a debt, so no chunk size can block for ever.
import { assert } from '../../base/index.ts'

/** Pure token bucket; time comes in as monotonic milliseconds. */
export class TokenBucket {
  readonly #ratePerSecond: number
  readonly #burst: number
  #tokens: number
  #atMs: number

  /**
   * `ratePerSecond` and `burst` in bytes, both > 0; `Infinity` as rate means no limit.
   * The bucket starts full.
   */
  constructor(options: {
    readonly ratePerSecond: number
    readonly burst: number
    readonly nowMs: number
  }) {
    assert(options.ratePerSecond > 0 && options.burst > 0, 'a rate limit lets something through')
    this.#ratePerSecond = options.ratePerSecond
    this.#burst = options.burst
    this.#tokens = options.burst
    this.#atMs = options.nowMs
  }

  /** Takes `bytes` and returns 0, or takes nothing and returns the milliseconds to wait (>= 1). */
  take(bytes: number, nowMs: number): number {
    assert(bytes >= 0, 'bytes are counted up')
    if (this.#ratePerSecond === Infinity) return 0
    const elapsedMs = Math.max(0, nowMs - this.#atMs)
    this.#atMs = Math.max(this.#atMs, nowMs)
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#ratePerSecond) / 1000)
    const needed = Math.min(bytes, this.#burst)
    if (this.#tokens >= needed) {
      this.#tokens -= bytes
      return 0
    }
    return Math.max(1, Math.ceil(((needed - this.#tokens) * 1000) / this.#ratePerSecond))
  }
}
