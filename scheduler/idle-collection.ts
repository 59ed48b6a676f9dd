// Gives memory back soon after a burst. V8 collects when something is allocated, and a member that
// served a flood and is quiet again allocates little: what the flood left would stay for minutes.
// The reasons and the figures are in docs/decisions/026-collection-after-bursts.md.
import { MiB, secondMs } from '../base/index.ts'
import type { Clock, Logger, Timer } from '../base/index.ts'

/** How often the heap is looked at. */
export const heapLookMs = 5 * secondMs

/** Growth since the last collection from which on another one is worth it. */
export const heapGrowthBytesMin = 24 * MiB

/** While a collection finds this much, another follows: some things go in two steps. */
export const heapFreedBytesMin = 4 * MiB

/** While this much of the pages is empty, likewise. */
export const heapHollowBytesMin = 12 * MiB

/** How soon the next one follows: V8 gives the youngest pages back only when it was quiet. */
export const heapFollowMs = 3 * secondMs

/** Collections after one burst. */
export const heapCollectionsMax = 6

/** A heap that holds more after a collection is left to V8: it takes too long at once. */
export const collectedHeapBytesMax = 128 * MiB

/** One that has more in use, however much of that is garbage, likewise: all of it may be alive. */
export const heapUsedBytesMax = 320 * MiB

/** Growth of what is alive after which V8 collects by itself, percent. */
export const heapGrowthPercent = 50

/** A member that is busier than this is not stopped for a collection. */
export const collectionBusyRatioMax = 0.2

/** What is looked at; `ProcessHeap` of the runtime satisfies it. */
export interface HeapPort {
  sizes(): { readonly usedBytes: number; readonly heldBytes: number }
  /** Of the event loop, since the last call; 0 to 1. */
  busyRatio(): number
  collect(): void
  /** See `heapGrowthPercent`. */
  limitGrowth(percent: number): void
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
  /** Least bytes held since the last collection: growth counts from there. */
  #restBytes = 0
  /** In use right after the last collection, or less. */
  #aliveBytes = 0
  /** Collections that may still follow the last one. */
  #left = 0

  constructor(deps: IdleCollectionDeps) {
    this.#deps = deps
  }

  start(): Promise<void> {
    const { heldBytes, usedBytes } = this.#deps.heap.sizes()
    this.#restBytes = heldBytes
    this.#aliveBytes = usedBytes
    this.#deps.heap.busyRatio()
    this.#deps.heap.limitGrowth(heapGrowthPercent)
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
    const pauseMs = this.#left > 0 ? heapFollowMs : heapLookMs
    this.#timer = this.#deps.clock.setTimer(pauseMs, look, { keepAlive: false })
  }

  #look(): void {
    const { clock, heap, logger } = this.#deps
    const isBusy = heap.busyRatio() > collectionBusyRatioMax
    const before = heap.sizes()
    this.#aliveBytes = Math.min(this.#aliveBytes, before.usedBytes)
    const isLarge = this.#aliveBytes > collectedHeapBytesMax || before.usedBytes > heapUsedBytesMax
    if (isBusy || isLarge) return
    // V8 has given something back by itself.
    this.#restBytes = Math.min(this.#restBytes, before.heldBytes)
    const isGrown = before.heldBytes - this.#restBytes >= heapGrowthBytesMin
    if (!isGrown && this.#left === 0) return
    const startMs = clock.nowMs()
    heap.collect()
    const tookMs = clock.nowMs() - startMs
    const after = heap.sizes()
    const hasFound = before.usedBytes - after.usedBytes >= heapFreedBytesMin
    const isHollow = after.heldBytes - after.usedBytes >= heapHollowBytesMin
    const left = (this.#left === 0 ? heapCollectionsMax : this.#left) - 1
    this.#left = hasFound || isHollow ? left : 0
    this.#restBytes = after.heldBytes
    this.#aliveBytes = after.usedBytes
    logger.debug({ before, after, tookMs }, 'garbage collected')
  }
}
