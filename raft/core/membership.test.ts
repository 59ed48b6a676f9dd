// What the core adds around a change of the members: who may begin one, when it takes effect, how a
// leader goes that does not vote any more, and what a crash may not undo.
import { describe, expect, test } from 'vitest'
import { Scenario } from '../scenario/scenario.ts'
import { promotionLagEntriesMax } from './change-admission.ts'
import type { MemberOperation } from './configuration-change.ts'
import { changeContextBytesMax } from './configuration-change.ts'

const remove = (id: number): MemberOperation => ({ op: 'remove', id })
const addVoter = (id: number): MemberOperation => ({ op: 'add-voter', id })
const addLearner = (id: number): MemberOperation => ({ op: 'add-learner', id })
const promote = (id: number): MemberOperation => ({ op: 'promote', id })
const demote = (id: number): MemberOperation => ({ op: 'demote', id })

const three = { voters: [1, 2, 3] }

/** 1 leads 1, 2 and 3; everybody has everything. */
function led(options: Partial<ConstructorParameters<typeof Scenario>[0]> = {}): Scenario {
  const s = new Scenario({ ...three, ...options })
  s.elect(1)
  return s
}

describe('who may begin a change', () => {
  test('R-11.3 nobody but a leader that has committed in its term', () => {
    const s = new Scenario(three)
    expect(s.proposeChange(2, [addLearner(4)])).toEqual({
      ok: false,
      reason: 'not-leader',
      leader: 0,
    })
    s.campaign(1)
    while (s.raft(1).role !== 'leader') {
      for (const id of [1, 2]) {
        s.processReady(id)
        s.processAppend(id)
      }
      s.deliver({ types: ['pre-vote', 'pre-vote-reply', 'vote', 'vote-reply'] })
    }
    expect(s.raft(1).role).toBe('leader')
    expect(s.proposeChange(1, [addLearner(4)])).toMatchObject({ ok: false, reason: 'not-ready' })
    s.settle()
    expect(s.proposeChange(1, [addLearner(4)])).toEqual({ ok: true, index: 2, term: 1 })
  })

  test('R-11.2 not while one is in the log and not applied, however long ago it was committed', () => {
    const s = led()
    s.proposeChange(1, [addLearner(4)])
    expect(s.proposeChange(1, [addLearner(5)])).toMatchObject({ reason: 'change-in-progress' })
    while (s.raft(1).commit < 2) {
      for (const id of [1, 2, 3]) {
        s.processReady(id)
        s.processAppend(id)
        s.deliver()
      }
    }
    expect(s.raft(1).status()).toMatchObject({ applied: 1, commit: 2, pendingChangeIndex: 2 })
    expect(s.proposeChange(1, [addLearner(5)])).toMatchObject({ reason: 'change-in-progress' })
    s.settle()
    expect(s.raft(1).status().pendingChangeIndex).toBe(0)
    expect(s.proposeChange(1, [addLearner(5)]).ok).toBe(true)
  })

  test('R-11.7 not from another configuration than the one in force', () => {
    const s = led()
    expect(s.proposeChange(1, [addLearner(4)]).ok).toBe(true)
    s.settle()
    const late = s.proposeChange(1, [addLearner(5)], { expectedId: 0 })
    expect(late).toEqual({ ok: false, reason: 'stale-configuration', leader: 1 })
  })

  test.each<[string, MemberOperation[]]>([
    ['already-member', [addVoter(2)]],
    ['not-member', [remove(9)]],
    ['not-learner', [promote(2)]],
    ['not-voter', [demote(4)]],
    ['no-voter', [remove(1), remove(2), remove(3)]],
    ['not-joint', []],
    ['invalid-operation', [addVoter(0)]],
    ['invalid-operation', [remove(2), demote(2)]],
  ])('R-11.5 not when it makes no sense: %s', (reason, operations) => {
    const s = led({ learners: [4] })
    expect(s.proposeChange(1, operations)).toEqual({ ok: false, reason, leader: 1 })
    expect(s.raft(1).lastIndex).toBe(1)
  })

  test('R-11.5 an id that was removed never comes back', () => {
    const s = led()
    s.proposeChange(1, [remove(3)])
    s.settle(1, 2)
    expect(s.proposeChange(1, [addLearner(3)])).toMatchObject({ reason: 'removed-id' })
  })

  test('R-12.1 a learner is promoted only when it is alive and has nearly everything', () => {
    const s = led({ learners: [4] })
    for (let n = 0; n <= promotionLagEntriesMax; n += 1) s.propose(1, `${n}`)
    s.settle(1, 2, 3)
    s.drop()
    expect(s.raft(1).commit).toBe(promotionLagEntriesMax + 2)
    const refused = { ok: false, reason: 'learner-not-ready' }
    expect(s.proposeChange(1, [promote(4)])).toMatchObject(refused)
    s.propose(1, 'more')
    s.tickHeartbeat(1)
    s.settle()
    expect(s.raft(4).commit).toBe(promotionLagEntriesMax + 3)
    for (let n = 0; n < 11; n += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 2, 3)
      s.drop()
    }
    expect(s.proposeChange(1, [promote(4)])).toMatchObject(refused)
    s.tickHeartbeat(1)
    s.settle()
    expect(s.proposeChange(1, [promote(4)]).ok).toBe(true)
  })

  test('a learner exactly promotionLagEntriesMax behind the commit index may be promoted', () => {
    const s = led({ learners: [4] })
    for (let n = 0; n < promotionLagEntriesMax; n += 1) s.propose(1, `${n}`)
    s.settle(1, 2, 3)
    s.drop()
    expect(s.raft(1).commit).toBe(promotionLagEntriesMax + 1)
    expect(s.proposeChange(1, [promote(4)]).ok).toBe(true)
  })

  /** 3 has been silent for longer than an election timeout. */
  function without3(): Scenario {
    const s = led({ learners: [4] })
    for (let n = 0; n < 11; n += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 2, 4)
      s.drop()
    }
    return s
  }

  test.each<[string, MemberOperation[], boolean]>([
    ['the dead one may go', [remove(3)], true],
    ['a live one may not, with one of two left', [remove(2)], false],
    ['nor may the leader', [remove(1)], false],
    ['a new voter counts as down', [addVoter(5)], false],
    ['a live learner does not', [promote(4)], true],
    ['replacing the dead one by a live learner', [remove(3), promote(4)], true],
    ['replacing the dead one by somebody new', [remove(3), addVoter(5)], true],
    ['replacing a live one by somebody new', [remove(2), addVoter(5)], false],
    ['demoting a live one', [demote(2)], false],
    ['a learner is no voter', [addLearner(5)], true],
  ])('R-11.6 the voters that are alive remain a quorum: %s', (_what, operations, ok) => {
    const result = without3().proposeChange(1, operations)
    expect(result.ok).toBe(ok)
    if (!result.ok) expect(result.reason).toBe('would-lose-quorum')
  })

  test('R-11.6 in both halves of a joint configuration', () => {
    const s = led({ learners: [4, 5], checkQuorum: false })
    for (let n = 0; n < 11; n += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 4, 5)
      s.drop()
    }
    // The incoming half would do; the outgoing one has one of three.
    const operations = [remove(2), remove(3), promote(4), promote(5)]
    expect(s.proposeChange(1, operations)).toMatchObject({ reason: 'would-lose-quorum' })
  })

  test('without strictReconfiguration that is the caller’s business', () => {
    const s = new Scenario({ voters: [1], strictReconfiguration: false })
    s.elect(1)
    expect(s.proposeChange(1, [addVoter(2)]).ok).toBe(true)
    const strict = new Scenario({ voters: [1] })
    strict.elect(1)
    expect(strict.proposeChange(1, [addVoter(2)])).toMatchObject({ reason: 'would-lose-quorum' })
  })

  test('not with a context above its limit', () => {
    const s = led()
    const context = new Uint8Array(changeContextBytesMax + 1)
    expect(s.proposeChange(1, [addLearner(4)], { context })).toMatchObject({ reason: 'too-large' })
    const largest = new Uint8Array(changeContextBytesMax)
    expect(s.proposeChange(1, [addLearner(4)], { context: largest }).ok).toBe(true)
  })

  test('R-7.1 a full log does not keep a change out: perhaps it is what empties it', () => {
    const s = led({ uncommittedBytesMax: 100 })
    expect(s.propose(1, 'x'.repeat(90)).ok).toBe(true)
    expect(s.propose(1, 'y')).toMatchObject({ reason: 'overloaded' })
    expect(s.proposeChange(1, [addLearner(4)]).ok).toBe(true)
    s.settle()
    expect(s.propose(1, 'y').ok).toBe(true)
  })

  test('while leadership is handed over the target is asked', () => {
    const s = led()
    s.raft(1).transferLeadership(3)
    const refused = { ok: false, reason: 'not-leader', leader: 3 }
    expect(s.proposeChange(1, [addLearner(4)])).toEqual(refused)
  })
})

