import { expect, test } from 'vitest'
import { Prng } from './random.ts'
import { crc32c } from './crc32c.ts'

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

test('the test vectors of RFC 3720 and the usual check value', () => {
  expect(crc32c(ascii('123456789'))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i))).toBe(0x113fdb5c)
  expect(crc32c(new Uint8Array(0))).toBe(0)
})

test('a sum can be continued anywhere, and every changed bit changes it', () => {
  const random = new Prng('crc')
  const bytes = random.bytes(257)
  const whole = crc32c(bytes)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(whole)
  }
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = bytes.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(crc32c(changed)).not.toBe(whole)
  }
})
