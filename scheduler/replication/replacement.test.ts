// The state replaced as a whole: by an image, in one turn, under everybody who reads it.
import { describe, expect, test } from 'vitest'
import { isCoded, nullLogger, toHex } from '../../base/index.ts'
import { encodeChange } from '../../raft/index.ts'
import { MemoryStateStore } from '../../storage/index.ts'
import { encodeChangeContext } from './change-context.ts'
import { DurableState } from './durable-state.ts'
import {
  account,
  accounts,
  batchOf,
  bootId,
  inspect,
  large,
  numbered,
  putAccount,
  removeAccount,
  Replica,
  rowsOf,
  testDomain,
  transfer,
  virtualClock,
} from './harness.suite.ts'
import { sessionWindowCommands } from './limits.ts'
import { Proposer } from './proposer.ts'
import { ReplicatedState } from './replicated-state.ts'
import type { VirtualClock } from '../../base/index.ts'
import type { Entry } from '../../raft/index.ts'
import type { StateSnapshot } from '../../storage/index.ts'
import type { StagedStatePort } from './durable-state.ts'
import type { StateError } from './errors.ts'
import type { ProposalOutcome } from './proposal.ts'
import type { ProposeAttempt, ProposerLog } from './proposer-log.ts'

type StoredRow = readonly [key: Uint8Array, value: Uint8Array]

interface Member {
  readonly clock: VirtualClock
  readonly store: MemoryStateStore
  readonly durable: DurableState
  readonly state: ReplicatedState
  readonly fatal: StateError[]
}

async function open(clock = virtualClock(), store = new MemoryStateStore({ clock })) {
  const fatal: StateError[] = []
  const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  const durable = await DurableState.open(
    { clock, logger: nullLogger, store, state },
    { onFatal: (error) => fatal.push(error) },
  )
  return { clock, store, durable, state, fatal } satisfies Member
}

/** The state that `rows` make, beside the one in use. */
function stagedFrom(durable: DurableState, rows: readonly StoredRow[]): StagedStatePort {
  const staged = durable.stage()
  for (const [key, value] of rows) staged.add(key, value)
  staged.complete()
  return staged
}

/** Lets timers run until the work is done. */
async function finish<Value>(clock: VirtualClock, work: Promise<Value>): Promise<Value> {
  let isDone = false
  work.then(
    () => (isDone = true),
    () => (isDone = true),
  )
  expect(await clock.advanceUntil(() => isDone, 60_000)).toBe(true)
  return work
}

/** Entries of a cluster with accounts and a learner, and the whole state after them. */
function history(accountCount: number): { entries: readonly Entry[]; whole: ReplicatedState } {
  const replica = new Replica()
  replica.open()
  for (let i = 0; i < accountCount; i += 1) {
    replica.run(putAccount, account(`n${i}`, { balance: i, expiryMs: i % 3 }))
  }
  // Late ones have it only if they go on from what is void.
  replica.run(removeAccount, { name: 'n8' })
  const { state } = replica
  const incarnation = '04'.repeat(16)
  const index = state.appliedIndex + 1
  const change: Entry = {
    index,
    term: 1,
    type: 'config',
    stampMs: 1,
    data: encodeChange({
      expectedId: state.configuration().id,
      transition: 'auto',
      operations: [{ op: 'add-learner', id: 4 }],
      context: encodeChangeContext([
        { replicaId: 4, incarnation, hostId: 's4', raftAddress: '10.0.0.4:8003' },
      ]),
    }),
  }
  state.apply([change])
  return { entries: [...replica.log.entries, change], whole: state }
}

async function rowsIn(snapshot: StateSnapshot): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  for (let next = await snapshot.next(); next.length > 0; next = await snapshot.next()) {
    rows.push(...next)
  }
  return rows
}

function source(rows: readonly StoredRow[]) {
  let at = 0
  return {
    next: async () => {
      at += 7
      return rows.slice(at - 7, at)
    },
  }
}

