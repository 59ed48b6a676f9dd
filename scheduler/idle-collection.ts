// Gives memory back soon after a burst. V8 collects when something is allocated, and a member that
// served a flood and is quiet again allocates little: what the flood left would stay for minutes.
// The reasons and the figures are in docs/decisions/026-collection-after-bursts.md.
import { MiB, secondMs } from '../base/index.ts'
import type { Clock, Logger, Timer } from '../base/index.ts'

/** How often the heap is looked at. */
export const heapLookMs = 5 * secondMs

/** Growth since the last collection from which on another one is worth it. */
export const heapGrowthBytesMin = 24 * MiB

/** While a collection gives back this much, another follows: some things go in two steps. */
export const heapFreedBytesMin = 4 * MiB

/** A heap that is larger after a collection is left to V8: collecting it takes too long at once. */
export const collectedHeapBytesMax = 256 * MiB

/** A member that is busier than this is not stopped for a collection. */
export const collectionBusyRatioMax = 0.2

/** What is looked at; `ProcessHeap` of the runtime satisfies it. */
export interface HeapPort {
  usedBytes(): number
  /** Of the event loop, since the last call; 0 to 1. */
  busyRatio(): number
  collect(): void
}

export interface IdleCollectionDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly heap: HeapPort
}

/** Collects garbage when the member is quiet and its heap has grown. */
export class IdleCollection {
  readonly name = 'idle-collection'
  readonly #deps: IdleCollectionDeps
  #timer: Timer | undefined
  /** Right after the last collection; the first look only measures. */
  #collectedBytes = Number.POSITIVE_INFINITY
  /** The last collection found much: buffers and sockets go with the one after it. */
  #isUnfinished = false

  constructor(deps: IdleCollectionDeps) {
    this.#deps = deps
  }

  start(): Promise<void> {
    this.#collectedBytes = this.#deps.heap.usedBytes()
    this.#deps.heap.busyRatio()
    this.#wait()
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#timer?.cancel()
    return Promise.resolve()
  }

  #wait(): void {
    const look = (): void => {
      this.#look()
      this.#wait()
    }
    this.#timer = this.#deps.clock.setTimer(heapLookMs, look, { keepAlive: false })
  }

  #look(): void {
    const { clock, heap, logger } = this.#deps
    const isBusy = heap.busyRatio() > collectionBusyRatioMax
    if (isBusy || this.#collectedBytes > collectedHeapBytesMax) return
    const usedBytes = heap.usedBytes()
    // V8 has collected by itself: growth counts from there.
    this.#collectedBytes = Math.min(this.#collectedBytes, usedBytes)
    if (!this.#isUnfinished && usedBytes - this.#collectedBytes < heapGrowthBytesMin) return
    const startMs = clock.nowMs()
    heap.collect()
    this.#collectedBytes = heap.usedBytes()
    this.#isUnfinished = usedBytes - this.#collectedBytes >= heapFreedBytesMin
    const tookMs = clock.nowMs() - startMs
    logger.debug({ usedBytes, leftBytes: this.#collectedBytes, tookMs }, 'garbage collected')
  }
}
