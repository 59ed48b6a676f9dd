// Members: the cases that the practice of Raft implementations has given names, each with its name
// in the title.
// Where we differ: a change that changes nothing, a removed id and a second change are refused when
// they are proposed, not turned into empty entries; a leader that removed itself hands over
// . Ids rise and are never used again. A learner that lost its leader asks for pre-votes
// without being able to win one, so that it is told if it was removed.
import { describe, expect, test } from 'vitest'
import { promotionLagEntriesMax } from '../core/change-admission.ts'
import type { MemberOperation } from '../core/configuration-change.ts'
import { isMember, membersOf } from '../core/configuration.ts'
import { encodeChange } from '../wire/change-codec.ts'
import { append, heartbeat, vote } from './messages.ts'
import { Scenario } from './scenario.ts'
import type { ScenarioOptions } from './scenario.ts'

const three = { voters: [1, 2, 3] }

function led(options: Partial<ScenarioOptions> = {}): Scenario {
  const s = new Scenario({ ...three, ...options })
  s.elect(1)
  return s
}

/** Proposes at 1 and lets everybody learn of it. */
function change(s: Scenario, ...operations: MemberOperation[]): void {
  expect(s.proposeChange(1, operations)).toMatchObject({ ok: true })
  s.settle()
  s.tickHeartbeat(1)
  s.settle()
}

function progressIds(s: Scenario): number[] {
  return s
    .raft(1)
    .status()
    .progress.map(({ id }) => id)
}

describe('changes in the log', () => {
  test('StepConfig: a change is one entry, and is remembered as the pending one', () => {
    const s = led()
    expect(s.proposeChange(1, [{ op: 'add-learner', id: 4 }])).toEqual({
      ok: true,
      index: 2,
      term: 1,
    })
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 2, pendingChangeIndex: 2 })
    s.processReady(1)
    expect(s.replica(1).appendThread).toMatchObject([{ entries: [{ index: 2, type: 'config' }] }])
    // Not in force before it is applied.
    expect(s.raft(1).configuration.learners).toEqual([])
    s.settle()
    expect(s.raft(1).status().pendingChangeIndex).toBe(0)
    expect(s.raft(1).configuration).toMatchObject({ id: 2, learners: [4] })
  })

  test('StepIgnoreConfig: a second one does not get into the log', () => {
    const s = led()
    s.proposeChange(1, [{ op: 'add-learner', id: 4 }])
    const before = s.raft(1).status()
    expect(s.proposeChange(1, [{ op: 'add-learner', id: 5 }])).toEqual({
      ok: false,
      reason: 'change-in-progress',
      leader: 1,
    })
    expect(s.raft(1).status()).toEqual(before)
    expect(s.propose(1, 'x').ok).toBe(true)
  })

  test('R-11.2 R-11.4 StepIgnoreConfig: of two that got there the second is without effect', () => {
    // A leader that checks nothing puts both into one message.
    const s = new Scenario(three)
    const entries = [4, 5].map((id, i) => ({
      index: i + 1,
      term: 1,
      type: 'config' as const,
      stampMs: 0,
      data: encodeChange({
        expectedId: 0,
        transition: 'auto',
        operations: [{ op: 'add-learner', id }],
        context: new Uint8Array(0),
      }),
    }))
    s.inject(append({ entries, commit: 2 }))
    s.processReady(1)
    s.processAppend(1)
    s.processReady(1)
    // Each is applied for itself: the first one may decide about the second.
    expect(s.replica(1).applyThread.map((work) => work.entries.length)).toEqual([1])
    s.settle(1)
    expect(s.raft(1).status().applied).toBe(2)
    expect(s.raft(1).configuration).toMatchObject({ id: 1, learners: [4], highestId: 4 })
    expect(s.replica(1).changes).toMatchObject([
      { ok: true },
      { ok: false, reason: 'stale-configuration' },
    ])
  })

  test('NewLeaderPendingConfig: what an earlier leader left may be a change; so it waits', () => {
    const s = new Scenario({ ...three, checkQuorum: false, preVote: false })
    s.elect(1)
    s.proposeChange(1, [{ op: 'add-learner', id: 4 }])
    s.settle(1, 2)
    s.drop()
    // 2 has it in its log; whether it is committed 2 finds out with its own entry.
    s.campaign(2)
    s.settle(2)
    s.deliver({ to: 3, types: ['vote'] })
    s.settle(3)
    s.deliver({ to: 2, types: ['vote-reply'] })
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', pendingChangeIndex: 0 })
    expect(s.proposeChange(2, [{ op: 'add-learner', id: 5 }])).toMatchObject({
      reason: 'not-ready',
    })
    s.settle()
    expect(s.proposeChange(2, [{ op: 'add-learner', id: 5 }])).toMatchObject({ ok: true })
  })

  function waitsForChange(...operations: MemberOperation[]): void {
    const s = led()
    s.proposeChange(1, operations)
    s.processReady(1)
    s.processAppend(1)
    s.deliver()
    for (const id of [2, 3]) {
      s.processReady(id)
      s.processAppend(id)
    }
    s.deliver({ to: 1 })
    s.processReady(1)
    s.deliver({ to: 2 })
    expect(s.raft(2).status()).toMatchObject({ commit: 2, applied: 1 })
    expect(s.raft(2).campaign()).toEqual({ ok: false, reason: 'pending-change' })
    s.tickElection(2)
    expect(s.raft(2).role).toBe('follower')
    // Nor because the leader says so.
    s.inject(heartbeat({ from: 1, to: 2, commit: 2 }))
    const order = { type: 'timeout-now', from: 1, to: 2, term: 1 } as const
    expect(s.inject(order)).toEqual({ ok: false, reason: 'unexpected' })
    s.settle(2)
    expect(s.raft(2).status().applied).toBe(2)
    expect(s.raft(2).campaign()).toEqual({ ok: true })
  }

  test('ConfChangeCheckBeforeCampaign: no election with a committed change not applied', () => {
    waitsForChange({ op: 'add-learner', id: 4 })
  })

  test('ConfChangeV2CheckBeforeCampaign: nor with one that makes a joint configuration', () => {
    waitsForChange({ op: 'add-voter', id: 4 }, { op: 'remove', id: 3 })
  })
})

