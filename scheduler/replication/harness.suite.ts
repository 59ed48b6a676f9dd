// A small domain and a replica of it for the tests of this folder: accounts with a balance, one
// index with groups and one without, a job in several steps, and commands that misbehave.
import { VirtualClock } from '../../base/index.ts'
import { encodeEnvelope, joinBatch } from './batch.ts'
import { commandRequest, defineCommand } from './command.ts'
import { frameworkFeatures } from './features.ts'
import { bootstrapEntryData } from './framework-commands.ts'
import { LocalLog } from './local-log.ts'
import { ReplicatedState } from './replicated-state.ts'
import { defineTable, tableBytes } from './table-definition.ts'
import type { CommandDefinition, Domain } from './command.ts'
import type { CommandFailure } from './entry-applier.ts'
import type { CommandReport, StateFrame } from './frame.ts'

export const clusterId = 'c1'.repeat(16)
export const bootId = 'b0'.repeat(16)

/** An account; `expiryMs` 0 = never. */
export interface Account {
  readonly name: string
  readonly owner: string
  readonly balance: number
  readonly expiryMs: number
}

export const accounts = defineTable<Account, 'byOwner' | 'byExpiry'>({
  name: 'accounts',
  tableByte: tableBytes.peers,
  rowVersion: 1,
  id: (row) => row.name,
  slotOf: (row) => row.name,
  keyParts: (row) => [row.name],
  encode: (row) => [row.name, row.owner, row.balance, row.expiryMs],
  decode: (fields) => ({
    name: fields.text(100),
    owner: fields.text(100),
    balance: fields.integer(Number.MIN_SAFE_INTEGER),
    expiryMs: fields.integer(),
  }),
  indexes: {
    byOwner: { group: (row) => row.owner, order: [(row) => row.balance, (row) => row.name] },
    byExpiry: {
      group: (row) => (row.expiryMs === 0 ? undefined : ''),
      order: [(row) => row.expiryMs, (row) => row.name],
    },
  },
})

const decodeAccount = accounts.decode

export type OpenResult = { readonly ok: true; readonly count: number }

/** Adds or replaces an account. */
export const putAccount = defineCommand<Account, OpenResult>({
  kind: 100,
  kindVersion: 1,
  name: 'put-account',
  encode: (body) => accounts.encode(body),
  decode: (fields) => decodeAccount(fields, 1),
  apply(tx, body, context) {
    tx.put(accounts, body)
    context.emit({ type: 'account-put' })
    return { ok: true, count: tx.count(accounts) }
  },
})

export interface Transfer {
  readonly from: string
  readonly to: string
  readonly amount: number
  /** What goes wrong after everything was written. */
  readonly fault: 'none' | 'throw' | 'limit' | 'events'
}

export type TransferResult =
  | { readonly ok: true; readonly left: number }
  | { readonly ok: false; readonly reason: 'no-account' }

/** Moves money, and with a fault throws after having moved it. */
export const transfer = defineCommand<Transfer, TransferResult>({
  kind: 101,
  kindVersion: 1,
  name: 'transfer',
  encode: (body) => [body.from, body.to, body.amount, body.fault],
  decode: (fields) => ({
    from: fields.text(100),
    to: fields.text(100),
    amount: fields.integer(),
    fault: fields.oneOf(['none', 'throw', 'limit', 'events'] as const),
  }),
  apply(tx, body, context) {
    const from = tx.get(accounts, body.from)
    const to = tx.get(accounts, body.to)
    if (from === undefined || to === undefined) return { ok: false, reason: 'no-account' }
    tx.put(accounts, { ...from, balance: from.balance - body.amount })
    if (from.name !== to.name) tx.put(accounts, { ...to, balance: to.balance + body.amount })
    context.emit({ type: 'transferred' })
    if (body.fault === 'throw') {
      tx.delete(accounts, from.name)
      throw new Error('the command failed')
    }
    while (body.fault === 'limit') tx.put(accounts, { ...to, owner: `${tx.touchesLeft}` })
    while (body.fault === 'events') context.emit({ type: 'noise' })
    return { ok: true, left: from.balance - body.amount }
  },
})

/** Removes an account. */
export const removeAccount = defineCommand<
  { readonly name: string },
  { readonly existed: boolean }
