import { fc, test as property } from './property.suite.ts'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { decodeBatch, encodeEnvelope, joinBatch, stampBatch } from './batch.ts'
import { batchBytesMax, batchCommandsMax, wireDepthMax } from './limits.ts'
import { isAcceptable, pack, packResult, unpack, unpackResult } from './msgpack.ts'
import type { Envelope } from './batch.ts'
import type { Wire } from './wire.ts'

const envelope: Envelope = {
  kind: 258,
  kindVersion: 1,
  seq: 3,
  notAfterMs: 70_000,
  actor: 'op',
  opId: '',
  body: ['é', -1, 1.5, null, true, Uint8Array.of(255), [2 ** 40]],
}

const wire: fc.Arbitrary<Wire> = fc.letrec<{ value: Wire }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((value) => value + 0),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 20 }),
  ),
})).value

describe('batches', () => {
  test('golden bytes', () => {
    const data = stampBatch(joinBatch(300, [encodeEnvelope(envelope)]), 1_700_000_000_123)
    const parts = [
      '9401',
      'cb4278bcfe5687b000',
      'cd012c',
      '91',
      '98',
      '01',
      'cd0102',
      '01',
      '03',
      'ce00011170',
      'a26f70',
      'a0',
      '97a2c3a9ffcb3ff8000000000000c0c3c401ff91cb4270000000000000',
    ]
    expect(toHex(data)).toBe(parts.join(''))
    expect(decodeBatch(data)).toEqual({
      ok: true,
      batch: { wallMs: 1_700_000_000_123, sessionId: 300, commands: [envelope] },
    })
  })

  test('an unstamped batch has wall time 0 and stamping does not change the original', () => {
    const data = joinBatch(1, [encodeEnvelope(envelope)])
    const copy = data.slice()
    const stamped = stampBatch(data, 5.9)
    expect(data).toEqual(copy)
    expect(decodeBatch(data)).toMatchObject({ batch: { wallMs: 0 } })
    expect(decodeBatch(stamped)).toMatchObject({ batch: { wallMs: 5 } })
    expect(decodeBatch(stampBatch(stamped, -3))).toMatchObject({ batch: { wallMs: 0 } })
  })

  test('what is not a batch is left alone by stamping and refused by decoding', () => {
    const data = Uint8Array.of(1, 2, 3)
    expect(stampBatch(data, 1)).toBe(data)
    expect(decodeBatch(data)).toEqual({ ok: false, reason: 'malformed' })
    expect(decodeBatch(new Uint8Array(0))).toEqual({ ok: false, reason: 'malformed' })
  })

  test('holds up to its limit of commands', () => {
    const one = encodeEnvelope({ ...envelope, body: [] })
    const full = joinBatch(
      1,
      Array.from({ length: batchCommandsMax }, () => one),
    )
    const decoded = decodeBatch(full)
    expect(decoded.ok && decoded.batch.commands.length).toBe(batchCommandsMax)
    expect(() => joinBatch(1, [])).toThrow('a batch has commands')
    expect(() =>
      joinBatch(
        1,
        Array.from({ length: batchCommandsMax + 1 }, () => one),
      ),
    ).toThrow()
  })

  test.each([
    ['a newer batch format', [2, 0.5, 1, []], 'unsupported'],
    ['a newer command format', [1, 0, 1, [[2, 'whatever']]], 'unsupported'],
    ['no format', ['x', 0, 1, []], 'malformed'],
    ['a batch without commands', [1, 0, 1, []], 'malformed'],
    ['a command that is no array', [1, 0, 1, [1]], 'malformed'],
    ['kind 0', [1, 0, 1, [[1, 0, 1, 1, 0, '', '', []]]], 'malformed'],
    ['a negative seq', [1, 0, 1, [[1, 9, 1, -1, 0, '', '', []]]], 'malformed'],
    ['a long actor', [1, 0, 1, [[1, 9, 1, 1, 0, 'a'.repeat(257), '', []]]], 'malformed'],
    ['a body that is no array', [1, 0, 1, [[1, 9, 1, 1, 0, '', '', 7]]], 'malformed'],
    ['a field too many', [1, 0, 1, [[1, 9, 1, 1, 0, '', '', [], 1]]], 'malformed'],
    ['a part too many', [1, 0, 1, [[1, 9, 1, 1, 0, '', '', []]], 1], 'malformed'],
    ['a wall time with a fraction', [1, 0.5, 1, [[1, 9, 1, 1, 0, '', '', []]]], 'malformed'],
  ] as const)('refuses %s', (_, value, reason) => {
    expect(decodeBatch(pack(value))).toEqual({ ok: false, reason })
  })

  test('refuses more bytes than an entry may have', () => {
    const data = new Uint8Array(batchBytesMax + 1)
    expect(decodeBatch(data)).toEqual({ ok: false, reason: 'too-large' })
  })

  property('any body comes back as it was', fc.array(wire, { maxLength: 10 }), (body) => {
    const decoded = decodeBatch(joinBatch(7, [encodeEnvelope({ ...envelope, body })]))
    expect(decoded).toEqual({
      ok: true,
      batch: { wallMs: 0, sessionId: 7, commands: [{ ...envelope, body }] },
    })
  })

  property(
    'damaged bytes are refused or read, never thrown about',
    fc.record({
      body: fc.array(wire, { maxLength: 5 }),
      at: fc.nat(),
      value: fc.nat({ max: 255 }),
      cut: fc.nat(),
    }),
    ({ body, at, value, cut }) => {
      const data = joinBatch(7, [encodeEnvelope({ ...envelope, body })])
      data[at % data.length] = value
      expect(typeof decodeBatch(data).ok).toBe('boolean')
      expect(decodeBatch(data.subarray(0, cut % data.length)).ok).toBe(false)
    },
  )

  property('random bytes are refused or read', fc.uint8Array({ maxLength: 200 }), (data) => {
    expect(typeof decodeBatch(data).ok).toBe('boolean')
  })
})