describe('who is a member', () => {
  test('AddNode: the new voter gets the log and counts', () => {
    const s = led()
    s.propose(1, 'a')
    s.settle()
    s.add(4)
    change(s, { op: 'add-voter', id: 4 })
    expect(s.raft(4).configuration).toMatchObject({ voters: [1, 2, 3, 4], learners: [] })
    expect(s.appliedTexts(4)).toEqual(['a'])
    // Three of four are a majority, two are none.
    s.propose(1, 'b')
    s.settle(1, 2)
    expect(s.raft(1).commit).toBe(3)
    s.settle(1, 2, 4)
    expect(s.raft(1).commit).toBe(4)
  })

  test('AddLearner: it gets the log and does not count', () => {
    const s = led()
    s.add(4)
    change(s, { op: 'add-learner', id: 4 })
    expect(s.raft(1).configuration).toMatchObject({ voters: [1, 2, 3], learners: [4] })
    s.propose(1, 'a')
    s.settle(1, 4)
    expect(s.raft(1).commit).toBe(2)
    s.settle()
    expect(s.appliedTexts(4)).toEqual(['a'])
  })

  test('AddNodeCheckQuorum: a new voter does not cost the leader its majority at once', () => {
    const s = new Scenario({ voters: [1], strictReconfiguration: false })
    s.elect(1)
    s.tick(1, 19)
    expect(s.proposeChange(1, [{ op: 'add-voter', id: 2 }])).toMatchObject({ ok: true })
    s.settle()
    s.tick(1)
    expect(s.raft(1).role).toBe('leader')
    // It has an election timeout of its own to be heard from.
    s.tick(1, 20)
    expect(s.raft(1).role).toBe('follower')
  })

  test('RemoveNode: it is spoken to no more; the last voter stays', () => {
    const s = new Scenario({ voters: [1, 2] })
    s.elect(1)
    change(s, { op: 'remove', id: 2 })
    expect(s.raft(1).configuration.voters).toEqual([1])
    expect(progressIds(s)).toEqual([])
    s.sent = []
    s.propose(1, 'x')
    s.settle()
    expect(s.raft(1).commit).toBe(3)
    expect(s.sent).toEqual([])
    expect(s.proposeChange(1, [{ op: 'remove', id: 1 }])).toMatchObject({ reason: 'no-voter' })
  })

  test('RemoveLearner: it is spoken to no more', () => {
    const s = new Scenario({ voters: [1], learners: [2] })
    s.elect(1)
    change(s, { op: 'remove', id: 2 })
    expect(s.raft(1).configuration).toMatchObject({ voters: [1], learners: [], highestId: 2 })
    expect(progressIds(s)).toEqual([])
    expect(s.proposeChange(1, [{ op: 'add-learner', id: 2 }])).toMatchObject({
      reason: 'removed-id',
    })
  })

  test.each([
    { members: { voters: [1] }, may: true },
    { members: { voters: [1, 2, 3] }, may: true },
    { members: { voters: [2, 3], learners: [1] }, may: false },
    { members: { voters: [2, 3] }, may: false },
  ])('Promotable: of $members 1 may campaign: $may', ({ members, may }) => {
    const s = new Scenario({ voters: [1, 2, 3], beliefs: { 1: members } })
    expect(s.raft(1).campaign().ok).toBe(may)
  })

  test.each([
    { voters: [1, 2, 3], ids: [1, 2, 3] },
    { voters: [3, 2, 1], ids: [1, 2, 3] },
  ])('RaftNodes: members are told by rising id, whatever the order of $voters', (example) => {
    const s = new Scenario({ voters: example.voters })
    expect(membersOf(s.raft(1).configuration)).toEqual(example.ids)
    s.elect(1)
    expect(progressIds(s)).toEqual([2, 3])
  })

  test('CommitAfterRemoveNode: a smaller majority has what the larger one waited for', () => {
    const s = new Scenario({ voters: [1, 2] })
    s.elect(1)
    s.proposeChange(1, [{ op: 'remove', id: 2 }])
    s.propose(1, 'x')
    s.processReady(1)
    s.processAppend(1)
    // 2 has the change and not the entry after it.
    const full = s.drop({ to: 2 })
    expect(full).toHaveLength(1)
    for (const message of full) {
      if (message.type === 'append') s.inject({ ...message, entries: message.entries.slice(0, 1) })
    }
    s.settle(2)
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ commit: 2, lastIndex: 3 })
    s.processReady(1)
    s.processApply(1)
    expect(s.raft(1).status()).toMatchObject({ applied: 2, commit: 3 })
    s.settle(1)
    expect(s.appliedTexts(1)).toEqual(['x'])
  })

  test('R-9.3 CommitAfterRemoveNode: so is a read that waited for one who is out', () => {
    const s = new Scenario({ voters: [1, 2] })
    s.elect(1)
    s.proposeChange(1, [{ op: 'remove', id: 2 }])
    s.processReady(1)
    s.processAppend(1)
    s.deliver({ to: 2 })
    s.settle(2)
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ commit: 2, applied: 1 })
    s.raft(1).readIndex(5)
    s.processReady(1)
    s.drop()
    expect(s.replica(1).reads).toEqual([])
    s.processApply(1)
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([{ id: 5, ok: true, index: 2 }])
  })
})

