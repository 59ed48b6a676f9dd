// 128 bits of MurmurHash3 (x86 variant, public domain algorithm) over byte strings. It guards
// against damage and diverging replicas, not against an attacker: only members write the state.

/** Four 32-bit lanes, signed as JavaScript's bit operations leave them. */
export type HashLanes = Int32Array

const c1 = 0x239b961b
const c2 = 0xab0e9789 | 0
const c3 = 0x38b34ae5
const c4 = 0xa1e38b93 | 0

/** Continues the hash in `lanes` with `bytes`: the lanes are the seed and receive the result. */
export function hashInto(lanes: HashLanes, bytes: Uint8Array): void {
  let h1 = lanes[0]!
  let h2 = lanes[1]!
  let h3 = lanes[2]!
  let h4 = lanes[3]!
  const length = bytes.length
  const blocksEnd = length - (length % 16)
  for (let i = 0; i < blocksEnd; i += 16) {
    h1 ^= mix(wordAt(bytes, i), c1, 15, c2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0
    h2 ^= mix(wordAt(bytes, i + 4), c2, 16, c3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0
    h3 ^= mix(wordAt(bytes, i + 8), c3, 17, c4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0
    h4 ^= mix(wordAt(bytes, i + 12), c4, 18, c1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0
  }
  // The rest, zero-filled; the length below tells rests of different lengths apart.
  if (length > blocksEnd + 12) h4 ^= mix(tailWord(bytes, blocksEnd + 12), c4, 18, c1)
  if (length > blocksEnd + 8) h3 ^= mix(tailWord(bytes, blocksEnd + 8), c3, 17, c4)
  if (length > blocksEnd + 4) h2 ^= mix(tailWord(bytes, blocksEnd + 4), c2, 16, c3)
  if (length > blocksEnd) h1 ^= mix(tailWord(bytes, blocksEnd), c1, 15, c2)
  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h3 = finish(h3)
  h4 = finish(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  lanes[0] = h1
  lanes[1] = (h2 + h1) | 0
  lanes[2] = (h3 + h1) | 0
  lanes[3] = (h4 + h1) | 0
}

/** The 16 bytes of a hash: lanes in order, most significant byte first. */
export function lanesToBytes(lanes: HashLanes): Uint8Array {
  const bytes = new Uint8Array(16)
  for (let lane = 0; lane < 4; lane += 1) {
    const word = lanes[lane]!
    for (let i = 0; i < 4; i += 1) bytes[lane * 4 + i] = word >>> (24 - 8 * i)
  }
  return bytes
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function tailWord(bytes: Uint8Array, at: number): number {
  let word = 0
  for (let i = 0; i < 4 && at + i < bytes.length; i += 1) word |= bytes[at + i]! << (8 * i)
  return word
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function mix(word: number, before: number, bits: number, after: number): number {
  return Math.imul(rotate(Math.imul(word, before), bits), after)
}

function finish(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
