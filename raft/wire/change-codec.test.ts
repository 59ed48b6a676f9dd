import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { changeContextBytesMax, changeOperationsMax } from '../core/member-operation.ts'
import type { ConfigurationChange } from '../core/member-operation.ts'
import { changeEncodedBytes, decodeChange, encodeChange } from './change-codec.ts'

const joined = (...parts: readonly string[]): string => parts.join('')

const none = new Uint8Array(0)

const golden: readonly (readonly [string, string, ConfigurationChange])[] = [
  [
    'every operation',
    joined(
      joined('01', '0000000000000102', '00', '06'),
      joined('00', '0000000000000004'),
      joined('01', '0000000000000005'),
      joined('02', '0000000000000003'),
      joined('03', '0000000000000002'),
      joined('04', '0000000000000001'),
      joined('05', '0000000000000006'),
      joined('00000003', 'a1a2a3'),
    ),
    {
      expectedId: 0x102,
      transition: 'auto',
      operations: [
        { op: 'add-voter', id: 4 },
        { op: 'add-learner', id: 5 },
        { op: 'promote', id: 3 },
        { op: 'demote', id: 2 },
        { op: 'remove', id: 1 },
        { op: 'update', id: 6 },
      ],
      context: Uint8Array.of(0xa1, 0xa2, 0xa3),
    },
  ],
  [
    'joint, left by itself',
    joined('01', '0000000000000000', '01', '01', '04', '0000000000000002', '00000000'),
    {
      expectedId: 0,
      transition: 'joint-implicit',
      operations: [{ op: 'remove', id: 2 }],
      context: none,
    },
  ],
  [
    'joint, left when asked',
    joined('01', '0000000000000007', '02', '01', '00', '0000000000000009', '00000000'),
    {
      expectedId: 7,
      transition: 'joint-explicit',
      operations: [{ op: 'add-voter', id: 9 }],
      context: none,
    },
  ],
  [
    'leave',
    joined('01', '000000000000000b', '00', '00', '00000000'),
    { expectedId: 11, transition: 'auto', operations: [], context: none },
  ],
]

const [, example, exampleChange] = golden[0]!

describe('golden bytes', () => {
  test.each(golden)('%s', (_name, hex, change) => {
    expect(toHex(encodeChange(change))).toBe(hex)
    expect(changeEncodedBytes(change)).toBe(hex.length / 2)
    expect(decodeChange(fromHex(hex)!)).toEqual({ ok: true, change })
  })
})

describe('refusals', () => {
  const malformed = { ok: false, reason: 'malformed' }

  test('every cut, and anything behind, is malformed', () => {
    const bytes = fromHex(example)!
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeChange(bytes.subarray(0, length))).toEqual(malformed)
    }
    expect(decodeChange(new Uint8Array([...bytes, 0]))).toEqual(malformed)
  })

  test.each([
    ['format 0', joined('00', example.slice(2))],
    ['an unknown transition', joined('01', '0000000000000000', '03', '00', '00000000')],
    ['an unknown operation', example.replace('050000000000000006', '060000000000000006')],
    ['replica 0', example.replace('0000000000000004', '0000000000000000')],
    ['an id that is no safe integer', example.replace('0000000000000004', 'ffffffffffffffff')],
    ['a negative expectation', example.replace('0000000000000102', 'ffffffffffffffff')],
    ['too much context', joined('01', '0000000000000000', '00', '00', '00010001')],
    ['too many operations', joined('01', '0000000000000000', '00', '11')],
  ])('%s is malformed', (_what, hex) => {
    expect(hex).not.toBe(example)
    expect(decodeChange(fromHex(hex)!)).toEqual(malformed)
  })

  test('a later format is named: its effect is unknown, so no replica may pass over it', () => {
    expect(decodeChange(fromHex(joined('02', example.slice(2)))!)).toEqual({
      ok: false,
      reason: 'unsupported',
    })
    expect(decodeChange(Uint8Array.of(2))).toEqual({ ok: false, reason: 'unsupported' })
  })

  test('the limits themselves fit', () => {
    const operations = Array.from({ length: changeOperationsMax }, (_, i) => ({
      op: 'add-learner' as const,
      id: i + 1,
    }))
    const change = { ...exampleChange, operations, context: new Uint8Array(changeContextBytesMax) }
    expect(decodeChange(encodeChange(change))).toEqual({ ok: true, change })
  })

  test('beyond the limits is a bug of the writer', () => {
    const context = new Uint8Array(changeContextBytesMax + 1)
    expect(() => encodeChange({ ...exampleChange, context })).toThrow('changeContextBytesMax')
    const operations = Array.from({ length: changeOperationsMax + 1 }, (_, i) => ({
      op: 'update' as const,
      id: i + 1,
    }))
    expect(() => encodeChange({ ...exampleChange, operations })).toThrow('changeOperationsMax')
  })
})

describe('properties', () => {
  const changes: fc.Arbitrary<ConfigurationChange> = fc.record({
    expectedId: fc.nat(),
    transition: fc.constantFrom('auto', 'joint-implicit', 'joint-explicit'),
    operations: fc.array(
      fc.record({
        op: fc.constantFrom('add-voter', 'add-learner', 'promote', 'demote', 'remove', 'update'),
        id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      }),
      { maxLength: changeOperationsMax },
    ),
    context: fc.uint8Array({ maxLength: 40 }),
  })

  test('what was written is read', () => {
    fc.assert(
      fc.property(changes, (change) => {
        expect(decodeChange(encodeChange(change))).toEqual({ ok: true, change })
      }),
    )
  })

  test('garbage is never thrown at, and what is read writes the same bytes again', () => {
    const start = fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(1, ...bytes))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), start), (bytes) => {
        const decoded = decodeChange(bytes)
        if (decoded.ok) expect(encodeChange(decoded.change)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })
})
