import { defineTable, tableBytes } from '../table-definition.ts'
import { idBytes, readIdBytes } from './member.ts'

/**
 * How far the disk of a member is known to have come: committed entries up to `index` were durable
 * there. A member whose log ends before was set back, by a restored backup say (J13).
 */
export interface AcknowledgedRow {
  readonly replicaId: number
  /** 32 lower-case hex characters; whose disk it was. */
  readonly incarnation: string
  readonly index: number
}

/** Acknowledged indexes by replicaId; a coarse floor, raised from time to time. */
export const acknowledgedTable = defineTable<AcknowledgedRow, 'byReplica'>({
  name: 'acknowledged',
  tableByte: tableBytes.acknowledged,
  rowVersion: 1,
  id: (row) => row.replicaId,
  keyParts: (row) => [row.replicaId],
  encode: (row) => [row.replicaId, idBytes(row.incarnation), row.index],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    incarnation: readIdBytes(fields),
    index: fields.integer(1),
  }),
  indexes: { byReplica: { order: [(row) => row.replicaId] } },
})
