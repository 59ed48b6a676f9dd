// Applies the commands of one entry: session order, deadline, feature, body, then the command on an
// undoable transaction. Everything here is a function of the state and the entry.
import { assert, AssertionError, messageOf, Prng } from '../../base/index.ts'
import { CommandLimitError } from './state-access.ts'
import type { StateReader } from './state-access.ts'
import {
  commandEventsMax,
  continuationsMax,
  entryRowsTouchedTarget,
  entryRowsVisitedTarget,
  resultBytesMax,
  sessionWindowCommands,
} from './limits.ts'
import { outsideSessionKinds } from './framework-commands.ts'
import { packResult, unpackResult } from './msgpack.ts'
import { continuationTable } from './rows/continuation.ts'
import { featureTable } from './rows/feature.ts'
import { resultId, resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'
import { StateError } from './errors.ts'
import { FieldReader, WireFormatError } from './wire.ts'
import { applyChange } from './membership.ts'
import type { Configuration, Entry } from '../../raft/index.ts'
import type { Batch, Envelope } from './batch.ts'
import type { AnyCommand, CommandContext, SessionRef, StateEvent } from './command.ts'
import type { CommandReport, Outcome } from './frame.ts'
import type { MembersChanged, MembershipResult } from './membership.ts'
import type { SessionRow } from './rows/session.ts'
import type { JournalRecord, StateTransaction } from './state-transaction.ts'
import type { Random } from '../../base/index.ts'
import type { Wire } from './wire.ts'

/** A command that threw: a bug that every replica undid alike. */
export interface CommandFailure {
  readonly index: number
  readonly ordinal: number
  readonly command: string
  readonly error: unknown
}

/** What the commands of an entry share. */
export interface EntryPlace {
  readonly index: number
  readonly term: number
  readonly stampMs: number
  readonly wallMs: number
}

/** A decoded command with its definition. */
export interface KnownCommand {
  readonly envelope: Envelope
  readonly definition: AnyCommand
}

const noSession: SessionRef = { sessionId: 0, replicaId: 0, bootId: '' }
const misplaced = { outcome: { ok: false, reason: 'malformed' } } as const
const forgotten: Outcome = { ok: false, reason: 'forgotten' }

/** Applies one entry; make a new one for the next. */
export class EntryApplier {
  readonly reports: CommandReport[] = []
  readonly events: StateEvent[] = []
  readonly journals: (readonly JournalRecord[])[] = []
  readonly #tx: StateTransaction
  readonly #place: EntryPlace
  readonly #onFailure: (failure: CommandFailure) => void
  /** Of the commands applied so far. */
  #touched = 0
  #visited = 0

  constructor(
    tx: StateTransaction,
    place: EntryPlace,
    onFailure: (failure: CommandFailure) => void,
  ) {
    this.#tx = tx
    this.#place = place
    this.#onFailure = onFailure
  }

  /** Applies the commands of `batch`, which are `commands`. */
  apply(batch: Batch, commands: readonly KnownCommand[]): void {
    if (batch.sessionId === 0) this.#applyOutsideSessions(commands)
    else this.#applyInSession(batch.sessionId, commands)
  }

  /** Applies a change of the membership; `before` is the configuration in force. */
  applyConfiguration(entry: Entry, before: Configuration): MembershipResult {
    const { stampMs: clusterMs, wallMs } = this.#place
    const emit = (event: StateEvent): void => void this.events.push(event)
    const place = { before, clusterMs, wallMs, emit }
    const result = this.#framework(() => applyChange(this.#tx, entry, place))
    if (result.ok) {
      const { id: configurationId } = result.configuration
      const changed: MembersChanged = { type: 'members-changed', configurationId }
      this.events.push(changed)
    }
    return result
  }

  /** An entry outside sessions holds one command: its index may name what it creates. */
  #applyOutsideSessions(commands: readonly KnownCommand[]): void {
    const [command] = commands
    assert(command !== undefined, 'a batch has commands')
    const { outcome } = commands.length === 1 ? this.#run(command, 0, noSession) : misplaced
    for (const { envelope } of commands) {
      this.reports.push({ seq: envelope.seq, outcome, isRepeated: false })
    }
  }

  #applyInSession(sessionId: number, commands: readonly KnownCommand[]): void {
    const kept: Uint8Array[] = []
    let firstSeq = 0
    let lastSeq = this.#session(sessionId)?.lastSeq ?? 0
    for (const [ordinal, command] of commands.entries()) {
      const { seq } = command.envelope
      // Looked up each time: a command of this very entry may have closed the session.
      const session = this.#session(sessionId)
      if (session === undefined) {
        this.#refuse(seq, 'session-closed')
      } else if (seq <= lastSeq) {
        const outcome = this.#keptOutcome(sessionId, seq, kept, firstSeq)
        this.reports.push({ seq, outcome, isRepeated: true })
      } else if (seq !== lastSeq + 1) {
        this.#refuse(seq, 'gap')
      } else {
        if (kept.length === 0) firstSeq = seq
        lastSeq = seq
        const { outcome, packed } = this.#run(command, ordinal, session)
        kept.push(packed)
        this.reports.push({ seq, outcome, isRepeated: false })
      }
    }
    if (kept.length > 0) this.#keepResults(sessionId, firstSeq, kept)
  }

  #refuse(seq: number, reason: 'session-closed' | 'gap'): void {
    this.reports.push({ seq, outcome: { ok: false, reason }, isRepeated: false })
  }

  #session(sessionId: number): SessionRow | undefined {
    return this.#framework(() => this.#tx.get(sessionTable, sessionId))
  }

  /** The outcome of a command applied before: by an earlier entry, or earlier in this one. */
  #keptOutcome(
    sessionId: number,
    seq: number,
    kept: readonly Uint8Array[],
    firstSeq: number,
  ): Outcome {
    if (kept.length > 0 && seq >= firstSeq) return unpackOutcome(kept[seq - firstSeq])
    return this.#framework(() => keptOutcome(this.#tx, sessionId, seq))
  }

  /** Keeps the results for re-sent commands and forgets those that left the window. */
  #keepResults(sessionId: number, firstSeq: number, outcomes: readonly Uint8Array[]): void {
    this.#framework(() => {
      const session = this.#tx.get(sessionTable, sessionId)
      if (session === undefined) return
      const lastSeq = firstSeq + outcomes.length - 1
      this.#tx.put(sessionTable, { ...session, lastSeq })
      this.#tx.put(resultTable, { sessionId, firstSeq, index: this.#place.index, outcomes })
      for (;;) {
        const oldest = this.#tx.first(resultTable, 'bySession', { group: sessionId })
        if (oldest === undefined) break
        const oldestLastSeq = oldest.firstSeq + oldest.outcomes.length - 1
        if (oldestLastSeq > lastSeq - sessionWindowCommands) break
        this.#tx.delete(resultTable, resultId(sessionId, oldest.firstSeq))
      }
    })
  }

  /** Runs the framework's own reads and writes around commands. */
  #framework<Value>(work: () => Value): Value {
    this.#tx.begin(this.#place.index, { isUnlimited: true })
    const value = work()
    this.journals.push(this.#tx.commit())
    return value
  }

  #run(
    command: KnownCommand,
    ordinal: number,
    session: SessionRef,
  ): { outcome: Outcome; packed: Uint8Array } {
    const outcome = this.#outcomeOf(command, ordinal, session)
    return { outcome: outcome.outcome, packed: outcome.packed ?? packOutcome(outcome.outcome) }
  }

  #outcomeOf(
    { envelope, definition }: KnownCommand,
    ordinal: number,
    session: SessionRef,
  ): { outcome: Outcome; packed?: Uint8Array } {
    const refuse = (reason: 'expired' | 'feature-off' | 'malformed' | 'limit' | 'internal') => ({
      outcome: { ok: false, reason } as const,
    })
    const { stampMs, index } = this.#place
    if (envelope.notAfterMs !== 0 && stampMs > envelope.notAfterMs) return refuse('expired')
    const isOutside = outsideSessionKinds.includes(definition.kind)
    if (isOutside !== (session === noSession)) return misplaced
    const body = decodeBody(definition, envelope.body)
    if (!body.ok) return refuse('malformed')
    const { feature } = definition
    this.#tx.begin(index)
    const isEntryLong =
      this.#touched >= entryRowsTouchedTarget || this.#visited >= entryRowsVisitedTarget
    const command = { envelope, ordinal, session, isEntryLong }
    const context = new Context(this.#tx, this.#place, command)
    try {
      if (feature !== undefined && !context.isFeatureOn(feature)) {
        this.#tx.rollBack()
        return refuse('feature-off')
      }
      const outcome: Outcome = { ok: true, result: definition.apply(this.#tx, body.value, context) }
      const packed = packOutcome(outcome)
      const journal = this.#tx.commit()
      this.#touched += journal.length
      this.journals.push(journal)
      for (const event of context.events) this.events.push(event)
      return { outcome, packed }
    } catch (error) {
      // What depends on this process (its memory, its stack) or shows a broken invariant must not
      // become a result that other replicas may not reach.
      if (isFatal(error)) throw error
      this.#tx.rollBack()
      if (error instanceof CommandLimitError) return refuse('limit')
      this.#onFailure({ index, ordinal, command: definition.name, error })
      return refuse('internal')
    } finally {
      this.#visited += this.#tx.visited
    }
  }
}

function isFatal(error: unknown): boolean {
  return (
    error instanceof AssertionError || error instanceof StateError || error instanceof RangeError
  )
}

function decodeBody(
  definition: AnyCommand,
  body: readonly Wire[],
): { ok: true; value: unknown } | { ok: false } {
  const fields = new FieldReader(body)
  try {
    const value = definition.decode(fields)
    fields.end()
    return { ok: true, value }
  } catch (error) {
    if (error instanceof WireFormatError) return { ok: false }
    throw new AssertionError(`${definition.name}: decoding threw: ${messageOf(error)}`)
  }
}

function packOutcome(outcome: Outcome): Uint8Array {
  const packed = packResult(outcome.ok ? [outcome.result ?? null] : outcome.reason)
  return packed.length <= resultBytesMax ? packed : new Uint8Array(0)
}

/** The outcome that the state keeps of a command that the session has taken. */
export function keptOutcome(
  state: Pick<StateReader, 'list'>,
  sessionId: number,
  seq: number,
): Outcome {
  // Rows hold at least one result each, so the window bounds how many there are.
  const range = { group: sessionId, until: [seq], limit: sessionWindowCommands }
  const row = state.list(resultTable, 'bySession', range).at(-1)
  return unpackOutcome(row?.outcomes[seq - row.firstSeq])
}

function unpackOutcome(packed: Uint8Array | undefined): Outcome {
  if (packed === undefined || packed.length === 0) return forgotten
  const value = unpackResult(packed)
  if (Array.isArray(value)) return { ok: true, result: value[0] as unknown }
  return { ok: false, reason: value as 'expired' }
}

/** What one command sees of its surroundings. */
class Context implements CommandContext {
  readonly index: number
  readonly term: number
  readonly ordinal: number
  readonly stampMs: number
  readonly wallMs: number
  readonly session: SessionRef
  readonly actor: string
  readonly opId: string
  readonly isEntryLong: boolean
  readonly events: StateEvent[] = []
  readonly #tx: StateTransaction
  #continuations = 0

  constructor(
    tx: StateTransaction,
    place: EntryPlace,
    command: {
      readonly envelope: Envelope
      readonly ordinal: number
      readonly session: SessionRef
      readonly isEntryLong: boolean
    },
  ) {
    this.#tx = tx
    this.index = place.index
    this.term = place.term
    this.ordinal = command.ordinal
    this.stampMs = place.stampMs
    this.wallMs = place.wallMs
    this.session = command.session
    this.actor = command.envelope.actor
    this.opId = command.envelope.opId
    this.isEntryLong = command.isEntryLong
  }

  emit(event: StateEvent): void {
    if (this.events.length >= commandEventsMax) throw new CommandLimitError('too many events')
    this.events.push(event)
  }

  random(label: string): Random {
    return new Prng(`${this.index}/${this.ordinal}/${label}`)
  }

  isFeatureOn(name: string): boolean {
    return this.#tx.get(featureTable, name) !== undefined
  }

  continueWith(kind: string, cursor: readonly Wire[]): string {
    if (this.#tx.count(continuationTable) >= continuationsMax) {
      throw new CommandLimitError('too many continuations')
    }
    const { index, ordinal } = this
    const number = this.#continuations
    this.#continuations += 1
    assert(kind.length > 0, 'a continuation has a kind')
    this.#tx.put(continuationTable, { index, ordinal, number, kind, cursor })
    return `${index}.${ordinal}.${number}`
  }
}
