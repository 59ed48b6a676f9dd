// Whole-content digests as dfget takes them: `algo:hex`.
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { fromHex } from '../../base/index.ts'
import { StoreError } from './errors.ts'

const hexLengths: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 }

/** A digest to hold a content against. */
export interface ExpectedDigest {
  readonly algorithm: string
  /** Lower-case. */
  readonly hex: string
}

/** Reads `algo:hex` (md5, sha1, sha256, sha512; hex in any case). PEER_DIGEST_INVALID. */
export function parseDigest(text: string): ExpectedDigest {
  const colon = text.indexOf(':')
  const algorithm = text.slice(0, Math.max(colon, 0)).toLowerCase()
  const hex = text.slice(colon + 1).toLowerCase()
  if (!Object.hasOwn(hexLengths, algorithm)) {
    const known = Object.keys(hexLengths).join(', ')
    throw new StoreError('PEER_DIGEST_INVALID', `a digest is algo:hex, algo one of ${known}`)
  }
  if (hex.length !== hexLengths[algorithm] || fromHex(hex) === undefined) {
    const length = hexLengths[algorithm]!
    throw new StoreError('PEER_DIGEST_INVALID', `a ${algorithm} digest has ${length} hex digits`)
  }
  return { algorithm, hex }
}

/** Hashes a content as it passes by and compares at the end. */
export class DigestCheck {
  readonly #expected: ExpectedDigest
  readonly #hash: Hash

  constructor(expected: ExpectedDigest) {
    this.#expected = expected
    this.#hash = createHash(expected.algorithm)
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk)
  }

  /** PEER_DIGEST_MISMATCH when the content is another one. */
  verify(): void {
    const found = this.#hash.digest('hex')
    const { algorithm, hex } = this.#expected
    if (found === hex) return
    throw new StoreError(
      'PEER_DIGEST_MISMATCH',
      `the content has ${algorithm} ${found}, expected ${hex}`,
    )
  }
}

/** SHA-256 (hex) over the pieces' md5 texts in order: what v1 calls piece_md5_sign. */
export function pieceMd5SignOf(pieces: Iterable<{ readonly md5: string }>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece.md5)
  return hash.digest('hex')
}
