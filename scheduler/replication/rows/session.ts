import { defineTable, tableBytes } from '../table-definition.ts'
import { idBytes, readIdBytes } from './member.ts'

/** An open session of a member: the order and the results of its commands. */
export interface SessionRow {
  /** Log index of the entry that opened it. */
  readonly sessionId: number
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly bootId: string
  /** Counts the sessions of one boot, from 1. */
  readonly generation: number
  /** `seq` of the last command taken; the next one must be one more. */
  readonly lastSeq: number
  /** Cluster time. */
  readonly openedAtMs: number
}

/** Open sessions, at most one for each member. */
export const sessionTable = defineTable<SessionRow, 'byReplica'>({
  name: 'sessions',
  tableByte: tableBytes.sessions,
  rowVersion: 1,
  id: (row) => row.sessionId,
  keyParts: (row) => [row.sessionId],
  encode: (row) => [
    row.sessionId,
    row.replicaId,
    idBytes(row.bootId),
    row.generation,
    row.lastSeq,
    row.openedAtMs,
  ],
  decode: (fields) => ({
    sessionId: fields.integer(1),
    replicaId: fields.integer(1),
    bootId: readIdBytes(fields),
    generation: fields.integer(1),
    lastSeq: fields.integer(),
    openedAtMs: fields.integer(),
  }),
  indexes: { byReplica: { order: [(row) => row.replicaId, (row) => row.sessionId] } },
})
