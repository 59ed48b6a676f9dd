// A new cluster from the state of one before: what an operator restores from an image, or recovers
// from a survivor. One voter, a new cluster id; what hosts and tasks are stays, what names members,
// their sessions or their admission goes, so that nothing points at who does not exist. Row by row,
// so that a state of any size passes through.
import { hashCell, StateDigest, tablesOutsideDigest } from './digest.ts'
import { StateError } from './errors.ts'
import { removedMembersMax } from './limits.ts'
import { operatorTokenKey } from './operator-token-command.ts'
import { decodeRow, rowKey, rowValue } from './row-codec.ts'
import { clusterIdKey, configTable } from './rows/config.ts'
import { configurationKey, configurationRow } from './rows/configuration.ts'
import { idBytes, memberTable } from './rows/member.ts'
import { metaCheck, metaTable } from './rows/meta.ts'
import { removedMemberTable } from './rows/removed-member.ts'
import { newCell } from './table.ts'
import { tableBytes } from './table-definition.ts'
import type { InitialMember } from './framework-commands.ts'
import type { Configuration } from '../../raft/index.ts'
import type { ConfigRow } from './rows/config.ts'
import type { HostBlockRow } from './rows/host-block.ts'
import type { MemberRow } from './rows/member.ts'
import type { RemovedMemberRow } from './rows/removed-member.ts'
import type { StateDescription } from './state-description.ts'
import type { AnyTable } from './table-definition.ts'

/** A stored row. */
type StoredRow = readonly [key: Uint8Array, value: Uint8Array]

/** Where the new cluster's state stands, and who its first member is. */
export interface FoundingPlace {
  /** The index after the state's last: rows that change get it, and the log begins behind it. */
  readonly index: number
  /** A term after the state's last. */
  readonly term: number
  /** An id that no member of the cluster before had. */
  readonly replicaId: number
}

/** What makes the state another cluster's. */
export interface Founding extends FoundingPlace {
  /** 32 lower-case hex characters; never that of the cluster before. */
  readonly clusterId: string
  readonly hostId: string
  /** 32 lower-case hex characters; new. */
  readonly incarnation: string
  readonly raftAddress: string
  readonly wallMs: number
}

/**
 * What becomes of a row of one table of the domain: itself (the same object: untouched), another
 * one with the same id, or nothing.
 */
export interface FoundingRule {
  readonly table: AnyTable
  found(row: object, context: { readonly clusterClockMs: number }): object | undefined
}

/** The place of a cluster that goes on from a state. */
export function foundingPlace(before: StateDescription): FoundingPlace {
  return {
    index: before.index + 1,
    term: before.term + 1,
    replicaId: before.configuration.highestId + 1,
  }
}

/** The members of a cluster just founded. */
export function foundingConfiguration({ index, replicaId }: FoundingPlace): Configuration {
  return {
    id: index,
    highestId: replicaId,
    autoLeave: false,
    voters: [replicaId],
    votersOutgoing: [],
    learners: [],
    learnersNext: [],
  }
}

type Fate = 'kept' | 'gone' | 'judged'

/** What becomes of the rows of each table; those of the domain are kept unless it has a rule. */
const fates: Readonly<Record<keyof typeof tableBytes, Fate>> = {
  meta: 'gone',
  digest: 'gone',
  members: 'judged',
  config: 'judged',
  features: 'kept',
  sessions: 'gone',
  results: 'gone',
  clock: 'kept',
  tombstones: 'kept',
  continuations: 'kept',
  outbox: 'kept',
  waiters: 'kept',
  hosts: 'kept',
  tasks: 'kept',
  peers: 'kept',
  edges: 'kept',
  memberProgress: 'gone',
  memberSupport: 'gone',
  joins: 'gone',
  removedMembers: 'judged',
  hostBlocks: 'judged',
  joinTokens: 'gone',
  acknowledged: 'gone',
  hostJoins: 'gone',
}

/** Turns the rows of a state into those of a new cluster's. */
export class ClusterFounder {
  readonly #founding: Founding
  readonly #clusterClockMs: number
  readonly #tables = new Map<number, AnyTable>()
  readonly #rules = new Map<number, FoundingRule>()
  readonly #fates = new Map<number, Fate>()
  readonly #digest = new StateDigest()
  /** Carries a hash into the digest. */
  readonly #cell = newCell({}, 0)
  /** Who was a member once, and now. */
  #former: RemovedMemberRow[] = []
  #rows = 0

