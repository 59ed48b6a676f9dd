// Waits for tokens in the order of asking, so that many small transfers cannot starve one.
import { KiB, MiB } from '../../base/index.ts'
import type { CancelSignal, Clock } from '../../base/index.ts'
import { TokenBucket } from '../core/index.ts'

/** Smallest burst: one chunk of a transfer. */
const burstBytesMin = 512 * KiB

/** Largest burst. */
const burstBytesMax = 16 * MiB

/** Bytes per second shared by everyone who acquires here. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #bucket: TokenBucket | undefined
  #last: Promise<void> = Promise.resolve()

  /** `bytesPerSecond` 0 means no limit. A burst is a tenth of a second, 512 KiB … 16 MiB. */
  constructor(deps: { readonly clock: Clock }, options: { readonly bytesPerSecond: number }) {
    this.#clock = deps.clock
    const { bytesPerSecond } = options
    if (bytesPerSecond <= 0) return
    this.#bucket = new TokenBucket({
      ratePerSecond: bytesPerSecond,
      burst: Math.min(burstBytesMax, Math.max(burstBytesMin, bytesPerSecond / 10)),
      nowMs: deps.clock.nowMs(),
    })
  }

  /** Resolves when `bytes` may pass; rejects with the signal's reason. */
  async acquire(bytes: number, signal?: CancelSignal): Promise<void> {
    const bucket = this.#bucket
    if (bucket === undefined) return
    const turn = this.#last.then(() => this.#take(bucket, bytes, signal))
    this.#last = turn.catch(() => undefined)
    await turn
  }

  async #take(bucket: TokenBucket, bytes: number, signal: CancelSignal | undefined): Promise<void> {
    for (;;) {
      throwIfAborted(signal)
      const waitMs = bucket.take(bytes, this.#clock.nowMs())
      if (waitMs === 0) return
      await this.#clock.sleep(waitMs, signal)
    }
  }
}

/** Throws the reason of a signal that was raised. */
export function throwIfAborted(signal: CancelSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
