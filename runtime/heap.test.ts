import { constants, PerformanceObserver } from 'node:perf_hooks'
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

/** Collections of the whole heap while `megabytes` are kept. */
async function collectionsWhile(megabytes: number): Promise<number> {
  let count = 0
  const seen = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as unknown as { readonly detail: { readonly kind: number } }
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count += 1
    }
  })
  seen.observe({ entryTypes: ['gc'] })
  const kept: object[][] = []
  for (let i = 0; i < megabytes / 10; i += 1) {
    kept.push(tenth())
    await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
  seen.disconnect()
  expect(kept.length).toBeGreaterThan(0)
  return count
}

test('a heap whose growth is limited is collected more often', async () => {
  const heap = new ProcessHeap()
  try {
    heap.limitGrowth(5)
    heap.collect()
    const limited = await collectionsWhile(100)
    heap.limitGrowth(300)
    heap.collect()
    expect(limited).toBeGreaterThan(await collectionsWhile(100))
  } finally {
    // V8's own choice again.
    heap.limitGrowth(0)
  }
})

test('a loop that works is busy', () => {
  const heap = new ProcessHeap()
  const end = performance.now() + 20
  while (performance.now() < end);
  expect(heap.busyRatio()).toBeGreaterThan(0.5)
})
