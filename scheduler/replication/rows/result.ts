import { batchCommandsMax, resultBytesMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'

/** What the commands of one entry yielded, kept while the member may send them again. */
export interface ResultRow {
  readonly sessionId: number
  /** `seq` of the first command; the others follow without gaps. */
  readonly firstSeq: number
  /** Log index of the entry. */
  readonly index: number
  /** Packed outcomes; an empty one was too large to keep. */
  readonly outcomes: readonly Uint8Array[]
}

/** Results by session and first command. */
export const resultTable = defineTable<ResultRow, 'bySession'>({
  name: 'results',
  tableByte: tableBytes.results,
  rowVersion: 1,
  id: (row) => resultId(row.sessionId, row.firstSeq),
  keyParts: (row) => [row.sessionId, row.firstSeq],
  encode: (row) => [row.sessionId, row.firstSeq, row.index, row.outcomes],
  decode: (fields) => ({
    sessionId: fields.integer(1),
    firstSeq: fields.integer(1),
    index: fields.integer(1),
    outcomes: fields.list(batchCommandsMax, (items) => items.bytes(resultBytesMax)),
  }),
  indexes: {
    bySession: { group: (row) => row.sessionId, order: [(row) => row.firstSeq] },
  },
})

/** Identity of a result row. */
export function resultId(sessionId: number, firstSeq: number): string {
  return `${sessionId}/${firstSeq}`
}
