import { expect, test } from 'vitest'
import { runLoad } from './load.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('as many operations are under way as were asked for, and never more', async () => {
  let underWay = 0
  let most = 0
  const result = await runLoad({ outstanding: 7, warmupMs: 5, measureMs: 50 }, async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await nextTurn()
    underWay -= 1
    return true
  })
  expect([most, underWay]).toEqual([7, 0])
  expect(result.failed).toBe(0)
  expect(result.count).toBeGreaterThan(0)
  expect(result.perSecond).toBeCloseTo(result.count / 0.05)
  expect(result.p50Ms).toBeLessThanOrEqual(result.p99Ms)
})

test('operations that end badly are counted apart', async () => {
  const result = await runLoad({ outstanding: 1, warmupMs: 0, measureMs: 20 }, async () => {
    await nextTurn()
    return false
  })
  expect(result.count).toBe(0)
  expect(result.failed).toBeGreaterThan(0)
})

test('what ends while it warms up is not counted', async () => {
  const results = [false, true]
  const load = { outstanding: 1, warmupMs: 500, measureMs: 1 }
  const result = await runLoad(load, async () => {
    // The first ends within the warm-up, the second only after the end.
    const isDone = results.shift()!
    await new Promise((resolve) => setTimeout(resolve, isDone ? 700 : 0))
    return isDone
  })
  expect([result.count, result.failed]).toEqual([0, 0])
})
