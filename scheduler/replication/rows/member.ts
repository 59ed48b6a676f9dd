import { fromHex, toHex } from '../../../base/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { WireFormatError } from '../wire.ts'
import type { FieldReader } from '../wire.ts'

/** What a member may do in votes. */
export type MemberRole = 'voter' | 'learner'

/** Node states of design 6; they change by commands only. */
export type MemberState = 'joining' | 'loading' | 'online' | 'draining' | 'hidden' | 'fail' | 'left'

const roles: readonly MemberRole[] = ['voter', 'learner']
const states: readonly MemberState[] = [
  'joining',
  'loading',
  'online',
  'draining',
  'hidden',
  'fail',
  'left',
]

/** A member of the cluster. */
export interface MemberRow {
  /** Never reused. */
  readonly replicaId: number
  /** Operator's name for the machine, unique among members. */
  readonly hostId: string
  /** 32 lower-case hex characters; new with every new data directory. */
  readonly incarnation: string
  /** host:port of the Raft service. */
  readonly raftAddress: string
  /** host:port of the client services, as the member itself said last; '' = not yet. */
  readonly clientAddress: string
  readonly role: MemberRole
  readonly state: MemberState
  /** bootId of its newest session, 32 lower-case hex characters; '' = none yet. */
  readonly bootId: string
  /** Program version of its newest session; '' = none yet. */
  readonly programVersion: string
  /** Log index that admitted it. */
  readonly joinedAtIndex: number
  /** Subject of its host credential; '' = none. */
  readonly credential: string
}

/** Members by replicaId. */
export const memberTable = defineTable<MemberRow, 'byReplica'>({
  name: 'members',
  tableByte: tableBytes.members,
  rowVersion: 1,
  id: (row) => row.replicaId,
  keyParts: (row) => [row.replicaId],
  encode: (row) => [
    row.replicaId,
    row.hostId,
    idBytes(row.incarnation),
    row.raftAddress,
    row.clientAddress,
    row.role,
    row.state,
    row.bootId === '' ? null : idBytes(row.bootId),
    row.programVersion,
    row.joinedAtIndex,
    row.credential,
  ],
  decode: (fields) => ({
    replicaId: fields.integer(1),
    hostId: fields.text(memberTextLengthMax),
    incarnation: readIdBytes(fields),
    raftAddress: fields.text(memberTextLengthMax),
    clientAddress: fields.text(memberTextLengthMax),
    role: fields.oneOf(roles),
    state: fields.oneOf(states),
    bootId: fields.isNull() ? '' : readIdBytes(fields),
    programVersion: fields.text(memberTextLengthMax),
    joinedAtIndex: fields.integer(),
    credential: fields.text(memberTextLengthMax),
  }),
  indexes: { byReplica: { order: [(row) => row.replicaId] } },
})

/** Longest text in a member row, UTF-16 units. Frozen. */
export const memberTextLengthMax = 512

/** The 16 bytes of an id of 32 hex characters. */
export function idBytes(id: string): Uint8Array {
  const bytes = fromHex(id)
  if (bytes === undefined || bytes.length !== 16) throw new WireFormatError('an id has 16 bytes')
  return bytes
}

/** Reads an id of 16 bytes as hex. */
export function readIdBytes(fields: FieldReader): string {
  const bytes = fields.bytes(16)
  if (bytes.length !== 16) throw new WireFormatError('an id has 16 bytes')
  return toHex(bytes)
}
