import { expect, test } from 'vitest'
import { toHex, utf8Encode } from '../../base/index.ts'
import { hashInto } from './hash.ts'

function hashHex(text: string): string {
  const lanes = new Int32Array(4)
  hashInto(lanes, utf8Encode(text))
  return [...lanes].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}

test('hashes as the published 128-bit x86 variant does', () => {
  expect(hashHex('')).toBe('00000000000000000000000000000000')
  expect(hashHex("I will not buy this tobacconist's, it is scratched.")).toBe(
    '9b5b7ba2ef3f7866889adeaf00f3f98e',
  )
})

test('tells rests of every length apart, and zeros from nothing', () => {
  const seen = new Set<string>()
  for (let length = 0; length <= 33; length += 1) {
    const lanes = Int32Array.of(1, 2, 3, 4)
    hashInto(lanes, new Uint8Array(length))
    seen.add(toHex(new Uint8Array(lanes.buffer)))
  }
  expect(seen.size).toBe(34)
})