/** A member that has applied and stored all of it, and its rows. */
async function complete(accountCount: number) {
  const { entries, whole } = history(accountCount)
  const member = await open()
  member.durable.apply(entries)
  await finish(member.clock, member.durable.flush())
  return { entries, whole, member, rows: await rowsIn(await member.store.snapshot()) }
}

describe('what a stored state says of itself', () => {
  test('comes from its rows alone, whatever was applied since', async () => {
    const { member, whole } = await complete(20)
    const { appliedIndex: index } = whole
    const snapshot = await member.store.snapshot()
    member.durable.apply([entryAt(index + 1)])
    expect(await member.durable.describe(snapshot)).toEqual({
      index,
      term: 1,
      configuration: whole.configuration(),
      clusterClockMs: whole.clusterClockMs,
      digest: whole.digest(),
    })
  })

  test('is who the cluster began with, before the first change of members', async () => {
    const member = await open()
    member.durable.apply(new Replica().log.entries)
    await finish(member.clock, member.durable.flush())
    const description = await member.durable.describe(await member.store.snapshot())
    expect(description).toMatchObject({ index: 1, configuration: { id: 0, voters: [1, 2, 3] } })
  })

  test('is refused when it does not add up', async () => {
    const { member } = await complete(3)
    const snapshot = await member.store.snapshot()
    const broken = { get: async () => undefined, list: snapshot.list.bind(snapshot) }
    await expect(member.durable.describe(broken)).rejects.toMatchObject({
      code: 'SCHED_STATE_DAMAGED',
    })
  })

  test('is flushed as far as is asked, and no farther than was applied', async () => {
    const { entries } = history(5)
    const member = await open()
    member.durable.apply(entries)
    await expect(member.durable.flushThrough(entries.length + 1)).rejects.toMatchObject({
      code: 'RAFT_IMAGE_NOT_READY',
    })
    expect(member.durable.durableIndex()).toBe(0)
    await finish(member.clock, member.durable.flushThrough(entries.length))
    expect(member.durable.durableIndex()).toBe(entries.length)
  })
})

function entryAt(index: number): Entry {
  return { index, term: 1, type: 'noop', stampMs: 1, data: new Uint8Array(0) }
}

