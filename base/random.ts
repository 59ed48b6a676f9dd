// Randomness is a port with integers only, so that a seed replays a run exactly.
import { assert } from './assert.ts'

/** Source of randomness. */
export interface Random {
  /** A uniform integer in [0, limit); limit is 1 … 2^32. */
  below(limit: number): number
  /** True with probability numerator/denominator. */
  ratio(numerator: number, denominator: number): boolean
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
  /** An independent generator; adding a consumer with another label does not shift this one. */
  fork(label: string): Random
}

/** Seeded generator (sfc32: 128 bits of state, public domain algorithm). Not for secrets. */
export class Prng implements Random {
  readonly #seed: string
  readonly #state: Uint32Array

  constructor(seed: string) {
    this.#seed = seed
    this.#state = seedState(seed)
    for (let i = 0; i < 12; i += 1) this.#next()
  }

  below(limit: number): number {
    assert(Number.isInteger(limit) && limit >= 1 && limit <= 0x1_0000_0000, 'limit out of range')
    const rest = 0x1_0000_0000 % limit
    for (;;) {
      const value = this.#next()
      // The last incomplete stripe would favour small results.
      if (value < 0x1_0000_0000 - rest) return value % limit
    }
  }

  ratio(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i += 1) out[i] = this.#next() >>> 24
    return out
  }

  fork(label: string): Random {
    return new Prng(`${this.#seed}/${label}`)
  }

  #next(): number {
    const s = this.#state
    const a = s[0]!
    const b = s[1]!
    const c = s[2]!
    const d = s[3]!
    const out = (a + b + d) >>> 0
    s[3] = d + 1
    s[0] = b ^ (b >>> 9)
    s[1] = c + (c << 3)
    s[2] = ((c << 21) | (c >>> 11)) + out
    return out
  }
}

/** Spreads a text over four words (FNV-1a with a different basis each, then a final mix). */
function seedState(seed: string): Uint32Array {
  const state = new Uint32Array(4)
  for (let lane = 0; lane < 4; lane += 1) {
    let hash = (0x811c9dc5 ^ Math.imul(lane + 1, 0x9e3779b1)) >>> 0
    for (let i = 0; i < seed.length; i += 1) {
      hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193) >>> 0
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
    state[lane] = hash ^ (hash >>> 13)
  }
  return state
}
