import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'
import { exampleHeader } from './examples.ts'
import { checkHeader, headerBytes, readHeader, writeHeader } from './header.ts'
import type { MessageHeader } from './header.ts'
import { messageTypeCodes } from '../core/message.ts'
import type { Message } from '../core/message.ts'

const joined = (...parts: readonly string[]): string => parts.join('')

const golden = joined(
  '005e',
  '0001',
  '00000000',
  '000102030405060708090a0b0c0d0e0f',
  '0000000000000002',
  '101112131415161718191a1b1c1d1e1f',
  '202122232425262728292a2b2c2d2e2f',
  '0000000000000003',
  '303132333435363738393a3b3c3d3e3f',
  '0000000000000009',
)

function encode(header: MessageHeader): Uint8Array {
  const writer = new ByteWriter(headerBytes)
  writeHeader(writer, header)
  return writer.bytes
}

describe('header bytes', () => {
  test('golden bytes', () => {
    expect(toHex(encode(exampleHeader))).toBe(golden)
    expect(readHeader(new ByteReader(fromHex(golden)!))).toEqual(exampleHeader)
  })

  test('R-20.2 fields a newer version appends are skipped', () => {
    const longer = fromHex(`0061${golden.slice(4)}aabbcc77`)!
    const reader = new ByteReader(longer)
    expect(readHeader(reader)).toEqual(exampleHeader)
    expect(reader.uint8()).toBe(0x77)
  })

  test('a shorter header, a cut one, and ids of nobody are malformed', () => {
    const bytes = fromHex(golden)!
    expect(readHeader(new ByteReader(fromHex(`005d${golden.slice(4)}`)!))).toBeUndefined()
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readHeader(new ByteReader(bytes.subarray(0, length)))).toBeUndefined()
    }
    const nobody = { ...exampleHeader, from: { ...exampleHeader.from, replicaId: 0 } }
    expect(readHeader(new ByteReader(encode(nobody)))).toBeUndefined()
  })

  test('an id that is not 32 hex characters is a bug of the writer', () => {
    expect(() => encode({ ...exampleHeader, clusterId: 'abc' })).toThrow('32')
    expect(() => encode({ ...exampleHeader, clusterId: 'Z'.repeat(32) })).toThrow('32')
  })
})

describe('R-20.1 R-15.1 checkHeader', () => {
  const self = {
    clusterId: exampleHeader.clusterId,
    group: 0,
    replicaId: 3,
    incarnation: exampleHeader.to.incarnation,
  }
  const members = new Map([
    [2, { incarnation: exampleHeader.from.incarnation }],
    [3, { incarnation: exampleHeader.to.incarnation }],
  ])
  const other = 'f'.repeat(32)

  test('a message of a member to us is taken', () => {
    expect(checkHeader(exampleHeader, self, members)).toEqual({ ok: true })
  })

  const cases: readonly (readonly [string, string, MessageHeader])[] = [
    ['a lower version', 'protocol-version', { ...exampleHeader, protocolVersion: 0 }],
    ['a higher version', 'protocol-version', { ...exampleHeader, protocolVersion: 2 }],
    ['another cluster', 'wrong-cluster', { ...exampleHeader, clusterId: other }],
    ['another group', 'wrong-target', { ...exampleHeader, group: 1 }],
    [
      'another replica',
      'wrong-target',
      { ...exampleHeader, to: { ...exampleHeader.to, replicaId: 4 } },
    ],
    [
      'an earlier incarnation of us',
      'wrong-incarnation',
      { ...exampleHeader, to: { ...exampleHeader.to, incarnation: other } },
    ],
    [
      'an earlier incarnation of the sender',
      'wrong-incarnation',
      { ...exampleHeader, from: { ...exampleHeader.from, incarnation: other } },
    ],
    [
      'a stranger',
      'unknown-sender',
      { ...exampleHeader, from: { ...exampleHeader.from, replicaId: 8 } },
    ],
    [
      'somebody who claims to be us',
      'unknown-sender',
      { ...exampleHeader, from: { ...self, bootId: exampleHeader.from.bootId } },
    ],
  ]

  test.each(cases)('%s is refused as %s', (_who, reason, header) => {
    expect(checkHeader(header, self, members)).toEqual({ ok: false, reason })
  })

  const stranger = { ...exampleHeader, from: { ...exampleHeader.from, replicaId: 8 } }

  test.each([
    ['pre-vote', true],
    ['pre-vote-reply', false],
    ['vote', true],
    ['vote-reply', false],
    ['append', true],
    ['append-reply', false],
    ['heartbeat', true],
    ['heartbeat-reply', false],
    ['timeout-now', true],
    ['removed', true],
    ['proposal', false],
    ['proposal-reply', false],
    ['read', false],
    ['read-reply', false],
    ['image-chunk', true],
    ['image-reply', false],
  ] as const)("R-11.9 R-11.10 a stranger's %s reaches the core: %s", (type, isTaken) => {
    const refused = { ok: false, reason: 'unknown-sender' }
    expect(checkHeader(stranger, self, members, type)).toEqual(isTaken ? { ok: true } : refused)
  })

  test.each(Object.keys(messageTypeCodes) as Message['type'][])(
    'R-15.1 R-15.2 a %s of another cluster, to or from another incarnation is never taken',
    (type) => {
      const elsewhere = { ...stranger, clusterId: other }
      const toEarlier = { ...stranger, to: { ...stranger.to, incarnation: other } }
      const fromEarlier = { ...exampleHeader, from: { ...exampleHeader.from, incarnation: other } }
      const reasonOf = (header: MessageHeader) => checkHeader(header, self, members, type)
      expect(reasonOf(elsewhere)).toEqual({ ok: false, reason: 'wrong-cluster' })
      expect(reasonOf(toEarlier)).toEqual({ ok: false, reason: 'wrong-incarnation' })
      expect(reasonOf(fromEarlier)).toEqual({ ok: false, reason: 'wrong-incarnation' })
    },
  )
})
