// The clock of one life of a member: it starts anywhere, runs a little fast or slow, and dies with
// the process. While the process is paused its timers wait, as they do behind SIGSTOP.
import { sleep } from '../../base/index.ts'
import type { CancelSignal, Clock, Timer } from '../../base/index.ts'
import type { EventQueue, PlannedEvent } from './event-queue.ts'

/** The clock's resolution: a power of two, so that sums and differences of its times are exact. */
const stepsPerMs = 1024

/** Shortest pause of a timer that is not due at once. */
const timerMsMin = 0.001

export interface MemberClockOptions {
  /** Local milliseconds in one of the world's. */
  readonly rate: number
  /** What the monotonic clock shows at the beginning. */
  readonly startMs: number
  /** Wall time at the beginning, ms since the Unix epoch. */
  readonly wallStartMs: number
}

interface PlannedTimer {
  readonly dueMs: number
  readonly run: () => void
  planned: PlannedEvent
}

/** `Clock` over the event queue. */
export class MemberClock implements Clock {
  readonly #queue: EventQueue
  readonly #deliver: (run: () => void) => void
  readonly #rate: number
  readonly #bornMs: number
  readonly #timers = new Set<PlannedTimer>()
  #startMs: number
  #wallOffsetMs: number

  /** `deliver` runs what is due, or later, or never. */
  constructor(
    deps: { readonly queue: EventQueue; readonly deliver: (run: () => void) => void },
    options: MemberClockOptions,
  ) {
    this.#queue = deps.queue
    this.#deliver = deps.deliver
    this.#rate = options.rate
    this.#startMs = options.startMs
    this.#bornMs = deps.queue.nowMs
    this.#wallOffsetMs = options.wallStartMs - options.startMs
  }

  nowMs(): number {
    const sinceMs = (this.#queue.nowMs - this.#bornMs) * this.#rate
    return this.#startMs + Math.floor(sinceMs * stepsPerMs) / stepsPerMs
  }

  wallMs(): number {
    return Math.floor(this.nowMs() + this.#wallOffsetMs)
  }

  /** Somebody sets the wall clock. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /**
   * The machine stood still and goes on: its monotonic clock, and the wall clock with it, have run
   * meanwhile. What was due by then is due now.
   */
  jumpForward(byMs: number): void {
    this.#startMs += byMs
    const nowMs = this.nowMs()
    for (const timer of this.#timers) {
      timer.planned.cancel()
      timer.planned = this.#plan(Math.max(0, timer.dueMs - nowMs), timer.run)
    }
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let isOver = false
    const run = (): void => {
      this.#timers.delete(timer)
      if (!isOver) callback()
      isOver = true
    }
    const timer = { dueMs: this.nowMs() + delayMs, run, planned: this.#plan(delayMs, run) }
    this.#timers.add(timer)
    return {
      cancel: () => {
        isOver = true
        this.#timers.delete(timer)
        timer.planned.cancel()
      },
    }
  }

  sleep(delayMs: number, signal?: CancelSignal): Promise<void> {
    return sleep(this, delayMs, signal)
  }

  #plan(delayMs: number, run: () => void): PlannedEvent {
    // A real timer fires late, never early: without a least pause a rounded time is never reached.
    const pauseMs = delayMs > 0 ? Math.max(delayMs / this.#rate, timerMsMin) : 0
    return this.#queue.after(pauseMs, () => this.#deliver(run))
  }
}
