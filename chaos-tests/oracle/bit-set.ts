// A fixed set of small integers with an incremental hash: which operations a search has placed.
import { assert } from '../../base/index.ts'

/** Members 0 … size-1. */
export class BitSet {
  readonly #words: Uint32Array
  /** Depends on the members only. */
  hash = 0

  constructor(size: number) {
    assert(Number.isSafeInteger(size) && size >= 0, 'a set has a size')
    this.#words = new Uint32Array((size + 31) >>> 5)
  }

  has(member: number): boolean {
    return (this.#words[member >>> 5]! & (1 << (member & 31))) !== 0
  }

  /** Adds the member, or removes it when it is there. */
  toggle(member: number): void {
    this.#words[member >>> 5]! ^= 1 << (member & 31)
    this.hash = (this.hash ^ spread(member + 1)) >>> 0
  }

  /** The words as they are now, to keep. */
  copy(): Uint32Array {
    return this.#words.slice()
  }

  /** Are the members those of a kept copy? */
  equals(words: Uint32Array): boolean {
    for (let i = 0; i < words.length; i += 1) if (words[i] !== this.#words[i]) return false
    return words.length === this.#words.length
  }
}

/** A well mixed number for each member (the finaliser of MurmurHash3), so that XOR is a hash. */
function spread(value: number): number {
  let mixed = Math.imul(value, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
