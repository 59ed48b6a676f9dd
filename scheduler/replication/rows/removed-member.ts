import { removedMembersMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { idBytes, memberTextLengthMax, readIdBytes } from './member.ts'
import type { StateReader, Transaction } from '../state-access.ts'

/**
 * Why a member was removed. An operator removed or decommissioned it: its host stays out until a
 * token for it lifts the block. `replaced`: the host lives on as another replica. `ghost`: it never
 * became a voter. `corrupt`: its state differed from the majority's. The last two may come back.
 */
export type RemovalReason = 'removed' | 'decommissioned' | 'replaced' | 'ghost' | 'corrupt'

export const removalReasons: readonly RemovalReason[] = [
  'removed',
  'decommissioned',
  'replaced',
  'ghost',
  'corrupt',
]

/** Who a replica was that is a member no more. */
export interface RemovedMemberRow {
  readonly replicaId: number
  readonly hostId: string
  /** 32 lower-case hex characters; never admitted again. */
  readonly incarnation: string
  readonly raftAddress: string
  readonly reason: RemovalReason
  /** Log index that ended its membership. */
  readonly removedAtIndex: number
  readonly removedWallMs: number
}

/** The last `removedMembersMax` that were removed. */
export const removedMemberTable = defineTable<
  RemovedMemberRow,
  'byAge' | 'byHost' | 'byIncarnation'
>({
  name: 'removed-members',
  tableByte: tableBytes.removedMembers,
  rowVersion: 1,
  id: (row) => row.replicaId,
  keyParts: (row) => [row.replicaId],
  encode: (row) => [
    row.replicaId,
    row.hostId,
    idBytes(row.incarnation),
    row.raftAddress,
    row.reason,
    row.removedAtIndex,
    row.removedWallMs,
  ],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    hostId: fields.text(memberTextLengthMax),
    incarnation: readIdBytes(fields),
    raftAddress: fields.text(memberTextLengthMax),
    reason: fields.oneOf(removalReasons),
    removedAtIndex: fields.integer(1),
    removedWallMs: fields.integer(),
  }),
  indexes: {
    byAge: { order: [(row) => row.removedAtIndex, (row) => row.replicaId] },
    byHost: { group: (row) => row.hostId, order: [(row) => row.replicaId] },
    byIncarnation: { group: (row) => row.incarnation, order: [(row) => row.replicaId] },
  },
})

/** Adds a row; the oldest goes when there are too many. */
export function putRemovedMember(tx: Transaction, row: RemovedMemberRow): void {
  if (tx.count(removedMemberTable) >= removedMembersMax) {
    const oldest = tx.first(removedMemberTable, 'byAge')
    if (oldest !== undefined) tx.delete(removedMemberTable, oldest.replicaId)
  }
  tx.put(removedMemberTable, row)
}

/** Whether a replica of this host was a member once, as far as the state remembers. */
export function wasMember(reader: StateReader, hostId: string): boolean {
  return reader.groupSize(removedMemberTable, 'byHost', hostId) > 0
}
