// The outbox: calls to the outside that the leader makes. The only kind now asks a seed host to
// fetch a task. A finished item is deleted; a failed one stays for half an hour as the memory that
// this host must not be asked for this task again, and one whose host could not be connected to for
// half a minute as the memory that the host must not be asked for anything.
import {
  seedAttemptsMax,
  seedDownloadBytesMax,
  seedFailedTtlMs,
  seedUnreachableTtlMs,
} from '../../core/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { readId, readIdOrEmpty, readName, readWord, wordNumber } from './fields.ts'
import type { FieldReader, Wire } from '../wire.ts'

const kinds = ['seed'] as const
const states = ['pending', 'running', 'failed', 'unreachable'] as const

/** State of an outbox item: pending -> running(term) -> deleted when done, or one of failure. */
export type OutboxState = (typeof states)[number]

/** An outbox row. */
export interface OutboxRow {
  /** Made of log index, ordinal and number within the command: unique for ever, in log order. */
  readonly id: number
  readonly kind: 'seed'
  readonly state: OutboxState
  /** The host to call. */
  readonly hostId: string
  readonly taskId: string
  /** `start-end` as in UrlMeta; '' = whole. */
  readonly range: string
  /**
   * The download a seed of API v2 is asked for, encoded; empty: the seed is asked through API v1.
   */
  readonly download: Uint8Array
  /** Term of the leader that started it last; 0 = never. */
  readonly term: number
  /** Times it was started. */
  readonly attempts: number
  /** The seed's peer of the last report; '' = none. */
  readonly peerId: string
  readonly createdMs: number
  readonly deadlineMs: number
  /** 0 = open. */
  readonly failedMs: number
}

/** Whether an item is still to be done. */
export function isOpenItem(row: Pick<OutboxRow, 'state'>): boolean {
  return row.state === 'pending' || row.state === 'running'
}

/** Cluster time at which an open item fails, or a failed one is forgotten. */
export function outboxExpiryMs(row: OutboxRow): number {
  if (isOpenItem(row)) return row.deadlineMs
  return row.failedMs + (row.state === 'failed' ? seedFailedTtlMs : seedUnreachableTtlMs)
}

/** All outbox items. */
export const outboxTable = defineTable({
  name: 'outbox',
  tableByte: tableBytes.outbox,
  rowVersion: 1,
  id: (row: OutboxRow) => row.id,
  keyParts: (row: OutboxRow) => [row.id],
  encode: (row: OutboxRow): readonly Wire[] => [
    row.id,
    wordNumber(kinds, row.kind),
    wordNumber(states, row.state),
    row.hostId,
    row.taskId,
    row.range,
    row.download,
    row.term,
    row.attempts,
    row.peerId,
    row.createdMs,
    row.deadlineMs,
    row.failedMs,
  ],
  decode: (fields: FieldReader): OutboxRow => ({
    id: fields.integer(),
    kind: readWord(fields, kinds),
    state: readWord(fields, states),
    hostId: readId(fields),
    taskId: readId(fields),
    range: readName(fields),
    download: fields.bytes(seedDownloadBytesMax),
    term: fields.integer(),
    attempts: fields.integer(0, seedAttemptsMax),
    peerId: readIdOrEmpty(fields),
    createdMs: fields.integer(),
    deadlineMs: fields.integer(),
    failedMs: fields.integer(),
  }),
  indexes: {
    byState: { group: (row: OutboxRow) => row.state, order: [(row: OutboxRow) => row.id] },
    byTask: { group: (row: OutboxRow) => row.taskId, order: [(row: OutboxRow) => row.id] },
    /** Hosts that could not be connected to lately. */
    unreachable: {
      group: (row: OutboxRow) => (row.state === 'unreachable' ? row.hostId : undefined),
      order: [(row: OutboxRow) => row.id],
    },
    expiry: { order: [outboxExpiryMs, (row: OutboxRow) => row.id] },
  },
})
