// Which pieces a peer has: a bitset, least significant bit first, without trailing zero bytes.
import { assert } from '../../base/index.ts'
import { pieceCountMax } from './limits.ts'

const bitsetBytesMax = pieceCountMax / 8

/**
 * The union of `bits` and a part of a bitset that begins at piece `firstPiece` (a multiple of 8).
 * Returns `bits` itself when nothing is new. The caller has checked the limit.
 */
export function withPieces(bits: Uint8Array, firstPiece: number, part: Uint8Array): Uint8Array {
  assert(firstPiece % 8 === 0, 'a part begins at a whole byte')
  const offset = firstPiece / 8
  let length = part.length
  while (length > 0 && part[length - 1] === 0) length -= 1
  assert(offset + length <= bitsetBytesMax, 'a bitset is bounded')
  let isNew = offset + length > bits.length && length > 0
  for (let i = 0; i < length && !isNew; i += 1) {
    isNew = (part[i]! & ~bits[offset + i]!) !== 0
  }
  if (!isNew) return bits
  const out = new Uint8Array(offset + length > bits.length ? offset + length : bits.length)
  out.set(bits)
  for (let i = 0; i < length; i += 1) out[offset + i] = out[offset + i]! | part[i]!
  return out
}

/** Number of pieces in a bitset. */
export function countPieces(bits: Uint8Array): number {
  let count = 0
  for (const byte of bits) {
    for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1
  }
  return count
}

/** Tells whether a part of a bitset stays within the largest piece number. */
export function isWithinPieces(firstPiece: number, part: Uint8Array): boolean {
  return firstPiece % 8 === 0 && firstPiece / 8 + part.length <= bitsetBytesMax
}