describe('when it takes effect', () => {
  test('R-11.1 on each replica when its state machine has applied it, not before', () => {
    const s = led()
    s.proposeChange(1, [remove(3)])
    while (s.replica(1).applyThread.length === 0) {
      for (const id of [1, 2, 3]) {
        s.processReady(id)
        s.processAppend(id)
        s.deliver()
      }
    }
    expect(s.raft(1).configuration.voters).toEqual([1, 2, 3])
    s.processApply(1)
    expect(s.raft(1).configuration).toMatchObject({ id: 2, voters: [1, 2] })
    expect(
      s
        .raft(1)
        .status()
        .progress.map(({ id }) => id),
    ).toEqual([2])
    expect(s.raft(2).configuration.voters).toEqual([1, 2, 3])
  })

  test('nothing is handed out for apply behind a change until that is applied', () => {
    const s = led()
    s.proposeChange(1, [addLearner(4)])
    s.propose(1, 'a', 'b')
    while (s.raft(1).commit < 4) {
      for (const id of [1, 2, 3]) {
        s.processReady(id)
        s.processAppend(id)
        s.deliver()
      }
    }
    s.processReady(1)
    s.processReady(1)
    const works = s.replica(1).applyThread.map((work) => work.entries.map(({ index }) => index))
    expect(works).toEqual([[2]])
    s.processApply(1)
    s.processReady(1)
    expect(s.replica(1).applyThread.map((work) => work.entries.length)).toEqual([2])
  })

  test('that it is committed is made durable by everybody who applies it (design 4.3)', () => {
    const s = led()
    s.proposeChange(1, [addLearner(4)])
    s.settle()
    for (const id of [1, 2, 3]) {
      expect(s.replica(id).disk.hardState.commit).toBe(2)
      s.replica(id).restart(0)
      expect(s.raft(id).campaign()).toEqual({ ok: false, reason: 'not-caught-up' })
    }
  })

  test('R-11.4 a change that has become senseless on its way changes nothing', () => {
    const s = led()
    s.proposeChange(1, [addLearner(4)])
    s.settle()
    expect(s.replica(2).changes).toMatchObject([{ ok: true, configuration: { id: 2 } }])
    const before = s.raft(1).configuration
    s.proposeChange(1, [addLearner(5)], { expectedId: 1 })
    s.settle()
    expect(s.raft(1).configuration).toBe(before)
  })

  test('B14 B21 the leader leaves a joint configuration once, the next one does it for a dead one', () => {
    const s = led()
    s.proposeChange(1, [remove(3), addVoter(4)])
    s.add(4)
    while (s.raft(1).configuration.votersOutgoing.length === 0) {
      for (const id of [1, 2]) {
        s.processReady(id)
        s.processAppend(id)
        s.processApply(id)
        s.deliver()
      }
    }
    expect(s.raft(1).status()).toMatchObject({ pendingChangeIndex: 3, lastIndex: 3 })
    s.drop()
    // 1 is gone with its leave entry.
    for (const id of [2, 3]) s.raft(id).forgetLeader()
    s.campaign(2)
    s.settle(2, 3, 4)
    expect(s.raft(2).configuration).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [] })
    const leaves = s.replica(2).changes.filter((change) => change.ok)
    expect(leaves).toHaveLength(2)
    expect(s.replica(2).applied.filter(({ type }) => type === 'config')).toHaveLength(2)
  })
})

