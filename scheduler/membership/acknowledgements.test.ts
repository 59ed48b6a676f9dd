import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { isRemoved } from '../../raft/index.ts'
import { knowledgeOf } from '../boot/probe-knowledge.ts'
import {
  acknowledgedTable,
  memberTable,
  noteAcknowledged,
  setNodeState,
} from '../replication/index.ts'
import { acknowledgedMarks, Acknowledgements } from './acknowledgements.ts'
import { incarnationOf, LeaderFixture } from './leader-fixture.suite.ts'

const clusterId = 'c1'.repeat(16)

class Fixture extends LeaderFixture {
  commit = 100
  stableIndex = 100
  readonly view = {
    status: () => ({
      id: 1,
      commit: this.commit,
      stableIndex: this.stableIndex,
      progress: [2, 3].map((id) => {
        const match = this.matches.get(id) ?? 0
        return { id, match, isRecentlyActive: !this.silent.has(id) }
      }),
    }),
  }
  readonly work = new Acknowledgements({
    clock: this.clock,
    logger: nullLogger,
    raft: this.view,
    reader: this.state.reader,
    proposer: this.proposer,
  })

  notes(): readonly (readonly [number, number])[] {
    const rows = this.state.reader.list(acknowledgedTable, 'byReplica', { limit: 10 })
    return rows.map(({ replicaId, index }) => [replicaId, index])
  }
}

async function started(): Promise<Fixture> {
  const fixture = new Fixture()
  await fixture.proposer.start()
  await fixture.clock.advance(0)
  return fixture
}

test('J13 what was acknowledged and is committed is noted, for the leader too', async () => {
  const fixture = await started()
  fixture.matches.set(2, 90).set(3, 250)
  const marks = acknowledgedMarks({ raft: fixture.view, reader: fixture.state.reader })
  expect(marks).toEqual([
    { replicaId: 1, incarnation: incarnationOf(1), index: 100 },
    { replicaId: 2, incarnation: incarnationOf(2), index: 90 },
    { replicaId: 3, incarnation: incarnationOf(3), index: 100 },
  ])
  fixture.matches.set(2, 0)
  fixture.stableIndex = 40
  const later = acknowledgedMarks({ raft: fixture.view, reader: fixture.state.reader })
  expect(later.map(({ replicaId, index }) => [replicaId, index])).toEqual([
    [1, 40],
    [3, 100],
  ])
})

test('J13 notes are made at the start of a term and every 10,000 entries', async () => {
  const fixture = await started()
  fixture.matches.set(2, 90).set(3, 95)
  fixture.work.lead()
  await fixture.clock.advance(1_000)
  expect(fixture.notes()).toEqual([
    [1, 100],
    [2, 90],
    [3, 95],
  ])
  const made = fixture.log.entries.length
  fixture.commit = 10_099
  fixture.matches.set(2, 10_000).set(3, 10_000)
  await fixture.clock.advance(5_000)
  expect(fixture.log.entries.length).toBe(made)
  fixture.commit = 10_100
  await fixture.clock.advance(1_000)
  expect(fixture.notes()).toEqual([
    [1, 100],
    [2, 10_000],
    [3, 10_000],
  ])
  // Nothing is noted by who does not lead, and everything again by who begins to.
  fixture.work.stepDown()
  fixture.commit = 50_000
  await fixture.clock.advance(5_000)
  expect(fixture.notes()[0]).toEqual([1, 100])
  fixture.stableIndex = 11_000
  fixture.work.lead()
  await fixture.clock.advance(1_000)
  expect(fixture.notes()[0]).toEqual([1, 11_000])
  fixture.work.stepDown()
})

test('J13 what is known of a member that falls silent is noted, once', async () => {
  const fixture = await started()
  fixture.matches.set(2, 90).set(3, 95)
  fixture.work.lead()
  await fixture.clock.advance(1_000)
  fixture.commit = 200
  fixture.matches.set(2, 190).set(3, 200)
  await fixture.clock.advance(1_000)
  expect(fixture.notes()[1]).toEqual([2, 90])
  fixture.silent.add(2)
  await fixture.clock.advance(1_000)
  expect(fixture.notes()[1]).toEqual([2, 190])
  const made = fixture.log.entries.length
  await fixture.clock.advance(5_000)
  expect(fixture.log.entries.length).toBe(made)
  fixture.work.stepDown()
})

test('a probe is told what is known of who asks', async () => {
  const fixture = await started()
  const { state, view: raft } = fixture
  const knows = knowledgeOf({ clusterId, replicaId: 1, state, raft })
  const ask = (fromReplicaId: number, fromIncarnation = incarnationOf(fromReplicaId)) =>
    knows({ fromClusterId: clusterId, fromReplicaId, fromIncarnation })
  expect(ask(2)).toEqual({ clientAddresses: ['c:1'], acknowledgedIndex: 0, isRemoved: false })
  // A leader knows it of its own term, others from the state.
  fixture.matches.set(2, 70)
  expect(ask(2).acknowledgedIndex).toBe(70)
  const marks = [{ replicaId: 2, incarnation: incarnationOf(2), index: 80 }]
  await fixture.proposer.propose(noteAcknowledged, { marks }, { timeoutMs: 1_000 })
  expect(ask(2).acknowledgedIndex).toBe(80)
  // Another incarnation was never this member; a larger id may be newer than this state.
  expect(ask(2, incarnationOf(9))).toMatchObject({ acknowledgedIndex: 0, isRemoved: true })
  expect(isRemoved(state.configuration(), 9)).toBe(false)
  expect(ask(9)).toMatchObject({ acknowledgedIndex: 0, isRemoved: false })
  const nobody = knows({ fromClusterId: '', fromReplicaId: 0, fromIncarnation: '' })
  expect(nobody).toEqual({ clientAddresses: ['c:1'], acknowledgedIndex: 0, isRemoved: false })
})

test('a probe names no hidden member but the one that is asked', async () => {
  const { state, view: raft, proposer } = await started()
  const addresses = (replicaId: number): readonly string[] => {
    const asked = { fromClusterId: '', fromReplicaId: 0, fromIncarnation: '' }
    return knowledgeOf({ clusterId, replicaId, state, raft })(asked).clientAddresses ?? []
  }
  expect([addresses(1), addresses(2)]).toEqual([['c:1'], ['c:1']])
  const from = [state.reader.get(memberTable, 1)!.state]
  const hide = {
    replicaId: 1,
    incarnation: incarnationOf(1),
    bootId: '',
    from,
    to: 'hidden',
  } as const
  await proposer.propose(setNodeState, hide, { timeoutMs: 1_000 })
  expect([addresses(1), addresses(2)]).toEqual([['c:1'], []])
})
