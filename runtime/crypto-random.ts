import { randomBytes } from 'node:crypto'
import { Prng, toHex } from '../base/index.ts'
import type { Random } from '../base/index.ts'

/** A generator seeded once from the system; log `seed` at start so that a run can be explained. */
export function systemRandom(): { readonly random: Random; readonly seed: string } {
  const seed = toHex(randomBytes(16))
  return { random: new Prng(seed), seed }
}

/** A 128-bit identifier from the system's generator: 32 lower-case hex characters. */
export function randomId(): string {
  return toHex(randomBytes(16))
}

/** A secret of 256 bits from the system's generator: 64 lower-case hex characters. */
export function randomSecret(): string {
  return toHex(randomBytes(32))
}
