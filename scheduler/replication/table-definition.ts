// How a table is declared. Rows are immutable objects replaced as a whole; an index is a declared
// order over them, so that everything apply iterates over is sorted by stored values (design 4.6).
import type { FieldReader, Wire } from './wire.ts'

/** What names a row within its table, in memory. */
export type RowId = string | number

/**
 * A sort value: numbers compare by value, texts by their UTF-8 bytes. Never mix both in a field.
 */
export type OrderValue = string | number

/** A function of a row. (Taken from a method so that tables of different rows fit one list.) */
export type RowFunction<Row, Out> = { of(row: Row): Out }['of']

/** A sorted view of a table. */
export interface IndexDefinition<Row> {
  /**
   * Rows of one group are kept together and only listed together; undefined leaves the row out.
   * @default every row in the one group ''
   */
  readonly group?: RowFunction<Row, RowId | undefined>
  /** Sort fields, compared one after another; together they differ for any two rows of a group. */
  readonly order: readonly RowFunction<Row, OrderValue>[]
}

/** A component of a stored key: text (length-escaped) or a safe integer >= 0 (8 bytes). */
export type KeyPart = string | number

/** A table of the replicated state. */
export interface TableDefinition<Row extends object, IndexName extends string = string> {
  /** For people, kebab-case. */
  readonly name: string
  /** First byte of every key, see `tableBytes`. Frozen. */
  readonly tableByte: number
  /** Version that `encode` writes, an integer >= 1. */
  readonly rowVersion: number
  /** Identity in memory. Rows with one id always have the same `slotOf` and `keyParts`. */
  id(row: Row): RowId
  /** Task id that gives the row its slot; absent for tables without slots. */
  slotOf?(row: Row): string
  /** Rest of the stored key, a one-to-one function of the id. */
  keyParts(row: Row): readonly KeyPart[]
  /** Stored fields, after row version and modIndex. A pure function of the row. */
  encode(row: Row): readonly Wire[]
  /**
   * The row that was encoded: encode(decode(x)) equals x. Throws `WireFormatError` (by the reader);
   * the framework checks that all fields were read.
   */
  decode(fields: FieldReader, rowVersion: number): Row
  readonly indexes: Readonly<Record<IndexName, IndexDefinition<Row>>>
}

/** Any table, for lists of them. */
export type AnyTable = TableDefinition<object>

/** Declares a table: `defineTable<PeerRow, 'byTask' | 'byExpiry'>({ … })`. */
export function defineTable<Row extends object, IndexName extends string>(
  definition: TableDefinition<Row, IndexName>,
): TableDefinition<Row, IndexName> {
  return definition
}

/** First key byte of each table. Frozen; 0x1c … 0xff are free for more. */
export const tableBytes = {
  meta: 0x01,
  members: 0x02,
  config: 0x03,
  features: 0x04,
  sessions: 0x05,
  results: 0x06,
  clock: 0x07,
  digest: 0x08,
  tombstones: 0x09,
  continuations: 0x0a,
  outbox: 0x0b,
  waiters: 0x0c,
  hosts: 0x10,
  tasks: 0x11,
  peers: 0x12,
  edges: 0x13,
  memberProgress: 0x14,
  memberSupport: 0x15,
  joins: 0x16,
  removedMembers: 0x17,
  hostBlocks: 0x18,
  joinTokens: 0x19,
  acknowledged: 0x1a,
  hostJoins: 0x1b,
} as const

/** Tables whose keys carry the slot of their task. Frozen. */
export const slottedTableBytes: readonly number[] = [
  tableBytes.waiters,
  tableBytes.tasks,
  tableBytes.peers,
  tableBytes.edges,
]
