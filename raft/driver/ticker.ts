// Turns measured monotonic time into the core's ticks. A short delay of the event loop is made up
// for with a few ticks; after a long one (a paused process) the messages that queued up meanwhile
// must be heard before any timer ends, so the whole pause counts as one tick.
import type { Clock, Timer } from '../../base/index.ts'
import { ticksPerTurnMax } from './limits.ts'

export interface TickerOptions {
  readonly tickMs: number
  /** A delay from here on is a stall: one election timeout. */
  readonly stallMs: number
  /** One tick that stands for `elapsedMs` whole milliseconds. */
  readonly onTick: (elapsedMs: number) => void
  /** How late a wake-up came, ms: what the event loop was busy with. @default nobody is told */
  readonly onDelay?: (delayMs: number) => void
}

/** Calls `onTick` about every `tickMs` between `start` and `stop`. */
export class Ticker {
  readonly #clock: Clock
  readonly #options: TickerOptions
  #timer: Timer | undefined
  #countedUntilMs = 0
  #stalls = 0

  constructor(deps: { readonly clock: Clock }, options: TickerOptions) {
    this.#clock = deps.clock
    this.#options = options
  }

  /** Pauses of at least one election timeout seen so far. */
  get stalls(): number {
    return this.#stalls
  }

  start(): void {
    this.#countedUntilMs = this.#clock.nowMs()
    this.#schedule()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #schedule(): void {
    const dueMs = this.#countedUntilMs + this.#options.tickMs
    const delayMs = Math.max(dueMs - this.#clock.nowMs(), 0)
    this.#timer = this.#clock.setTimer(delayMs, () => this.#wake())
  }

  #wake(): void {
    const { tickMs, stallMs, onTick, onDelay } = this.#options
    const sinceMs = this.#clock.nowMs() - this.#countedUntilMs
    const elapsedMs = Math.floor(sinceMs)
    onDelay?.(Math.max(sinceMs - tickMs, 0))
    if (elapsedMs >= stallMs) {
      this.#stalls += 1
      this.#countedUntilMs += elapsedMs
      onTick(elapsedMs)
    } else {
      const ticks = Math.min(Math.floor(elapsedMs / tickMs), ticksPerTurnMax)
      const consumedMs = ticks === ticksPerTurnMax ? elapsedMs : ticks * tickMs
      this.#countedUntilMs += consumedMs
      for (let i = 1; i <= ticks; i += 1) {
        onTick(i < ticks ? tickMs : consumedMs - tickMs * (ticks - 1))
      }
    }
    if (this.#timer !== undefined) this.#schedule()
  }
}
