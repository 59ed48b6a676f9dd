// The transaction of one command: writes go straight into the tables, a journal takes them back.
import { assert, AssertionError, messageOf } from '../../base/index.ts'
import { commandRowsTouchedMax, commandRowsVisitedMax } from './limits.ts'
import { CommandLimitError } from './state-access.ts'
import { TableReader } from './table-set.ts'
import type { IndexRange, Transaction } from './state-access.ts'
import type { RowId, TableDefinition } from './table-definition.ts'
import type { Table } from './table.ts'
import type { TableSet } from './table-set.ts'

/** What a row was before a command touched it. */
export interface JournalRecord {
  readonly table: Table
  readonly id: RowId
  readonly row: object | undefined
  readonly modIndex: number
}

/** One object serves all commands, one after another: `begin`, then `commit` or `rollBack`. */
export class StateTransaction implements Transaction {
  readonly #tables: TableSet
  readonly #reader: TableReader
  #journal: JournalRecord[] = []
  #index = 0
  #visited = 0
  #touchedMax = commandRowsTouchedMax
  #isOpen = false

  constructor(tables: TableSet) {
    this.#tables = tables
    this.#reader = new TableReader(tables, (rows) => this.#countVisits(rows))
  }

  /** Starts a transaction whose rows get `index` as their modIndex. */
  begin(index: number, options: { readonly isUnlimited?: boolean } = {}): void {
    assert(!this.#isOpen, 'one transaction at a time')
    this.#isOpen = true
    this.#index = index
    this.#visited = 0
    this.#touchedMax =
      options.isUnlimited === true ? Number.MAX_SAFE_INTEGER : commandRowsTouchedMax
    this.#journal = []
  }

  /** Keeps the changes; returns what was before them, oldest first. */
  commit(): readonly JournalRecord[] {
    assert(this.#isOpen, 'a transaction is open')
    this.#isOpen = false
    return this.#journal
  }

  /** Puts every row and index back to where `begin` found them. */
  rollBack(): void {
    assert(this.#isOpen, 'a transaction is open')
    this.#isOpen = false
    for (const record of this.#journal.reverse()) {
      record.table.set(record.id, record.row, record.modIndex)
    }
    this.#journal = []
  }

  get touchesLeft(): number {
    return this.#touchedMax - this.#journal.length
  }

  /** Rows read since `begin`. */
  get visited(): number {
    return this.#visited
  }

  get visitsLeft(): number {
    return commandRowsVisitedMax - this.#visited
  }

  put<Row extends object, Name extends string>(table: TableDefinition<Row, Name>, row: Row): void {
    this.#change(this.#tables.of(table), table.id(row), row)
  }

  delete<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): boolean {
    const target = this.#tables.of(table)
    if (target.cell(id) === undefined) return false
    this.#change(target, id, undefined)
    return true
  }

  get<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): Row | undefined {
    return this.#reader.get(table, id)
  }

  modIndex<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): number {
    return this.#reader.modIndex(table, id)
  }

  count<Row extends object, Name extends string>(table: TableDefinition<Row, Name>): number {
    return this.#reader.count(table)
  }

  groupSize<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    group?: RowId,
  ): number {
    return this.#reader.groupSize(table, index, group)
  }

  first<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range?: IndexRange,
  ): Row | undefined {
    return this.#reader.first(table, index, range)
  }

  list<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange & { readonly limit: number },
  ): readonly Row[] {
    return this.#reader.list(table, index, range)
  }

  each<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange,
    visit: (row: Row) => boolean | void,
  ): void {
    this.#reader.each(table, index, range, visit)
  }

  #change(table: Table, id: RowId, row: object | undefined): void {
    assert(this.#isOpen, 'a transaction is open')
    if (this.touchesLeft <= 0) throw new CommandLimitError('too many puts and deletes')
    const cell = table.cell(id)
    this.#journal.push({ table, id, row: cell?.row, modIndex: cell?.modIndex ?? 0 })
    try {
      table.set(id, row, this.#index)
    } catch (error) {
      // Half of the indexes may have changed: no journal can repair that.
      throw new AssertionError(`table ${table.definition.name}: ${messageOf(error)}`)
    }
  }

  #countVisits(rows: number): void {
    this.#visited += rows
    if (this.#visited > commandRowsVisitedMax) throw new CommandLimitError('too many rows read')
  }
}
