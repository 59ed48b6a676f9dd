import { wireValuesMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** The rest of a job too large for one command. */
export interface ContinuationRow {
  /** The command that left it: log index, position in the entry, and a count within the command. */
  readonly index: number
  readonly ordinal: number
  readonly number: number
  /** Which `ContinuationDefinition` goes on with it. */
  readonly kind: string
  /** Where it goes on. */
  readonly cursor: readonly Wire[]
}

/** Longest kind, UTF-16 units. Frozen. */
export const continuationKindLengthMax = 64

/** Continuations, oldest first. */
export const continuationTable = defineTable<ContinuationRow, 'byAge'>({
  name: 'continuations',
  tableByte: tableBytes.continuations,
  rowVersion: 1,
  id: (row) => continuationId(row),
  keyParts: (row) => [row.index, row.ordinal, row.number],
  encode: (row) => [row.index, row.ordinal, row.number, row.kind, row.cursor],
  decode: (fields) => ({
    index: fields.integer(1),
    ordinal: fields.integer(),
    number: fields.integer(),
    kind: fields.text(continuationKindLengthMax),
    cursor: readCursor(fields),
  }),
  indexes: {
    byAge: { order: [(row) => row.index, (row) => row.ordinal, (row) => row.number] },
  },
})

/** Identity of a continuation, as `CommandContext.continueWith` returns it. */
export function continuationId(row: Pick<ContinuationRow, 'index' | 'ordinal' | 'number'>): string {
  return `${row.index}.${row.ordinal}.${row.number}`
}

function readCursor(fields: FieldReader): readonly Wire[] {
  return fields.nested((items) => {
    const cursor: Wire[] = []
    while (items.remaining > 0 && cursor.length < wireValuesMax) cursor.push(items.raw())
    return cursor
  })
}
