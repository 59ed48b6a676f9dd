import { describe, expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { encodeChange } from '../../raft/index.ts'
import { account, accounts, bootId, bootstrapData, putAccount } from './harness.suite.ts'
import { removeOwner, testDomain, virtualClock } from './harness.suite.ts'
import { LeaderDuties } from './leader-duties.ts'
import { clockTickMs, memberSilenceMs } from './limits.ts'
import { LocalLog } from './local-log.ts'
import { Proposer } from './proposer.ts'
import { ReplicatedState } from './replicated-state.ts'
import { continuationTable } from './rows/continuation.ts'
import { memberTable } from './rows/member.ts'
import { sessionTable } from './rows/session.ts'
import type { Logger, VirtualClock } from '../../base/index.ts'
import type { Entry } from '../../raft/index.ts'
import type { LeadershipView, LeaderWork } from './leader-duties.ts'

/** A leader whose role and followers change by hand; its cluster clock is the virtual one. */
class Leadership implements LeadershipView {
  role = 'leader'
  term = 1
  progress = [
    { id: 2, isRecentlyActive: true },
    { id: 3, isRecentlyActive: true },
  ]
  readonly #clock: VirtualClock
  readonly #listeners = new Set<(change: { role: string; term: number }) => void>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  status(): ReturnType<LeadershipView['status']> {
    const { role, term, progress } = this
    return { id: 1, role, term, clusterClockMs: this.#clock.nowMs(), applied: 0, progress }
  }

  onChange(listener: (change: { role: string; term: number }) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  become(role: string, term: number): void {
    this.role = role
    this.term = term
    for (const listener of this.#listeners) listener({ role, term })
  }
}

interface Setup {
  readonly clock: VirtualClock
  readonly state: ReplicatedState
  readonly log: LocalLog
  readonly proposer: Proposer
  readonly leadership: Leadership
  readonly duties: LeaderDuties
  readonly told: string[]
}

async function setup(logger: Logger = nullLogger): Promise<Setup> {
  const clock = virtualClock()
  const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  const stateMachine = {
    apply: (entries: readonly Entry[]) =>
      state.apply(entries.map((entry) => ({ ...entry, stampMs: clock.nowMs() }))),
  }
  const log = new LocalLog({ stateMachine }, { appliedIndex: 0 })
  log.append(bootstrapData)
  const proposer = new Proposer(
    { clock, logger: nullLogger, log, state },
    { replicaId: 1, bootId, clientAddress: 'c:1', programVersion: '0.1.0' },
  )
  await proposer.start()
  await clock.advance(1)
  const told: string[] = []
  const work: LeaderWork = {
    lead: (term) => told.push(`lead ${term}`),
    stepDown: () => told.push('step down'),
  }
  const leadership = new Leadership(clock)
  const duties = new LeaderDuties({
    clock,
    logger,
    raft: leadership,
    state,
    proposer,
    work: [work],
  })
  return { clock, state, log, proposer, leadership, duties, told }
}

/** Member 2 opens a session and says nothing more. */
async function leaveSession({ clock, log, state }: Setup): Promise<void> {
  const other = new Proposer(
    { clock, logger: nullLogger, log, state },
    { replicaId: 2, bootId: 'b2'.repeat(16), clientAddress: 'c:2', programVersion: '0.1.0' },
  )
  await other.start()
  await clock.advance(1)
  await other.stop()
}

const timeoutMs = 1000

describe('the leader', () => {
  test('removes what has expired, at most 250 ms late, and not before', async () => {
    const { clock, state, proposer, duties } = await setup()
    await duties.start()
    for (const [name, expiryMs] of [
      ['a', 3000],
      ['b', 3000],
      ['c', 9000],
    ] as const) {
      void proposer.propose(putAccount, account(name, { expiryMs }), { timeoutMs })
    }
    await clock.advance(2990)
    expect(state.reader.count(accounts)).toBe(3)
    await clock.advance(260)
    expect(state.reader.count(accounts)).toBe(1)
  })

  test('lets the stored clock follow while something may expire, and only then', async () => {
    const { clock, state, log, proposer, duties } = await setup()
    await duties.start()
    await clock.advance(10_000)
    const before = log.entries.length
    expect(state.clusterClockMs).toBeLessThan(clockTickMs)
    void proposer.propose(putAccount, account('a', { expiryMs: 60_000 }), { timeoutMs })
    await clock.advance(10_000)
    expect(state.clusterClockMs).toBeGreaterThan(20_001 - clockTickMs - 200)
    const ticks = log.entries.length - before - 1
    expect(ticks).toBeGreaterThanOrEqual(8)
    expect(ticks).toBeLessThanOrEqual(10)
  })

  test('finishes what commands left to continuations', async () => {
    const { clock, state, proposer, duties } = await setup()
    for (let i = 0; i < 20; i += 1) {
      void proposer.propose(putAccount, account(`a${i}`), { timeoutMs })
    }
    void proposer.propose(removeOwner, { owner: 'anna' }, { timeoutMs })
    await clock.advance(10)
    expect(state.reader.count(continuationTable)).toBe(1)
    await duties.start()
    await clock.advance(100)
    expect(state.reader.count(continuationTable)).toBe(0)
    expect(state.reader.count(accounts)).toBe(0)
  })

  test('closes the session of a member that was silent for 5 s', async () => {
    const world = await setup()
    const { clock, state, leadership, duties } = world
    await leaveSession(world)
    expect(state.reader.count(sessionTable)).toBe(2)
    await duties.start()
    leadership.progress = [{ id: 2, isRecentlyActive: false }]
    await clock.advance(memberSilenceMs - 200)
    leadership.progress = [{ id: 2, isRecentlyActive: true }]
    await clock.advance(200)
    leadership.progress = [{ id: 2, isRecentlyActive: false }]
    await clock.advance(memberSilenceMs - 200)
    expect(state.reader.count(sessionTable)).toBe(2)
    await clock.advance(400)
    const rows = state.reader.list(sessionTable, 'byReplica', { limit: 9 })
    expect(rows.map(({ replicaId }) => replicaId)).toEqual([1])
    expect(state.reader.count(memberTable)).toBe(3)
  })

  test('closes the session of a member that was removed, and says why', async () => {
    const lines: unknown[] = []
    const logger = { ...nullLogger, warn: (fields: unknown) => lines.push(fields) }
    const world = await setup(logger)
    const { clock, state, log, duties } = world
    await leaveSession(world)
    const { sessionId } = state.reader.list(sessionTable, 'byReplica', { limit: 9 })[1]!
    const operations = [{ op: 'remove', id: 2 }] as const
    const context = new Uint8Array(0)
    const data = encodeChange({ expectedId: 0, transition: 'auto', operations, context })
    log.append(data, 'config')
    await duties.start()
    await clock.advance(200)
    const rows = state.reader.list(sessionTable, 'byReplica', { limit: 9 })
    expect(rows.map(({ replicaId }) => replicaId)).toEqual([1])
    expect(lines).toEqual([{ sessionId, replicaId: 2, reason: 'removed' }])
  })

  test('tells outgoing work when to run', async () => {
    const { clock, leadership, duties, told } = await setup()
    leadership.role = 'follower'
    await duties.start()
    await clock.advance(500)
    expect(told).toEqual([])
    leadership.become('leader', 1)
    expect(told).toEqual(['lead 1'])
    leadership.become('follower', 2)
    expect(told).toEqual(['lead 1', 'step down'])
    leadership.become('leader', 1)
    await duties.stop()
    expect(told).toEqual(['lead 1', 'step down', 'lead 1', 'step down'])
    await clock.advance(500)
    expect(told).toHaveLength(4)
  })

  test('does nothing before its state has reached its own term', async () => {
    const { clock, leadership, duties, told } = await setup()
    leadership.term = 2
    await duties.start()
    await clock.advance(500)
    expect(told).toEqual([])
  })
})