>({
  kind: 102,
  kindVersion: 1,
  name: 'remove-account',
  encode: (body) => [body.name],
  decode: (fields) => ({ name: fields.text(100) }),
  apply: (tx, body) => ({ existed: tx.delete(accounts, body.name) }),
})

/** Removes all accounts of an owner, three in a step. */
export const removeOwner = defineCommand<{ readonly owner: string }, { readonly job: string }>({
  kind: 103,
  kindVersion: 1,
  name: 'remove-owner',
  encode: (body) => [body.owner],
  decode: (fields) => ({ owner: fields.text(100) }),
  apply: (_, body, context) => ({ job: context.continueWith('remove-owner', [body.owner, 0]) }),
})

/** Answers with what a command is told about its surroundings. */
export const inspect = defineCommand<null, unknown>({
  kind: 104,
  kindVersion: 1,
  name: 'inspect',
  encode: () => [],
  decode: () => null,
  apply: (_, __, context) => ({
    index: context.index,
    ordinal: context.ordinal,
    stampMs: context.stampMs,
    wallMs: context.wallMs,
    session: context.session.sessionId,
    actor: context.actor,
    opId: context.opId,
    random: [context.random('a').below(1_000_000), context.random('b').below(1_000_000)],
  }),
})

/** Exists only with the feature `new-math`. */
export const gated = defineCommand<null, { readonly ok: true }>({
  kind: 105,
  kindVersion: 1,
  name: 'gated',
  feature: 'new-math',
  encode: () => [],
  decode: () => null,
  apply: () => ({ ok: true }),
})

/** Removes an account whose time has come. */
export const expireAccount = defineCommand<{ readonly name: string }, { readonly ok: boolean }>({
  kind: 106,
  kindVersion: 1,
  name: 'expire-account',
  encode: (body) => [body.name],
  decode: (fields) => ({ name: fields.text(100) }),
  apply(tx, body, context) {
    const row = tx.get(accounts, body.name)
    if (row === undefined || row.expiryMs === 0 || row.expiryMs > context.stampMs)
      return { ok: false }
    tx.delete(accounts, body.name)
    return { ok: true }
  },
})

/** A result larger than what is kept. */
export const large = defineCommand<null, string>({
  kind: 107,
  kindVersion: 1,
  name: 'large',
  encode: () => [],
  decode: () => null,
  apply: () => 'x'.repeat(10_000),
})

/** Sessions whose closing the domain was told of, in order. */
export const testDomain: Domain & { readonly closed: number[] } = {
  closed: [],
  tables: [accounts],
  commands: [
    putAccount,
    transfer,
    removeAccount,
    removeOwner,
    inspect,
    gated,
    expireAccount,
    large,
  ],
  continuations: [
    {
      kind: 'remove-owner',
      advance(tx, cursor) {
        const owner = cursor.text(100)
        const removed = cursor.integer()
        const rows = tx.list(accounts, 'byOwner', { group: owner, limit: 3 })
        for (const row of rows) tx.delete(accounts, row.name)
        return rows.length < 3 ? undefined : [owner, removed + rows.length]
      },
    },
  ],
  features: ['old-math'],
  supportedFeatures: ['old-math', 'new-math', ...frameworkFeatures],
  sessionClosed(_, session) {
    testDomain.closed.push(session.sessionId)
  },
  nextExpiryMs: (state) => state.first(accounts, 'byExpiry')?.expiryMs,
  expireCommands: (state, nowMs, limit) =>
    state
      .list(accounts, 'byExpiry', { until: [nowMs], limit })
      .map(({ name }) => commandRequest(expireAccount, { name })),
}

/** An account with defaults. */
export function account(name: string, fields: Partial<Account> = {}): Account {
  return { name, owner: 'anna', balance: 100, expiryMs: 0, ...fields }
}

/** Entry 1 of the tests. */
export const bootstrapData = bootstrapEntryData({
  clusterId,
  members: [1, 2, 3].map((replicaId) => ({
    replicaId,
    hostId: `s${replicaId}`,
    incarnation: `0${replicaId}`.repeat(16),
    raftAddress: `10.0.0.${replicaId}:8003`,
  })),
  features: testDomain.features,
})

