// A list of rows that is exactly the state at one index, although entries are applied while it is
// made: a million rows cannot be read in one turn of the event loop. Tables are walked in the order
// of an index. A row that changes for the first time still stands where it stood at the list's
// index, so its place tells whether it was listed; if not, it is set aside as it was.
import { assert } from '../../base/index.ts'
import { compareRows } from '../replication/index.ts'
import type { OrderValue, RowChange, RowId, StateReader } from '../replication/index.ts'
import { watchRowsVisitedMax } from './limits.ts'
import type { WatchTable } from './watch-tables.ts'

/** A row as it was at the index of its list. */
export interface ListedRow {
  readonly table: WatchTable
  readonly row: object
  readonly modIndex: number
}

/** One list in the making. Every entry applied meanwhile must be told by `changed`. */
export class WatchList {
  readonly #reader: StateReader
  readonly #tables: readonly WatchTable[]
  readonly #rowsChangedMax: number
  /** The table being walked. */
  #at = 0
  /** The last row listed of it. */
  #last: object | undefined
  /** Rows that changed before their turn, by table. */
  readonly #changed = new Map<WatchTable, Set<RowId>>()
  #changedCount = 0
  #saved: ListedRow[] = []

  /** Lists the state as it is now; `rowsChangedMax` bounds what may change before its turn. */
  constructor(
    reader: StateReader,
    tables: readonly WatchTable[],
    options: { readonly rowsChangedMax: number },
  ) {
    this.#reader = reader
    this.#tables = tables
    this.#rowsChangedMax = options.rowsChangedMax
  }

  /** Whether everything was handed out. */
  get isDone(): boolean {
    return this.#at === this.#tables.length && this.#saved.length === 0
  }

  /** Takes what an entry changed; false when too much did, and the list is void. */
  changed(changes: readonly RowChange[]): boolean {
    for (const { table: definition, id, before, beforeModIndex } of changes) {
      const at = this.#tables.findIndex((table) => table.definition === definition)
      // A table whose turn is over is listed.
      if (at < this.#at) continue
      const table = this.#tables[at]!
      const ids = this.#changedIds(table)
      if (ids.has(id)) continue
      const isListed = before !== undefined && at === this.#at && this.#isListed(table, before)
      ids.add(id)
      this.#changedCount += 1
      if (this.#changedCount > this.#rowsChangedMax) return false
      if (before === undefined || isListed) continue
      this.#saved.push({ table, row: before, modIndex: beforeModIndex })
    }
    return true
  }

  /** Up to `rowsMax` further rows; none may come although the list is not done. */
  next(rowsMax: number): readonly ListedRow[] {
    const rows = this.#saved.splice(0, rowsMax)
    let visitsLeft = watchRowsVisitedMax
    while (rows.length < rowsMax && visitsLeft > 0) {
      const table = this.#tables[this.#at]
      if (table === undefined) break
      visitsLeft -= this.#walk(table, Math.min(rowsMax - rows.length, visitsLeft), rows)
    }
    return rows
  }

  /** Adds rows of the present table; how many were looked at. */
  #walk(table: WatchTable, limit: number, out: ListedRow[]): number {
    const { definition, index } = table
    const after = this.#last === undefined ? {} : { after: placeOf(table, this.#last) }
    const found = this.#reader.list(definition, index, { ...after, limit })
    const changed = this.#changed.get(table)
    for (const row of found) {
      const id = definition.id(row)
      if (changed?.has(id) === true) continue
      out.push({ table, row, modIndex: this.#reader.modIndex(definition, id) })
    }
    this.#last = found.at(-1)
    if (found.length < limit) this.#nextTable(table)
    return Math.max(found.length, 1)
  }

  #nextTable(table: WatchTable): void {
    this.#at += 1
    this.#last = undefined
    this.#changedCount -= this.#changed.get(table)?.size ?? 0
    this.#changed.delete(table)
  }

  #changedIds(table: WatchTable): Set<RowId> {
    let ids = this.#changed.get(table)
    if (ids === undefined) {
      ids = new Set()
      this.#changed.set(table, ids)
    }
    return ids
  }

  #isListed(table: WatchTable, row: object): boolean {
    return this.#last !== undefined && compareRows(table.order, row, this.#last) <= 0
  }
}

function placeOf(table: WatchTable, row: object): readonly OrderValue[] {
  assert(table.order.length > 0, 'an index has sort fields')
  return table.order.map((field) => field(row))
}
