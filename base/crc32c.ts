// CRC-32C (Castagnoli, RFC 3720 appendix B.4) for folders that see no node:zlib, whose crc32 has
// another polynomial anyway.

const tables = makeTables()

/** CRC-32C of `bytes`, continued from `previous` (the sum of what came before, 0 at the start). */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const [t0, t1, t2, t3] = tables
  const wholeEnd = bytes.length - (bytes.length % 4)
  let sum = ~previous
  let i = 0
  for (; i < wholeEnd; i += 4) {
    sum ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    sum = t3[sum & 0xff]! ^ t2[(sum >>> 8) & 0xff]! ^ t1[(sum >>> 16) & 0xff]! ^ t0[sum >>> 24]!
  }
  for (; i < bytes.length; i += 1) sum = t0[(sum ^ bytes[i]!) & 0xff]! ^ (sum >>> 8)
  return ~sum >>> 0
}

/** One table for each byte of a word, so that four bytes take one step. */
function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const t0 = new Uint32Array(256)
  const t1 = new Uint32Array(256)
  const t2 = new Uint32Array(256)
  const t3 = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte += 1) {
    let sum = byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0)
    t0[byte] = sum
  }
  for (let byte = 0; byte < 256; byte += 1) {
    t1[byte] = (t0[byte]! >>> 8) ^ t0[t0[byte]! & 0xff]!
    t2[byte] = (t1[byte]! >>> 8) ^ t0[t1[byte]! & 0xff]!
    t3[byte] = (t2[byte]! >>> 8) ^ t0[t2[byte]! & 0xff]!
  }
  return [t0, t1, t2, t3]
}
