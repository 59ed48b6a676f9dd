import { expect, test } from 'vitest'
import { bytesPerPeer } from './memory.ts'

test('growth is divided by the peers, the heap and what lies outside of it together', () => {
  const before = { heapBytes: 1_000, externalBytes: 500, residentBytes: 10_000 }
  const after = { heapBytes: 3_000, externalBytes: 1_500, residentBytes: 16_000 }
  expect(bytesPerPeer(before, after, 10)).toEqual({ heap: 300, resident: 600 })
})
