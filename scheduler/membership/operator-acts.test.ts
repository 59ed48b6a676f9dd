// How the leader carries out a plan when things around it move: streams that do not end, leadership
// that goes, changes that come first. Raft is a picture, the state is real.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../../base/index.ts'
import type { Configuration, ConfigurationChange, ProgressStatus } from '../../raft/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'
import {
  bootstrapEntryData,
  LocalLog,
  memberTable,
  Proposer,
  ReplicatedState,
} from '../replication/index.ts'
import { drainMsMax, freshLeaderMs } from './operator-limits.ts'
import { OperatorActs } from './operator-acts.ts'
import type { OperatorActsDeps, OperatorCall } from './operator-acts.ts'

type Raft = OperatorActsDeps['raft']
type ChangeEnd = Awaited<ReturnType<Raft['changeConfiguration']>>

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Three members; number 2 leads and number 3 is the one that is driven. */
class Group {
  readonly clock = new VirtualClock({ settle })
  readonly state = new ReplicatedState(schedulerDomain, {
    onCommandFailed: ({ command, error }) => {
      throw new Error(`command ${command} failed`, { cause: error })
    },
  })
  readonly changes: ConfigurationChange[] = []
  role: 'leader' | 'follower' = 'leader'
  term = 4
  /** Streams the driven member serves. */
  streams = 0
  active = [1, 3]
  /** Members that have lost their state. */
  stateless: readonly number[] = []
  changeEnd: ChangeEnd | undefined
  /** Tells of a change of leadership. */
  tell: Parameters<Raft['onChange']>[0] = () => undefined
  readonly acts: OperatorActs
  readonly #proposer: Proposer

  constructor() {
    const { state, clock } = this
    const log = new LocalLog({ stateMachine: state }, { appliedIndex: 0 })
    const members = [1, 2, 3].map((id) => ({
      replicaId: id,
      hostId: `s${id}`,
      incarnation: String(id).repeat(32),
      raftAddress: `127.0.0.1:${id}`,
    }))
    log.append(bootstrapEntryData({ clusterId: 'c1'.repeat(16), members, features: [] }))
    this.#proposer = new Proposer(
      { clock, logger: nullLogger, log, state },
      {
        replicaId: 3,
        bootId: 'b0'.repeat(16),
        clientAddress: '127.0.0.1:8002',
        programVersion: 'test',
      },
    )
    this.acts = new OperatorActs({
      clock,
      logger: nullLogger,
      raft: this.#raft(),
      commands: this.#proposer,
      state: {
        get appliedIndex() {
          return state.appliedIndex
        },
        reader: {
          first: (...range) => state.reader.first(...range),
          get: (table, id) => state.reader.get(table, id),
          groupSize: () => this.streams,
        },
      },
    })
  }

  async start(): Promise<void> {
    await this.#proposer.start()
    await settle()
  }

  stop(): Promise<void> {
    return this.#proposer.stop()
  }

  stateOf(id: number): string | undefined {
    return this.state.reader.get(memberTable, id)?.state
  }

  /** A call with as much time as a client's attempt has. */
  call(timeMs = 5_000): OperatorCall {
    const endMs = this.clock.nowMs() + timeMs
    return { actor: 'a test', reason: '', remainingMs: () => endMs - this.clock.nowMs() }
  }

  #raft(): Raft {
    const progress = (id: number): ProgressStatus => ({
      id,
      isLearner: false,
      state: 'replicate',
      pendingSnapshot: 0,
      match: this.active.includes(id) ? this.state.appliedIndex : 0,
      next: 1,
      isRecentlyActive: this.active.includes(id),
      isPaused: false,
      isBehindLog: false,
      lacksState: this.stateless.includes(id),
      inflightMessages: 0,
      inflightBytes: 0,
      digest: { index: 0, digest: new Uint8Array(16) },
    })
    const configuration = (): Configuration => this.state.configuration()
    return {
      configuration,
      onChange: (listener) => {
        this.tell = listener
        return () => undefined
      },
      status: () => ({
        id: 2,
        role: this.role,
        term: this.term,
        leader: 2,
        commit: this.state.appliedIndex,
        applied: this.state.appliedIndex,
        leaderContactAgeMs: 0,
        pendingChangeIndex: 0,
        transferTarget: 0,
        configuration: configuration(),
        progress: [progress(1), progress(3)],
      }),
      changeConfiguration: async (change) => {
        this.changes.push(change)
        const result = { ok: true, configuration: configuration(), change }
        return this.changeEnd ?? { ok: true, index: 50, term: this.term, result }
      },
      transferLeadership: async (to) => ({ ok: true, leader: to, term: this.term + 1 }),
    }
  }
}

let group: Group

beforeEach(async () => {
  group = new Group()
  await group.start()
})

afterEach(() => group.stop())

const decommission = { action: 'decommission', id: 3, by: 0 } as const
const coded = (code: string): object => expect.objectContaining({ code }) as object

