import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { membersMax } from '../core/configuration.ts'
import { entryDataBytesMax } from '../core/entry.ts'
import { entriesPerMessageMax, messageTypeCodes } from '../core/message.ts'
import type { AppendRequest, ImageChunk, Message } from '../core/message.ts'
import { imageChunkBytesMax } from '../images.ts'
import { exampleHeader, exampleMessages } from './examples.ts'
import { headerBytes } from './header.ts'
import { decodeMessage, encodeMessage } from './message-codec.ts'

const tooMany = {
  voters: Array.from({ length: membersMax + 1 }, (_, i) => i + 1),
  learners: [],
  learnersNext: [],
  highestId: membersMax + 1,
}

const joined = (...parts: readonly string[]): string => parts.join('')

const goldenSnapshot = joined(
  '0000000000000029',
  '0000000000000008',
  '00000000000003ea',
  '0000000000000028',
  '0000000000000006',
  '01',
  joined('03', '0000000000000001', '0000000000000002', '0000000000000005'),
  joined('03', '0000000000000001', '0000000000000002', '0000000000000003'),
  joined('01', '0000000000000004'),
  joined('01', '0000000000000003'),
)

/** Everything after the header: type and body. */
const goldenBodies: Readonly<Record<Message['type'], string>> = {
  'pre-vote': joined(
    '00',
    '0000000000000005',
    '0000000000000008',
    '00',
    '0000000000000000',
    '0000000000000000',
  ),
  'pre-vote-reply': joined('01', '01', '0000000000000000', '0000000000000000'),
  vote: joined(
    '02',
    '0000000000000005',
    '0000000000000008',
    '01',
    '0000000000000003',
    '0000000000000007',
  ),
  'vote-reply': joined('03', '00', '0000000000000004', '0000000000000007'),
  append: joined(
    '04',
    '0000000000000005',
    '0000000000000008',
    '0000000000000004',
    '0000000000000003',
    '00000002',
    '0000000000000006000000000000000800000000000003e80100000003616263',
    '0000000000000007000000000000000900000000000003e90000000000',
  ),
  'append-reply': joined(
    '05',
    '0000000000000005',
    '01',
    '0000000000000004',
    '0000000000000007',
    '0000000000001000',
    'a0a1a2a3a4a5a6a7a8a9aaabacadaeaf',
  ),
  heartbeat: joined('06', '0000000000000004', '000000000000000b', '0000000000000003'),
  'heartbeat-reply': joined('07', '000000000000000b', '01'),
  'timeout-now': '08',
  proposal: joined('10', '000000000000000c', '00000003', '78797a'),
  'proposal-reply': joined(
    '11',
    '000000000000000c',
    '0000000000000008',
    '0000000000000009',
    '00',
    '0000000000000002',
  ),
  read: joined('12', '000000000000000d'),
  'read-reply': joined('13', '000000000000000d', '0000000000000000', '01', '0000000000000001'),
  removed: joined('09', '0000000000000028'),
  'image-chunk': joined(
    '18',
    '000000000000000e',
    '0000000000000003',
    '01',
    '89abcdef',
    goldenSnapshot,
    '00000005',
    '696d616765',
  ),
  'image-reply': joined('19', '000000000000000e', '0000000000000004', '00'),
}

function withBody(hex: string): Uint8Array {
  const header = encodeMessage(exampleHeader, exampleMessages[0]!).subarray(0, headerBytes)
  return new Uint8Array([...header, ...fromHex(hex)!])
}

