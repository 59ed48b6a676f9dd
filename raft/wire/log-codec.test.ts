import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assert, fromHex, toHex, utf8Encode } from '../../base/index.ts'
import { entryDataBytesMax } from '../core/entry.ts'
import type { Entry } from '../core/entry.ts'
import { encodeChange } from './change-codec.ts'
import {
  decodeEntry,
  decodeHardState,
  encodeEntry,
  encodeHardState,
  entryEncodedBytes,
  hardStateEncodedBytes,
} from './log-codec.ts'

const joined = (...parts: readonly string[]): string => parts.join('')

const none = new Uint8Array(0)

const goldenEntries: readonly (readonly [string, Entry])[] = [
  [
    joined('0000000102030405', '0000000000000007', '0000018bcfe5687b', '01', '00000003', '616263'),
    {
      index: 0x0102030405,
      term: 7,
      type: 'command',
      stampMs: 1_700_000_000_123,
      data: utf8Encode('abc'),
    },
  ],
  [
    joined('0000000000000001', '0000000000000001', '0000000000000000', '00', '00000000'),
    { index: 1, term: 1, type: 'noop', stampMs: 0, data: none },
  ],
  [
    joined('0000000000000002', '0000000000000001', '0000000000000009', '02', '00000001', 'ff'),
    { index: 2, term: 1, type: 'config', stampMs: 9, data: Uint8Array.of(255) },
  ],
  [
    joined(
      joined('0000000000000029', '0000000000000003', '000000000000000a', '02', '00000022'),
      joined('01', '0000000000000007', '00', '02'),
      joined('00', '0000000000000004', '04', '0000000000000001'),
      joined('00000001', 'c0'),
    ),
    {
      index: 41,
      term: 3,
      type: 'config',
      stampMs: 10,
      data: encodeChange({
        expectedId: 7,
        transition: 'auto',
        operations: [
          { op: 'add-voter', id: 4 },
          { op: 'remove', id: 1 },
        ],
        context: Uint8Array.of(0xc0),
      }),
    },
  ],
]

describe('entry', () => {
  test.each(goldenEntries)('golden bytes %s', (hex, entry) => {
    expect(toHex(encodeEntry(entry))).toBe(hex)
    expect(entryEncodedBytes(entry)).toBe(hex.length / 2)
    const decoded = decodeEntry(fromHex(hex)!)
    expect(decoded).toEqual({ ok: true, entry, nextOffset: hex.length / 2 })
  })

  test('is read from an offset and says where the next one starts', () => {
    const first = goldenEntries[0]![1]
    const second = goldenEntries[2]![1]
    const bytes = new Uint8Array([9, 9, ...encodeEntry(first), ...encodeEntry(second)])
    const one = decodeEntry(bytes, 2)
    if (!one.ok) throw new Error(one.reason)
    expect(one.entry).toEqual(first)
    const two = decodeEntry(bytes, one.nextOffset)
    expect(two).toEqual({ ok: true, entry: second, nextOffset: bytes.length })
  })

  test('every cut of an entry is malformed', () => {
    const bytes = encodeEntry(goldenEntries[0]![1])
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeEntry(bytes.subarray(0, length))).toEqual({ ok: false, reason: 'malformed' })
    }
  })

  test.each([
    ['an unknown type', { offset: 24, byte: 3 }],
    ['index 0', { offset: 7, byte: 0 }],
    ['term 0', { offset: 15, byte: 0 }],
    ['an unsafe integer', { offset: 0, byte: 0x20 }],
  ])('%s is malformed', (_what, { offset, byte }) => {
    const bytes = encodeEntry({ index: 1, term: 1, type: 'noop', stampMs: 0, data: none })
    bytes[offset] = byte
    expect(decodeEntry(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('the largest data fits, one byte more is refused', () => {
    const largest = { ...goldenEntries[0]![1], data: new Uint8Array(entryDataBytesMax) }
    const bytes = encodeEntry(largest)
    expect(decodeEntry(bytes).ok).toBe(true)
    new DataView(bytes.buffer).setUint32(25, entryDataBytesMax + 1)
    expect(decodeEntry(bytes)).toEqual({ ok: false, reason: 'too-large' })
    const larger = { ...largest, data: new Uint8Array(entryDataBytesMax + 1) }
    expect(() => encodeEntry(larger)).toThrow('entryDataBytesMax')
  })
})

test('data that is kept does not keep alive the much larger memory it was read from', () => {
  const entry = {
    index: 1,
    term: 1,
    type: 'command',
    stampMs: 1,
    data: Uint8Array.of(1, 2, 3),
  } as const
  const bytes = encodeEntry(entry)
  const pool = new Uint8Array(8192)
  pool.set(bytes, 100)
  const decoded = decodeEntry(pool.subarray(100, 100 + bytes.length))
  assert(decoded.ok, 'it is one entry')
  expect(decoded.entry).toEqual(entry)
  expect(decoded.entry.data.buffer.byteLength).toBe(3)
  const whole = decodeEntry(bytes)
  assert(whole.ok, 'it is one entry')
  expect(whole.entry.data.buffer).toBe(bytes.buffer)
})

describe('hard state', () => {
  const hex = joined('0000000000000005', '0000000000000003', '0001ffffffffffff')
  const hardState = { term: 5, votedFor: 3, commit: 0x1ffffffffffff }

  test('golden bytes', () => {
    expect(toHex(encodeHardState(hardState))).toBe(hex)
    const decoded = decodeHardState(fromHex(hex)!)
    expect(decoded).toEqual({ ok: true, hardState, nextOffset: hardStateEncodedBytes })
  })

  test('R-1.4 a cut or unsafe hard state is refused, not guessed', () => {
    const bytes = fromHex(hex)!
    for (let length = 0; length < bytes.length; length += 1) {
      const decoded = decodeHardState(bytes.subarray(0, length))
      expect(decoded).toEqual({ ok: false, reason: 'malformed' })
    }
    bytes[0] = 0xff
    expect(decodeHardState(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('numbers outside the safe integers cannot be written', () => {
    expect(() => encodeHardState({ ...hardState, term: 2 ** 53 })).toThrow('safe')
    expect(() => encodeHardState({ ...hardState, term: -1 })).toThrow('safe')
  })
})

describe('properties', () => {
  const uint53 = fc.maxSafeNat()
  const entries = fc.record({
    index: uint53.filter((value) => value > 0),
    term: uint53.filter((value) => value > 0),
    type: fc.constantFrom('noop' as const, 'command' as const, 'config' as const),
    stampMs: uint53,
    data: fc.uint8Array({ maxLength: 64 }),
  })

  test('what is encoded is decoded', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const decoded = decodeEntry(encodeEntry(entry))
        expect(decoded).toEqual({ ok: true, entry, nextOffset: entryEncodedBytes(entry) })
      }),
    )
  })

  test('garbage is never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(90), (bytes, offset) => {
        const decoded = decodeEntry(bytes, offset)
        if (decoded.ok)
          expect(encodeEntry(decoded.entry)).toEqual(bytes.slice(offset, decoded.nextOffset))
        expect(typeof decodeHardState(bytes, offset).ok).toBe('boolean')
      }),
    )
  })
})
