import { expect, test } from 'vitest'
import type { StateReader } from '../replication/index.ts'
import { rangeOfText, rangeText } from './fields.ts'
import { wallTimeOf } from './task-reply.ts'

function readerAt(clusterClockMs: number, wallMs: number): StateReader {
  const reader: Partial<StateReader> = { get: () => ({ clusterClockMs, wallMs }) as never }
  return reader as StateReader
}

test('what lies back in cluster time lies as far back in time of day', () => {
  const wallTime = wallTimeOf(readerAt(10_000, 1_700_000_000_500))
  expect(wallTime(10_000)).toEqual({ seconds: 1_700_000_000, nanos: 500_000_000 })
  expect(wallTime(8_750)).toEqual({ seconds: 1_699_999_999, nanos: 250_000_000 })
})

test('without a time of day nothing is earlier than 1970', () => {
  expect(wallTimeOf(readerAt(10_000, 0))(5_000)).toEqual({ seconds: 0, nanos: 0 })
})

test('ranges of API v2 are stored as those of v1, and shown as told', () => {
  const range = { start: 5, length: 10 }
  expect(rangeText(range, 'range')).toBe('5-14')
  expect(rangeOfText('5-14')).toEqual(range)
  for (const text of ['', '5-', '-5', '7-6', 'x-y']) expect(rangeOfText(text)).toBeUndefined()
})
