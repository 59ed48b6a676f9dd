// Turns changed rows into bytes once: for the digest and for the state store alike.
import { assert } from '../../base/index.ts'
import { hashCell, StateDigest, tablesOutsideDigest } from './digest.ts'
import { rowKey, rowValue } from './row-codec.ts'
import type { Cell } from './sorted-cells.ts'
import type { RowId } from './table-definition.ts'
import type { Table } from './table.ts'
import type { TableSet } from './table-set.ts'

/** Rows to write and keys to delete, together or not at all. */
export interface StateWrites {
  readonly puts: [Uint8Array, Uint8Array][]
  readonly deletes: Uint8Array[]
}

interface PendingWrite {
  readonly key: Uint8Array
  /** Undefined: delete. */
  readonly value: Uint8Array | undefined
}

/** Collects the changes of a state until they are taken. */
export class Settlement {
  readonly digest = new StateDigest()
  readonly #tables: TableSet
  readonly #pending = new Map<Table, Map<RowId, PendingWrite>>()
  #pendingBytes = 0

  constructor(tables: TableSet) {
    this.#tables = tables
    for (const table of tables.list) this.#pending.set(table, new Map())
  }

  /** Encoded bytes that wait to be taken. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Encodes and hashes every row changed since the last call; the digest is exact afterwards. */
  settle(): void {
    for (const table of this.#tables.list) {
      if (table.unsettled.size === 0) continue
      const isCovered = !tablesOutsideDigest.includes(table.definition.tableByte)
      for (const [id, settled] of table.unsettled) this.#settleRow(table, id, settled, isCovered)
      table.unsettled.clear()
    }
  }

  /** Accounts for a row that was loaded, with its hash in the cell. */
  loaded(table: Table, cell: Cell): void {
    if (!tablesOutsideDigest.includes(table.definition.tableByte)) this.digest.add(cell)
  }

  /** Goes on from the digest of another state; changes that were not taken are forgotten. */
  takeOver(other: Settlement): void {
    for (const pending of this.#pending.values()) pending.clear()
    this.#pendingBytes = 0
    this.digest.set(other.digest)
  }

  /** Hands over what was settled since the last call. */
  take(): StateWrites {
    const writes: StateWrites = { puts: [], deletes: [] }
    for (const pending of this.#pending.values()) {
      for (const { key, value } of pending.values()) {
        if (value === undefined) writes.deletes.push(key)
        else writes.puts.push([key, value])
      }
      pending.clear()
    }
    this.#pendingBytes = 0
    return writes
  }

  #settleRow(table: Table, id: RowId, settled: Cell | undefined, isCovered: boolean): void {
    const cell = table.cell(id)
    if (cell === undefined && settled === undefined) return
    if (settled !== undefined && isCovered) this.digest.subtract(settled)
    const row = cell === undefined ? settled?.row : cell.row
    assert(row !== undefined, 'a changed row is or was there')
    const key = rowKey(table.definition, row)
    if (cell === undefined) {
      this.#pend(table, id, { key, value: undefined })
      return
    }
    const value = rowValue(table.definition, cell.row, cell.modIndex)
    hashCell(cell, key, value)
    if (isCovered) this.digest.add(cell)
    this.#pend(table, id, { key, value })
  }

  #pend(table: Table, id: RowId, write: PendingWrite): void {
    const pending = this.#pending.get(table)!
    const before = pending.get(id)
    if (before !== undefined) this.#pendingBytes -= sizeOf(before)
    pending.set(id, write)
    this.#pendingBytes += sizeOf(write)
  }
}

function sizeOf(write: PendingWrite): number {
  return write.key.length + (write.value?.length ?? 0)
}
