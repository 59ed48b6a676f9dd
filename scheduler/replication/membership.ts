// What an entry of type `config` does to the state: Raft says which configuration follows, the
// member rows say who its members are. Whatever does not fit is a no-op, the same on every replica
//
import { assert } from '../../base/index.ts'
import {
  changeConfiguration,
  initialConfiguration,
  isJoint,
  isMember,
  isVoter,
  noMembers,
} from '../../raft/index.ts'
import { decodeChangeContext } from './change-context.ts'
import { StateError } from './errors.ts'
import { withdrawJoins } from './join-commands.ts'
import { membersMax } from './limits.ts'
import { forgetMember } from './node-state-commands.ts'
import { configTable } from './rows/config.ts'
import { configurationKey, configurationRow, readConfiguration } from './rows/configuration.ts'
import { putHostBlock } from './rows/host-block.ts'
import { countAdmission } from './rows/host-joins.ts'
import { joinTable, listJoins } from './rows/joins.ts'
import { leavingKey, leavingRow, readLeaving } from './rows/leaving.ts'
import { memberTable } from './rows/member.ts'
import { putRemovedMember } from './rows/removed-member.ts'
import type {
  ChangeResult,
  Configuration,
  ConfigurationChange,
  Entry,
  MemberOperation,
} from '../../raft/index.ts'
import type { MemberDetails } from './change-context.ts'
import type { StateEvent } from './command.ts'
import type { JoinRow } from './rows/joins.ts'
import type { MemberRole, MemberRow, MemberState } from './rows/member.ts'
import type { RemovalReason } from './rows/removed-member.ts'
import type { StateReader, Transaction } from './state-access.ts'

/** Why the state refused a change that Raft would have made. */
export type MembershipRefusal =
  /** The change does not say who the member is. */
  | 'missing-details'
  /** The member has another incarnation than the change was made for. */
  | 'wrong-incarnation'
  /** Another member has the address. */
  | 'address-in-use'
  /** Another member has the host id. */
  | 'host-id-in-use'

/** What a change did. A refused one is a no-op. */
export type MembershipResult =
  | ChangeResult
  | {
      readonly ok: false
      readonly reason: MembershipRefusal
      readonly configuration: Configuration
    }

/** What a change needs besides the entry: the same on every replica. */
export interface ChangePlace {
  readonly before: Configuration
  /** Cluster time and wall time of the state. */
  readonly clusterMs: number
  readonly wallMs: number
  emit(event: StateEvent): void
}

/** Emitted when the members, their roles or their addresses changed. */
export interface MembersChanged extends StateEvent {
  readonly type: 'members-changed'
  readonly configurationId: number
}

type Details = ReadonlyMap<number, MemberDetails>

/** The configuration in force, from the rows alone. */
export function configurationOf(reader: StateReader): Configuration {
  const row = reader.get(configTable, configurationKey)
  if (row !== undefined) return readConfiguration(row)
  return configurationOfMembers(reader.list(memberTable, 'byReplica', { limit: membersMax }))
}

/** The configuration before the first change: the members the cluster began with. */
export function configurationOfMembers(rows: readonly MemberRow[]): Configuration {
  if (rows.length === 0) return noMembers
  const withRole = (role: MemberRole) =>
    rows.filter((row) => row.role === role).map(({ replicaId }) => replicaId)
  return initialConfiguration({ voters: withRole('voter'), learners: withRole('learner') })
}

/**
 * Applies a `config` entry. `tx` is open, without limits. Throws `StateError` when the change is of
 * a newer format; nothing has been written then.
 */
