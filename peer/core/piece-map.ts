// A set of piece numbers as bits, for what a peer has and what it still needs.
import { assert } from '../../base/index.ts'
import { piecesPerTaskMax } from './piece-size.ts'

/** A growing set of piece numbers in 0 … `piecesPerTaskMax` - 1. */
export class PieceMap {
  #words = new Uint32Array(2)
  #count = 0

  /** How many numbers are in the set. */
  get count(): number {
    return this.#count
  }

  has(num: number): boolean {
    assertNum(num)
    const word = this.#words[num >>> 5]
    return word !== undefined && (word & (1 << (num & 31))) !== 0
  }

  /** Adds `num`; false when it was there already. */
  add(num: number): boolean {
    if (this.has(num)) return false
    const index = num >>> 5
    if (index >= this.#words.length) this.#grow(index + 1)
    this.#words[index]! |= 1 << (num & 31)
    this.#count += 1
    return true
  }

  /** Takes `num` out; false when it was not there. */
  delete(num: number): boolean {
    if (!this.has(num)) return false
    this.#words[num >>> 5]! &= ~(1 << (num & 31))
    this.#count -= 1
    return true
  }

  clear(): void {
    this.#words.fill(0)
    this.#count = 0
  }

  /** The smallest number >= `from` that is not in the set. */
  firstMissing(from = 0): number {
    assertNum(from)
    let num = from
    for (;;) {
      const word = this.#words[num >>> 5]
      if (word === undefined) return num
      // A full word is skipped in one step; long finished prefixes are the common case.
      if (word === 0xffff_ffff && (num & 31) === 0) num += 32
      else if ((word & (1 << (num & 31))) === 0) return num
      else num += 1
    }
  }

  /** The smallest number >= `from` in the set; undefined when there is none. */
  firstPresent(from = 0): number | undefined {
    assertNum(from)
    let num = from
    for (;;) {
      const word = this.#words[num >>> 5]
      if (word === undefined) return undefined
      if (word === 0 && (num & 31) === 0) num += 32
      else if ((word & (1 << (num & 31))) !== 0) return num
      else num += 1
    }
  }

  /** The numbers in ascending order. */
  *values(): Generator<number> {
    let num = this.firstPresent(0)
    while (num !== undefined) {
      yield num
      num = num + 1 < piecesPerTaskMax ? this.firstPresent(num + 1) : undefined
    }
  }

  /** True when 0 … `count` - 1 are all in the set. */
  hasAllBelow(count: number): boolean {
    return count === 0 || this.firstMissing(0) >= count
  }

  #grow(wordsMin: number): void {
    const words = new Uint32Array(Math.max(wordsMin, this.#words.length * 2))
    words.set(this.#words)
    this.#words = words
  }
}

function assertNum(num: number): void {
  assert(Number.isInteger(num) && num >= 0 && num < piecesPerTaskMax, 'piece number out of range')
}
