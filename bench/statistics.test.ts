import { expect, test } from 'vitest'
import { quantile, spreadOf } from './statistics.ts'

test.each([
  [[5], 0.5, 5],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.51, 3],
  [[1, 2, 3, 4], 0, 1],
  [[1, 2, 3, 4], 1, 4],
  [Array.from({ length: 100 }, (_, i) => i + 1), 0.99, 99],
])('of %j the value below which a share of %d lies is %d', (sorted, share, expected) => {
  expect(quantile(sorted, share)).toBe(expected)
})

test('nothing has no quantile', () => {
  expect(quantile([], 0.5)).toBeNaN()
})

test.each([
  [[3, 1, 2], { median: 2, min: 1, max: 3 }],
  [[4, 1, 2, 3], { median: 2.5, min: 1, max: 4 }],
  [[7], { median: 7, min: 7, max: 7 }],
])('%j comes down to %j', (values, expected) => {
  expect(spreadOf(values)).toEqual(expected)
})
