// Cells in the order of an index: a list of sorted pieces of bounded length. Finding costs two
// binary searches; adding and removing move at most one piece, so that a million rows stay cheap
// and a handful cost one small array.
import { assert, compareUtf8 } from '../../base/index.ts'
import type { OrderValue, RowFunction } from './table-definition.ts'

/** A row's place in memory: indexes hold the cell, so replacing a row in place costs nothing. */
export interface Cell {
  row: object
  modIndex: number
  /** Hash of the stored key and value when the row was last settled; all 0 before. */
  hash0: number
  hash1: number
  hash2: number
  hash3: number
}

/** Sort fields of an index. */
export type OrderFields = readonly RowFunction<object, OrderValue>[]

const pieceLengthMax = 256
/** Leaves room for rows that come later. */
const pieceLengthLoaded = 192

/** The rows of one group of one index. */
export class SortedCells {
  readonly #order: OrderFields
  #pieces: Cell[][] = [[]]
  #size = 0

  constructor(order: OrderFields) {
    this.#order = order
  }

  /** All cells at once, in any order: what loading a state uses instead of a million `add`s. */
  static of(order: OrderFields, cells: readonly Cell[]): SortedCells {
    const sorted = new SortedCells(order)
    const inOrder = isSorted(order, cells) ? cells : sortCells(order, cells)
    assert(isSorted(order, inOrder), 'the sort fields of an index tell its rows apart')
    const pieces: Cell[][] = []
    for (let at = 0; at < inOrder.length; at += pieceLengthLoaded) {
      pieces.push(inOrder.slice(at, at + pieceLengthLoaded))
    }
    if (pieces.length > 0) sorted.#pieces = pieces
    sorted.#size = inOrder.length
    return sorted
  }

  /**
   * The same with many cells, in steps of about `stepCells`: sorted runs, merged two by two.
   * Between two steps others get their turn.
   */
  static *steps(
    order: OrderFields,
    cells: readonly Cell[],
    stepCells: number,
  ): Generator<undefined, SortedCells> {
    let runs: (readonly Cell[])[] = []
    for (let at = 0; at < cells.length; at += stepCells) {
      const run = cells.slice(at, at + stepCells)
      runs.push(isSorted(order, run) ? run : sortCells(order, run))
      yield undefined
    }
    while (runs.length > 1) {
      const merged: (readonly Cell[])[] = []
      for (let i = 0; i < runs.length; i += 2) {
        const [a, b] = [runs[i]!, runs[i + 1]]
        merged.push(b === undefined ? a : yield* mergeSteps(order, { a, b, stepCells }))
      }
      runs = merged
    }
    return SortedCells.of(order, runs[0] ?? [])
  }

  get size(): number {
    return this.#size
  }

