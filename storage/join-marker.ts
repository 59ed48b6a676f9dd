// `join.json`: what a member remembers that asks a cluster for admission. It is written before the
// first request, so that a crash repeats the request with the same incarnation and is given the
// same replicaId; it goes as soon as an identity is written (raft.md 3.6). Frozen: golden bytes in
// known-members.test.ts.
import { isId, isText } from './sealed-json.ts'
import type { JsonObject } from './sealed-json.ts'

export const joinMarkerName = 'join.json'

/** Content of `join.json`. */
export interface JoinMarker {
  /** The cluster that is asked; another one is never joined with this incarnation. */
  readonly clusterId: string
  /** 32 lower-case hex characters; has neither voted nor acknowledged anything. */
  readonly incarnation: string
  readonly hostId: string
  /** host:port where this member answers probes. */
  readonly raftAddress: string
}

/** A join marker as it is stored. */
export function joinMarkerFields(marker: JoinMarker): JsonObject {
  const { clusterId, incarnation, hostId, raftAddress } = marker
  return { clusterId, incarnation, hostId, raftAddress }
}

/** Reads a join marker's fields; undefined when one is missing or out of range. */
export function joinMarkerFrom(fields: JsonObject): JoinMarker | undefined {
  const { clusterId, incarnation, hostId, raftAddress } = fields
  if (!isId(clusterId) || !isId(incarnation) || !isText(hostId) || !isText(raftAddress)) {
    return undefined
  }
  return { clusterId, incarnation, hostId, raftAddress }
}