describe('the configured codec', () => {
  property('accepts everything it packs', wire, (value) => {
    const packed = pack(value)
    expect(isAcceptable(packed)).toBe(true)
    expect(unpack(packed)).toEqual(value)
    expect(packed.constructor).toBe(Uint8Array)
    expect(toHex(pack(unpack(packed)!))).toBe(toHex(packed))
  })

  test.each([
    ['an object', '81a16101'],
    ['an extension (undefined)', 'd40000'],
    ['a 64-bit integer', 'cf0000000000000001'],
    ['a signed 64-bit integer', 'd30000000000000001'],
    ['a short float', 'ca3f800000'],
    ['the form nobody uses', 'c1'],
    ['an array that ends early', '9201'],
    ['an array longer than the input', 'ddffffffff'],
    ['bytes longer than the input', 'c6ffffffff00'],
    ['a text longer than the input', 'a261'],
    ['a text of no UTF-8', 'a1ff'],
    ['an overlong form', 'a2c080'],
    ['a surrogate', 'a3eda080'],
    ['a character above the last', 'a4f4908080'],
    ['an overlong form of three', 'a3e08080'],
    ['an overlong form of four', 'a4f0808080'],
    ['a cut character', 'a2e282'],
    ['a continuation byte alone', 'a180'],
    ['a second value', '0101'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    expect(unpack(bytes)).toBeUndefined()
  })

  test('refuses nesting beyond its depth', () => {
    let value: Wire = 1
    for (let depth = 0; depth < wireDepthMax; depth += 1) value = [value]
    expect(isAcceptable(pack(value))).toBe(true)
    expect(isAcceptable(pack([value]))).toBe(false)
  })

  test('results may hold objects', () => {
    const result = { ok: true, list: [{ id: 'a' }], none: null }
    expect(unpackResult(packResult(result))).toEqual(result)
    expect(unpackResult(packResult(undefined))).toBeNull()
  })
})
