// What an entry of type `config` does to the state: Raft says which configuration follows, the
// member rows say who its members are. Whatever does not fit is a no-op, the same on every replica
//
import { assert } from '../../base/index.ts'
import { changeConfiguration, initialConfiguration, isMember, isVoter } from '../../raft/index.ts'
import { decodeChangeContext } from './change-context.ts'
import { StateError } from './errors.ts'
import { membersMax } from './limits.ts'
import { forgetMember } from './node-state-commands.ts'
import { configTable } from './rows/config.ts'
import { configurationKey, configurationRow, readConfiguration } from './rows/configuration.ts'
import { memberTable } from './rows/member.ts'
import type {
  ChangeResult,
  Configuration,
  ConfigurationChange,
  Entry,
  MemberOperation,
} from '../../raft/index.ts'
import type { MemberDetails } from './change-context.ts'
import type { StateEvent } from './command.ts'
import type { MemberRole, MemberRow } from './rows/member.ts'
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

/** Nobody: what an empty state knows. Raft cannot be started from it. */
const noConfiguration: Configuration = {
  id: 0,
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
  highestId: 0,
}

/** The configuration before the first change: the members the cluster began with. */
export function configurationOfMembers(rows: readonly MemberRow[]): Configuration {
  if (rows.length === 0) return noConfiguration
  const withRole = (role: MemberRole) =>
    rows.filter((row) => row.role === role).map(({ replicaId }) => replicaId)
  return initialConfiguration({ voters: withRole('voter'), learners: withRole('learner') })
}

/**
 * Applies a `config` entry. `tx` is open, without limits. Throws `StateError` when the change is of
 * a newer format; nothing has been written then.
 */
export function applyChange(
  tx: Transaction,
  entry: Entry,
  { before, wallMs }: { readonly before: Configuration; readonly wallMs: number },
): MembershipResult {
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
  for (const operation of change.operations) putDetails(tx, operation, { details, entry })
  for (const row of membersIn(tx)) settleMember(tx, row, configuration)
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
 * Nobody takes the address or the host id of another member; only one that this very change removes
 * hands them on.
 */
function checkUnique(
  tx: Transaction,
  operations: readonly MemberOperation[],
  details: Details,
): MembershipRefusal | undefined {
  const removed = new Set(operations.filter(({ op }) => op === 'remove').map(({ id }) => id))
  const taking = new Map<number, Pick<MemberDetails, 'hostId' | 'raftAddress'>>()
  for (const { op, id } of operations) {
    const detail = details.get(id)
    if (detail !== undefined && (isAdding(op) || op === 'update')) taking.set(id, detail)
  }
  const staying = membersIn(tx).filter(
    ({ replicaId }) => !removed.has(replicaId) && !taking.has(replicaId),
  )
  const addresses = new Set(staying.map(({ raftAddress }) => raftAddress))
  const hostIds = new Set(staying.map(({ hostId }) => hostId))
  for (const [id, detail] of taking) {
    const row = tx.get(memberTable, id)
    const raftAddress = orElse(detail.raftAddress, row?.raftAddress ?? '')
    const hostId = orElse(detail.hostId, row?.hostId ?? '')
    if (addresses.has(raftAddress)) return 'address-in-use'
    if (hostIds.has(hostId)) return 'host-id-in-use'
    addresses.add(raftAddress)
    hostIds.add(hostId)
  }
  return undefined
}

/** Writes who a new member is, or what an update says of one. */
function putDetails(
  tx: Transaction,
  { op, id }: MemberOperation,
  { details, entry }: { readonly details: Details; readonly entry: Entry },
): void {
  const detail = details.get(id)
  if (isAdding(op)) {
    assert(detail !== undefined, 'a new member was checked')
    const { replicaId, hostId, incarnation, raftAddress } = detail
    tx.put(memberTable, {
      replicaId,
      hostId,
      incarnation,
      raftAddress,
      clientAddress: '',
      role: op === 'add-voter' ? 'voter' : 'learner',
      state: 'joining',
      bootId: '',
      programVersion: '',
      joinedAtIndex: entry.index,
      credential: '',
    })
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

/** Removes the row of who is no member any more, and keeps the role of the others. */
function settleMember(tx: Transaction, row: MemberRow, configuration: Configuration): void {
  const { replicaId } = row
  if (!isMember(configuration, replicaId)) {
    // Its session is closed by the leader's duties, in bounded steps, as a silent member's is.
    tx.delete(memberTable, replicaId)
    forgetMember(tx, replicaId)
    return
  }
  const role = isVoter(configuration, replicaId) ? 'voter' : 'learner'
  if (role !== row.role) tx.put(memberTable, { ...row, role })
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
