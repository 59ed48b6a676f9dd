// The memory of this process, and a way to have what is garbage collected at a chosen moment.
import { performance } from 'node:perf_hooks'
import type { EventLoopUtilization } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes in use, and bytes held: V8 keeps pages that are empty for a while. */
export interface HeapSizes {
  readonly usedBytes: number
  readonly heldBytes: number
}

/** The heap of this process. */
export class ProcessHeap {
  #collect: (() => void) | undefined
  #before: EventLoopUtilization = performance.eventLoopUtilization()

  /** What objects and the buffers they hold take, garbage included, and the pages they are in. */
  sizes(): HeapSizes {
    const { heapTotal, heapUsed, external } = process.memoryUsage()
    return { usedBytes: heapUsed + external, heldBytes: heapTotal + external }
  }

  /** Share of the time since the last call in which the event loop was busy; 0 to 1. */
  busyRatio(): number {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#before)
    this.#before = now
    return utilization
  }

  /**
   * Collects all garbage and moves what is alive together, so that pages can go; everything stands
   * still meanwhile, in proportion to what is alive.
   */
  collect(): void {
    this.#collect ??= exposedCollector()
    setFlagsFromString('--compact-on-every-full-gc')
    this.#collect()
    setFlagsFromString('--no-compact-on-every-full-gc')
  }

  /**
   * From now on V8 collects when what is alive has grown by `percent`; left to itself it lets a
   * heap that grows fast become four times as large first.
   */
  limitGrowth(percent: number): void {
    setFlagsFromString(`--heap-growing-percent=${percent}`)
  }
}

/** V8 hands its collector out only to contexts made after the flag was set. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