  /** Adds a cell that differs from every other one in the sort fields. */
  add(cell: Cell): void {
    const pieceIndex = this.#pieceFor(cell.row)
    const piece = this.#pieces[pieceIndex]!
    const at = this.#placeIn(piece, cell.row)
    const next = piece[at]
    assert(
      next === undefined || compareRows(this.#order, next.row, cell.row) !== 0,
      'the sort fields of an index tell its rows apart',
    )
    if (at === piece.length) piece.push(cell)
    else piece.splice(at, 0, cell)
    this.#size += 1
    if (piece.length > pieceLengthMax) this.#split(pieceIndex)
  }

  /** Removes a cell whose row is still the one it was added with. */
  remove(cell: Cell): void {
    const pieceIndex = this.#pieceFor(cell.row)
    const piece = this.#pieces[pieceIndex]!
    const at = lowerBound(piece, (other) => compareRows(this.#order, other.row, cell.row))
    assert(piece[at] === cell, 'a removed cell is in the index')
    piece.splice(at, 1)
    this.#size -= 1
    if (piece.length === 0 && this.#pieces.length > 1) this.#pieces.splice(pieceIndex, 1)
  }

  /**
   * Calls `visit` in order, from the first row whose leading sort fields are >= `from` (or, with
   * `isAfter`, > `from`) until it returns false.
   */
  each(from: readonly OrderValue[], isAfter: boolean, visit: (cell: Cell) => boolean): void {
    const isBefore = (cell: Cell): number => {
      const order = comparePrefix(this.#order, cell.row, from)
      return isAfter && order === 0 ? -1 : order
    }
    let pieceIndex = lowerBound(this.#pieces, (piece) => {
      const last = piece[piece.length - 1]
      return last === undefined ? 1 : isBefore(last)
    })
    for (let isFirst = true; pieceIndex < this.#pieces.length; pieceIndex += 1) {
      const piece = this.#pieces[pieceIndex]!
      for (let at = isFirst ? lowerBound(piece, isBefore) : 0; at < piece.length; at += 1) {
        if (!visit(piece[at]!)) return
      }
      isFirst = false
    }
  }

  /** Compares the leading sort fields of a row with bound values. */
  compareWith(row: object, bound: readonly OrderValue[]): number {
    return comparePrefix(this.#order, row, bound)
  }

  #pieceFor(row: object): number {
    const last = this.#pieces.length - 1
    // Many rows arrive in order: times and log indices, and everything that is loaded.
    const end = this.#pieces[last]!.at(-1)
    if (end === undefined || compareRows(this.#order, end.row, row) < 0) return last
    return lowerBound(this.#pieces, (piece) => compareRows(this.#order, piece.at(-1)!.row, row))
  }

  #placeIn(piece: readonly Cell[], row: object): number {
    const end = piece.at(-1)
    if (end === undefined || compareRows(this.#order, end.row, row) < 0) return piece.length
    return lowerBound(piece, (other) => compareRows(this.#order, other.row, row))
  }

  #split(pieceIndex: number): void {
    const piece = this.#pieces[pieceIndex]!
    // Rows that only ever arrive at the end (times, log indices) leave full pieces behind them.
    const isLast = pieceIndex === this.#pieces.length - 1
    const keep = isLast ? pieceLengthMax : pieceLengthMax / 2
    this.#pieces.splice(pieceIndex + 1, 0, piece.splice(keep))
  }
}

/** True when each row is greater than the one before. */
function isSorted(order: OrderFields, cells: readonly Cell[]): boolean {
  for (let i = 1; i < cells.length; i += 1) {
    if (compareRows(order, cells[i - 1]!.row, cells[i]!.row) >= 0) return false
  }
  return true
}

/** Sorts with the first field's values side by side, which memory serves much faster than rows. */
function sortCells(order: OrderFields, cells: readonly Cell[]): readonly Cell[] {
  const first = order[0]!
  const values = cells.map((cell) => first(cell.row))
  const places = cells.map((_, place) => place)
  places.sort(
    (a, b) =>
      compareValues(values[a]!, values[b]!) || compareRows(order, cells[a]!.row, cells[b]!.row),
  )
  return places.map((place) => cells[place]!)
}

/** Both runs in one, in steps. */
function* mergeSteps(
  order: OrderFields,
  { a, b, stepCells }: { a: readonly Cell[]; b: readonly Cell[]; stepCells: number },
): Generator<undefined, readonly Cell[]> {
  const merged: Cell[] = []
  let [atA, atB] = [0, 0]
  while (atA < a.length || atB < b.length) {
    const [fromA, fromB] = [a[atA], b[atB]]
    const isNextA =
      fromB === undefined || (fromA !== undefined && compareRows(order, fromA.row, fromB.row) < 0)
    if (isNextA) {
      merged.push(fromA!)
      atA += 1
    } else {
      merged.push(fromB)
      atB += 1
    }
    if (merged.length % stepCells === 0) yield undefined
  }
  return merged
}

/** First position whose item does not compare as smaller (negative). */
function lowerBound<Item>(items: readonly Item[], compare: (item: Item) => number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(items[middle]!) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Order of two rows by all sort fields. */
export function compareRows(order: OrderFields, a: object, b: object): number {
  for (const field of order) {
    const result = compareValues(field(a), field(b))
    if (result !== 0) return result
  }
  return 0
}

function comparePrefix(order: OrderFields, row: object, bound: readonly OrderValue[]): number {
  for (let i = 0; i < bound.length; i += 1) {
    const field = order[i]
    assert(field !== undefined, 'a bound has no more values than the index has sort fields')
    const result = compareValues(field(row), bound[i]!)
    if (result !== 0) return result
  }
  return 0
}

function compareValues(a: OrderValue, b: OrderValue): number {
  if (typeof a === 'number') {
    assert(typeof b === 'number', 'a sort field does not mix numbers and texts')
    return a < b ? -1 : a > b ? 1 : 0
  }
  assert(typeof b === 'string', 'a sort field does not mix numbers and texts')
  return a === b ? 0 : compareUtf8(a, b)
}
