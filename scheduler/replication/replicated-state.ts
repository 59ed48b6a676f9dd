// The replicated state machine: tables, and how log entries change them. Synchronous and pure; the
// durable shell around it is durable-state.ts.
import { assert } from '../../base/index.ts'
import { decodeBatch } from './batch.ts'
import { EntryApplier } from './entry-applier.ts'
import { StateError } from './errors.ts'
import { digestIntervalIndexes } from './limits.ts'
import { Registry } from './registry.ts'
import { clockTable } from './rows/clock.ts'
import { digestTable } from './rows/digest.ts'
import { memberTable } from './rows/member.ts'
import { metaCheck, metaTable } from './rows/meta.ts'
import { Settlement } from './settlement.ts'
import { StateTransaction } from './state-transaction.ts'
import { TableReader, TableSet } from './table-set.ts'
import { loadRow, verifyLoaded } from './state-loading.ts'
import type { DigestMark, Entry } from '../../raft/index.ts'
import type { Batch } from './batch.ts'
import type { Domain } from './command.ts'
import type { CommandFailure, KnownCommand } from './entry-applier.ts'
import type { CommandReport, FrameListener, RowChange, StateFrame } from './frame.ts'
import type { StateWrites } from './settlement.ts'
import type { StateReader } from './state-access.ts'
import type { JournalRecord } from './state-transaction.ts'

export interface ReplicatedStateOptions {
  /** Hears of commands that threw (result `internal`): a bug worth a log line. */
  readonly onCommandFailed: (failure: CommandFailure) => void
}

/** Who votes and who only listens, as the state says (raft starts from this). */
export interface StateConfiguration {
  readonly voters: readonly number[]
  readonly learners: readonly number[]
}

/** A replica's state. After `apply` or `load…` threw it must not be used any more. */
export class ReplicatedState {
  readonly registry: Registry
  /** Reads the state between entries, without limits. */
  readonly reader: StateReader
  readonly #options: ReplicatedStateOptions
  readonly #tables: TableSet
  readonly #tx: StateTransaction
  readonly #settlement: Settlement
  readonly #listeners = new Set<FrameListener>()
  #appliedIndex = 0
  #appliedTerm = 0
  #clusterClockMs = 0
  #wallMs = 0
  #mark: DigestMark = { index: 0, digest: new Uint8Array(0) }
  #isBroken = false

