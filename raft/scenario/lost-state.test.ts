// Decision 015: a replica whose state is lost and whose log is whole. Others rely on what it has
// voted and acknowledged, so it goes on with that, and gets its state from the leader.
import { describe, expect, test } from 'vitest'
import { initialConfiguration, noMembers } from '../core/configuration.ts'
import type { Snapshot } from '../core/message.ts'
import type { ProgressStatus } from '../core/status.ts'
import { append, heartbeat, vote } from './messages.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

/** 1 leads; all have applied five entries and forgotten two, when 3 loses its state. */
function bereft(hearsay = noMembers): Scenario {
  const s = new Scenario(three)
  s.elect(1)
  s.propose(1, 'a', 'b', 'c')
  s.settle()
  // Its group tells that the ones before are committed.
  s.propose(1, 'd')
  s.settle()
  for (const id of s.ids) s.replica(id).compact(2)
  s.replica(3).loseState(hearsay)
  expect(s.raft(3).status()).toMatchObject({
    lacksState: true,
    applied: 0,
    commit: 4,
    lastIndex: 5,
  })
  return s
}

function progressOf(s: Scenario, id: number): ProgressStatus {
  return s
    .raft(1)
    .status()
    .progress.find((progress) => progress.id === id)!
}

/** One heartbeat of 1 and its answers; what follows stays on the wire. */
function beat(s: Scenario): void {
  s.tickHeartbeat(1)
  s.processReady(1)
  s.deliver({ types: ['heartbeat'] })
  for (const id of [2, 3]) s.processReady(id)
  s.deliver({ types: ['heartbeat-reply'] })
  s.processReady(1)
}

const imageOf = (index: number, term = 1, id = 0): Snapshot => ({
  index,
  term,
  configuration: { ...initialConfiguration(three), id },
  clusterClockMs: index,
})

describe('decision 015 without a state', () => {
  test('it votes and acknowledges, and what it acknowledged commits', () => {
    const s = bereft()
    s.propose(1, 'e')
    s.settle(1, 3)
    expect(s.raft(1).commit).toBe(6)
    expect(s.replica(3).disk.entries.at(-1)).toMatchObject({ index: 6 })
    const request = vote({ from: 2, to: 3, term: 9, lastIndex: 6, lastTerm: 1, transfer: true })
    s.inject(request)
    s.settle(3)
    expect(s.sent.at(-1)).toMatchObject({ type: 'vote-reply', from: 3, to: 2, granted: true })
    expect(s.replica(3).disk.hardState).toMatchObject({ term: 9, votedFor: 2 })
    s.inject(vote({ from: 1, to: 3, term: 9, lastIndex: 9, lastTerm: 8 }))
    s.settle(3)
    expect(s.sent.at(-1)).toMatchObject({ type: 'vote-reply', to: 1, granted: false })
  })

  test('it applies nothing and gives up nothing of its log', () => {
    const s = bereft()
    s.propose(1, 'e')
    s.tickHeartbeat(1)
    s.settle(1, 2)
    s.deliver({ to: 3, types: ['append', 'heartbeat'] })
    s.processReady(3)
    s.processAppend(3)
    s.inject(heartbeat({ from: 1, to: 3, term: 1, commit: 6 }))
    expect(s.raft(3).commit).toBe(6)
    expect(s.raft(3).hasReady()).toBe(true)
    s.processReady(3)
    expect(s.replica(3).applyThread).toEqual([])
    expect(s.raft(3).status()).toMatchObject({ applied: 0, compacted: { index: 2 } })
  })

  test('it never campaigns: not by itself, not when told to, not under suspicion', () => {
    const s = bereft(initialConfiguration(three))
    expect(s.raft(3).campaign()).toEqual({ ok: false, reason: 'no-state' })
    s.inject(heartbeat({ from: 1, to: 3, term: 1 }))
    const told = s.inject({ type: 'timeout-now', from: 1, to: 3, term: 1 })
    expect(told).toEqual({ ok: false, reason: 'unexpected' })
    s.raft(3).suspectLeader(1)
    s.tick(3, 100)
    s.processReady(3)
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', term: 1, leader: 0 })
    expect(s.replica(3).softStates.every(({ role }) => role === 'follower')).toBe(true)
  })

  test('R-11.9 when nobody speaks to it, it asks whether it still is a member', () => {
    const s = bereft(initialConfiguration(three))
    s.drop()
    s.inject(heartbeat({ from: 1, to: 3, term: 1 }))
    s.processReady(3)
    s.drop()
    s.tickElection(3)
    s.processReady(3)
    expect(s.wireSummary()).toEqual(['3>1 pre-vote', '3>2 pre-vote'])
    for (const from of [1, 2]) {
      s.inject({ type: 'removed', from, to: 3, term: 1, configurationId: 7 })
    }
    expect(s.raft(3).status().isRemoved).toBe(true)
  })

  test('only an empty state is none: with a state nothing is lacking', () => {
    const s = bereft()
    expect(() => s.replica(3).restart(0)).not.toThrow()
    expect(s.raft(1).status().lacksState).toBe(false)
    expect(s.raft(3).coversImage({ index: 3, term: 1 })).toBe(true)
    expect(s.raft(3).coversImage({ index: 4, term: 1 })).toBe(false)
    expect(s.raft(2).coversImage({ index: 5, term: 1 })).toBe(true)
  })
})