/** A clock whose time moves by hand. */
export function virtualClock(): VirtualClock {
  return new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
}

/** One command with its place in a session. */
export interface NumberedCommand {
  readonly command: CommandDefinition<never, unknown>
  readonly body: unknown
  readonly seq: number
  readonly notAfterMs?: number
  readonly actor?: string
  readonly opId?: string
}

/** Pairs a command with its body and number. */
export function numbered<Body, Result>(
  seq: number,
  command: CommandDefinition<Body, Result>,
  body: Body,
  fields: Pick<NumberedCommand, 'notAfterMs' | 'actor' | 'opId'> = {},
): NumberedCommand {
  return { command: command as CommandDefinition<never, unknown>, body, seq, ...fields }
}

/** Data of an entry. */
export function batchOf(sessionId: number, commands: readonly NumberedCommand[]): Uint8Array {
  const encoded = commands.map(({ command, body, seq, notAfterMs = 0, actor = '', opId = '' }) => {
    const { kind, kindVersion } = command
    const fields = command.encode(body as never)
    return encodeEnvelope({ kind, kindVersion, seq, notAfterMs, actor, opId, body: fields })
  })
  return joinBatch(sessionId, encoded)
}

/** A bootstrapped state with a log of its own and an open session of replica 1. */
export class Replica {
  readonly failures: CommandFailure[] = []
  readonly frames: StateFrame[] = []
  readonly state: ReplicatedState
  readonly log: LocalLog
  sessionId = 0
  seq = 0

  constructor(domain: Domain = testDomain) {
    this.state = new ReplicatedState(domain, {
      onCommandFailed: (failure) => this.failures.push(failure),
    })
    this.state.subscribe((frame) => this.frames.push(frame))
    this.log = new LocalLog({ stateMachine: this.state }, { appliedIndex: 0 })
    this.log.append(bootstrapData)
  }

  /** Opens a session; returns the report. */
  open(fields: { replicaId?: number; bootId?: string; generation?: number } = {}): CommandReport {
    const body = {
      replicaId: 1,
      bootId,
      generation: 1,
      clientAddress: '10.0.0.1:8002',
      programVersion: '0.1.0',
      protocolVersion: 1,
      features: this.state.registry.domain.supportedFeatures,
      ...fields,
    }
    const reports = this.log.append(
      batchOf(0, [numbered(0, this.state.registry.openSession, body)]),
    )
    const [report] = reports
    if (report === undefined) throw new Error('no report')
    const { outcome } = report
    const result = outcome.ok ? (outcome.result as { sessionId?: number }) : {}
    if (result.sessionId !== undefined && result.sessionId !== this.sessionId) {
      this.sessionId = result.sessionId
      this.seq = 0
    }
    return report
  }

  /** Applies one command of the open session in an entry of its own. */
  run<Body, Result>(command: CommandDefinition<Body, Result>, body: Body): CommandReport {
    this.seq += 1
    const [report] = this.send([numbered(this.seq, command, body)])
    if (report === undefined) throw new Error('no report')
    return report
  }

  /** Applies an entry of the open session. */
  send(commands: readonly NumberedCommand[]): readonly CommandReport[] {
    return this.log.append(batchOf(this.sessionId, commands))
  }
}

/** Every row of a state as text, for comparisons. */
export function rowsOf(state: ReplicatedState): string {
  const rows: unknown[] = []
  for (const table of state.registry.tables) {
    // When a replica last wrote is its own affair.
    if (table.name === 'meta') continue
    rows.push([table.name, state.reader.count(table)])
    if (table === accounts) continue
    const indexNames = Object.keys(table.indexes)
    const [first] = indexNames
    if (first === undefined) rows.push(state.reader.get(table, 0))
    else if (table.name !== 'results') rows.push(state.reader.list(table, first, { limit: 10_000 }))
  }
  for (const owner of ['anna', 'bert', 'ćel', '𝒟', '\uff5e']) {
    rows.push(state.reader.list(accounts, 'byOwner', { group: owner, limit: 10_000 }))
  }
  rows.push(state.reader.list(accounts, 'byExpiry', { limit: 10_000 }))
  return JSON.stringify(rows)
}
