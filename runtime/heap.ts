// The memory of this process, and a way to have what is garbage collected at a chosen moment.
import { performance } from 'node:perf_hooks'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The heap of this process. */
export class ProcessHeap {
  #collect: (() => void) | undefined
  #before: EventLoopUtilization = performance.eventLoopUtilization()

  /** Bytes of objects and of the buffers they hold, garbage included. */
  usedBytes(): number {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }

  /** Share of the time since the last call in which the event loop was busy; 0 to 1. */
  busyRatio(): number {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#before)
    this.#before = now
    return utilization
  }

  /** Collects all garbage; everything stands still meanwhile, in proportion to what is alive. */
  collect(): void {
    this.#collect ??= exposedCollector()
    this.#collect()
  }
}

/** V8 hands its collector out only to contexts made after the flag was set. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
