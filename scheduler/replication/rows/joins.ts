import { joinsMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { idBytes, memberTextLengthMax, readIdBytes } from './member.ts'
import type { StateReader } from '../state-access.ts'

/**
 * A host that asks to become a member, from its request until it is a voter, or gone again.
 * Learners that stay learners keep theirs.
 */
export interface JoinRow {
  /** 32 lower-case hex characters: the data directory that asks. */
  readonly incarnation: string
  readonly hostId: string
  /** host:port where it answers probes, and will replicate. */
  readonly raftAddress: string
  /** Host id of the member it takes the place of; '' = its own. */
  readonly replaces: string
  /** Never promoted by itself. */
  readonly isLearner: boolean
  /** The replica it was admitted as; 0 = not yet. */
  readonly replicaId: number
  /** Its disk has acknowledged something: should that be lost, the incarnation is burned. */
  readonly hasActed: boolean
  /** Cluster time and wall time of the first request. */
  readonly askedAtMs: number
  readonly askedWallMs: number
  /** What it showed: `token:<tokenId>`, `cluster-key` or `certificate:<name>`. */
  readonly credential: string
}

/** Joins by incarnation. */
export const joinTable = defineTable<JoinRow, 'byAge'>({
  name: 'joins',
  tableByte: tableBytes.joins,
  rowVersion: 1,
  id: (row) => row.incarnation,
  keyParts: (row) => [row.incarnation],
  encode: (row) => [
    idBytes(row.incarnation),
    row.hostId,
    row.raftAddress,
    row.replaces,
    row.isLearner,
    row.replicaId,
    row.hasActed,
    row.askedAtMs,
    row.askedWallMs,
    row.credential,
  ],
  decode: (fields) => ({
    incarnation: readIdBytes(fields),
    hostId: fields.text(memberTextLengthMax),
    raftAddress: fields.text(memberTextLengthMax),
    replaces: fields.text(memberTextLengthMax),
    isLearner: fields.boolean(),
    replicaId: fields.integer(),
    hasActed: fields.boolean(),
    askedAtMs: fields.integer(),
    askedWallMs: fields.integer(),
    credential: fields.text(memberTextLengthMax),
  }),
  indexes: { byAge: { order: [(row) => row.askedAtMs, (row) => row.incarnation] } },
})

/** All joins, oldest first: `joinsMax` at most. */
export function listJoins(reader: StateReader): readonly JoinRow[] {
  return reader.list(joinTable, 'byAge', { limit: joinsMax })
}

/** The join that `replicaId` was admitted by, while it is not finished. */
export function joinOfReplica(reader: StateReader, replicaId: number): JoinRow | undefined {
  return listJoins(reader).find((join) => join.replicaId === replicaId)
}
