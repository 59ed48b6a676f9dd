// The replicated state machine: tables, and how log entries change them. Synchronous and pure; the
// durable shell around it is durable-state.ts.
import { assert } from '../../base/index.ts'
import { decodeBatch } from './batch.ts'
import { EntryApplier } from './entry-applier.ts'
import { StateError } from './errors.ts'
import { featuresOn, requireSupport } from './feature-commands.ts'
import { digestIntervalIndexes, sizeSampleRowsMax } from './limits.ts'
import { configurationOf } from './membership.ts'
import { Registry } from './registry.ts'
import { clockTable } from './rows/clock.ts'
import { digestTable } from './rows/digest.ts'
import { metaCheck, metaTable } from './rows/meta.ts'
import { Settlement } from './settlement.ts'
import { StateTransaction } from './state-transaction.ts'
import { TableReader, TableSet } from './table-set.ts'
import { loadRow, verifyLoaded } from './state-loading.ts'
import type { Configuration, DigestMark, Entry } from '../../raft/index.ts'
import type { Batch } from './batch.ts'
import type { Domain } from './command.ts'
import type { CommandFailure, KnownCommand } from './entry-applier.ts'
import type { CommandReport, FrameListener, RowChange, StateFrame } from './frame.ts'
import type { MembershipResult } from './membership.ts'
import type { StateWrites } from './settlement.ts'
import type { StateReader } from './state-access.ts'
import type { JournalRecord } from './state-transaction.ts'

export interface ReplicatedStateOptions {
  /** Hears of commands that threw (result `internal`): a bug worth a log line. */
  readonly onCommandFailed: (failure: CommandFailure) => void
}

/** What an entry did: one report for each command, or what became of a change of members. */
export type EntryResult = readonly CommandReport[] | MembershipResult

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
  readonly #replaceListeners = new Set<() => void>()
  /** As the rows have it; undefined until somebody asks. */
  #configuration: Configuration | undefined
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

  /**
   * About how many bytes all rows have as stored: the first ones of each table stand for the rest.
   * For people, not for anything that replicas must agree on.
   */
  estimateBytes(): number {
    let bytes = 0
    for (const table of this.#tables.list) bytes += table.estimateBytes(sizeSampleRowsMax)
    return Math.round(bytes)
  }

  /** The 16 bytes of the digest of the state as it is now. */
  digest(): Uint8Array {
    this.#settlement.settle()
    return this.#settlement.digest.bytes()
  }

  /** The configuration in force: what raft is started from. An empty state knows nobody. */
  configuration(): Configuration {
    if (this.#appliedIndex === 0) return configurationOf(this.reader)
    this.#configuration ??= configurationOf(this.reader)
    return this.#configuration
  }

  /** Calls `listener` for every entry applied from now on; the result ends that. */
  subscribe(listener: FrameListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` right after the whole state was replaced; the result ends that. */
  onReplaced(listener: () => void): () => void {
    this.#replaceListeners.add(listener)
    return () => this.#replaceListeners.delete(listener)
  }

  /**
   * Applies the next entries, the first at least and others until `isTimeUp`; returns what each of
   * these did. Throws `StateError` to stop.
   */
  apply(entries: readonly Entry[], isTimeUp = neverUp): readonly EntryResult[] {
    assert(!this.#isBroken, 'a state that failed is not used again')
    this.#isBroken = true
    const results: EntryResult[] = []
    for (const entry of entries) {
      if (results.length > 0 && isTimeUp()) break
      results.push(this.#applyEntry(entry))
    }
    this.#isBroken = false
    return results
  }

  /** An empty state of the same kind, to be loaded beside this one. */
  emptyCopy(): ReplicatedState {
    return new ReplicatedState(this.registry.domain, this.#options)
  }

  /**
   * Becomes what `loaded`, a state just loaded, is; in one turn. Everything that was read before is
   * void, changes that were not taken are forgotten, and `loaded` must not be used any more.
   */
  replaceBy(loaded: ReplicatedState): void {
    assert(!this.#isBroken && !loaded.#isBroken, 'a state that failed is not used again')
    assert(loaded.#appliedIndex > this.#appliedIndex, 'a state never goes back')
    loaded.#isBroken = true
    this.#tables.takeOver(loaded.#tables)
    this.#settlement.takeOver(loaded.#settlement)
    this.#appliedIndex = loaded.#appliedIndex
    this.#appliedTerm = loaded.#appliedTerm
    this.#clusterClockMs = loaded.#clusterClockMs
    this.#wallMs = loaded.#wallMs
    this.#mark = loaded.#mark
    this.#configuration = undefined
    for (const listener of this.#replaceListeners) listener()
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

  /**
   * Does most of what `loaded` does, in steps: between two of them others get their turn. Call it
   * after the last row; optional.
   */
  *indexSteps(): Generator<undefined, void> {
    for (const table of this.#tables.list) yield* table.indexSteps()
  }

  /** Ends loading: checks the digest and takes over the position. Throws `StateError`. */
  loaded(): void {
    verifyLoaded(this.#tables, this.reader, this.#settlement.digest.bytes())
    // Whoever cannot follow all that is on must not take part, not even as a voter.
    requireSupport(this.registry.domain.supportedFeatures, featuresOn(this.reader))
    this.#configuration = undefined
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

  #applyEntry(entry: Entry): EntryResult {
    assert(entry.index === this.#appliedIndex + 1, 'entries are applied in order')
    const decoded = entry.type === 'command' ? this.#decode(entry) : undefined
    this.#clusterClockMs = Math.max(this.#clusterClockMs, entry.stampMs)
    this.#wallMs = Math.max(this.#wallMs, decoded?.batch.wallMs ?? 0)
    const { index, term } = entry
    const place = { index, term, stampMs: this.#clusterClockMs, wallMs: this.#wallMs }
    const applier = new EntryApplier(this.#tx, place, this.#options.onCommandFailed)
    this.#putClock(index)
    let change: MembershipResult | undefined
    if (decoded !== undefined) {
      applier.apply(decoded.batch, decoded.commands)
    } else if (entry.type === 'config') {
      change = applier.applyConfiguration(entry, this.configuration())
      this.#configuration = change.configuration
    }
    this.#appliedIndex = index
    this.#appliedTerm = term
    if (index % digestIntervalIndexes === 0) this.#markDigest(index)
    if (this.#listeners.size > 0) this.#deliver(applier, place, decoded?.batch.sessionId ?? 0)
    return change ?? applier.reports
  }

  /** Decodes everything before anything changes, so that an unknown command leaves no trace. */
  #decode(entry: Entry): { batch: Batch; commands: readonly KnownCommand[] } {
    const at = `entry ${entry.index}`
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

const neverUp = (): boolean => false

function unsupported(what: string): StateError {
  return new StateError('SCHED_UNSUPPORTED_COMMAND', `${what}: this program is too old for the log`)
}

/** Each changed row once, with what it was before the entry. */
function collectChanges(journals: readonly (readonly JournalRecord[])[]): readonly RowChange[] {
  const seen = new Map<object, Set<string | number>>()
  const changes: RowChange[] = []
  for (const journal of journals) {
    for (const { table, id, row, modIndex } of journal) {
      let ids = seen.get(table)
      if (ids === undefined) {
        ids = new Set()
        seen.set(table, ids)
      }
      if (ids.has(id)) continue
      ids.add(id)
      const now = table.cell(id)?.row
      if (now === undefined && row === undefined) continue
      changes.push({
        table: table.definition,
        id,
        row: now,
        before: row,
        beforeModIndex: modIndex,
      })
    }
  }
  return changes
}
