import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parseContentRange,
  parseRangeHeader,
  parseRangeText,
  rangeHeader,
  resolveRange,
} from './index.ts'

describe('range texts', () => {
  test.each([
    ['0-9', { kind: 'bounded', range: { startBytes: 0, lengthBytes: 10 } }],
    [' 5-5 ', { kind: 'bounded', range: { startBytes: 5, lengthBytes: 1 } }],
    ['7-', { kind: 'from', startBytes: 7 }],
    ['-3', { kind: 'suffix', lengthBytes: 3 }],
  ])('%j is read', (text, expected) => {
    expect(parseRangeText(text)).toEqual({ ok: true, ...expected })
  })

  test.each([
    ['', 'no-range'],
    ['0-1,3-4', 'several-ranges'],
    ['9-0', 'malformed'],
    ['-', 'malformed'],
    ['-0', 'malformed'],
    ['a-b', 'malformed'],
    ['1', 'malformed'],
    ['0x1-2', 'malformed'],
    ['+1-2', 'malformed'],
    ['1--2', 'malformed'],
    ['0-99999999999999999999', 'malformed'],
    [`0-${' '.repeat(100)}1`, 'malformed'],
  ])('%j is refused: %s', (text, reason) => {
    expect(parseRangeText(text)).toEqual({ ok: false, reason })
  })

  test('the header needs the unit bytes', () => {
    expect(parseRangeHeader('Bytes=0-1')).toMatchObject({ ok: true })
    expect(parseRangeHeader('items=0-1')).toEqual({ ok: false, reason: 'malformed' })
    expect(parseRangeHeader('0-1')).toEqual({ ok: false, reason: 'malformed' })
    expect(parseRangeHeader(undefined)).toEqual({ ok: false, reason: 'no-range' })
  })

  test('a written header reads as what was written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1e9 }), (startBytes, lengthBytes) => {
        const read = parseRangeHeader(rangeHeader({ startBytes, lengthBytes }))
        expect(read).toEqual({ ok: true, kind: 'bounded', range: { startBytes, lengthBytes } })
      }),
    )
  })

  test('no text makes the parser fail, and what it accepts lies inside of the content', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789-, =') }),
        fc.nat(),
        (text, length) => {
          const range = resolveRange(parseRangeText(text), length)
          if (range === undefined) return
          expect(range.startBytes).toBeGreaterThanOrEqual(0)
          expect(range.lengthBytes).toBeGreaterThan(0)
          expect(range.startBytes + range.lengthBytes).toBeLessThanOrEqual(length)
        },
      ),
    )
  })

  test.each([
    ['0-9', 5, { startBytes: 0, lengthBytes: 5 }],
    ['3-', 5, { startBytes: 3, lengthBytes: 2 }],
    ['-2', 5, { startBytes: 3, lengthBytes: 2 }],
    ['-9', 5, { startBytes: 0, lengthBytes: 5 }],
    ['5-6', 5, undefined],
    ['-1', 0, undefined],
  ])('%s of %i bytes', (text, length, expected) => {
    expect(resolveRange(parseRangeText(text), length)).toEqual(expected)
  })
})

describe('content range', () => {
  test.each([
    ['bytes 0-9/100', { startBytes: 0, lengthBytes: 10, totalBytes: 100 }],
    ['bytes 5-9/*', { startBytes: 5, lengthBytes: 5, totalBytes: -1 }],
    ['bytes */100', undefined],
    ['bytes 0-9', undefined],
    ['bytes 0-9/x', undefined],
    ['items 0-9/100', undefined],
    [undefined, undefined],
  ])('%j', (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected)
  })
})
