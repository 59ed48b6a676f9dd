import { performance } from 'node:perf_hooks'
import { setTimeout as startTimer, clearTimeout as stopTimer } from 'node:timers'
import type { CancelSignal, Clock, Timer } from '../base/index.ts'

/** Longest delay Node's timers take; a longer one would fire at once. */
const delayMsMax = 2_147_483_647

/** The machine's clocks. Monotonic time does not count a suspended machine (CLOCK_MONOTONIC). */
export class SystemClock implements Clock {
  nowMs(): number {
    return performance.now()
  }

  wallMs(): number {
    return Date.now()
  }

  setTimer(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer {
    const handle = startTimer(callback, Math.min(Math.max(delayMs, 0), delayMsMax))
    if (options?.keepAlive === false) handle.unref()
    return { cancel: () => stopTimer(handle) }
  }

  sleep(delayMs: number, signal?: CancelSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(asError(signal.reason))
        return
      }
      const onAbort = (): void => {
        timer.cancel()
        reject(asError(signal?.reason))
      }
      const timer = this.setTimer(delayMs, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
