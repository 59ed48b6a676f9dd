// A task: one piece of content that peers download.
import { contentLengthMax, pieceCountMax, taskStates, taskTypes } from '../../core/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import {
  pieceZeroWire,
  readId,
  readPieceZero,
  readTaskDescription,
  readWord,
  taskDescriptionWire,
  wordNumber,
} from './fields.ts'
import type { TaskState, TaskType } from '../../core/index.ts'
import type { FieldReader, Wire } from '../wire.ts'
import type { PieceZeroFields, TaskDescription } from './fields.ts'

/** A task row. */
export interface TaskRow extends TaskDescription<TaskType> {
  readonly state: TaskState
  /** Bytes; -1 = unknown. */
  readonly contentLength: number
  readonly totalPieceCount: number
  readonly pieceZero: PieceZeroFields | null
  /** Peers that fetch from the source at the moment. */
  readonly backToSourceCount: number
  /** Back-to-source peers that failed since the last success. */
  readonly failedPeerCount: number
  /** Cluster time until which a peer that was told to go to the source is waited for. */
  readonly sourceExpectedUntilMs: number
  /** Cluster time since when it has no peers; 0 = it has some. */
  readonly emptySinceMs: number
  readonly createdMs: number
  readonly updatedMs: number
}

/** All tasks. */
export const tasksTable = defineTable({
  name: 'tasks',
  tableByte: tableBytes.tasks,
  rowVersion: 1,
  id: (row: TaskRow) => row.id,
  slotOf: (row: TaskRow) => row.id,
  keyParts: (row: TaskRow) => [row.id],
  encode: encodeTask,
  decode: decodeTask,
  indexes: {
    byId: { order: [(row: TaskRow) => row.id] },
    /** Tasks without peers only. */
    expiry: {
      group: (row: TaskRow) => (row.emptySinceMs > 0 ? 'empty' : undefined),
      order: [(row: TaskRow) => row.emptySinceMs, (row: TaskRow) => row.id],
    },
  },
})

function encodeTask(row: TaskRow): readonly Wire[] {
  return [
    row.id,
    wordNumber(taskTypes, row.type),
    ...taskDescriptionWire(row),
    wordNumber(taskStates, row.state),
    row.contentLength,
    row.totalPieceCount,
    pieceZeroWire(row.pieceZero),
    row.backToSourceCount,
    row.failedPeerCount,
    row.sourceExpectedUntilMs,
    row.emptySinceMs,
    row.createdMs,
    row.updatedMs,
  ]
}

function decodeTask(fields: FieldReader): TaskRow {
  return {
    id: readId(fields),
    type: readWord(fields, taskTypes),
    ...readTaskDescription(fields),
    state: readWord(fields, taskStates),
    contentLength: fields.integer(-1, contentLengthMax),
    totalPieceCount: fields.integer(0, pieceCountMax),
    pieceZero: readPieceZero(fields),
    backToSourceCount: fields.integer(),
    failedPeerCount: fields.integer(),
    sourceExpectedUntilMs: fields.integer(),
    emptySinceMs: fields.integer(),
    createdMs: fields.integer(),
    updatedMs: fields.integer(),
  }
}