describe('golden bytes', () => {
  test.each(exampleMessages)('$type', (message) => {
    const bytes = encodeMessage(exampleHeader, message)
    expect(toHex(bytes.subarray(headerBytes))).toBe(goldenBodies[message.type])
    expect(decodeMessage(bytes)).toEqual({ ok: true, header: exampleHeader, message })
  })

  test.each([
    ['busy', '01'],
    ['old', '02'],
    ['out-of-order', '03'],
    ['damaged', '04'],
    ['not-member', '05'],
    ['unsupported', '06'],
  ] as const)('an image refused as %s', (refusal, code) => {
    const reply = exampleMessages.find((message) => message.type === 'image-reply')!
    const message = { ...reply, refusal } as Message
    const bytes = encodeMessage(exampleHeader, message)
    const golden = joined('19', '000000000000000e', '0000000000000004', code)
    expect(toHex(bytes.subarray(headerBytes))).toBe(golden)
    expect(decodeMessage(bytes)).toEqual({ ok: true, header: exampleHeader, message })
  })

  test('there is one for every type', () => {
    expect(exampleMessages.map((message) => message.type).sort()).toEqual(
      Object.keys(goldenBodies).sort(),
    )
  })

  test('a reply without digest carries zeros', () => {
    const reply = exampleMessages.find((message) => message.type === 'append-reply')!
    const message = { ...reply, digest: { index: 0, digest: new Uint8Array(0) } } as Message
    const bytes = encodeMessage(exampleHeader, message)
    expect(toHex(bytes).endsWith(joined('0000000000000000', '00'.repeat(16)))).toBe(true)
    expect(decodeMessage(bytes)).toEqual({ ok: true, header: exampleHeader, message })
  })
})

