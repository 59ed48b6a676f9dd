import { beforeEach, expect, test } from 'vitest'
import { MiB, nullLogger, VirtualClock } from '../base/index.ts'
import {
  collectedHeapBytesMax,
  heapCollectionsMax,
  heapFollowMs,
  heapGrowthBytesMin,
  heapGrowthPercent,
  heapHollowBytesMin,
  heapLookMs,
  heapUsedBytesMax,
  IdleCollection,
} from './idle-collection.ts'

const startBytes = 80 * MiB

/** A heap as a test wants it. */
class Heap {
  usedBytes = startBytes
  /** Pages without objects. */
  hollowBytes = 0
  busy = 0
  /** What a collection leaves in use. */
  alive = startBytes
  /** What each one leaves of the empty pages, as a share. */
  keeps = 0
  collections = 0
  growthPercent = 0

  sizes() {
    return { usedBytes: this.usedBytes, heldBytes: this.usedBytes + this.hollowBytes }
  }

  busyRatio(): number {
    return this.busy
  }

  collect(): void {
    this.collections += 1
    this.hollowBytes = (this.hollowBytes + this.usedBytes - this.alive) * this.keeps
    this.usedBytes = this.alive
  }

  limitGrowth(percent: number): void {
    this.growthPercent = percent
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

test('V8 is told from the start how much a heap may grow before it collects', () => {
  expect(heap.growthPercent).toBe(heapGrowthPercent)
})

test('what a burst leaves is collected from the next look on, until nothing more is found', async () => {
  heap.usedBytes = startBytes + 100 * MiB
  await clock.advance(heapLookMs)
  expect([heap.collections, heap.usedBytes]).toEqual([1, startBytes])
  // The next one finds nothing more, and is the last.
  await clock.advance(heapFollowMs)
  expect(heap.collections).toBe(2)
  await clock.advance(10 * heapLookMs)
  expect(heap.collections).toBe(2)
})

test('pages that V8 has emptied by itself but keeps are collected away, in steps', async () => {
  heap.hollowBytes = 64 * MiB
  heap.keeps = 0.5
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
  await clock.advance(10 * heapLookMs)
  expect([heap.collections, heap.hollowBytes]).toEqual([3, 8 * MiB])
})

test('pages that never go are not tried for ever, nor again until the heap has grown', async () => {
  heap.hollowBytes = heapGrowthBytesMin + heapHollowBytesMin
  heap.keeps = 1
  await clock.advance(20 * heapLookMs)
  expect(heap.collections).toBe(heapCollectionsMax)
  heap.usedBytes += heapGrowthBytesMin
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(heapCollectionsMax + 1)
})

test('little growth is left to V8', async () => {
  heap.usedBytes = startBytes + heapGrowthBytesMin - 1
  await clock.advance(3 * heapLookMs)
  expect(heap.collections).toBe(0)
})

test('growth counts from where V8 has brought the heap by itself', async () => {
  heap.usedBytes = startBytes - 20 * MiB
  await clock.advance(heapLookMs)
  heap.usedBytes += heapGrowthBytesMin
  heap.alive = 60 * MiB
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
})

test('a busy member is not stopped; it is looked at again when it is quiet', async () => {
  heap.usedBytes = startBytes + 100 * MiB
  heap.busy = 0.9
  await clock.advance(5 * heapLookMs)
  expect(heap.collections).toBe(0)
  heap.busy = 0.1
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
})

test('a heap that stays large is left to V8, until it is small again', async () => {
  heap.alive = collectedHeapBytesMax + 1
  heap.usedBytes = collectedHeapBytesMax + 100 * MiB
  await clock.advance(heapLookMs)
  heap.usedBytes += 100 * MiB
  await clock.advance(5 * heapLookMs)
  expect(heap.collections).toBe(1)
  heap.alive = startBytes
  heap.usedBytes = startBytes
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(2)
})

test('a state that was loaded at once is not taken for garbage', async () => {
  heap.usedBytes = heapUsedBytesMax + 1
  await clock.advance(5 * heapLookMs)
  expect(heap.collections).toBe(0)
  heap.usedBytes = heapUsedBytesMax
  await clock.advance(heapLookMs)
  expect(heap.collections).toBe(1)
})

test('nothing is looked at after stop', async () => {
  heap.usedBytes = startBytes + 100 * MiB
  await collection.stop()
  await clock.advance(10 * heapLookMs)
  expect(heap.collections).toBe(0)
})