describe('R-11.8 a leader that does not vote any more', () => {
  test.each<[string, MemberOperation]>([
    ['removed', remove(1)],
    ['demoted', demote(1)],
  ])('%s: hands over at once, and takes no proposals meanwhile', (_what, operation) => {
    const s = led()
    s.propose(1, 'a')
    expect(s.proposeChange(1, [operation]).ok).toBe(true)
    while (s.raft(1).configuration.id === 0) {
      for (const id of [1, 2, 3]) {
        s.processReady(id)
        s.processAppend(id)
        s.processApply(id)
        s.deliver()
      }
    }
    const { transferTarget } = s.raft(1).status()
    expect([2, 3]).toContain(transferTarget)
    const refused = { ok: false, reason: 'not-leader', leader: transferTarget }
    expect(s.propose(1, 'b')).toEqual(refused)
    expect(s.proposeChange(1, [addLearner(5)])).toEqual(refused)
    s.settle()
    expect(s.raft(transferTarget).status()).toMatchObject({ role: 'leader', term: 2 })
    expect(s.raft(transferTarget).configuration.voters).toEqual([2, 3])
    // When it is out, nobody writes to it: it is told when it speaks next.
    s.tickHeartbeat(1)
    s.settle()
    const isOut = operation.op === 'remove'
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', isRemoved: isOut })
    const reason = isOut ? 'removed' : 'not-voter'
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason })
  })

  /** 1 has applied its own removal and spoken to nobody since. */
  function leaving(): Scenario {
    const s = led({ timeoutSpread: { 1: 15, 2: 15, 3: 15 } })
    s.proposeChange(1, [remove(1)])
    while (s.raft(1).configuration.id === 0) {
      for (const id of [1, 2, 3]) {
        s.processReady(id)
        s.processAppend(id)
        if (id === 1) s.processApply(id)
        s.deliver()
      }
    }
    return s
  }

  test('does not count itself: one of the two others is not enough', () => {
    const s = led({ strictReconfiguration: false })
    for (const text of ['a', 'b']) s.propose(1, text)
    s.proposeChange(1, [remove(1)])
    s.settle(1, 2)
    s.drop()
    expect(s.raft(1).configuration.voters).toEqual([2, 3])
    // 3 is silent; what 1 and 2 have is only half of the voters.
    const { commit, lastIndex } = s.raft(1).status()
    expect(lastIndex).toBe(commit)
    expect(
      s
        .raft(1)
        .status()
        .progress.map(({ id }) => id),
    ).toEqual([2, 3])
  })

  test('asks again with each heartbeat, and goes after one election timeout in any case', () => {
    const s = leaving()
    s.settle(1)
    const asked = s.sent.filter((message) => message.type === 'timeout-now').length
    expect(asked).toBeGreaterThan(0)
    s.drop()
    s.tick(1, 2)
    s.settle(1)
    expect(s.sent.filter((message) => message.type === 'timeout-now').length).toBe(asked + 1)
    s.drop()
    s.tick(1, 17)
    expect(s.raft(1).role).toBe('leader')
    s.tick(1, 1)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 0, term: 1 })
  })

  test('is still listened to by those who have applied that it is out', () => {
    const s = leaving()
    s.tick(1, 2)
    s.processReady(1)
    s.drop({ types: ['timeout-now'] })
    s.settle(2, 3)
    expect(s.raft(3).configuration.voters).toEqual([2, 3])
    const beat = {
      type: 'heartbeat',
      from: 1,
      to: 3,
      term: 1,
      commit: 0,
      readPosition: 0,
      matchedByAll: 0,
    } as const
    expect(s.inject(beat)).toEqual({ ok: true })
    s.raft(3).forgetLeader()
    expect(s.inject(beat)).toEqual({ ok: false, reason: 'removed-sender' })
  })

  test('a notice of its own term does not end it', () => {
    const s = leaving()
    const told = { type: 'removed', to: 1, term: 1, configurationId: 2 } as const
    for (const from of [2, 3]) {
      expect(s.inject({ ...told, from })).toEqual({ ok: false, reason: 'unexpected' })
    }
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', isRemoved: false })
  })

  test('reads, which bring heartbeats of their own, do not keep it from telling again', () => {
    const s = leaving()
    s.processReady(1)
    expect(s.drop({ types: ['timeout-now'] })).not.toEqual([])
    for (let tick = 1; tick <= 6 && s.raft(1).role === 'leader'; tick += 1) {
      s.raft(1).readIndex(tick)
      s.settle()
      s.tick(1)
    }
    expect(s.raft(1).role).toBe('follower')
  })
})