describe('refusals', () => {
  test.each(exampleMessages)('every cut of $type is malformed', (message) => {
    const bytes = encodeMessage(exampleHeader, message)
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeMessage(bytes.subarray(0, length))).toEqual({ ok: false, reason: 'malformed' })
    }
  })

  test.each(exampleMessages)('R-20.2 bytes after $type are skipped', (message) => {
    const bytes = new Uint8Array([...encodeMessage(exampleHeader, message), 1, 2, 3])
    expect(decodeMessage(bytes)).toEqual({ ok: true, header: exampleHeader, message })
  })

  test.each([0, 2])('R-20.1 version %i is named before its body is looked at', (version) => {
    const header = { ...exampleHeader, protocolVersion: version }
    const bytes = encodeMessage(header, exampleMessages[0]!)
    bytes[headerBytes] = 0xff
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'protocol-version' })
  })

  test.each([
    ['0a', 'unknown-type'],
    ['1a', 'unknown-type'],
    ['ff', 'unknown-type'],
    ['0102', 'malformed'],
    [joined('130000000000000001000000000000000005', '0000000000000001'), 'malformed'],
    [`10${'00'.repeat(8)}7fffffff`, 'too-large'],
    [joined('19', '000000000000000e', '0000000000000004', '07'), 'malformed'],
  ])('body %s is %s', (hex, reason) => {
    expect(decodeMessage(withBody(hex))).toEqual({ ok: false, reason })
  })

  test('more entries than entriesPerMessageMax are refused before any is read', () => {
    const count = (entriesPerMessageMax + 1).toString(16).padStart(8, '0')
    const bytes = withBody(`04${'00'.repeat(32)}${count}`)
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'too-large' })
  })

  test('an entry above entryDataBytesMax is refused', () => {
    const entry = joined('0000000000000001'.repeat(2), '00'.repeat(8), '01')
    const size = (entryDataBytesMax + 1).toString(16).padStart(8, '0')
    const bytes = withBody(`04${'00'.repeat(32)}00000001${entry}${size}`)
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'too-large' })
  })

  const append = exampleMessages.find((message) => message.type === 'append') as AppendRequest

  test.each([
    ['a gap', { entries: [{ ...append.entries[0]!, index: 7 }] }],
    ['a falling term', { entries: [append.entries[1]!, append.entries[0]!].map(renumber) }],
    ['a term below prevTerm', { prevTerm: 9, entries: [append.entries[0]!] }],
    ['a term above the sender', { entries: [{ ...append.entries[0]!, term: 10 }] }],
    ['a prevTerm above the sender', { prevTerm: 10, entries: [] }],
  ])('an append with %s is malformed', (_what, change) => {
    const bytes = encodeMessage(exampleHeader, { ...append, ...change })
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  const chunk = exampleMessages.find((message) => message.type === 'image-chunk') as ImageChunk

  test('an image chunk above imageChunkBytesMax is refused', () => {
    const hex = goldenBodies['image-chunk'].replace('00000005696d616765', '')
    const size = (imageChunkBytesMax + 1).toString(16).padStart(8, '0')
    expect(decodeMessage(withBody(hex + size))).toEqual({ ok: false, reason: 'too-large' })
    const data = new Uint8Array(imageChunkBytesMax)
    const bytes = encodeMessage(exampleHeader, { ...chunk, data })
    expect(decodeMessage(bytes).ok).toBe(true)
  })

  test.each([
    ['of nothing', { index: 0 }],
    ['without a term', { term: 0 }],
    ['of a term above the sender', { term: 10 }],
    ['older than its configuration', { index: 39 }],
  ])('an image %s is malformed', (_what, change) => {
    const snapshot = { ...chunk.snapshot, ...change }
    const bytes = encodeMessage(exampleHeader, { ...chunk, snapshot })
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  test.each([
    ['voters that do not rise', { voters: [1, 5, 2] }],
    ['a voter twice', { voters: [1, 2, 2] }],
    ['no voter', { voters: [], votersOutgoing: [], learnersNext: [], autoLeave: false }],
    ['a learner that votes', { learners: [3] }],
    ['a waiting learner that is a voter still', { learnersNext: [1] }],
    ['a waiting learner that was none', { learnersNext: [4] }],
    ['replica 0', { learners: [0] }],
    ['a member above highestId', { highestId: 4 }],
    ['an end to a joint configuration that is none', { votersOutgoing: [], learnersNext: [] }],
    ['too many members', tooMany],
  ])('an image whose configuration has %s is malformed', (_what, change) => {
    const configuration = { ...chunk.snapshot.configuration, ...change }
    const snapshot = { ...chunk.snapshot, configuration }
    const bytes = encodeMessage(exampleHeader, { ...chunk, snapshot })
    expect(decodeMessage(bytes)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('a header that speaks of another message is a bug of the sender', () => {
    const message = exampleMessages[0]!
    expect(() => encodeMessage(exampleHeader, { ...message, from: 1 })).toThrow('sender')
    expect(() => encodeMessage(exampleHeader, { ...message, to: 1 })).toThrow('receiver')
    expect(() => encodeMessage(exampleHeader, { ...message, term: 1 })).toThrow('term')
  })
})

describe('properties', () => {
  test('garbage is never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(typeof decodeMessage(bytes).ok).toBe('boolean')
      }),
    )
  })

  test('a body of garbage, whatever its type, is refused or decodes to what encodes again', () => {
    const code = fc.constantFrom(...Object.values(messageTypeCodes))
    const small = fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(255)), { maxLength: 160 })
    fc.assert(
      fc.property(code, small, (type, rest) => {
        const body = toHex(Uint8Array.of(type, ...rest))
        const decoded = decodeMessage(withBody(body))
        if (!decoded.ok) return
        const again = encodeMessage(decoded.header, decoded.message)
        expect(decodeMessage(again)).toEqual(decoded)
      }),
      { numRuns: 3000 },
    )
  })

  test('damage behind an intact header is refused or decodes to a message that encodes again', () => {
    const message = fc.constantFrom(...exampleMessages)
    const damage = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(message, damage, (example, changes) => {
        const bytes = encodeMessage(exampleHeader, example)
        for (const [at, byte] of changes) {
          const offset = headerBytes + at
          if (offset < bytes.length) bytes[offset] = byte
        }
        const decoded = decodeMessage(bytes)
        if (decoded.ok)
          expect(encodeMessage(decoded.header, decoded.message).length).toBeGreaterThan(headerBytes)
      }),
    )
  })
})

test('data that is kept does not keep alive the much larger memory it was read from', () => {
  const pool = new Uint8Array(8192)
  const read = (message: Message): Message => {
    const bytes = encodeMessage(exampleHeader, message)
    pool.set(bytes)
    const decoded = decodeMessage(pool.subarray(0, bytes.length))
    if (!decoded.ok) throw new Error(decoded.reason)
    return decoded.message
  }
  for (const example of exampleMessages) {
    const message = read(example)
    expect(message).toEqual(example)
    if (message.type === 'proposal') expect(message.data.buffer).not.toBe(pool.buffer)
    if (message.type !== 'append') continue
    for (const { data } of message.entries) expect(data.buffer).not.toBe(pool.buffer)
  }
})

function renumber<E extends { readonly index: number }>(entry: E, i: number): E {
  return { ...entry, index: 6 + i }
}
