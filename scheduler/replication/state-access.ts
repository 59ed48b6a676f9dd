// How commands and queries see the state.
import type { OrderValue, RowId, TableDefinition } from './table-definition.ts'

/** Part of an index. Bounds are prefixes of the index's sort fields. */
export interface IndexRange {
  /** Which group; leave out for an index without groups. */
  readonly group?: RowId
  /** First values, included. */
  readonly from?: readonly OrderValue[]
  /** Starts behind every row with these first values. Not together with `from`. */
  readonly after?: readonly OrderValue[]
  /** Last values, included. */
  readonly until?: readonly OrderValue[]
}

/** Reading. In a command every row read counts as visited (`commandRowsVisitedMax`). */
export interface StateReader {
  get<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): Row | undefined
  /** Log index of the last change of the row; 0 when there is none. */
  modIndex<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): number
  /** Rows in the table. */
  count<Row extends object, Name extends string>(table: TableDefinition<Row, Name>): number
  /** Rows in one group of an index, without reading them. */
  groupSize<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    group?: RowId,
  ): number
  /** First row of the range in index order. */
  first<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range?: IndexRange,
  ): Row | undefined
  /**
   * At most `limit` rows of the range in index order: a copy, so the table may change meanwhile.
   */
  list<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange & { readonly limit: number },
  ): readonly Row[]
  /**
   * Calls `visit` for each row of the range in index order until it returns false. The table must
   * not change meanwhile (asserted).
   */
  each<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    index: NoInfer<Name>,
    range: IndexRange,
    visit: (row: Row) => boolean | void,
  ): void
}

/** What a command changes the state through. Everything is undone when the command throws. */
export interface Transaction extends StateReader {
  /** Adds the row or replaces the one with its id. */
  put<Row extends object, Name extends string>(table: TableDefinition<Row, Name>, row: Row): void
  /** True when there was a row. */
  delete<Row extends object, Name extends string>(
    table: TableDefinition<Row, Name>,
    id: RowId,
  ): boolean
  /** Puts and deletes this command has left; plan bounded steps with it. */
  readonly touchesLeft: number
  /** Rows this command may still read; every `get` and every row of a walk counts. */
  readonly visitsLeft: number
}

/** Thrown when a command passes one of its limits; the command is undone with reason `limit`. */
export class CommandLimitError extends Error {
  override readonly name = 'CommandLimitError'
}