describe('decision 015 what the leader does', () => {
  test('R-11.6 it does not go while nobody else who votes has a state', () => {
    const s = bereft()
    beat(s)
    s.drop()
    const leave = [
      { op: 'remove', id: 1 },
      { op: 'remove', id: 2 },
    ] as const
    expect(s.proposeChange(1, leave)).toMatchObject({ ok: false, reason: 'would-lose-quorum' })
    expect(s.proposeChange(1, [{ op: 'remove', id: 2 }]).ok).toBe(true)
    s.settle()
    s.raft(1).reportSnapshot(3, 'failed')
    beat(s)
    expect(progressOf(s, 3).lacksState).toBe(true)
    const last = [{ op: 'remove', id: 1 }] as const
    expect(s.proposeChange(1, last)).toMatchObject({ ok: false, reason: 'would-lose-quorum' })
  })

  test('it sends one image beside the log, and another one when that failed', () => {
    const s = bereft()
    beat(s)
    expect(s.wireSummary()).toContain('1>3 snapshot')
    expect(progressOf(s, 3)).toMatchObject({ lacksState: true, state: 'replicate', match: 5 })
    s.drop()
    s.propose(1, 'e')
    s.settle(1, 3)
    expect(progressOf(s, 3)).toMatchObject({ state: 'replicate', match: 6 })
    beat(s)
    expect(s.wireSummary()).not.toContain('1>3 snapshot')
    s.raft(1).reportSnapshot(3, 'failed')
    s.processReady(1)
    expect(s.wireSummary()).not.toContain('1>3 snapshot')
    beat(s)
    expect(s.wireSummary()).toContain('1>3 snapshot')
  })

  test('it asks for none while the image is being installed, and for none afterwards', () => {
    const s = bereft()
    beat(s)
    s.deliver({ types: ['snapshot'] })
    s.processReady(3)
    expect(s.replica(3).appendThread).toMatchObject([{ keepsLog: true, snapshot: { index: 5 } }])
    s.raft(1).reportSnapshot(3, 'sent')
    beat(s)
    expect(progressOf(s, 3).lacksState).toBe(false)
    s.processAppend(3)
    beat(s)
    expect(s.wireSummary()).not.toContain('1>3 snapshot')
    expect(s.raft(3).lacksState).toBe(false)
  })

  test('R-11.8 it does not hand over to it', () => {
    const s = bereft()
    beat(s)
    s.drop()
    expect(s.proposeChange(1, [{ op: 'remove', id: 1 }])).toMatchObject({ ok: true })
    s.settle()
    expect(s.sent.filter(({ type }) => type === 'timeout-now').map(({ to }) => to)).toContain(2)
    expect(s.sent.filter(({ type, to }) => type === 'timeout-now' && to === 3)).toEqual([])
  })

  test('R-12.1 a learner without a state is not promoted', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    s.elect(1)
    s.propose(1, 'a')
    s.settle()
    for (const id of s.ids) s.replica(id).compact(1)
    s.replica(3).loseState()
    beat(s)
    s.drop()
    const promote = [{ op: 'promote', id: 3 }] as const
    expect(s.proposeChange(1, promote)).toMatchObject({ ok: false, reason: 'learner-not-ready' })
    s.raft(1).reportSnapshot(3, 'failed')
    beat(s)
    s.settle()
    beat(s)
    expect(s.proposeChange(1, promote)).toMatchObject({ ok: true })
  })
})

