// When a leader may begin a change of the members, and whom it asks while two halves are in force.
import { describe, expect, test } from 'vitest'
import type { MemberOperation } from '../core/configuration-change.ts'
import { Scenario } from './scenario.ts'

const add5: MemberOperation = { op: 'add-voter', id: 5 }
const remove1: MemberOperation = { op: 'remove', id: 1 }

/** Four voters led by 1, whose change (add 5) reached nobody else; 2 was elected by the others. */
function competing(): Scenario {
  const s = new Scenario({
    voters: [1, 2, 3, 4],
    strictReconfiguration: false,
    timeoutSpread: { 1: 30, 2: 30, 3: 30, 4: 30 },
  })
  s.elect(1)
  expect(s.proposeChange(1, [add5])).toMatchObject({ ok: true })
  s.processReady(1)
  s.drop({ from: 1 })
  s.forgetLeader()
  s.campaign(2)
  // Requests and votes only: its first entry stays on the way.
  for (let turn = 0; turn < 8; turn += 1) {
    for (const id of [2, 3, 4]) {
      s.processReady(id)
      s.processAppend(id)
    }
    s.drop({ to: 1 })
    s.deliver({ types: ['pre-vote', 'pre-vote-reply', 'vote', 'vote-reply'] })
  }
  expect(s.raft(2).role).toBe('leader')
  return s
}

describe('R-11.3 B01 no change before an entry of the own term is committed', () => {
  test('of two leaders with a change each, only one can get it into a majority', () => {
    const s = competing()
    const noCommit = { ok: false, reason: 'not-ready', leader: 2 }
    expect(s.proposeChange(2, [remove1])).toEqual(noCommit)
    s.deliver({ from: 2, to: 3 })
    expect(s.proposeChange(2, [remove1])).toEqual(noCommit)

    // Two copies of its entry beside its own: now nobody can be elected who lacks it.
    s.settle(2, 3, 4)
    expect(s.proposeChange(2, [remove1])).toMatchObject({ ok: true })
    s.settle()
    for (const id of [2, 3, 4]) expect(s.raft(id).configuration.voters).toEqual([2, 3, 4])
    expect(s.raft(2).configuration.highestId).toBe(4)
  })

  test('the change that reached nobody is gone from the log of its leader as well', () => {
    const s = competing()
    s.settle()
    s.tickHeartbeat(2)
    s.settle()
    expect(s.raft(1).configuration.voters).toEqual([1, 2, 3, 4])
    expect(s.terms(1)).toEqual(s.terms(2))
    expect(s.proposeChange(2, [add5])).toMatchObject({ ok: true })
  })
})

describe('R-11.2 one change at a time', () => {
  test('the next is refused until this one is applied, and is then for another configuration', () => {
    const s = new Scenario({ voters: [1, 2, 3], learners: [4, 5] })
    s.elect(1)
    const first = s.proposeChange(1, [{ op: 'promote', id: 4 }])
    expect(first).toMatchObject({ ok: true })
    const next = { op: 'promote', id: 5 } as const
    expect(s.proposeChange(1, [next])).toMatchObject({ reason: 'change-in-progress' })
    s.processReady(1)
    s.deliver()
    expect(s.proposeChange(1, [next])).toMatchObject({ reason: 'change-in-progress' })
    s.settle()
    expect(s.proposeChange(1, [next], { expectedId: 0 })).toMatchObject({
      reason: 'stale-configuration',
    })
    expect(s.proposeChange(1, [next])).toMatchObject({ ok: true })
    s.settle()
    expect(s.raft(3).configuration.voters).toEqual([1, 2, 3, 4, 5])
  })
})

describe('R-9.3 under a joint configuration both halves confirm a read', () => {
  /** 1 leads 1 2 3 and 1 4 5; a read has come and its heartbeats are on their way. */
  function reading(): Scenario {
    const s = new Scenario({ voters: [1, 2, 3], learners: [4, 5] })
    s.elect(1)
    const operations: readonly MemberOperation[] = [
      { op: 'promote', id: 4 },
      { op: 'promote', id: 5 },
      { op: 'remove', id: 2 },
      { op: 'remove', id: 3 },
    ]
    expect(s.proposeChange(1, operations, { transition: 'joint-explicit' })).toMatchObject({
      ok: true,
    })
    s.settle()
    expect(s.raft(1).configuration).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] })
    expect(s.raft(1).readIndex(7)).toEqual({ ok: true })
    s.processReady(1)
    return s
  }

  function answer(s: Scenario, id: number): void {
    s.deliver({ from: 1, to: id })
    s.processReady(id)
    s.deliver({ from: id, to: 1 })
    s.processReady(1)
  }

  test.each([
    { heard: [2, 3], missing: 5 },
    { heard: [4, 5], missing: 2 },
  ])('$heard are one half, $missing makes it two', ({ heard, missing }) => {
    const s = reading()
    for (const id of heard) answer(s, id)
    expect(s.replica(1).reads).toEqual([])
    answer(s, missing)
    expect(s.replica(1).reads).toEqual([{ id: 7, ok: true, index: s.raft(1).commit }])
  })
})