export function applyChange(tx: Transaction, entry: Entry, place: ChangePlace): MembershipResult {
  const { before, wallMs } = place
  const changed = changeConfiguration(before, entry)
  if (!changed.ok) {
    if (changed.reason !== 'unsupported') return changed
    const message = `entry ${entry.index}: a change of members of a newer format`
    throw new StateError('SCHED_UNSUPPORTED_COMMAND', message)
  }
  const { configuration, change } = changed
  const details = decodeChangeContext(change.context)
  if (details === undefined) return { ok: false, reason: 'malformed', configuration: before }
  const reason = checkDetails(tx, change, details)
  if (reason !== undefined) return { ok: false, reason, configuration: before }
  tx.put(configTable, configurationRow(configuration, wallMs))
  for (const operation of change.operations) {
    putDetails(tx, operation, { details, index: entry.index, clusterMs: place.clusterMs })
  }
  const leaving = leavingMembers(tx, change, details)
  for (const row of membersIn(tx)) {
    if (isMember(configuration, row.replicaId)) settleMember(tx, row, configuration)
    else removeMember(tx, row, { ...place, index: entry.index, reason: leaving.get(row.replicaId) })
  }
  // In a joint configuration the leaving stay members until it is left.
  if (isJoint(configuration)) tx.put(configTable, leavingRow(leaving, wallMs))
  else tx.delete(configTable, leavingKey)
  assert(tx.count(memberTable) > 0, 'a configuration has members')
  return changed
}

function checkDetails(
  tx: Transaction,
  { operations }: ConfigurationChange,
  details: Details,
): MembershipRefusal | 'malformed' | undefined {
  const named = new Set(operations.map(({ id }) => id))
  for (const id of details.keys()) if (!named.has(id)) return 'malformed'
  for (const operation of operations) {
    const reason = checkOperation(tx, operation, details.get(operation.id))
    if (reason !== undefined) return reason
  }
  return checkUnique(tx, operations, details)
}

function checkOperation(
  tx: Transaction,
  { op, id }: MemberOperation,
  detail: MemberDetails | undefined,
): MembershipRefusal | undefined {
  if (isAdding(op)) {
    const isWhole = detail !== undefined && detail.hostId !== '' && detail.raftAddress !== ''
    return isWhole ? undefined : 'missing-details'
  }
  const isNeeded = op === 'promote' || op === 'update'
  if (detail === undefined) return isNeeded ? 'missing-details' : undefined
  return tx.get(memberTable, id)?.incarnation === detail.incarnation
    ? undefined
    : 'wrong-incarnation'
}

/**
 * Nobody takes the address or the host id of another member. Two exceptions: one that this very
 * change removes hands them on, and a learner that was admitted in the place of a member has them
 * beside it until it is promoted; the promotion has to remove that member.
 */
function checkUnique(
  tx: Transaction,
  operations: readonly MemberOperation[],
  details: Details,
): MembershipRefusal | undefined {
  const removed = new Set(operations.filter(({ op }) => op === 'remove').map(({ id }) => id))
  const taking = new Map<number, MemberRow | MemberDetails>()
  for (const { op, id } of operations) {
    const taker = takerOf(tx.get(memberTable, id), op, details.get(id))
    if (taker !== undefined) taking.set(id, taker)
  }
  const others: Pick<MemberRow, 'hostId' | 'raftAddress'>[] = membersIn(tx).filter(
    ({ replicaId }) => !removed.has(replicaId) && !taking.has(replicaId),
  )
  const joins = listJoins(tx)
  for (const { op, id } of operations) {
    const taker = taking.get(id)
    if (taker === undefined) continue
    const join = op === 'add-learner' ? joinOf(joins, taker) : undefined
    const staying = others.filter((other) => !makesWayFor(other, join))
    if (staying.some(({ raftAddress }) => raftAddress === taker.raftAddress)) {
      return 'address-in-use'
    }
    if (staying.some(({ hostId }) => hostId === taker.hostId)) return 'host-id-in-use'
    others.push(taker)
  }
  return undefined
}

/**
 * Whose address and host id have to be free after an operation; undefined: they stay as they are.
 */
function takerOf(
  row: MemberRow | undefined,
  op: MemberOperation['op'],
  detail: MemberDetails | undefined,
): MemberRow | MemberDetails | undefined {
  if (op === 'promote') return row
  if (detail === undefined || (!isAdding(op) && op !== 'update')) return undefined
  return {
    ...detail,
    raftAddress: orElse(detail.raftAddress, row?.raftAddress ?? ''),
    hostId: orElse(detail.hostId, row?.hostId ?? ''),
  }
}

function joinOf(
  joins: readonly JoinRow[],
  { incarnation, hostId, raftAddress }: MemberRow | MemberDetails,
): JoinRow | undefined {
  return joins.find(
    (join) =>
      join.incarnation === incarnation &&
      join.hostId === hostId &&
      join.raftAddress === raftAddress,
  )
}

