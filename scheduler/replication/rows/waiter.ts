// A waiter: an attached peer for which there was no parent yet. Served in order of `since`.
import { defineTable, tableBytes } from '../table-definition.ts'
import { readId } from './fields.ts'
import { peerKey } from './peer.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** A waiter row. */
export interface WaiterRow {
  readonly taskId: string
  readonly peerId: string
  /** Log index and ordinal of the command since which it waits. */
  readonly sinceIndex: number
  readonly sinceOrdinal: number
  /** Cluster time at which it is sent to the source, or fails. */
  readonly deadlineMs: number
  readonly ownerSessionId: number
  readonly streamId: number
  readonly attachEpoch: number
}

/** All waiters; the identity of one is its peer's. */
export const waitersTable = defineTable({
  name: 'waiters',
  tableByte: tableBytes.waiters,
  rowVersion: 1,
  id: (row: WaiterRow) => peerKey(row.taskId, row.peerId),
  slotOf: (row: WaiterRow) => row.taskId,
  keyParts: (row: WaiterRow) => [row.taskId, row.peerId],
  encode: (row: WaiterRow): readonly Wire[] => [
    row.taskId,
    row.peerId,
    row.sinceIndex,
    row.sinceOrdinal,
    row.deadlineMs,
    row.ownerSessionId,
    row.streamId,
    row.attachEpoch,
  ],
  decode: (fields: FieldReader): WaiterRow => ({
    taskId: readId(fields),
    peerId: readId(fields),
    sinceIndex: fields.integer(),
    sinceOrdinal: fields.integer(),
    deadlineMs: fields.integer(),
    ownerSessionId: fields.integer(),
    streamId: fields.integer(),
    attachEpoch: fields.integer(),
  }),
  indexes: {
    /** Waiters of a task, first come first served. */
    byTask: {
      group: (row: WaiterRow) => row.taskId,
      order: [
        (row: WaiterRow) => row.sinceIndex,
        (row: WaiterRow) => row.sinceOrdinal,
        (row: WaiterRow) => row.peerId,
      ],
    },
    /** All waiters, first come first served. */
    byAge: {
      order: [
        (row: WaiterRow) => row.sinceIndex,
        (row: WaiterRow) => row.sinceOrdinal,
        (row: WaiterRow) => row.taskId,
        (row: WaiterRow) => row.peerId,
      ],
    },
    deadline: {
      order: [
        (row: WaiterRow) => row.deadlineMs,
        (row: WaiterRow) => row.sinceIndex,
        (row: WaiterRow) => row.sinceOrdinal,
        (row: WaiterRow) => row.taskId,
        (row: WaiterRow) => row.peerId,
      ],
    },
  },
})