describe('R-11.9 removed replicas', () => {
  /** 3 was removed and does not know; 1 leads 1, 2 and 4. */
  function without3(): Scenario {
    const s = new Scenario({ voters: [1, 2, 3, 4], timeoutSpread: { 1: 0, 2: 0, 3: 0, 4: 0 } })
    s.elect(1)
    s.proposeChange(1, [remove(3)])
    s.settle(1, 2, 4)
    s.drop({ to: 3 })
    return s
  }

  test('are refused without effect, told so, and stop', () => {
    const s = without3()
    s.tickElection(3)
    s.processReady(3)
    const before = [1, 2, 4].map((id) => s.raft(id).status())
    s.stepResults = []
    s.deliver({ from: 3 })
    expect(s.stepResults).toEqual(
      Array.from({ length: 3 }, () => ({ ok: false, reason: 'removed-sender' })),
    )
    expect([1, 2, 4].map((id) => s.raft(id).status())).toEqual(before)
    s.settle()
    expect(s.raft(3).status()).toMatchObject({ isRemoved: true, role: 'follower', term: 1 })
    expect(s.replica(3).softStates.at(-1)).toMatchObject({ isRemoved: true })
    s.tick(3, 100)
    expect(s.raft(3).hasReady()).toBe(false)
    expect(s.raft(3).campaign()).toEqual({ ok: false, reason: 'removed' })
    const anything = { type: 'timeout-now', from: 1, to: 3, term: 1 } as const
    expect(s.inject(anything)).toEqual({ ok: false, reason: 'removed' })
  })

  test('are not answered when they only answer', () => {
    const s = without3()
    for (const type of ['heartbeat-reply', 'vote-reply'] as const) {
      const fields = type === 'vote-reply' ? { granted: true } : { readPosition: 0 }
      const message = { type, from: 3, to: 1, term: 9, ...fields } as Parameters<
        Scenario['inject']
      >[0]
      expect(s.inject(message)).toEqual({ ok: false, reason: 'removed-sender' })
    }
    expect(s.raft(1).hasReady()).toBe(false)
    expect(s.raft(1).term).toBe(1)
  })

  test('a learner that hears nothing any more asks, and finds out too', () => {
    const s = led({ learners: [4] })
    s.proposeChange(1, [remove(4)])
    s.settle(1, 2, 3)
    s.drop({ to: 4 })
    s.tickElection(4)
    s.settle()
    expect(s.raft(4).status()).toMatchObject({ isRemoved: true, term: 1 })
  })

  test('one that knows it asks when its leader is silent, and goes when a quorum knows', () => {
    const s = led()
    s.proposeChange(1, [remove(3)])
    s.settle()
    expect(s.raft(3).configuration.voters).toEqual([1, 2])
    expect(s.raft(3).status().isRemoved).toBe(false)
    s.tickElection(3)
    s.settle(1, 3)
    expect(s.raft(3).status().isRemoved).toBe(false)
    s.settle()
    expect(s.raft(3).status().isRemoved).toBe(true)
  })

  test('R-11.10 unknown ones are answered: perhaps this replica has not heard of them yet', () => {
    const s = led()
    s.raft(2).forgetLeader()
    const request = { type: 'vote', from: 7, to: 2, term: 2, transfer: false } as const
    expect(s.inject({ ...request, lastIndex: 1, lastTerm: 1 })).toEqual({ ok: true })
    s.settle(2)
    expect(s.wire).toMatchObject([{ type: 'vote-reply', to: 7, granted: true }])
  })
})