function makesWayFor({ hostId }: Pick<MemberRow, 'hostId'>, join: JoinRow | undefined): boolean {
  return join !== undefined && (hostId === join.hostId || hostId === join.replaces)
}

/** Writes who a new member is, or what an update says of one. */
function putDetails(
  tx: Transaction,
  { op, id }: MemberOperation,
  place: { readonly details: Details; readonly index: number; readonly clusterMs: number },
): void {
  const { details, index, clusterMs } = place
  const detail = details.get(id)
  if (isAdding(op)) {
    assert(detail !== undefined, 'a new member was checked')
    const { replicaId, hostId, incarnation, raftAddress } = detail
    const join = tx.get(joinTable, incarnation)
    tx.put(memberTable, {
      replicaId,
      hostId,
      incarnation,
      raftAddress,
      clientAddress: '',
      role: op === 'add-voter' ? 'voter' : 'learner',
      state: firstState(tx, hostId),
      bootId: '',
      programVersion: '',
      joinedAtIndex: index,
      credential: join?.credential ?? '',
    })
    if (join === undefined) return
    tx.put(joinTable, { ...join, replicaId })
    countAdmission(tx, hostId, clusterMs)
  } else if (op === 'update') {
    const row = tx.get(memberTable, id)
    assert(row !== undefined, 'every member has a row')
    const hostId = orElse(detail?.hostId, row.hostId)
    tx.put(memberTable, {
      ...row,
      hostId,
      raftAddress: orElse(detail?.raftAddress, row.raftAddress),
    })
  }
}

/** What an operator has said of a host holds for its next replica, too. */
function firstState(tx: Transaction, hostId: string): MemberState {
  const kept = membersIn(tx).find(
    (row) => row.hostId === hostId && (row.state === 'hidden' || row.state === 'draining'),
  )
  return kept?.state ?? 'joining'
}

/** Why each member leaves that this change removes, or that the joint change before it did. */
function leavingMembers(
  tx: Transaction,
  { operations }: ConfigurationChange,
  details: Details,
): ReadonlyMap<number, RemovalReason> {
  const row = tx.get(configTable, leavingKey)
  const leaving = new Map(row === undefined ? [] : readLeaving(row))
  for (const { op, id } of operations) {
    if (op === 'remove') leaving.set(id, details.get(id)?.reason ?? 'removed')
  }
  return leaving
}

/** Keeps the role; whoever becomes a voter has finished its join. */
function settleMember(tx: Transaction, row: MemberRow, configuration: Configuration): void {
  const role = isVoter(configuration, row.replicaId) ? 'voter' : 'learner'
  if (role === row.role) return
  tx.put(memberTable, { ...row, role })
  if (role === 'voter') tx.delete(joinTable, row.incarnation)
}

/**
 * Removes the row of who is no member any more. Its session is closed by the leader's duties, in
 * bounded steps, as a silent member's is.
 */
function removeMember(
  tx: Transaction,
  row: MemberRow,
  place: ChangePlace & { readonly index: number; readonly reason: RemovalReason | undefined },
): void {
  const { replicaId, hostId, incarnation, raftAddress } = row
  const { index, wallMs, reason = 'removed' } = place
  tx.delete(memberTable, replicaId)
  tx.delete(joinTable, incarnation)
  forgetMember(tx, replicaId)
  putRemovedMember(tx, {
    replicaId,
    hostId,
    incarnation,
    raftAddress,
    reason,
    removedAtIndex: index,
    removedWallMs: wallMs,
  })
  if (reason !== 'removed' && reason !== 'decommissioned') return
  if (membersIn(tx).some((member) => member.hostId === hostId)) return
  putHostBlock(tx, { hostId, reason, replicaId, blockedAtIndex: index })
  withdrawJoins(tx, (join) => join.hostId === hostId, 'host-blocked', place)
}

function membersIn(tx: Transaction): readonly MemberRow[] {
  return tx.list(memberTable, 'byReplica', { limit: membersMax })
}

function isAdding(op: MemberOperation['op']): boolean {
  return op === 'add-voter' || op === 'add-learner'
}

function orElse(text: string | undefined, fallback: string): string {
  return text === undefined || text === '' ? fallback : text
}
