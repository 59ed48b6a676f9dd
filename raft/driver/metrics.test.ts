import { expect, test } from 'vitest'
import {
  appendBucketsMs,
  createMetrics,
  loopDelayBucketsMs,
  observeAppend,
  observeLoopDelay,
} from './metrics.ts'

test('a log write falls into the first bucket that holds it, a very slow one into the last', () => {
  const metrics = createMetrics()
  for (const durationMs of [0, 1, 1.5, 2500, 2501, 60_000]) observeAppend(metrics, durationMs)
  expect(metrics.appendDurations).toHaveLength(appendBucketsMs.length + 1)
  expect(metrics.appendDurations).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2])
  expect(metrics.appendDurationSumMs).toBe(65_003.5)
})

test('so does a late tick', () => {
  const metrics = createMetrics()
  for (const delayMs of [0, 0.5, 3, 1000, 1001]) observeLoopDelay(metrics, delayMs)
  expect(metrics.loopDelays).toHaveLength(loopDelayBucketsMs.length + 1)
  expect(metrics.loopDelays).toEqual([2, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1])
  expect(metrics.loopDelaySumMs).toBe(2004.5)
})