describe('an election that needs somebody who knows better', () => {
  test('B14 a refused vote tells what is committed, so that the right members are asked', () => {
    // 1 removed 2 through a joint configuration, told 2, and lost what its disk did not have.
    const s = new Scenario({ voters: [1, 2], learners: [3], strictReconfiguration: false })
    s.elect(1)
    s.proposeChange(1, [remove(2)], { transition: 'joint-explicit' })
    s.settle()
    s.proposeChange(1, [])
    s.propose(1, 'a')
    s.processReady(1)
    while (s.raft(2).lastIndex < 4) s.deliver()
    s.settle(2)
    s.drop()
    const leave = s.replica(1).appendThread[0]!
    expect(leave.entries.map(({ index }) => index)).toEqual([3, 4])
    s.replica(1).write({ ...leave, entries: leave.entries.slice(0, 1) })
    s.replica(1).restart(2)
    s.inject({
      type: 'append',
      from: 1,
      to: 2,
      term: 1,
      prevIndex: 4,
      prevTerm: 1,
      entries: [],
      commit: 3,
      matchedByAll: 0,
    })
    s.settle(2)
    expect(s.raft(2).configuration.voters).toEqual([1])
    expect(s.raft(1).configuration).toMatchObject({ voters: [1], votersOutgoing: [1, 2] })
    s.raft(2).forgetLeader()
    s.campaign(1)
    s.settle(1)
    s.deliver({ to: 2 })
    s.settle(2)
    const refusal = s.wire.find((message) => message.type === 'pre-vote-reply')
    expect(refusal).toMatchObject({ granted: false, committed: { index: 3, term: 1 } })
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', commit: 3 })
    expect(s.raft(1).configuration).toMatchObject({ voters: [1], votersOutgoing: [] })
    s.campaign(1)
    s.settle(1)
    expect(s.raft(1).role).toBe('leader')
  })

  test('what it tells must fit the own log', () => {
    const s = new Scenario({ ...three, logs: { 1: [1, 1], 2: [1, 2], 3: [1] } })
    s.campaign(1)
    s.settle(1)
    const reply = { type: 'pre-vote-reply', from: 2, to: 1, term: 1, granted: false } as const
    s.inject({ ...reply, committed: { index: 2, term: 2 } })
    expect(s.raft(1).commit).toBe(0)
    s.inject({ ...reply, committed: { index: 1, term: 1 } })
    expect(s.raft(1).commit).toBe(1)
    s.inject({ ...reply, committed: { index: 9, term: 1 } })
    expect(s.raft(1).commit).toBe(1)
  })
})

