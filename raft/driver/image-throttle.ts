// How fast images may leave, so that a member that catches up leaves room to those that
// serve: a token bucket that fills with time. Who takes more than there is waits for its debt to be
// paid; who comes later waits behind it. One throttle serves all images of a process.
import { assert } from '../../base/index.ts'
import type { Clock, Timer } from '../../base/index.ts'
import { imageBytesPerSecondMin } from './limits.ts'

/** Bytes per second shared by everybody who waits for it. */
export class ImageThrottle {
  readonly #clock: Clock
  readonly #bytesPerSecond: number
  /** What is taken is paid for until here: before it the bucket is empty, and in debt. */
  #paidMs: number
  readonly #waiting = new Map<Timer, () => void>()
  #isStopped = false

  /** `bytesPerSecond`: at least `imageBytesPerSecondMin`; there is no way to ask for no limit. */
  constructor(clock: Clock, options: { readonly bytesPerSecond: number }) {
    assert(options.bytesPerSecond >= imageBytesPerSecondMin, 'images move at a least rate')
    this.#clock = clock
    this.#bytesPerSecond = options.bytesPerSecond
    this.#paidMs = clock.nowMs()
  }

  /** Resolves when these bytes may leave; at once after `stop`. In the order of the calls. */
  wait(bytes: number): Promise<void> {
    const waitMs = this.charge(bytes)
    if (waitMs <= 0 || this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(waitMs, () => {
        this.#waiting.delete(timer)
        resolve()
      })
      this.#waiting.set(timer, resolve)
    })
  }

  /** Counts bytes that leave without waiting; how long whoever waits would have to. */
  charge(bytes: number): number {
    const nowMs = this.#clock.nowMs()
    const waitMs = this.#paidMs - nowMs
    // What was not used is not saved up: after a pause there is one chunk for nothing, and no more.
    this.#paidMs = Math.max(this.#paidMs, nowMs) + (bytes * 1000) / this.#bytesPerSecond
    return waitMs
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#isStopped = true
    for (const [timer, resolve] of this.#waiting) {
      timer.cancel()
      resolve()
    }
    this.#waiting.clear()
  }
}
