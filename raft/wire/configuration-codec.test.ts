import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'
import {
  configurationEncodedBytes,
  decodeConfiguration,
  encodeConfiguration,
  readSnapshot,
  snapshotEncodedBytes,
  writeSnapshot,
} from './configuration-codec.ts'
import { exampleConfiguration } from './examples.ts'

const joined = (...parts: readonly string[]): string => parts.join('')

const golden: readonly (readonly [string, string, Configuration])[] = [
  [
    'joint',
    joined(
      joined('0000000000000028', '0000000000000006', '01'),
      joined('03', '0000000000000001', '0000000000000002', '0000000000000005'),
      joined('03', '0000000000000001', '0000000000000002', '0000000000000003'),
      joined('01', '0000000000000004'),
      joined('01', '0000000000000003'),
    ),
    exampleConfiguration,
  ],
  [
    'one voter',
    joined('0000000000000000', '0000000000000001', '00', '01', '0000000000000001', '000000'),
    initialConfiguration({ voters: [1] }),
  ],
]

describe('configuration', () => {
  test.each(golden)('golden bytes: %s', (_name, hex, configuration) => {
    expect(toHex(encodeConfiguration(configuration))).toBe(hex)
    expect(configurationEncodedBytes(configuration)).toBe(hex.length / 2)
    expect(decodeConfiguration(fromHex(hex)!)).toEqual(configuration)
  })

  test('every cut, and anything behind, is none', () => {
    const bytes = encodeConfiguration(exampleConfiguration)
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeConfiguration(bytes.subarray(0, length))).toBeUndefined()
    }
    expect(decodeConfiguration(new Uint8Array([...bytes, 0]))).toBeUndefined()
  })

  test('garbage is never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        const configuration = decodeConfiguration(bytes)
        if (configuration !== undefined) expect(encodeConfiguration(configuration)).toEqual(bytes)
      }),
    )
  })
})

describe('snapshot', () => {
  const snapshot = { index: 41, term: 8, configuration: exampleConfiguration, clusterClockMs: 1002 }
  const hex = joined('0000000000000029', '0000000000000008', '00000000000003ea', golden[0]![1])

  test('golden bytes', () => {
    const writer = new ByteWriter(snapshotEncodedBytes(snapshot))
    writeSnapshot(writer, snapshot)
    expect(toHex(writer.bytes)).toBe(hex)
    expect(readSnapshot(new ByteReader(fromHex(hex)!))).toEqual(snapshot)
  })

  test('every cut is none', () => {
    const bytes = fromHex(hex)!
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readSnapshot(new ByteReader(bytes.subarray(0, length)))).toBeUndefined()
    }
  })

  test.each([
    ['covers nothing', { index: 0 }],
    ['has no term', { term: 0 }],
    ['is older than its configuration', { index: 39 }],
  ])('one that %s is none', (_what, change) => {
    const writer = new ByteWriter(snapshotEncodedBytes(snapshot))
    writeSnapshot(writer, { ...snapshot, ...change })
    expect(readSnapshot(new ByteReader(writer.bytes))).toBeUndefined()
  })
})
