// Who an instance is. Written once, before the first vote, and never over another one.
import { initialMembersMax } from './limits.ts'
import { isId, isReplicaId, isText } from './sealed-json.ts'
import type { JsonObject, JsonValue } from './sealed-json.ts'

/** A member the cluster began with. */
export interface InitialMember {
  /** 1 … n in the order of the addresses' UTF-8 bytes. */
  readonly replicaId: number
  /** Stable name of the host, for operators. */
  readonly hostId: string
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  /** host:port of its Raft server, as the flags of every member spell it. */
  readonly raftAddress: string
}

/**
 * How an instance came to be: with its cluster, admitted to one that was there, or as the first
 * member of a new one made from an image (`restore`) or from what a survivor held (`recover`).
 */
export type IdentityOrigin = 'bootstrap' | 'join' | 'restore' | 'recover'

const origins: readonly JsonValue[] = [
  'bootstrap',
  'join',
  'restore',
  'recover',
] satisfies readonly IdentityOrigin[]

function isOrigin(value: JsonValue | undefined): value is IdentityOrigin {
  return value !== undefined && origins.includes(value)
}

/** Content of `identity.json`. */
export interface Identity {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  /** Safe integer from 1, never reused. */
  readonly replicaId: number
  /** 32 lower-case hex characters, drawn when the data directory was first used. */
  readonly incarnation: string
  /** Name of the host for operators; stays when the data are lost. */
  readonly hostId: string
  /** Log index of the entry that admitted the replica; 1 for initial members. */
  readonly createdAtIndex: number
  readonly createdBy: IdentityOrigin
  /** Whom the cluster began with, to answer probes; empty for a replica that joined later. */
  readonly initialMembers: readonly InitialMember[]
}

/** Reads an identity's fields; undefined when one is missing or out of range. */
export function identityFrom(fields: JsonObject): Identity | undefined {
  const { clusterId, replicaId, incarnation, hostId, createdAtIndex, createdBy } = fields
  const initialMembers = initialMembersFrom(fields['initialMembers'])
  if (!isId(clusterId) || !isReplicaId(replicaId) || !isId(incarnation) || !isText(hostId)) {
    return undefined
  }
  if (!isReplicaId(createdAtIndex) || initialMembers === undefined) return undefined
  if (!isOrigin(createdBy)) return undefined
  return { clusterId, replicaId, incarnation, hostId, createdAtIndex, createdBy, initialMembers }
}

/** An identity as it is stored. */
export function identityFields(identity: Identity): JsonObject {
  const { clusterId, replicaId, incarnation, hostId, createdAtIndex, createdBy } = identity
  const initialMembers = identity.initialMembers.map(memberFields)
  return { clusterId, replicaId, incarnation, hostId, createdAtIndex, createdBy, initialMembers }
}

/** Reads a list of initial members; undefined when it is not one. */
export function initialMembersFrom(value: unknown): readonly InitialMember[] | undefined {
  if (!Array.isArray(value) || value.length > initialMembersMax) return undefined
  const members: InitialMember[] = []
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'object' || item === null) return undefined
    const { replicaId, hostId, incarnation, raftAddress } = item as Partial<InitialMember>
    if (!isReplicaId(replicaId) || !isText(hostId)) return undefined
    if (!isId(incarnation) || !isText(raftAddress)) return undefined
    members.push({ replicaId, hostId, incarnation, raftAddress })
  }
  return members
}

/** An initial member as it is stored. */
export function memberFields(member: InitialMember): JsonObject {
  const { replicaId, hostId, incarnation, raftAddress } = member
  return { replicaId, hostId, incarnation, raftAddress }
}