describe('learners', () => {
  const withLearner = { voters: [1], learners: [2] }

  test('LearnerElectionTimeout: a learner whose timer passes does not campaign', () => {
    const s = new Scenario(withLearner)
    s.tick(2, 100)
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'follower', term: 0, votedFor: 0 })
  })

  test('LearnerElectionTimeout: one that lost its leader asks once in a timeout, not more', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    s.elect(1)
    s.sent = []
    s.tick(3, 100)
    s.processReady(3)
    // Five timeouts, two voters each time.
    expect(s.drop({ from: 3 }).map(({ type, to }) => `${type} ${to}`)).toEqual(
      Array.from({ length: 5 }, () => ['pre-vote 1', 'pre-vote 2']).flat(),
    )
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', term: 1, leader: 0 })
  })

  test('LearnerPromotion: once it is a voter it may be elected', () => {
    const s = new Scenario({ ...withLearner, timeoutSpread: { 1: 10, 2: 10 } })
    s.elect(1)
    expect(s.proposeChange(1, [{ op: 'promote', id: 2 }])).toMatchObject({ ok: true })
    s.settle()
    expect(s.raft(2).configuration).toMatchObject({ voters: [1, 2], learners: [] })
    s.raft(1).transferLeadership(2)
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 2 })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2 })
  })

  const promote4 = { op: 'promote', id: 4 } as const

  test.each([
    { entries: promotionLagEntriesMax, result: { ok: true } },
    { entries: promotionLagEntriesMax + 1, result: { ok: false, reason: 'learner-not-ready' } },
  ])('R-12.1 LearnerPromotion: one that is $entries behind: $result', ({ entries, result }) => {
    const s = led({ learners: [4] })
    s.propose(1, ...Array.from({ length: entries }, () => 'x'))
    s.settle(1, 2, 3)
    expect(s.raft(1).commit).toBe(1 + entries)
    expect(s.proposeChange(1, [promote4])).toMatchObject(result)
  })

  test('R-12.1 LearnerPromotion: not one that was not heard from within an election timeout', () => {
    const s = led({ learners: [4] })
    for (const ticks of [15, 10]) {
      s.tick(1, ticks)
      s.processReady(1)
      s.drop({ to: 4 })
      s.settle()
    }
    expect(s.proposeChange(1, [promote4])).toMatchObject({ reason: 'learner-not-ready' })
    s.tickHeartbeat(1)
    s.settle()
    expect(s.proposeChange(1, [promote4])).toMatchObject({ ok: true })
  })

  test('B13 LearnerCanVote: it answers, for it may have been made a voter', () => {
    const s = new Scenario({ voters: [1, 3], learners: [2] })
    s.inject(vote({ from: 1, to: 2, term: 2, lastIndex: 11, lastTerm: 11 }))
    s.settle(2)
    expect(s.wire).toMatchObject([{ type: 'vote-reply', from: 2, to: 1, granted: true }])
  })

  test('LearnerLogReplication: what it has is known, and commits nothing', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    s.elect(1)
    s.propose(1, 'x')
    s.settle(1, 3)
    expect(s.raft(1).commit).toBe(1)
    expect(s.raft(1).status().progress[1]).toMatchObject({ id: 3, match: 2, isLearner: true })
    s.settle()
    expect(s.raft(3).status()).toMatchObject({ commit: 2, applied: 2 })
  })

  test('LearnerCampaign: neither asked nor told to does a learner campaign', () => {
    const s = new Scenario({ voters: [1], learners: [2] })
    s.elect(1)
    expect(s.raft(2).campaign()).toEqual({ ok: false, reason: 'not-voter' })
    const order = { type: 'timeout-now', from: 1, to: 2, term: 1 } as const
    expect(s.inject(order)).toEqual({ ok: false, reason: 'unexpected' })
    expect(s.raft(2).status()).toMatchObject({ role: 'follower', term: 1, leader: 1 })
  })
})