describe('decision 015 R-13.1 the image that becomes the state', () => {
  test('the log stays, with everything acknowledged after the image', () => {
    const s = bereft()
    s.inject(
      append({ from: 1, to: 3, term: 1, prevIndex: 5, prevTerm: 1, entries: entriesOf([1, 1], 6) }),
    )
    s.processReady(3)
    s.processAppend(3)
    s.drop()
    expect(s.raft(3).restore(imageOf(4))).toEqual({ ok: true })
    // What comes meanwhile is written after it.
    const more = entriesOf([1], 8)
    s.inject(
      append({ from: 1, to: 3, term: 1, prevIndex: 7, prevTerm: 1, entries: more, commit: 6 }),
    )
    s.processReady(3)
    const [work] = s.replica(3).appendThread
    expect(work).toMatchObject({ keepsLog: true, lastIndex: 8, hardState: { commit: 6 } })
    expect(s.replica(3).applyThread).toEqual([])
    s.processAppend(3)
    expect(s.terms(3)).toEqual([1, 1, 1, 1, 1, 1])
    expect(s.raft(3).status()).toMatchObject({ applied: 4, commit: 6, lacksState: false })
    s.processReady(3)
    expect(s.replica(3).applyThread[0]!.entries.map(({ index }) => index)).toEqual([5, 6])
    s.replica(3).restart(4)
    expect(s.raft(3).status()).toMatchObject({ applied: 4, lastIndex: 8, lacksState: false })
  })

  test('one from before what was known committed is old; one that is not durable here waits', () => {
    const s = bereft()
    expect(s.raft(3).restore(imageOf(3))).toEqual({ ok: false, reason: 'old' })
    const entries = entriesOf([1], 6)
    s.inject(append({ from: 1, to: 3, term: 1, prevIndex: 5, prevTerm: 1, entries }))
    expect(s.raft(3).restore(imageOf(6))).toEqual({ ok: false, reason: 'busy' })
    s.processReady(3)
    expect(s.raft(3).restore(imageOf(6))).toEqual({ ok: false, reason: 'busy' })
    s.processAppend(3)
    expect(s.raft(3).restore(imageOf(6))).toEqual({ ok: true })
    expect(s.raft(3).restore(imageOf(6))).toEqual({ ok: false, reason: 'busy' })
    s.settle(3)
    expect(s.raft(3).status()).toMatchObject({ applied: 6, commit: 6, lastIndex: 6 })
  })

  test('one that does not know the replica is not taken, nor one that contradicts the log', () => {
    const s = bereft()
    const configuration = initialConfiguration({ voters: [1, 2, 4] })
    const refused = s.raft(3).restore({ ...imageOf(4), configuration })
    expect(refused).toEqual({ ok: false, reason: 'not-member' })
    expect(s.raft(3).restore(imageOf(4, 3))).toEqual({ ok: false, reason: 'old' })
    expect(s.raft(3).lacksState).toBe(true)
  })

  test('when the log does not reach it, the log begins anew after it', () => {
    const s = bereft()
    expect(s.raft(3).restore(imageOf(9, 2))).toEqual({ ok: true })
    s.processReady(3)
    expect(s.replica(3).appendThread).toMatchObject([{ keepsLog: false, snapshot: { index: 9 } }])
    s.processAppend(3)
    const after = { applied: 9, commit: 9, lastIndex: 9, compacted: { index: 9, term: 2 } }
    expect(s.raft(3).status()).toMatchObject({ ...after, lacksState: false })
  })

  test.each([0, 3, 8])('its members count, whatever was believed before (%s)', (id) => {
    const hearsay = { ...initialConfiguration({ voters: [1, 2, 3, 4] }), id }
    const s = bereft(hearsay)
    expect(s.raft(3).configuration).toEqual(hearsay)
    s.raft(3).restore(imageOf(4, 1, 3))
    s.settle(3)
    expect(s.raft(3).configuration).toEqual(imageOf(4, 1, 3).configuration)
    expect(s.raft(3).campaign()).toEqual({ ok: true })
  })

  test('design 4.3 it shows everything known committed at the start, and so the replica may campaign', () => {
    const s = bereft()
    s.inject(
      append({
        from: 1,
        to: 3,
        term: 1,
        prevIndex: 5,
        prevTerm: 1,
        entries: entriesOf([1], 6),
        commit: 5,
      }),
    )
    s.settle(3)
    s.raft(3).restore(imageOf(4))
    expect(s.raft(3).campaign()).toEqual({ ok: false, reason: 'no-state' })
    s.processReady(3)
    s.processAppend(3)
    expect(s.raft(3).campaign()).toEqual({ ok: true })
    s.replica(3).loseState()
    expect(s.raft(3).status().commit).toBe(5)
    expect(s.raft(3).restore(imageOf(4))).toEqual({ ok: false, reason: 'old' })
  })
})
