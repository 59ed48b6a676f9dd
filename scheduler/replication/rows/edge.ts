// An edge of the graph of who serves whom: a child may fetch from a parent, which takes one of the
// parent's host's upload slots. The row remembers what was charged to the host, so that giving it
// back never drifts even when the task's length became known in between.
import { defineTable, tableBytes } from '../table-definition.ts'
import { readId } from './fields.ts'
import { peerKey } from './peer.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** An edge row. */
export interface EdgeRow {
  readonly taskId: string
  readonly parentId: string
  readonly childId: string
  /** Host of the parent, whose slot it takes. */
  readonly hostId: string
  readonly pieceCount: number
  readonly contentLength: number
  /** Bits per second. */
  readonly txBandwidth: number
}

/** Identity of an edge: ids hold no line feed. */
export function edgeKey(taskId: string, parentId: string, childId: string): string {
  return `${taskId}\n${parentId}\n${childId}`
}

/** All edges. */
export const edgesTable = defineTable({
  name: 'edges',
  tableByte: tableBytes.edges,
  rowVersion: 1,
  id: (row: EdgeRow) => edgeKey(row.taskId, row.parentId, row.childId),
  slotOf: (row: EdgeRow) => row.taskId,
  keyParts: (row: EdgeRow) => [row.taskId, row.parentId, row.childId],
  encode: (row: EdgeRow): readonly Wire[] => [
    row.taskId,
    row.parentId,
    row.childId,
    row.hostId,
    row.pieceCount,
    row.contentLength,
    row.txBandwidth,
  ],
  decode: (fields: FieldReader): EdgeRow => ({
    taskId: readId(fields),
    parentId: readId(fields),
    childId: readId(fields),
    hostId: readId(fields),
    pieceCount: fields.integer(),
    contentLength: fields.integer(),
    txBandwidth: fields.integer(),
  }),
  indexes: {
    byParent: {
      group: (row: EdgeRow) => peerKey(row.taskId, row.parentId),
      order: [(row: EdgeRow) => row.childId],
    },
    byChild: {
      group: (row: EdgeRow) => peerKey(row.taskId, row.childId),
      order: [(row: EdgeRow) => row.parentId],
    },
  },
})
