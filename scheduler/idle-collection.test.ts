import { beforeEach, expect, test } from 'vitest'
import { MiB, nullLogger, VirtualClock } from '../base/index.ts'
import { collectedHeapBytesMax, heapGrowthBytesMin, heapLookMs } from './idle-collection.ts'
import { IdleCollection } from './idle-collection.ts'

const startBytes = 80 * MiB

/** A heap as a test wants it. */
class Heap {
  bytes = startBytes
  busy = 0
  /** What a collection leaves. */
  alive = startBytes
  collections = 0

  usedBytes(): number {
    return this.bytes
  }

  busyRatio(): number {
    return this.busy
  }

  collect(): void {
    this.collections += 1
    this.bytes = this.alive
  }
}

let clock: VirtualClock
let heap: Heap
let collection: IdleCollection
beforeEach(async () => {
  clock = new VirtualClock({ settle: () => Promise.resolve() })
  heap = new Heap()
  collection = new IdleCollection({ clock, logger: nullLogger, heap })
  await collection.start()
})

test('what a burst leaves is collected from the next look on, until nothing more is found', async () => {
  heap.bytes = startBytes + 100 * MiB
  await clock.advance(heapLookMs)
  expect([heap.collections, heap.bytes]).toEqual([1, startBytes])
  // The next one finds nothing more, and is the last.
  await clock.advance(10 * heapLookMs)
  expect(heap.collections).toBe(2)
})

test('little growth is left to V8', async () => {
  heap.bytes = startBytes + heapGrowthBytesMin - 1
  await clock.advance(3 * heapLookMs)
  expect(heap.collections).toBe(0)
})

test('growth counts from where V8 has brought the heap by itself', async () => {
  heap.bytes = startBytes - 20 * MiB
  await clock.advance(heapLookMs)
  heap.bytes += heapGrowthBytesMin
  heap.alive = 60 * MiB
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
})

test('a busy member is not stopped; it is looked at again when it is quiet', async () => {
  heap.bytes = startBytes + 100 * MiB
  heap.busy = 0.9
  await clock.advance(5 * heapLookMs)
  expect(heap.collections).toBe(0)
  heap.busy = 0.1
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
})

test('a heap that stays large is left to V8', async () => {
  heap.alive = collectedHeapBytesMax + 1
  heap.bytes = collectedHeapBytesMax + 200 * MiB
  await clock.advance(heapLookMs)
  heap.bytes += 500 * MiB
  await clock.advance(5 * heapLookMs)
  expect(heap.collections).toBe(1)
})

test('nothing is looked at after stop', async () => {
  heap.bytes = startBytes + 100 * MiB
  await collection.stop()
  await clock.advance(10 * heapLookMs)
  expect(heap.collections).toBe(0)
})
