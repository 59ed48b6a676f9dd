// How a content is cut into pieces. Every peer of a task must cut alike, so these are API v1's
// rules.
import { assert, MiB } from '../../base/index.ts'

/** Piece size up to 200 MiB, and of contents whose length is not known. */
export const pieceSizeBytesDefault = 4 * MiB

/** Piece size that longer contents never exceed. */
export const pieceSizeBytesMax = 15 * MiB

/** Pieces one task may have; numbers from 2^30 on mean "end of stream" on the wire. */
export const piecesPerTaskMax = 1_048_576

/** Longest content a peer takes, in bytes (16 TiB less one piece). */
export const contentLengthBytesMax = piecesPerTaskMax * pieceSizeBytesMax

/** A length that is not known yet, on the wire and in records. */
export const lengthUnknown = -1

/** Piece size in bytes for a content of `contentLengthBytes`; a negative length means unknown. */
export function pieceSizeBytesOf(contentLengthBytes: number): number {
  assert(Number.isSafeInteger(contentLengthBytes), 'a content length is a safe integer')
  if (contentLengthBytes <= 200 * MiB) return pieceSizeBytesDefault
  const hundreds = Math.floor(contentLengthBytes / (100 * MiB))
  return Math.min(pieceSizeBytesDefault + (hundreds - 2) * MiB, pieceSizeBytesMax)
}

/** Number of pieces of a content of known length; an empty content has none. */
export function pieceCountOf(contentLengthBytes: number, pieceSizeBytes: number): number {
  assert(Number.isSafeInteger(contentLengthBytes) && contentLengthBytes >= 0, 'length is known')
  assert(Number.isSafeInteger(pieceSizeBytes) && pieceSizeBytes >= 1, 'a piece holds a byte')
  return Math.ceil(contentLengthBytes / pieceSizeBytes)
}

/** Offset and length in bytes of piece `num` of a content of known length. */
export function pieceRangeOf(
  num: number,
  contentLengthBytes: number,
  pieceSizeBytes: number,
): { readonly offsetBytes: number; readonly lengthBytes: number } {
  const count = pieceCountOf(contentLengthBytes, pieceSizeBytes)
  assert(Number.isSafeInteger(num) && num >= 0 && num < count, 'the piece is part of the content')
  const offsetBytes = num * pieceSizeBytes
  return { offsetBytes, lengthBytes: Math.min(pieceSizeBytes, contentLengthBytes - offsetBytes) }
}

/**
 * The piece size a parent cuts by, from one of its pieces; undefined when that piece does not tell
 * (the first and only one of an unknown length may be short).
 */
export function inferPieceSize(
  piece: { readonly num: number; readonly offsetBytes: number; readonly lengthBytes: number },
  contentLengthBytes: number,
): number | undefined {
  const { num, offsetBytes, lengthBytes } = piece
  if (num > 0) return offsetBytes % num === 0 ? offsetBytes / num : undefined
  if (contentLengthBytes > lengthBytes) return lengthBytes
  // The only piece: any size that holds it cuts alike.
  if (contentLengthBytes === lengthBytes) return pieceSizeBytesOf(contentLengthBytes)
  return undefined
}
