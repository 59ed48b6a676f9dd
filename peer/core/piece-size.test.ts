import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, MiB } from '../../base/index.ts'
import {
  contentLengthBytesMax,
  inferPieceSize,
  pieceCountOf,
  pieceRangeOf,
  pieceSizeBytesOf,
  piecesPerTaskMax,
} from './index.ts'

describe('piece size of API v1', () => {
  test.each([
    [-1, 4],
    [0, 4],
    [1, 4],
    [200 * MiB, 4],
    [200 * MiB + 1, 4],
    [299 * MiB, 4],
    [300 * MiB, 5],
    [1 * GiB, 12],
    [1299 * MiB, 14],
    [1300 * MiB, 15],
    [100 * GiB, 15],
  ])('a content of %i bytes has pieces of %i MiB', (lengthBytes, sizeMiB) => {
    expect(pieceSizeBytesOf(lengthBytes)).toBe(sizeMiB * MiB)
  })

  test('the longest content has as many pieces as a task may have', () => {
    const size = pieceSizeBytesOf(contentLengthBytesMax)
    expect(pieceCountOf(contentLengthBytesMax, size)).toBe(piecesPerTaskMax)
  })
})

describe('cutting a content', () => {
  test.each([
    [0, 0],
    [1, 1],
    [4 * MiB, 1],
    [4 * MiB + 1, 2],
  ])('%i bytes make %i pieces', (lengthBytes, count) => {
    expect(pieceCountOf(lengthBytes, 4 * MiB)).toBe(count)
  })

  test('pieces cover the content without gap or overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 97 }),
        (length, size) => {
          let at = 0
          for (let num = 0; num < pieceCountOf(length, size); num += 1) {
            const piece = pieceRangeOf(num, length, size)
            expect(piece.offsetBytes).toBe(at)
            expect(piece.lengthBytes).toBeGreaterThan(0)
            at += piece.lengthBytes
          }
          expect(at).toBe(length)
        },
      ),
    )
  })

  test('any piece but a lone short one tells the size it was cut by', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 97 }),
        (length, size) => {
          const count = pieceCountOf(length, size)
          for (let num = 0; num < count; num += 1) {
            const inferred = inferPieceSize({ num, ...pieceRangeOf(num, length, size) }, length)
            if (count > 1) expect(inferred).toBe(size)
            else expect(pieceCountOf(length, inferred!)).toBe(1)
          }
        },
      ),
    )
  })

  test('the first piece of a content of unknown length does not tell the size', () => {
    expect(inferPieceSize({ num: 0, offsetBytes: 0, lengthBytes: 10 }, -1)).toBeUndefined()
    expect(inferPieceSize({ num: 3, offsetBytes: 10, lengthBytes: 3 }, -1)).toBeUndefined()
  })
})
