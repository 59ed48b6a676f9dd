import { expect, test } from 'vitest'
import { ProcessHeap } from './heap.ts'

const tenth = (): object[] => Array.from({ length: 100_000 }, (_, i) => ({ i, text: `${i}` }))

test('garbage is gone after a collection, and what is held is not', () => {
  const heap = new ProcessHeap()
  const held = new Map<number, object[]>()
  heap.collect()
  const before = heap.sizes()
  for (let i = 0; i < 10; i += 1) held.set(i, tenth())
  heap.collect()
  expect(heap.sizes().usedBytes - before.usedBytes).toBeGreaterThan(16 << 20)
  held.clear()
  heap.collect()
  const after = heap.sizes()
  expect(after.usedBytes - before.usedBytes).toBeLessThan(8 << 20)
  expect(after.heldBytes).toBeGreaterThanOrEqual(after.usedBytes)
})

test('a loop that works is busy', () => {
  const heap = new ProcessHeap()
  const end = performance.now() + 20
  while (performance.now() < end);
  expect(heap.busyRatio()).toBeGreaterThan(0.5)
})