  constructor(domain: Domain, options: ReplicatedStateOptions) {
    this.registry = new Registry(domain)
    this.#options = options
    this.#tables = new TableSet(this.registry.tables)
    this.reader = new TableReader(this.#tables, () => {})
    this.#tx = new StateTransaction(this.#tables)
    this.#settlement = new Settlement(this.#tables)
  }

  get appliedIndex(): number {
    return this.#appliedIndex
  }

  get appliedTerm(): number {
    return this.#appliedTerm
  }

  /** Cluster time of the last applied entry. */
  get clusterClockMs(): number {
    return this.#clusterClockMs
  }

  /** The state's wall time: the largest one a leader stamped. */
  get wallMs(): number {
    return this.#wallMs
  }

  /** Newest digest mark; index 0 = none yet. */
  get digestMark(): DigestMark {
    return this.#mark
  }

  /** Encoded bytes settled and not yet taken. */
  get pendingBytes(): number {
    return this.#settlement.pendingBytes
  }

  /** The 16 bytes of the digest of the state as it is now. */
  digest(): Uint8Array {
    this.#settlement.settle()
    return this.#settlement.digest.bytes()
  }

  /** Members by role, ascending. */
  configuration(): StateConfiguration {
    const voters: number[] = []
    const learners: number[] = []
    this.reader.each(memberTable, 'byReplica', {}, (member) => {
      if (member.role === 'voter') voters.push(member.replicaId)
      else learners.push(member.replicaId)
    })
    return { voters, learners }
  }

  /** Calls `listener` for every entry applied from now on; the result ends that. */
  subscribe(listener: FrameListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Applies the next entries; returns the reports of each. Throws `StateError` to stop. */
  apply(entries: readonly Entry[]): readonly (readonly CommandReport[])[] {
    assert(!this.#isBroken, 'a state that failed is not used again')
    this.#isBroken = true
    const reports = entries.map((entry) => this.#applyEntry(entry))
    this.#isBroken = false
    return reports
  }

  /**
   * Settles and hands over all changes since the last call, with the rows that say where the state
   * stands: to be written together. Undefined when nothing was applied since.
   */
  take(): { readonly writes: StateWrites; readonly index: number } | undefined {
    assert(!this.#isBroken, 'a state that failed is not written')
    if (this.#appliedIndex === (this.reader.get(metaTable, 0)?.appliedIndex ?? 0)) return undefined
    const digest = this.digest()
    const { appliedIndex, appliedTerm } = this
    const check = metaCheck({ appliedIndex, appliedTerm, digest }, this.reader.get(digestTable, 0))
    this.#tables.of(metaTable).set(0, { appliedIndex, appliedTerm, digest, check }, appliedIndex)
    this.#settlement.settle()
    return { writes: this.#settlement.take(), index: appliedIndex }
  }

  /** Takes one stored row; only before anything was applied. Throws `StateError`. */
  load(key: Uint8Array, value: Uint8Array): void {
    assert(this.#appliedIndex === 0, 'rows are loaded into an empty state')
    loadRow(this.#tables, this.#settlement, key, value)
  }

  /** Ends loading: checks the digest and takes over the position. Throws `StateError`. */
  loaded(): void {
    verifyLoaded(this.#tables, this.reader, this.#settlement.digest.bytes())
    const meta = this.reader.get(metaTable, 0)
    if (meta === undefined) return
    this.#appliedIndex = meta.appliedIndex
    this.#appliedTerm = meta.appliedTerm
    const clock = this.reader.get(clockTable, 0)
    this.#clusterClockMs = clock?.clusterClockMs ?? 0
    this.#wallMs = clock?.wallMs ?? 0
    const mark = this.reader.get(digestTable, 0)
    if (mark !== undefined) this.#mark = { index: mark.index, digest: mark.digest }
  }

  #applyEntry(entry: Entry): readonly CommandReport[] {
    assert(entry.index === this.#appliedIndex + 1, 'entries are applied in order')
    const decoded = entry.type === 'noop' ? undefined : this.#decode(entry)
    this.#clusterClockMs = Math.max(this.#clusterClockMs, entry.stampMs)
    this.#wallMs = Math.max(this.#wallMs, decoded?.batch.wallMs ?? 0)
    const { index, term } = entry
    const place = { index, term, stampMs: this.#clusterClockMs, wallMs: this.#wallMs }
    const applier = new EntryApplier(this.#tx, place, this.#options.onCommandFailed)
    this.#putClock(index)
    if (decoded !== undefined) applier.apply(decoded.batch, decoded.commands)
    this.#appliedIndex = index
    this.#appliedTerm = term
    if (index % digestIntervalIndexes === 0) this.#markDigest(index)
    if (this.#listeners.size > 0) this.#deliver(applier, place, decoded?.batch.sessionId ?? 0)
    return applier.reports
  }

  /** Decodes everything before anything changes, so that an unknown command leaves no trace. */
  #decode(entry: Entry): { batch: Batch; commands: readonly KnownCommand[] } {
    const at = `entry ${entry.index}`
    if (entry.type !== 'command') throw unsupported(`${at}: type ${entry.type}`)
    const decoded = decodeBatch(entry.data)
    if (!decoded.ok) {
      if (decoded.reason === 'unsupported') throw unsupported(`${at}: newer format`)
      throw new StateError('SCHED_ENTRY_DAMAGED', `${at}: ${decoded.reason}`)
    }
    const commands = decoded.batch.commands.map((envelope) => {
      const { kind, kindVersion } = envelope
      const definition = this.registry.command(kind, kindVersion)
      if (definition === undefined) throw unsupported(`${at}: kind ${kind} version ${kindVersion}`)
      return { envelope, definition }
    })
    return { batch: decoded.batch, commands }
  }

  #putClock(index: number): void {
    const clusterClockMs = this.#clusterClockMs
    const wallMs = this.#wallMs
    const before = this.reader.get(clockTable, 0)
    if (before?.clusterClockMs === clusterClockMs && before.wallMs === wallMs) return
    this.#tables.of(clockTable).set(0, { clusterClockMs, wallMs }, index)
  }

  #markDigest(index: number): void {
    const digest = this.digest()
    this.#mark = { index, digest }
    this.#tables.of(digestTable).set(0, { index, digest }, index)
  }

  #deliver(
    applier: EntryApplier,
    place: { readonly index: number; readonly term: number; readonly stampMs: number },
    sessionId: number,
  ): void {
    const frame: StateFrame = {
      index: place.index,
      term: place.term,
      stampMs: place.stampMs,
      sessionId,
      reports: applier.reports,
      events: applier.events,
      changes: () => collectChanges(applier.journals),
    }
    for (const listener of this.#listeners) listener(frame)
  }
}

function unsupported(what: string): StateError {
  return new StateError('SCHED_UNSUPPORTED_COMMAND', `${what}: this program is too old for the log`)
}

/** Each changed row once, with what it was before the entry. */
function collectChanges(journals: readonly (readonly JournalRecord[])[]): readonly RowChange[] {
  const seen = new Map<object, Set<string | number>>()
  const changes: RowChange[] = []
  for (const journal of journals) {
    for (const { table, id, row } of journal) {
      let ids = seen.get(table)
      if (ids === undefined) {
        ids = new Set()
        seen.set(table, ids)
      }
      if (ids.has(id)) continue
      ids.add(id)
      const now = table.cell(id)?.row
      if (now === undefined && row === undefined) continue
      changes.push({ table: table.definition, id, row: now, before: row })
    }
  }
  return changes
}
