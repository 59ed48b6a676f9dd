import { describe, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { encodeKey, slotCount, slotOf } from './keys.ts'
import { slottedTableBytes, tableBytes } from './table-definition.ts'

describe('stored keys', () => {
  test('slots are those of a Redis cluster', () => {
    // The check value of CRC-16/XMODEM is 0x31c3 for the digits 1 … 9.
    expect(slotOf('123456789')).toBe(0x31c3 % slotCount)
    expect(slotOf('foo')).toBe(12_182)
    expect(slotOf('')).toBe(0)
  })

  test('golden bytes of a slotted key', () => {
    const key = encodeKey(tableBytes.peers, slotOf('123456789'), ['123456789', 'pé'])
    expect(toHex(key)).toBe(['12', '31c3', '0009', '313233343536373839', '0003', '70c3a9'].join(''))
  })

  test('R-17.4 golden bytes of keys with numbers and without parts', () => {
    expect(toHex(encodeKey(tableBytes.clock, undefined, []))).toBe('07')
    expect(toHex(encodeKey(tableBytes.results, undefined, [258, 2 ** 53 - 1]))).toBe(
      ['06', '0000000000000102', '001fffffffffffff'].join(''),
    )
  })

  test('no id imitates a longer one', () => {
    const keys = [
      encodeKey(1, undefined, ['a', 'b']),
      encodeKey(1, undefined, ['ab', '']),
      encodeKey(1, undefined, ['', 'ab']),
      encodeKey(1, undefined, ['a\u0000\u0001b']),
    ].map(toHex)
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('refuses what does not fit', () => {
    expect(() => encodeKey(1, undefined, ['x'.repeat(65_536)])).toThrow('too long')
    expect(() => encodeKey(1, undefined, [-1])).toThrow('safe integer')
    expect(() => encodeKey(1, undefined, [2 ** 53])).toThrow('safe integer')
  })

  test('table bytes are frozen', () => {
    expect(tableBytes).toEqual({
      meta: 1,
      members: 2,
      config: 3,
      features: 4,
      sessions: 5,
      results: 6,
      clock: 7,
      digest: 8,
      tombstones: 9,
      continuations: 10,
      outbox: 11,
      waiters: 12,
      hosts: 16,
      tasks: 17,
      peers: 18,
      edges: 19,
      memberProgress: 20,
      memberSupport: 21,
      joins: 22,
      removedMembers: 23,
      hostBlocks: 24,
      joinTokens: 25,
      acknowledged: 26,
      hostJoins: 27,
    })
    expect(slottedTableBytes).toEqual([12, 17, 18, 19])
  })
})