describe('a member that is decommissioned', () => {
  test('is drained, waited for and removed once its streams are gone', async () => {
    group.streams = 2
    const done = group.acts.change(decommission, group.call(60_000))
    await group.clock.advance(2_000)
    expect([group.stateOf(3), group.changes.length]).toEqual(['draining', 0])
    group.streams = 0
    await group.clock.advance(1_000)
    await done
    expect(group.changes.map(({ operations }) => operations)).toEqual([[{ op: 'remove', id: 3 }]])
  })

  test('is asked for again by whoever cannot wait so long, and not waited for anew', async () => {
    group.streams = 1
    const ends: unknown[] = []
    const startMs = group.clock.nowMs()
    while (group.changes.length === 0) {
      const done = group.acts.change(decommission, group.call()).catch((error) => ends.push(error))
      await group.clock.advance(5_000)
      await done
    }
    const tookMs = group.clock.nowMs() - startMs
    expect(ends.length).toBeGreaterThan(2)
    expect(ends).toEqual(ends.map(() => coded('SCHED_MEMBER_DRAINING')))
    expect(tookMs).toBeGreaterThanOrEqual(drainMsMax)
    expect(tookMs).toBeLessThanOrEqual(drainMsMax + 5_000)
  })

  test('is waited for anew by a leader of another term', async () => {
    group.streams = 1
    for (let term = 4; term < 16; term += 1) {
      group.term = term
      const done = group.acts.change(decommission, group.call())
      const end = expect(done).rejects.toEqual(coded('SCHED_MEMBER_DRAINING'))
      await group.clock.advance(5_000)
      await end
    }
    expect(group.changes).toEqual([])
  })
})

describe('a leader that was just elected', () => {
  test('has heard from voters, not from followers: it asks to be asked again', async () => {
    group.active = []
    expect(() => group.acts.plan({ action: 'remove', id: 3, by: 0 })).toThrow(
      coded('SCHED_NO_LEADER') as Error,
    )
    expect(() => group.acts.plan({ action: 'transfer-leader', id: 3, by: 0 })).toThrow(
      coded('SCHED_NO_LEADER') as Error,
    )
  })

  test('refuses for good once it had the time to hear them', async () => {
    group.active = []
    await group.clock.advance(freshLeaderMs)
    const transfer = { action: 'transfer-leader', id: 3, by: 0 } as const
    expect(() => group.acts.plan(transfer)).toThrow(coded('SCHED_MEMBER_SILENT') as Error)
    group.tell({ role: 'follower', term: 5, leader: 1 })
    group.tell({ role: 'leader', term: 6, leader: 2 })
    expect(() => group.acts.plan(transfer)).toThrow(coded('SCHED_NO_LEADER') as Error)
    await group.clock.advance(freshLeaderMs)
    group.tell({ role: 'leader', term: 6, leader: 2 })
    expect(() => group.acts.plan(transfer)).toThrow(coded('SCHED_MEMBER_SILENT') as Error)
  })
})

test.each([
  {
    end: { ok: false, reason: 'stale-configuration', leader: 2 },
    code: 'SCHED_CHANGE_IN_PROGRESS',
  },
  { end: { ok: false, reason: 'change-in-progress', leader: 2 }, code: 'SCHED_CHANGE_IN_PROGRESS' },
  { end: { ok: false, reason: 'not-ready', leader: 2 }, code: 'SCHED_NO_LEADER' },
  { end: { ok: false, reason: 'not-leader', leader: 1 }, code: 'SCHED_NOT_LEADER' },
  { end: { ok: false, reason: 'unknown-outcome', leader: 0 }, code: 'SCHED_UNKNOWN_OUTCOME' },
  { end: { ok: false, reason: 'would-lose-quorum', leader: 2 }, code: 'SCHED_WOULD_LOSE_QUORUM' },
  { end: { ok: false, reason: 'not-member', leader: 2 }, code: 'SCHED_MEMBER_NOT_FOUND' },
  { end: { ok: false, reason: 'stopped', leader: 0 }, code: 'SCHED_STOPPING' },
] as const)('Raft saying $end.reason is $code', async ({ end, code }) => {
  group.changeEnd = end
  const done = group.acts.change({ action: 'remove', id: 3, by: 0 }, group.call())
  await expect(done).rejects.toEqual(coded(code))
})

test.each([
  { reason: 'stale-configuration', code: 'SCHED_CHANGE_IN_PROGRESS' },
  { reason: 'wrong-incarnation', code: 'SCHED_CONFLICT' },
] as const)(
  'R-11.4 a change that did nothing ($reason) is no success',
  async ({ reason, code }) => {
    const result = { ok: false, reason, configuration: group.state.configuration() }
    group.changeEnd = { ok: true, index: 50, term: 4, result }
    const done = group.acts.change({ action: 'remove', id: 3, by: 0 }, group.call())
    await expect(done).rejects.toEqual(coded(code))
  },
)

test('R-11.7 R-12.2 a change names its configuration and incarnations', async () => {
  await group.acts.change({ action: 'remove', id: 3, by: 0 }, group.call())
  const [change] = group.changes
  expect(change).toMatchObject({ expectedId: group.state.configuration().id, transition: 'auto' })
  expect(Buffer.from(change!.context).toString('hex')).toContain('33'.repeat(16))
  expect(Buffer.from(change!.context).toString()).toContain('removed')
})

test('whoever has lost its state is not handed the leadership', () => {
  group.stateless = [1]
  const { steps } = group.acts.plan({ action: 'transfer-leader', id: 0, by: 0 })
  expect(steps).toEqual(['Hand leadership from s2 to s3.'])
})

test('a call without time left does nothing', async () => {
  const done = group.acts.change({ action: 'remove', id: 3, by: 0 }, group.call(0))
  await expect(done).rejects.toEqual(coded('SCHED_EXPIRED'))
  expect(group.changes).toEqual([])
})
