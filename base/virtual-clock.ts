// Time that moves only when a test or a simulation says so.
import { assert } from './assert.ts'
import type { CancelSignal } from './cancel.ts'
import type { Clock, Timer } from './clock.ts'
import { sleep } from './sleep.ts'

interface VirtualTimer {
  readonly dueMs: number
  readonly sequence: number
  readonly callback: () => void
}

/** In-memory `Clock`: timers fire in the order of (due time, creation) while time is advanced. */
export class VirtualClock implements Clock {
  readonly #settle: () => Promise<void>
  readonly #wallOffsetMs: number
  /** Sorted by due time, then creation. */
  readonly #timers: VirtualTimer[] = []
  #nowMs = 0
  #sequence = 0

  constructor(options: {
    /** Lets everything that is ready run: promises, and for real IO the host's event loop. */
    readonly settle: () => Promise<void>
    /** Wall time at start. @default 0 */
    readonly wallStartMs?: number
  }) {
    this.#settle = options.settle
    this.#wallOffsetMs = options.wallStartMs ?? 0
  }

  nowMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    this.#sequence += 1
    const timer = {
      dueMs: this.#nowMs + Math.max(delayMs, 0),
      sequence: this.#sequence,
      callback,
    }
    let at = this.#timers.length
    while (at > 0 && this.#timers[at - 1]!.dueMs > timer.dueMs) at -= 1
    this.#timers.splice(at, 0, timer)
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer)
        if (index >= 0) this.#timers.splice(index, 1)
      },
    }
  }

  sleep(delayMs: number, signal?: CancelSignal): Promise<void> {
    return sleep(this, delayMs, signal)
  }

  /** Lets `elapsedMs` pass, every timer at its time. */
  async advance(elapsedMs: number): Promise<void> {
    await this.#run(this.#nowMs + elapsedMs, () => false)
  }

  /** Lets time pass until `isReached` or until `elapsedMsMax` is over; tells which. */
  async advanceUntil(isReached: () => boolean, elapsedMsMax: number): Promise<boolean> {
    await this.#settle()
    if (isReached()) return true
    await this.#run(this.#nowMs + elapsedMsMax, isReached)
    return isReached()
  }

  /** A pause of the process: time passes, then every overdue timer fires, none at its time. */
  async jump(elapsedMs: number): Promise<void> {
    this.#nowMs += elapsedMs
    await this.#run(this.#nowMs, () => false)
  }

  async #run(untilMs: number, isReached: () => boolean): Promise<void> {
    assert(untilMs >= this.#nowMs, 'time does not go back')
    await this.#settle()
    for (;;) {
      const next = this.#timers[0]
      if (next === undefined || next.dueMs > untilMs) break
      this.#timers.shift()
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.callback()
      await this.#settle()
      if (isReached()) return
    }
    this.#nowMs = untilMs
  }
}
