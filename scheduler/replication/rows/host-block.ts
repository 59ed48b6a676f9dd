import { hostBlocksMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { memberTextLengthMax } from './member.ts'
import { removalReasons } from './removed-member.ts'
import type { Transaction } from '../state-access.ts'
import type { RemovalReason } from './removed-member.ts'

/** A host that an operator sent away: it is not admitted again until a token for it says so. */
export interface HostBlockRow {
  readonly hostId: string
  readonly reason: RemovalReason
  /** The replica it was. */
  readonly replicaId: number
  readonly blockedAtIndex: number
}

/** Blocked hosts. */
export const hostBlockTable = defineTable<HostBlockRow, 'byAge'>({
  name: 'host-blocks',
  tableByte: tableBytes.hostBlocks,
  rowVersion: 1,
  id: (row) => row.hostId,
  keyParts: (row) => [row.hostId],
  encode: (row) => [row.hostId, row.reason, row.replicaId, row.blockedAtIndex],
  decode: (fields) => ({
    hostId: fields.text(memberTextLengthMax),
    reason: fields.oneOf(removalReasons),
    replicaId: fields.integer(1),
    blockedAtIndex: fields.integer(1),
  }),
  indexes: { byAge: { order: [(row) => row.blockedAtIndex, (row) => row.hostId] } },
})

/** Adds a row; the oldest goes when there are too many. */
export function putHostBlock(tx: Transaction, row: HostBlockRow): void {
  const isNew = tx.get(hostBlockTable, row.hostId) === undefined
  if (isNew && tx.count(hostBlockTable) >= hostBlocksMax) {
    const oldest = tx.first(hostBlockTable, 'byAge')
    if (oldest !== undefined) tx.delete(hostBlockTable, oldest.hostId)
  }
  tx.put(hostBlockTable, row)
}
