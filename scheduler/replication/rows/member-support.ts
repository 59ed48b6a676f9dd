import { featuresMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { featureNameLengthMax } from './feature.ts'

/** What the program of a member's newest session can do (design 4.14). */
export interface MemberSupportRow {
  readonly replicaId: number
  /** Version of the replication protocol it speaks. */
  readonly protocolVersion: number
  /** Features it knows, sorted by their UTF-8 bytes, each once. */
  readonly features: readonly string[]
}

/** Support by replicaId; a member that never opened a session has no row. */
export const memberSupportTable = defineTable<MemberSupportRow, 'byReplica'>({
  name: 'member-support',
  tableByte: tableBytes.memberSupport,
  rowVersion: 1,
  id: (row) => row.replicaId,
  keyParts: (row) => [row.replicaId],
  encode: (row) => [row.replicaId, row.protocolVersion, row.features],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    protocolVersion: fields.integer(1),
    features: fields.list(featuresMax, (items) => items.text(featureNameLengthMax)),
  }),
  indexes: { byReplica: { order: [(row) => row.replicaId] } },
})
