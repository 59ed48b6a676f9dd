import { defineTable, tableBytes } from '../table-definition.ts'
import { idBytes, readIdBytes } from './member.ts'

/** How far a member has come that joins or loads; gone once it is online or has failed. */
export interface MemberProgressRow {
  readonly replicaId: number
  /** The boot that is loading, 32 lower-case hex characters. */
  readonly bootId: string
  readonly bytesDone: number
  /** 0 = not known. */
  readonly bytesTotal: number
  /** 0 … 100; 100 only when all bytes are there. */
  readonly percent: number
}

/** Progress of loading members by replicaId. */
export const memberProgressTable = defineTable<MemberProgressRow, 'byReplica'>({
  name: 'member-progress',
  tableByte: tableBytes.memberProgress,
  rowVersion: 1,
  id: (row) => row.replicaId,
  keyParts: (row) => [row.replicaId],
  encode: (row) => [row.replicaId, idBytes(row.bootId), row.bytesDone, row.bytesTotal, row.percent],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    bootId: readIdBytes(fields),
    bytesDone: fields.integer(),
    bytesTotal: fields.integer(),
    percent: fields.integer(0, 100),
  }),
  indexes: { byReplica: { order: [(row) => row.replicaId] } },
})