describe('both halves decide', () => {
  /** 1 leads in the joint configuration of {1, 2, 3} and {1, 4, 5}. */
  function joint(): Scenario {
    const s = led({ learners: [4, 5] })
    s.settle()
    const operations = [remove(2), remove(3), promote(4), promote(5)]
    expect(s.proposeChange(1, operations, { transition: 'joint-explicit' }).ok).toBe(true)
    s.settle()
    expect(s.raft(1).configuration).toMatchObject({
      voters: [1, 4, 5],
      votersOutgoing: [1, 2, 3],
    })
    return s
  }

  test.each<[readonly number[], boolean]>([
    [[2, 3], false],
    [[4, 5], false],
    [[2, 4], true],
  ])(
    'R-9.3 a read is confirmed, and an entry committed, only with both: %j',
    (others, isEnough) => {
      const s = joint()
      const before = s.raft(1).commit
      s.propose(1, 'x')
      s.raft(1).readIndex(7)
      s.settle(1, ...others)
      expect(s.raft(1).commit > before).toBe(isEnough)
      expect(s.replica(1).reads.length).toBe(isEnough ? 1 : 0)
    },
  )

  test.each<[readonly number[], string]>([
    [[2, 3], 'pre-candidate'],
    [[4, 5], 'pre-candidate'],
    [[3, 4, 5], 'pre-candidate'],
    [[2, 3, 4, 5], 'leader'],
  ])('R-9.3 an election is won only with both: %j', (others, role) => {
    const s = joint()
    for (const id of [2, 3, 4, 5]) s.raft(id).forgetLeader()
    const candidate = others[0]!
    s.campaign(candidate)
    s.settle(...others)
    expect(s.raft(candidate).role).toBe(role)
  })

  test.each<[readonly number[], string]>([
    [[2, 3], 'follower'],
    [[4, 5], 'follower'],
    [[3, 4], 'leader'],
  ])('R-9.3 R-4.1 a leader without a quorum in both halves steps down: %j', (others, role) => {
    const s = joint()
    for (let tick = 0; tick < 42; tick += 2) {
      s.tickHeartbeat(1)
      s.settle(1, ...others)
      s.drop()
    }
    expect(s.raft(1).role).toBe(role)
  })

  test('R-10.1 a voter of either half may take over', () => {
    for (const to of [2, 5]) {
      const s = joint()
      expect(s.raft(1).transferLeadership(to)).toEqual({ ok: true })
      s.settle()
      expect(s.raft(to).role).toBe('leader')
    }
  })
})

