import { performance } from 'node:perf_hooks'
import { setTimeout as startTimer, clearTimeout as stopTimer } from 'node:timers'
import { sleep } from '../base/index.ts'
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
    return sleep(this, delayMs, signal)
  }
}
