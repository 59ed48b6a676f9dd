import { describe, expect, test } from 'vitest'
import { FieldReader, WireFormatError } from './wire.ts'

const bytes = Uint8Array.of(1, 2)

describe('FieldReader', () => {
  test('reads each kind of field in turn', () => {
    const fields = new FieldReader([
      'a',
      null,
      'b',
      7,
      null,
      8,
      1.5,
      true,
      bytes,
      'two',
      [1, 2],
      [3],
      'r',
    ])
    expect(fields.text(1)).toBe('a')
    expect(fields.textOrNull(1)).toBeNull()
    expect(fields.textOrNull(1)).toBe('b')
    expect(fields.integer()).toBe(7)
    expect(fields.integerOrNull()).toBeNull()
    expect(fields.integerOrNull()).toBe(8)
    expect(fields.number()).toBe(1.5)
    expect(fields.boolean()).toBe(true)
    expect(fields.bytes(2)).toBe(bytes)
    expect(fields.oneOf(['one', 'two'])).toBe('two')
    expect(fields.list(2, (items) => items.integer())).toEqual([1, 2])
    expect(fields.nested((inner) => inner.integer())).toBe(3)
    expect(fields.isNull()).toBe(false)
    expect(fields.remaining).toBe(1)
    expect(fields.raw()).toBe('r')
    fields.end()
  })

  test.each([
    ['text too long', ['ab'], (f: FieldReader): unknown => f.text(1)],
    ['a number for a text', [1], (f: FieldReader): unknown => f.text(1)],
    ['null for a text', [null], (f: FieldReader): unknown => f.text(1)],
    ['a fraction for an integer', [0.5], (f: FieldReader): unknown => f.integer()],
    ['an unsafe integer', [2 ** 53], (f: FieldReader): unknown => f.integer()],
    ['an integer below its range', [-1], (f: FieldReader): unknown => f.integer()],
    ['an integer above its range', [3], (f: FieldReader): unknown => f.integer(0, 2)],
    ['infinity for a number', [Infinity], (f: FieldReader): unknown => f.number()],
    ['a text for a boolean', ['true'], (f: FieldReader): unknown => f.boolean()],
    ['bytes too long', [bytes], (f: FieldReader): unknown => f.bytes(1)],
    ['an array for bytes', [[1]], (f: FieldReader): unknown => f.bytes(1)],
    ['an unknown word', ['three'], (f: FieldReader): unknown => f.oneOf(['one'])],
    [
      'a list too long',
      [[1, 2]],
      (f: FieldReader): unknown => f.list(1, (items) => items.integer()),
    ],
    ['a text for a list', ['ab'], (f: FieldReader): unknown => f.list(9, (items) => items.raw())],
    [
      'an item of the wrong kind',
      [['x']],
      (f: FieldReader): unknown => f.list(1, (items) => items.integer()),
    ],
    [
      'a nested array not read',
      [[1, 2]],
      (f: FieldReader): unknown => f.nested((inner) => inner.integer()),
    ],
    [
      'a text for a nested array',
      ['a'],
      (f: FieldReader): unknown => f.nested((inner) => inner.raw()),
    ],
    ['a missing field', [], (f: FieldReader): unknown => f.raw()],
    ['a field too many', [1], (f: FieldReader): unknown => f.end()],
  ] as const)('refuses %s', (_, fields, read: (reader: FieldReader) => unknown) => {
    expect(() => read(new FieldReader(fields))).toThrow(WireFormatError)
  })
})
