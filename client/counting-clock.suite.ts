// For tests: virtual time that says how many timers wait, so that a test sees what is left behind.
import { setImmediate } from 'node:timers'
import { VirtualClock } from '../base/index.ts'
import type { Timer } from '../base/index.ts'

/** A `VirtualClock` that lets the event loop run before each timer. */
export class CountingClock extends VirtualClock {
  #waiting = 0

  constructor() {
    super({ settle: () => new Promise((resolve) => void setImmediate(resolve)) })
  }

  /** Timers that have neither fired nor been cancelled. */
  get waiting(): number {
    return this.#waiting
  }

  override setTimer(delayMs: number, callback: () => void): Timer {
    this.#waiting += 1
    let isWaiting = true
    const leave = (): void => {
      if (isWaiting) this.#waiting -= 1
      isWaiting = false
    }
    const timer = super.setTimer(delayMs, () => {
      leave()
      callback()
    })
    return {
      cancel: () => {
        leave()
        timer.cancel()
      },
    }
  }
}
