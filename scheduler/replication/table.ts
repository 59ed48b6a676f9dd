// A table in memory: rows by id, the declared indexes, and which rows changed since they were last
// settled (encoded, hashed and handed to the state store).
import { assert } from '../../base/index.ts'
import { indexCellsPerStepMax } from './limits.ts'
import { rowKey, rowValue } from './row-codec.ts'
import { compareRows, SortedCells } from './sorted-cells.ts'
import type { Cell, OrderFields } from './sorted-cells.ts'
import type { AnyTable, IndexDefinition, RowId } from './table-definition.ts'

/** Group of rows of an index that declares no groups. */
export const soleGroup = ''

interface Index {
  readonly definition: IndexDefinition<object>
  readonly order: OrderFields
  readonly groups: Map<RowId, SortedCells>
  /** While rows are loaded: the cells of each group, in the order they came. */
  readonly loading: Map<RowId, Cell[]>
}

/** Rows of one table. Only transactions and loading change it. */
export class Table {
  readonly definition: AnyTable
  /**
   * Changed rows since the last settlement: the cell that was settled then (its hash is what the
   * digest holds), or undefined when there was no row.
   */
  readonly unsettled = new Map<RowId, Cell | undefined>()
  #cells = new Map<RowId, Cell>()
  #indexes = new Map<string, Index>()
  #indexList: Index[] = []
  #changes = 0

  constructor(definition: AnyTable) {
    this.definition = definition
    for (const [name, index] of Object.entries(definition.indexes)) {
      assert(index.order.length > 0, 'an index has sort fields')
      const entry = { definition: index, order: index.order, groups: new Map(), loading: new Map() }
      this.#indexes.set(name, entry)
      this.#indexList.push(entry)
    }
  }

  get size(): number {
    return this.#cells.size
  }

  /** Counts changes, so that a walk can tell that the table moved under it. */
  get changes(): number {
    return this.#changes
  }

  cell(id: RowId): Cell | undefined {
    return this.#cells.get(id)
  }

  /** Cells of one group of an index; undefined when it is empty. */
  group(indexName: string, group: RowId): SortedCells | undefined {
    const index = this.#indexes.get(indexName)
    assert(index !== undefined, 'the index is declared')
    return index.groups.get(group)
  }

  /** Bytes of all keys and values, if they are like those of the first `sampleRowsMax` rows. */
  estimateBytes(sampleRowsMax: number): number {
    let rows = 0
    let bytes = 0
    for (const { row, modIndex } of this.#cells.values()) {
      if (rows === sampleRowsMax) break
      rows += 1
      bytes += rowKey(this.definition, row).length
      bytes += rowValue(this.definition, row, modIndex).length
    }
    return rows === 0 ? 0 : (bytes / rows) * this.#cells.size
  }

  /** Adds or replaces the row of its id; undefined removes the row of `id`. */
  set(id: RowId, row: object | undefined, modIndex: number): void {
    const cell = this.#cells.get(id)
    if (!this.unsettled.has(id)) this.unsettled.set(id, cell)
    this.#changes += 1
    if (row === undefined) {
      if (cell !== undefined) this.#remove(id, cell)
    } else if (cell === undefined) {
      this.#add(id, newCell(row, modIndex))
    } else {
      this.#replace(cell, row, modIndex)
    }
  }

  /**
   * Adds a row read from the store, with its hash; no index shows it before `finishLoading`. False
   * when its id is taken.
   */
  load(cell: Cell): boolean {
    const id = this.definition.id(cell.row)
    if (this.#cells.has(id)) return false
    this.#cells.set(id, cell)
    for (const index of this.#indexList) {
      const group = groupOf(index, cell.row)
      if (group === undefined) continue
      const cells = index.loading.get(group)
      if (cells === undefined) index.loading.set(group, [cell])
      else cells.push(cell)
    }
    return true
  }

  /** Takes the rows of another table of this definition, all of them settled. */
  takeOver(other: Table): void {
    assert(other.unsettled.size === 0, 'a loaded table is settled')
    this.unsettled.clear()
    this.#cells = other.#cells
    this.#indexes = other.#indexes
    this.#indexList = other.#indexList
    this.#changes += 1
  }

  /** Builds the indexes of the loaded rows. */
  finishLoading(): void {
    for (const index of this.#indexList) {
      assert(
        index.loading.size === 0 || index.groups.size === 0,
        'rows are loaded into an empty table',
      )
      for (const [group, cells] of index.loading) {
        index.groups.set(group, SortedCells.of(index.order, cells))
      }
      index.loading.clear()
    }
  }

  /**
   * The same in steps of about `indexCellsPerStepMax` rows: between two of them others get their
   * turn. No row is loaded afterwards.
   */
  *indexSteps(): Generator<undefined, void> {
    for (const index of this.#indexList) {
      assert(
        index.loading.size === 0 || index.groups.size === 0,
        'rows are loaded into an empty table',
      )
      let cellsInStep = 0
      for (const [group, cells] of index.loading) {
        const isLarge = cells.length > indexCellsPerStepMax
        const sorted = isLarge
          ? yield* SortedCells.steps(index.order, cells, indexCellsPerStepMax)
          : SortedCells.of(index.order, cells)
        index.groups.set(group, sorted)
        cellsInStep += cells.length
        if (cellsInStep < indexCellsPerStepMax) continue
        cellsInStep = 0
        yield undefined
      }
      index.loading.clear()
    }
  }

  #add(id: RowId, cell: Cell): void {
    this.#cells.set(id, cell)
    for (const index of this.#indexList) addToIndex(index, cell)
  }

  #remove(id: RowId, cell: Cell): void {
    this.#cells.delete(id)
    for (const index of this.#indexList) removeFromIndex(index, cell)
  }

  #replace(cell: Cell, row: object, modIndex: number): void {
    const before = cell.row
    const { slotOf } = this.definition
    assert(slotOf === undefined || slotOf(before) === slotOf(row), 'a row keeps its slot')
    // Most changes keep a row's place in its indexes; those hold the cell and need nothing.
    let moved: Index[] | undefined
    for (const index of this.#indexList) {
      if (!isMoved(index, before, row)) continue
      removeFromIndex(index, cell)
      moved ??= []
      moved.push(index)
    }
    cell.row = row
    cell.modIndex = modIndex
    for (const index of moved ?? []) addToIndex(index, cell)
  }
}

/** A cell that has not been settled yet. */
export function newCell(row: object, modIndex: number): Cell {
  return { row, modIndex, hash0: 0, hash1: 0, hash2: 0, hash3: 0 }
}

function groupOf(index: Index, row: object): RowId | undefined {
  return index.definition.group === undefined ? soleGroup : index.definition.group(row)
}

function isMoved(index: Index, before: object, after: object): boolean {
  if (groupOf(index, before) !== groupOf(index, after)) return true
  return groupOf(index, after) !== undefined && compareRows(index.order, before, after) !== 0
}

function addToIndex(index: Index, cell: Cell): void {
  const group = groupOf(index, cell.row)
  if (group === undefined) return
  let cells = index.groups.get(group)
  if (cells === undefined) {
    cells = new SortedCells(index.order)
    index.groups.set(group, cells)
  }
  cells.add(cell)
}

function removeFromIndex(index: Index, cell: Cell): void {
  const group = groupOf(index, cell.row)
  if (group === undefined) return
  const cells = index.groups.get(group)
  assert(cells !== undefined, 'a row is in the group of its index')
  cells.remove(cell)
  if (cells.size === 0) index.groups.delete(group)
}
