// The finished pieces of a copy, in memory.
import { PieceMap, piecesPerTaskMax } from '../core/index.ts'
import type { PieceRecord } from './types.ts'

export class PieceSet {
  readonly #pieces = new Map<number, PieceRecord>()
  readonly #map = new PieceMap()
  #bytes = 0

  get count(): number {
    return this.#map.count
  }

  /** Bytes of all pieces together. */
  get bytes(): number {
    return this.#bytes
  }

  get(num: number): PieceRecord | undefined {
    return this.#pieces.get(num)
  }

  add(piece: PieceRecord): void {
    if (!this.#map.add(piece.num)) return
    this.#pieces.set(piece.num, piece)
    this.#bytes += piece.lengthBytes
  }

  delete(piece: PieceRecord): void {
    if (!this.#map.delete(piece.num)) return
    this.#pieces.delete(piece.num)
    this.#bytes -= piece.lengthBytes
  }

  /** All pieces, in the order of their arrival. */
  values(): IterableIterator<PieceRecord> {
    return this.#pieces.values()
  }

  firstMissing(fromNum: number): number {
    return this.#map.firstMissing(fromNum)
  }

  /** Pieces from `fromNum` that are not in `except`, ascending, at most `limit`. */
  list(fromNum: number, limit: number, except?: PieceMap): PieceRecord[] {
    const found: PieceRecord[] = []
    let num = fromNum < piecesPerTaskMax ? this.#map.firstPresent(fromNum) : undefined
    while (num !== undefined && found.length < limit) {
      if (except?.has(num) !== true) found.push(this.#pieces.get(num)!)
      num = num + 1 < piecesPerTaskMax ? this.#map.firstPresent(num + 1) : undefined
    }
    return found
  }
}