describe('images', () => {
  test('B24 one that the log was compacted beyond meanwhile is followed by another', () => {
    const s = led({ learners: [4] })
    s.propose(1, 'a')
    s.settle(1, 2, 3)
    s.drop()
    s.replica(1).compact(2)
    s.tickHeartbeat(1)
    while (!s.wire.some((message) => message.type === 'snapshot')) {
      for (const id of [1, 4]) {
        s.processReady(id)
        s.processAppend(id)
      }
      s.deliver({ types: ['heartbeat', 'heartbeat-reply', 'append', 'append-reply'] })
    }
    s.propose(1, 'b', 'c')
    s.settle(1, 2, 3)
    s.replica(1).compact(4)
    s.settle(4)
    s.settle(1, 2, 3)
    const of4 = s
      .raft(1)
      .status()
      .progress.find(({ id }) => id === 4)
    expect(of4).toMatchObject({ state: 'probe', match: 2, isBehindLog: true, isPaused: true })
    s.tickHeartbeat(1)
    s.settle()
    expect(s.replica(4).installed.map(({ index }) => index)).toEqual([2, 4])
    expect(s.appliedTexts(4)).toEqual(['a', 'b', 'c'])
  })

  test('a report that says failed asks for it again, with the next heartbeat’s answer', () => {
    const s = led({ learners: [4] })
    s.propose(1, 'a')
    s.settle(1, 2, 3)
    s.drop()
    s.replica(1).compact(2)
    for (let round = 0; round < 3; round += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 2, 3)
      s.deliver({ to: 4, types: ['heartbeat', 'append'] })
      s.processReady(4)
      s.processAppend(4)
    }
    s.settle(1)
    expect(s.drop({ types: ['snapshot'] })).toHaveLength(1)
    s.raft(1).reportSnapshot(4, 'failed')
    s.settle(1)
    expect(s.wireSummary().filter((text) => text.endsWith('snapshot'))).toEqual([])
    s.tickHeartbeat(1)
    s.settle()
    expect(s.replica(4).installed).toHaveLength(1)
    expect(s.raft(4).commit).toBe(2)
  })

  test('no election while one is being installed, whoever asks for it', () => {
    const s = led()
    s.raft(1).propose([new Uint8Array(1)])
    const { configuration } = s.raft(2)
    const snapshot = { index: 9, term: 1, configuration, clusterClockMs: 5 }
    s.settle()
    expect(s.raft(2).restore(snapshot)).toEqual({ ok: true })
    expect(s.raft(2).campaign()).toEqual({ ok: false, reason: 'installing' })
    const told = { type: 'timeout-now', from: 1, to: 2, term: 1 } as const
    expect(s.inject(told)).toEqual({ ok: false, reason: 'unexpected' })
    s.settle(2)
    expect(s.raft(2).status()).toMatchObject({ applied: 9, commit: 9, stableIndex: 9 })
    expect(s.replica(2).disk).toMatchObject({ compacted: { index: 9 }, hardState: { commit: 9 } })
    expect(s.raft(2).campaign()).toEqual({ ok: true })
  })

  test('acknowledgements of entries that the image replaces are not sent', () => {
    const s = new Scenario({ ...three, logs: { 2: [1, 1] } })
    const { configuration } = s.raft(2)
    const append = { type: 'append', from: 1, to: 2, term: 1, prevIndex: 2, prevTerm: 1 } as const
    const entry = { index: 3, term: 1, type: 'noop', stampMs: 9, data: new Uint8Array(0) } as const
    s.inject({ ...append, entries: [entry], commit: 0, matchedByAll: 0 })
    s.raft(2).restore({ index: 9, term: 1, configuration, clusterClockMs: 50 })
    s.processReady(2)
    expect(s.replica(2).appendThread).toMatchObject([
      { entries: [], messages: [], snapshot: { index: 9 }, hardState: { commit: 9 } },
    ])
    s.processAppend(2)
    s.processReady(2)
    expect(s.wire).toMatchObject([{ type: 'append-reply', index: 9, to: 1 }])
  })
})
