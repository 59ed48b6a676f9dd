// The one queue of a run: everything that will happen, ordered by (time, order of planning).
// Virtual time stands still while an event is handled, promises included: all of it happens at
// once, then the next event decides what time it is.
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'
import { assert } from '../../base/index.ts'

/** Something planned. */
export interface PlannedEvent {
  /** Takes it back; harmless when it has happened. */
  cancel(): void
}

interface QueuedEvent {
  readonly atMs: number
  readonly sequence: number
  run: (() => void) | undefined
}

/**
 * Runs every promise reaction that is ready, and those they make ready, before it returns. Only
 * the engine can: a turn of the event loop for each event would take most of a run's time.
 */
function microtaskCheckpoint(): () => void {
  setFlagsFromString('--allow-natives-syntax')
  return new Script('() => %PerformMicrotaskCheckpoint()').runInThisContext() as () => void
}

const settle = microtaskCheckpoint()

/** Events by time. Times are milliseconds, with fractions. */
export class EventQueue {
  /** A binary heap. */
  readonly #heap: QueuedEvent[] = []
  readonly #afterEach: () => void
  #nowMs = 0
  #sequence = 0
  #handled = 0

  /** `afterEach` is called when an event and everything it set off at once is over. */
  constructor(afterEach: () => void) {
    this.#afterEach = afterEach
  }

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events that have happened. */
  get handled(): number {
    return this.#handled
  }

  /** Plans `run` for `delayMs` (>= 0) from now. */
  after(delayMs: number, run: () => void): PlannedEvent {
    assert(delayMs >= 0, 'nothing is planned for the past')
    this.#sequence += 1
    const event: QueuedEvent = { atMs: this.#nowMs + delayMs, sequence: this.#sequence, run }
    this.#push(event)
    return {
      cancel: () => {
        event.run = undefined
      },
    }
  }

  /**
   * Lets everything happen up to `untilMs`, or until `isReached`; tells whether it was. Must not be
   * called from a promise reaction: nothing would settle.
   */
  run(untilMs: number, isReached: () => boolean = () => false): boolean {
    settle()
    for (;;) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#pop()
      const { run } = next
      if (run === undefined) continue
      next.run = undefined
      this.#nowMs = next.atMs
      this.#handled += 1
      run()
      settle()
      this.#afterEach()
      if (isReached()) return true
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
    return isReached()
  }

  #push(event: QueuedEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence)
}
