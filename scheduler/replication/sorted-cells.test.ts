import { expect, test } from 'vitest'
import { compareUtf8 } from '../../base/index.ts'
import { fc, test as property } from './property.suite.ts'
import { SortedCells } from './sorted-cells.ts'
import { newCell } from './table.ts'
import type { Cell, OrderFields } from './sorted-cells.ts'

interface Row {
  readonly size: number
  readonly name: string
}

const order: OrderFields = [(row) => (row as Row).size, (row) => (row as Row).name]

function cellOf(row: Row): Cell {
  return newCell(row, 1)
}

function read(cells: SortedCells, from: readonly (string | number)[] = [], isAfter = false): Row[] {
  const rows: Row[] = []
  cells.each(from, isAfter, (cell) => {
    rows.push(cell.row as Row)
    return true
  })
  return rows
}

function compare(a: Row, b: Row): number {
  return a.size - b.size || compareUtf8(a.name, b.name)
}

const row = fc.record({
  size: fc.nat({ max: 20 }),
  name: fc.string({ unit: 'binary', maxLength: 2 }),
})

property(
  'adding and removing in any order keeps the order of a plain sorted list',
  fc.array(fc.record({ row, isRemoval: fc.boolean() }), {
    maxLength: 3000,
    minLength: 0,
    size: 'max',
  }),
  (steps) => {
    const cells = new SortedCells(order)
    const model = new Map<string, Cell>()
    for (const { row, isRemoval } of steps) {
      const key = JSON.stringify([row.size, row.name])
      const known = model.get(key)
      if (isRemoval && known !== undefined) {
        cells.remove(known)
        model.delete(key)
      } else if (known === undefined) {
        const cell = cellOf(row)
        cells.add(cell)
        model.set(key, cell)
      }
    }
    const expected = [...model.values()].map((cell) => cell.row as Row).sort(compare)
    expect(cells.size).toBe(expected.length)
    expect(read(cells)).toEqual(expected)
    for (const size of [0, 7, 20, 21]) {
      expect(read(cells, [size])).toEqual(expected.filter((row) => row.size >= size))
      expect(read(cells, [size], true)).toEqual(expected.filter((row) => row.size > size))
      expect(read(cells, [size, 'a'])).toEqual(
        expected.filter((row) => compare(row, { size, name: 'a' }) >= 0),
      )
    }
  },
  60,
)

test('thousands of rows in rising, falling and mixed order are found again', () => {
  for (const step of [1, -1, 7919]) {
    const cells = new SortedCells(order)
    const all: Cell[] = []
    for (let i = 0; i < 10_007; i += 1) {
      const cell = cellOf({ size: ((i * step) % 10_007) + 10_007, name: '' })
      all.push(cell)
      cells.add(cell)
    }
    const sizes = read(cells).map((row) => row.size)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect(new Set(sizes).size).toBe(10_007)
    for (const cell of all) cells.remove(cell)
    expect(cells.size).toBe(0)
    expect(read(cells)).toEqual([])
  }
})

property(
  'built at once or one by one, it is the same',
  fc.uniqueArray(row, {
    maxLength: 1500,
    selector: ({ size, name }) => JSON.stringify([size, name]),
    size: 'max',
  }),
  (rows) => {
    const cells = SortedCells.of(order, rows.map(cellOf))
    const expected = [...rows].sort(compare)
    expect(cells.size).toBe(rows.length)
    expect(read(cells)).toEqual(expected)
    const more = cellOf({ size: 10, name: 'more' })
    cells.add(more)
    expect(read(cells, [10, 'more'])[0]).toBe(more.row)
    cells.remove(more)
    expect(read(cells)).toEqual(expected)
  },
  60,
)

test('building at once refuses rows that cannot be told apart', () => {
  const rows = [3, 1, 3].map((size) => cellOf({ size, name: '' }))
  expect(() => SortedCells.of(order, rows)).toThrow('tell its rows apart')
})

test('a visit that returns false is the last', () => {
  const cells = new SortedCells(order)
  for (let size = 0; size < 5; size += 1) cells.add(cellOf({ size, name: '' }))
  const seen: number[] = []
  cells.each([1], false, (cell) => {
    seen.push((cell.row as Row).size)
    return seen.length < 2
  })
  expect(seen).toEqual([1, 2])
})

test('texts are ordered by their UTF-8 bytes, not by UTF-16 units', () => {
  const cells = new SortedCells([(row) => (row as Row).name])
  for (const name of ['\u{1d49f}', '\uff5e', 'b', 'a']) cells.add(cellOf({ size: 0, name }))
  expect(read(cells).map(({ name }) => name)).toEqual(['a', 'b', '\uff5e', '\u{1d49f}'])
})

test('two rows with equal sort fields, a bound too long and mixed types are bugs', () => {
  const cells = new SortedCells(order)
  cells.add(cellOf({ size: 1, name: 'a' }))
  expect(() => cells.add(cellOf({ size: 1, name: 'a' }))).toThrow('tell its rows apart')
  expect(() => read(cells, [1, 'a', 2])).toThrow('no more values')
  expect(() => read(cells, ['1'])).toThrow('mix numbers and texts')
  expect(() => cells.remove(cellOf({ size: 1, name: 'a' }))).toThrow('is in the index')
})

property(
  'many cells at once, in steps of any size, are in the order of a plain sorted list',
  fc.tuple(
    fc.uniqueArray(row, { selector: ({ size, name }) => `${size} ${name}`, maxLength: 700 }),
    fc.integer({ min: 1, max: 300 }),
  ),
  ([rows, stepCells]) => {
    const steps = SortedCells.steps(order, rows.map(cellOf), stepCells)
    let taken = 0
    let next = steps.next()
    for (; next.done !== true; next = steps.next()) taken += 1
    expect(read(next.value)).toEqual(rows.toSorted(compare))
    expect(next.value.size).toBe(rows.length)
    expect(taken).toBeGreaterThanOrEqual(Math.ceil(rows.length / stepCells))
  },
)