describe('R-13.1 a state from elsewhere', () => {
  test('takes the place of the one in use, in the store and for every reader at once', async () => {
    const { entries, whole, rows } = await complete(30)
    const late = await open()
    late.durable.apply(entries.slice(0, 9))
    await finish(late.clock, late.durable.flush())
    // Applied, and never to be written any more.
    late.durable.apply(entries.slice(9, 14))
    late.state.digest()
    const { reader } = late.state
    const staged = late.durable.stage()
    for (const [key, value] of rows) staged.add(key, value)
    expect(staged.complete()).toMatchObject({ index: whole.appliedIndex, digest: whole.digest() })
    expect(reader.count(accounts)).toBe(12)
    const seen: number[] = []
    const end = late.state.onReplaced(() => seen.push(reader.count(accounts)))
    await finish(late.clock, staged.install(source(rows)))
    expect(seen).toEqual([29])
    expect(rowsOf(late.state)).toBe(rowsOf(whole))
    expect(late.durable.durableIndex()).toBe(whole.appliedIndex)
    expect(late.durable.configuration()).toEqual(whole.configuration())
    expect(late.durable.isOverloaded()).toBe(false)
    end()
    // It goes on like the others, and comes back from its store.
    const next = entryAt(whole.appliedIndex + 1)
    late.durable.apply([next])
    whole.apply([next])
    await finish(late.clock, late.durable.flush())
    const again = await open(late.clock, new MemoryStateStore(late, { rows: late.store.rows }))
    expect(toHex(again.state.digest())).toBe(toHex(whole.digest()))
    expect(again.state.appliedIndex).toBe(next.index)
    expect(seen).toHaveLength(1)
  })

  test('waits for a write under way, and a flush waits for it', async () => {
    const { entries, whole, rows } = await complete(10)
    const clock = virtualClock()
    const late = await open(clock, new MemoryStateStore({ clock }, { syncMs: 50 }))
    late.durable.apply(entries.slice(0, 5))
    const flushing = late.durable.flush()
    const staged = stagedFrom(late.durable, rows)
    const installing = staged.install(source(rows))
    const stopping = late.durable.stop()
    await finish(clock, Promise.all([flushing, installing, stopping]))
    expect(late.durable.durableIndex()).toBe(whole.appliedIndex)
    const again = await open(clock, new MemoryStateStore(late, { rows: late.store.rows }))
    expect(toHex(again.state.digest())).toBe(toHex(whole.digest()))
  })

  test('that cannot be stored leaves the one in use as it is', async () => {
    const { entries, rows } = await complete(10)
    const late = await open()
    late.durable.apply(entries.slice(0, 5))
    const staged = stagedFrom(late.durable, rows)
    const failing = { next: () => Promise.reject(new Error('simulated')) }
    const outcome = finish(late.clock, staged.install(failing))
    await expect(outcome).rejects.toThrow('simulated')
    expect(late.state.appliedIndex).toBe(5)
    late.durable.apply(entries.slice(5, 8))
    await finish(late.clock, late.durable.flush())
    const again = await open(late.clock, new MemoryStateStore(late, { rows: late.store.rows }))
    expect(again.state.appliedIndex).toBe(8)
    expect(toHex(again.state.digest())).toBe(toHex(late.state.digest()))
  })

  test.each([
    ['a row left out', (rows: StoredRow[]) => rows.filter((_, at) => at !== 5)],
    ['a row twice', (rows: StoredRow[]) => [...rows, rows[5]!]],
    ['a changed value', (rows: StoredRow[]) => rows.map(swapLast)],
    ['nothing that says where it stands', (rows: StoredRow[]) => rows.slice(1)],
  ])('with %s is refused before anything changes', async (_title, change) => {
    const { rows } = await complete(10)
    const late = await open()
    expect(codeOf(() => stagedFrom(late.durable, change(rows)))).toBe('SCHED_STATE_DAMAGED')
    expect(late.state.appliedIndex).toBe(0)
  })

  test('applies nothing while it is installed, and is never older', async () => {
    const { entries, rows } = await complete(10)
    const late = await open()
    late.durable.apply(entries.slice(0, 5))
    const staged = stagedFrom(late.durable, rows)
    const installing = staged.install(source(rows))
    expect(() => late.durable.apply(entries.slice(5, 6))).toThrow('being replaced')
    await finish(late.clock, installing)
    const older = stagedFrom(late.durable, rows)
    await expect(older.install(source(rows))).rejects.toThrow('never goes back')
  })
})

/** The balance of the account n1, changed by one in its row. */
function swapLast([key, value]: StoredRow, at: number): StoredRow {
  if (at !== 20) return [key, value]
  const changed = value.slice()
  changed[changed.length - 2]! ^= 1
  return [key, changed]
}

function codeOf(run: () => void): string {
  try {
    run()
  } catch (error) {
    return isCoded(error) ? error.code : String(error)
  }
  return 'nothing thrown'
}

/** A log that reaches the other replicas at once, and this one only by an image. */
class FarLog implements ProposerLog {
  readonly far = new Replica()
  isCutOff = false
  readonly attempts: ((end: ProposeAttempt) => void)[] = []

  propose(data: Uint8Array): Promise<ProposeAttempt> {
    if (!this.isCutOff) this.far.log.append(data)
    return new Promise((resolve) => this.attempts.push(resolve))
  }

  onChange(): () => void {
    return () => {}
  }

  /** All the attempts end as a lost leader makes them end. */
  lose(): void {
    for (const end of this.attempts.splice(0)) end({ ok: false, reason: 'unknown-outcome' })
  }
}