describe('R-10.1 transfers and changes', () => {
  /** 1 hands over to 3, and applies meanwhile what makes 3 no target any more. */
  function transferGivenUpBy(operation: MemberOperation): Scenario {
    const s = led()
    s.proposeChange(1, [operation])
    s.processReady(1)
    s.deliver({ to: 2 })
    s.settle(2)
    s.drop({ to: 3 })
    expect(s.raft(1).transferLeadership(3)).toEqual({ ok: true })
    s.settle(1, 2)
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', transferTarget: 0 })
    return s
  }

  test('LeaderTransferRemoveNode: a target that is removed is given up', () => {
    const s = transferGivenUpBy({ op: 'remove', id: 3 })
    expect(isMember(s.raft(1).configuration, 3)).toBe(false)
    expect(s.propose(1, 'x').ok).toBe(true)
  })

  test('LeaderTransferDemoteNode: so is one that becomes a learner', () => {
    const s = transferGivenUpBy({ op: 'demote', id: 3 })
    expect(s.raft(1).configuration).toMatchObject({ voters: [1, 2], learners: [3] })
    expect(s.raft(1).transferLeadership(3)).toEqual({ ok: false, reason: 'not-voter' })
  })

  test('R-11.8 a leader that removed itself prefers the active voter that has most', () => {
    // 2 was not heard for a while; 3 has the change; 4 and the learner 5 have an entry more.
    const s = new Scenario({ voters: [1, 2, 3, 4], learners: [5] })
    s.elect(1)
    for (const ticks of [15, 10]) {
      s.tick(1, ticks)
      s.settle(1, 3, 4, 5)
      s.drop()
    }
    expect(s.proposeChange(1, [{ op: 'remove', id: 1 }])).toMatchObject({ ok: true })
    s.processReady(1)
    s.processAppend(1)
    s.drop({ to: 2 })
    s.deliver()
    for (const id of [3, 4, 5]) s.settle(id)
    s.deliver({ to: 1 })
    s.propose(1, 'a')
    s.processReady(1)
    s.processAppend(1)
    for (const id of [4, 5]) {
      s.deliver({ to: id })
      s.settle(id)
    }
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ commit: 2, applied: 1 })
    expect(s.raft(1).status().progress).toMatchObject([
      { id: 2, match: 1, isRecentlyActive: false },
      { id: 3, match: 2, isRecentlyActive: true },
      { id: 4, match: 3, isRecentlyActive: true },
      { id: 5, match: 3, isRecentlyActive: true, isLearner: true },
    ])
    s.processApply(1)
    expect(s.raft(1).status().transferTarget).toBe(4)
  })
})
