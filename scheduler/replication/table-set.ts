// All tables of the state and the one way to read them.
import { assert } from '../../base/index.ts'
import { soleGroup, Table } from './table.ts'
import type { IndexRange, StateReader } from './state-access.ts'
import type { AnyTable, RowId, TableDefinition } from './table-definition.ts'

/** Tables by their byte. */
export class TableSet {
  readonly #byByte: (Table | undefined)[] = []
  readonly list: readonly Table[]

  constructor(definitions: readonly AnyTable[]) {
    this.list = definitions.map((definition) => new Table(definition))
    for (const table of this.list) {
      const { tableByte, rowVersion } = table.definition
      assert(tableByte >= 1 && tableByte <= 0xff && rowVersion >= 1, 'a table byte and version')
      assert(this.#byByte[tableByte] === undefined, 'table bytes are unique')
      this.#byByte[tableByte] = table
    }
  }

  /** The table of a definition, which must be one of this set's. */
  of(definition: { readonly tableByte: number; readonly name: string }): Table {
    const table = this.#byByte[definition.tableByte]
    assert(table !== undefined && table.definition === definition, 'the table belongs to the state')
    return table
  }

  /** Takes the rows of another set of the same tables, which must not be used any more. */
  takeOver(other: TableSet): void {
    for (const table of this.list) {
      const loaded = other.byByte(table.definition.tableByte)
      assert(loaded?.definition === table.definition, 'both sets have the same tables')
      table.takeOver(loaded)
    }
  }

  byByte(tableByte: number): Table | undefined {
    return this.#byByte[tableByte]
  }
}

/** Reads tables; `countVisits` hears of every row read and may throw to end a command. */
export class TableReader implements StateReader {
  readonly #tables: TableSet
  readonly #countVisits: (rows: number) => void

  constructor(tables: TableSet, countVisits: (rows: number) => void) {
    this.#tables = tables
    this.#countVisits = countVisits
  }

  get<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): Row | undefined {
    this.#countVisits(1)
    return this.#tables.of(table).cell(id)?.row as Row | undefined
  }

  modIndex<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): number {
    this.#countVisits(1)
    return this.#tables.of(table).cell(id)?.modIndex ?? 0
  }

  count<Row extends object, Name extends string>(table: TableDefinition<Row, Name>): number {
    return this.#tables.of(table).size
  }

  groupSize<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    group: RowId = soleGroup,
  ): number {
    return this.#tables.of(table).group(index, group)?.size ?? 0
  }

  first<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange = {},
  ): Row | undefined {
    let found: Row | undefined
    this.each(table, index, range, (row) => {
      found = row
      return false
    })
    return found
  }

  list<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange & { readonly limit: number },
  ): readonly Row[] {
    const rows: Row[] = []
    if (range.limit <= 0) return rows
    this.each(table, index, range, (row) => {
      rows.push(row)
      return rows.length < range.limit
    })
    return rows
  }

  each<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange,
    visit: (row: Row) => boolean | void,
  ): void {
    const target = this.#tables.of(table)
    const cells = target.group(index, range.group ?? soleGroup)
    if (cells === undefined) return
    const { changes } = target
    const { until } = range
    assert(range.from === undefined || range.after === undefined, 'a range has one start')
    const from = range.after ?? range.from ?? []
    cells.each(from, range.after !== undefined, (cell) => {
      if (until !== undefined && cells.compareWith(cell.row, until) > 0) return false
      this.#countVisits(1)
      const goOn = visit(cell.row as Row) !== false
      assert(target.changes === changes, 'a table does not change while it is walked')
      return goOn
    })
  }
}