  /** `tables`: all that the state may have. `before`: what the state is. */
  constructor(
    shape: { readonly tables: readonly AnyTable[]; readonly rules: readonly FoundingRule[] },
    before: StateDescription,
    founding: Founding,
  ) {
    this.#founding = founding
    this.#clusterClockMs = before.clusterClockMs
    for (const table of shape.tables) this.#tables.set(table.tableByte, table)
    for (const rule of shape.rules) this.#rules.set(rule.table.tableByte, rule)
    for (const [name, byte] of Object.entries(tableBytes)) {
      this.#fates.set(byte, fates[name as keyof typeof tableBytes])
    }
  }

  /** Rows of the new state so far. */
  get rows(): number {
    return this.#rows
  }

  /** The row in the new cluster; undefined when it has none there. Throws `StateError`. */
  take([key, value]: StoredRow): StoredRow | undefined {
    const byte = key[0] ?? 0
    const table = this.#tables.get(byte)
    const fate = this.#fates.get(byte)
    if (fate === 'gone') return undefined
    if (table === undefined || fate === undefined) {
      throw new StateError('SCHED_UNSUPPORTED_COMMAND', `a row of the unknown table ${byte}`)
    }
    const rule = this.#rules.get(byte)
    if (fate === 'kept' && rule === undefined) return this.#count(key, value)
    const { row } = decodeRow(table, key, value)
    const next = rule?.found(row, { clusterClockMs: this.#clusterClockMs })
    if (rule === undefined) return this.#judge(table, row) ? this.#count(key, value) : undefined
    if (next === row) return this.#count(key, value)
    return next === undefined ? undefined : this.#encode(table, next)
  }

  /** The rows that say whose state it is now and where it stands; once, after all others. */
  finish(): readonly StoredRow[] {
    const { clusterId, index, term, wallMs } = this.#founding
    const own = this.#member()
    const value = idBytes(clusterId)
    const id: ConfigRow = { key: clusterIdKey, value, actor: '', writtenWallMs: wallMs }
    const configuration = configurationRow(foundingConfiguration(this.#founding), wallMs)
    const rows = [
      this.#encode(memberTable, own),
      this.#encode(configTable, id),
      this.#encode(configTable, configuration),
      ...this.#removed().map((row) => this.#encode(removedMemberTable, row)),
    ]
    const meta = { appliedIndex: index, appliedTerm: term, digest: this.#digest.bytes() }
    const check = metaCheck(meta, undefined)
    return [...rows, this.#encode(metaTable, { ...meta, check })]
  }

  /** Whether a row of the framework stays as it is. */
  #judge(table: AnyTable, row: object): boolean {
    const { hostId, index, wallMs } = this.#founding
    switch (table.tableByte) {
      case tableBytes.members: {
        const { replicaId, incarnation, raftAddress, ...member } = row as MemberRow
        // Whoever asks to join again is known by its host, and never by what it held before.
        const reason = member.hostId === hostId ? 'replaced' : 'ghost'
        const former = { replicaId, hostId: member.hostId, incarnation, raftAddress }
        this.#former.push({ ...former, reason, removedAtIndex: index, removedWallMs: wallMs })
        return false
      }
      case tableBytes.removedMembers:
        this.#former.push(row as RemovedMemberRow)
        return false
      case tableBytes.hostBlocks:
        return (row as HostBlockRow).hostId !== hostId
      default: {
        const { key } = row as ConfigRow
        // The operator of the new cluster brings a token, or is given one.
        return key !== clusterIdKey && key !== configurationKey && key !== operatorTokenKey
      }
    }
  }

  /** The newest of those that were members; more than that nobody remembers. */
  #removed(): readonly RemovedMemberRow[] {
    const byAge = (a: RemovedMemberRow, b: RemovedMemberRow): number =>
      a.removedAtIndex - b.removedAtIndex || a.replicaId - b.replicaId
    return this.#former.sort(byAge).slice(-removedMembersMax)
  }

  #member(): MemberRow {
    const { replicaId, hostId, incarnation, raftAddress, index } = this.#founding
    const initial: InitialMember = { replicaId, hostId, incarnation, raftAddress }
    return {
      ...initial,
      clientAddress: '',
      role: 'voter',
      state: 'joining',
      bootId: '',
      programVersion: '',
      joinedAtIndex: index,
      credential: '',
    }
  }

  #encode(table: AnyTable, row: object): StoredRow {
    return this.#count(rowKey(table, row), rowValue(table, row, this.#founding.index))
  }

  #count(key: Uint8Array, value: Uint8Array): StoredRow {
    this.#rows += 1
    if (!tablesOutsideDigest.includes(key[0]!)) {
      hashCell(this.#cell, key, value)
      this.#digest.add(this.#cell)
    }
    return [key, value]
  }
}
