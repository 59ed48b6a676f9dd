// Time is a port: cores never see it, shells receive it, the simulator replaces it.
import type { CancelSignal } from './cancel.ts'

/** A timer that can be taken back. Cancelling twice is harmless. */
export interface Timer {
  cancel(): void
}

/** Source of time and timers. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; never goes back, unrelated to wall time. */
  nowMs(): number
  /** Milliseconds since the Unix epoch as people see it; may jump. Never used for safety. */
  wallMs(): number
  /**
   * Calls `callback` once after `delayMs` (>= 0); `keepAlive: false` lets the process end first.
   */
  setTimer(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer
  /** Resolves after `delayMs`; rejects with the signal's reason when cancelled first. */
  sleep(delayMs: number, signal?: CancelSignal): Promise<void>
}