describe('R-8.1 R-13.1 commands under way when the state jumps ahead', () => {
  function setup() {
    const clock = virtualClock()
    const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    const log = new FarLog()
    state.apply(log.far.log.entries)
    const proposer = new Proposer(
      { clock, logger: nullLogger, log, state },
      { replicaId: 1, bootId, clientAddress: 'c:1', programVersion: '0.1.0' },
    )
    /** What an image of the others does. */
    const jump = (): void => {
      const copy = state.emptyCopy()
      for (const [key, value] of rowsOfWhole(log.far)) copy.load(key, value)
      copy.loaded()
      state.replaceBy(copy)
    }
    return { clock, state, log, proposer, jump }
  }

  /** All rows, from a replica that wrote nothing before. */
  function rowsOfWhole(far: Replica): readonly StoredRow[] {
    const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    state.apply(far.log.entries)
    return state.take()!.writes.puts
  }

  function watch<Result>(sent: Promise<ProposalOutcome<Result>>) {
    const watched: { end?: ProposalOutcome<Result> } = {}
    void sent.then((outcome) => {
      watched.end = outcome
    })
    return watched
  }

  const timeoutMs = 60_000

  test('a session that opened on the way is taken over', async () => {
    const { clock, proposer, jump } = setup()
    await proposer.start()
    await clock.advance(1)
    expect(proposer.sessionId).toBe(0)
    jump()
    expect(proposer.sessionId).toBe(2)
  })

  test('what was applied on the way is answered as it was decided, the rest goes again', async () => {
    const { clock, log, state, proposer, jump } = setup()
    await proposer.start()
    await clock.advance(1)
    jump()
    const body = { from: 'a', to: 'a', amount: 30, fault: 'none' } as const
    const first = watch(proposer.propose(putAccount, account('a'), { timeoutMs }))
    const second = watch(proposer.propose(transfer, body, { timeoutMs }))
    const forgotten = watch(proposer.propose(large, null, { timeoutMs }))
    await clock.advance(1)
    log.isCutOff = true
    const third = watch(proposer.propose(transfer, body, { timeoutMs }))
    await clock.advance(1)
    expect(first.end).toBeUndefined()
    log.isCutOff = false
    jump()
    await clock.advance(1)
    expect(first.end).toEqual({ ok: true, result: { ok: true, count: 1 }, index: 0 })
    expect(second.end).toEqual({ ok: true, result: { ok: true, left: 70 }, index: 0 })
    // A result too large to keep.
    expect(forgotten.end).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(third.end).toBeUndefined()
    expect(log.far.state.reader.get(accounts, 'a')?.balance).toBe(40)
    jump()
    await clock.advance(1)
    expect(third.end).toEqual({ ok: true, result: { ok: true, left: 40 }, index: 0 })
    // Attempts from before the jump say nothing any more.
    log.lose()
    await clock.advance(5000)
    expect(log.far.state.reader.get(accounts, 'a')?.balance).toBe(40)
    expect(state.reader.get(accounts, 'a')?.balance).toBe(40)
  })

  test('a whole window of them is answered', async () => {
    const { clock, proposer, jump } = setup()
    await proposer.start()
    await clock.advance(1)
    jump()
    const sent = Array.from({ length: sessionWindowCommands }, () =>
      watch(proposer.propose(inspect, null, { timeoutMs })),
    )
    await clock.advance(1)
    jump()
    await clock.advance(1)
    expect(sent.every(({ end }) => end?.ok === true)).toBe(true)
    expect(proposer.status()).toMatchObject({ inFlight: 0, queued: 0 })
  })

  test('with the session closed on the way, what may be applied has an unknown outcome', async () => {
    const { clock, log, proposer, jump } = setup()
    await proposer.start()
    await clock.advance(1)
    jump()
    const sent = watch(proposer.propose(putAccount, account('a'), { timeoutMs }))
    await clock.advance(1)
    const waiting = watch(proposer.propose(putAccount, account('b'), { timeoutMs }))
    const body = { sessionId: 2 }
    const closing = numbered(1, log.far.state.registry.closeSession, body)
    log.far.open({ replicaId: 2, bootId: '22'.repeat(16) })
    log.far.log.append(batchOf(log.far.sessionId, [closing]))
    jump()
    await clock.advance(1)
    expect(sent.end).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(waiting.end).toBeUndefined()
    jump()
    expect(proposer.sessionId).toBeGreaterThan(2)
    await clock.advance(1)
    jump()
    await clock.advance(1)
    expect(waiting.end).toMatchObject({ ok: true })
  })
})
