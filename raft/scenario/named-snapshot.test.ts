// Images: the cases that the practice of Raft implementations has given names, each with its name
// in the title.
// Where we differ: the driver moves images, so a `snapshot` message stands for a whole image that
// arrives; `reportSnapshot` is what the driver says about its transfer. A voter takes an image in
// which it is a learner, because members can be demoted (RestoreVoterToLearner). Who is heard from
// is known to the tick, so that "recently" is one election timeout (IgnoreProvidingSnap).
import { describe, expect, test } from 'vitest'
import { initialConfiguration } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { InstallSnapshot, Snapshot } from '../core/message.ts'
import type { ProgressStatus } from '../core/status.ts'
import { append, appendReply, heartbeatReply } from './messages.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

function imageOf(index: number, term: number, change: Partial<Configuration> = {}): Snapshot {
  const configuration = { ...initialConfiguration(three), ...change }
  return { index, term, configuration, clusterClockMs: index * 10 }
}

/** The leader 2 of term 11 sends an image. */
function sent(snapshot: Snapshot, to = 1): InstallSnapshot {
  return { type: 'snapshot', from: 2, to, term: 11, snapshot }
}

function progressOf(s: Scenario, id: number): ProgressStatus {
  return s
    .raft(1)
    .status()
    .progress.find((progress) => progress.id === id)!
}

/** 1 leads; 3 heard nothing since the start; the log is compacted up to index 4. */
function behind(): Scenario {
  const s = new Scenario(three)
  s.campaign(1)
  s.settle(1, 2)
  s.propose(1, 'a', 'b', 'c')
  s.settle(1, 2)
  s.drop()
  s.replica(1).compact(4)
  expect(s.raft(1).status()).toMatchObject({ role: 'leader', commit: 4, compacted: { index: 4 } })
  return s
}

/** As `behind`, and an image for 3 is on its way. */
function sending(): Scenario {
  const s = behind()
  s.inject(heartbeatReply({ from: 3 }))
  s.processReady(1)
  expect(s.wireSummary()).toEqual(['1>3 snapshot'])
  return s
}

describe('a replica that gets an image', () => {
  test('Restore: the log begins anew after it, with its members; nothing is acknowledged before', () => {
    const s = new Scenario({ voters: [1, 2] })
    expect(s.inject(sent(imageOf(11, 11, { id: 9 })))).toEqual({ ok: true })
    s.processReady(1)
    // Not installed yet: no election, no reply, and what it knew is in force.
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'installing' })
    expect(s.wire).toEqual([])
    expect(s.raft(1).configuration.voters).toEqual([1, 2])
    expect(s.replica(1).appendThread).toMatchObject([
      { snapshot: { index: 11 }, entries: [], hardState: { term: 11, commit: 11 } },
    ])
    s.processAppend(1)
    s.processReady(1)
    expect(s.raft(1).status()).toMatchObject({
      lastIndex: 11,
      lastTerm: 11,
      commit: 11,
      applied: 11,
      stableIndex: 11,
      compacted: { index: 11, term: 11 },
      clusterClockMs: 110,
    })
    expect(s.raft(1).configuration.voters).toEqual([1, 2, 3])
    expect(s.wire).toMatchObject([{ type: 'append-reply', to: 2, index: 11, rejected: false }])
    expect(s.raft(1).campaign()).toEqual({ ok: true })
  })

  test('Restore: the same image again changes nothing, another one waits', () => {
    const s = new Scenario(three)
    s.inject(sent(imageOf(11, 11)))
    expect(s.raft(1).restore(imageOf(12, 11))).toEqual({ ok: false, reason: 'busy' })
    s.settle(1)
    expect(s.raft(1).restore(imageOf(11, 11))).toEqual({ ok: false, reason: 'old' })
    expect(s.replica(1).installed).toHaveLength(1)
    expect(s.raft(1).restore(imageOf(12, 11))).toEqual({ ok: true })
  })

  test('RestoreWithLearner: it stays a learner, and knows who else is one', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    s.inject(sent(imageOf(11, 11, { voters: [1, 2], learners: [3] }), 3))
    s.settle(3)
    expect(s.raft(3).configuration).toMatchObject({ voters: [1, 2], learners: [3] })
    expect(s.raft(3).campaign()).toEqual({ ok: false, reason: 'not-voter' })
  })

  test('RestoreWithVotersOutgoing: a joint configuration arrives as one', () => {
    const s = new Scenario(three)
    const joint = { id: 9, voters: [2, 3, 4], votersOutgoing: [1, 2, 3], highestId: 4 }
    s.inject(sent(imageOf(11, 11, joint)))
    s.settle(1)
    expect(s.raft(1).configuration).toMatchObject(joint)
    // It votes in the outgoing half, so it may campaign, and asks both.
    s.drop()
    s.campaign(1)
    s.processReady(1)
    expect(s.wireSummary()).toEqual(['1>2 pre-vote', '1>3 pre-vote', '1>4 pre-vote'])
  })

  test('RestoreVoterToLearner: one that was demoted meanwhile takes the image and obeys', () => {
    const s = new Scenario(three)
    s.inject(sent(imageOf(11, 11, { id: 9, voters: [2, 3], learners: [1] })))
    s.settle(1)
    expect(s.raft(1).configuration).toMatchObject({ voters: [2, 3], learners: [1] })
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'not-voter' })
  })

  test('RestoreLearnerPromotion: one that was promoted meanwhile may campaign', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    expect(s.raft(3).campaign()).toEqual({ ok: false, reason: 'not-voter' })
    s.inject(sent(imageOf(11, 11, { id: 9 }), 3))
    s.settle(3)
    expect(s.raft(3).campaign()).toEqual({ ok: true })
  })

  test('an image that does not know the replica is refused', () => {
    const s = new Scenario(three)
    const stranger = imageOf(11, 11, { id: 9, voters: [2, 3] })
    expect(s.raft(1).restore(stranger)).toEqual({ ok: false, reason: 'not-member' })
    expect(s.inject(sent(stranger))).toEqual({ ok: false, reason: 'unexpected' })
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 0, leader: 2, term: 11 })
    expect(s.replica(1).installed).toEqual([])
  })

  test('RestoreIgnoreSnapshot: what it covers is committed here: the commit index is told', () => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1, 1] },
      hardStates: { 1: { term: 11, commit: 2 } },
    })
    for (const index of [1, 2]) {
      expect(s.inject(sent(imageOf(index, 1)))).toEqual({ ok: true })
    }
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 3, commit: 2, compacted: { index: 0 } })
    expect(s.wire.at(-1)).toMatchObject({ type: 'append-reply', index: 2, rejected: false })
  })

  test('RestoreIgnoreSnapshot: with the same entry in the log only the commit index moves', () => {
    const s = new Scenario({ ...three, logs: { 1: [1, 1, 1] }, hardStates: { 1: { term: 11 } } })
    s.inject(sent(imageOf(2, 1)))
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 3, commit: 2, applied: 2 })
    expect(s.replica(1).installed).toEqual([])
    // An entry of another term at that index is not the leader's: the log is given up.
    s.inject(sent(imageOf(3, 2)))
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 3, lastTerm: 2, commit: 3, applied: 3 })
    expect(s.replica(1).installed).toHaveLength(1)
  })

  test('RestoreFromSnapMsg: the sender leads; a candidate follows it; the timer starts again', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.campaign(1)
    s.settle(1)
    s.tick(1, 19)
    s.inject({ ...sent(imageOf(11, 1)), term: 1 })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 1, leader: 2 })
    s.settle(1)
    s.tick(1, 19)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2, applied: 11 })
  })

  test('R-13.4 an image of a leader of the past is used, for it holds committed entries', () => {
    const s = new Scenario(three)
    s.inject(append({ term: 12, entries: entriesOf([12]) }))
    s.settle(1)
    s.drop()
    expect(s.inject(sent(imageOf(11, 11)))).toEqual({ ok: false, reason: 'stale-term' })
    // The driver hands it over whoever sent it, as long as nobody knows more here.
    expect(s.raft(1).restore(imageOf(11, 11))).toEqual({ ok: true })
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ term: 12, leader: 2, applied: 11, lastIndex: 11 })
  })

  test.each(['follower', 'candidate'] as const)(
    'R-1.3 an image of a term that nobody has spoken of brings a %s into that term',
    (role) => {
      const s = new Scenario({
        ...three,
        preVote: false,
        hardStates: { 1: { term: 4, votedFor: 2 } },
      })
      if (role === 'candidate') s.campaign(1)
      expect(s.raft(1).restore(imageOf(11, 11))).toEqual({ ok: true })
      expect(s.raft(1).status()).toMatchObject({
        role: 'follower',
        term: 11,
        votedFor: 0,
        leader: 0,
      })
      s.settle(1)
      expect(s.replica(1).disk.hardState).toEqual({ term: 11, votedFor: 0, commit: 11 })
      s.replica(1).restart()
      expect(s.raft(1).status()).toMatchObject({ term: 11, applied: 11, lastTerm: 11 })
    },
  )

  test('R-2.3 entries that come meanwhile follow the image, and late writes confirm nothing', () => {
    const s = new Scenario(three)
    s.inject(append({ term: 11, entries: entriesOf([1, 1, 1]) }))
    s.processReady(1)
    s.inject(sent(imageOf(11, 11)))
    s.processReady(1)
    s.inject(append({ term: 11, prevIndex: 11, prevTerm: 11, entries: entriesOf([11], 12) }))
    s.processReady(1)
    // The write of the log that was given up is done now.
    s.processAppend(1)
    expect(s.raft(1).status()).toMatchObject({ applied: 0, commit: 11 })
    expect(s.raft(1).status().stableIndex).toBeLessThanOrEqual(11)
    s.settle(1)
    expect(s.raft(1).status()).toMatchObject({ lastIndex: 12, stableIndex: 12, applied: 11 })
    expect(s.replica(1).disk).toMatchObject({
      compacted: { index: 11, term: 11 },
      entries: [{ index: 12, term: 11 }],
    })
  })
})

describe('a leader that sends one', () => {
  test('ProvideSnap: a member that needs compacted entries and was heard from is sent an image', () => {
    const s = sending()
    expect(s.wire).toMatchObject([
      { type: 'snapshot', to: 3, snapshot: { index: 4, term: 1, configuration: { id: 0 } } },
    ])
  })

  test('IgnoreProvidingSnap: one that was not heard from within an election timeout is not', () => {
    const s = behind()
    s.processReady(1)
    s.tick(1, 15)
    s.inject(heartbeatReply({ from: 2 }))
    s.tick(1, 10)
    s.processReady(1)
    expect(progressOf(s, 3)).toMatchObject({ isBehindLog: true, isRecentlyActive: false })
    expect(s.sent.some((message) => message.type === 'snapshot')).toBe(false)
  })

  test('SendingSnapshotSetPendingSnapshot: it remembers what the image covers', () => {
    expect(progressOf(sending(), 3)).toMatchObject({ state: 'snapshot', pendingSnapshot: 4 })
  })

  test('PendingSnapshotPauseReplication: nothing else is sent meanwhile', () => {
    const s = sending()
    s.drop()
    for (const text of ['d', 'e']) {
      s.propose(1, text)
      s.settle(1, 2)
    }
    s.inject(heartbeatReply({ from: 3 }))
    s.processReady(1)
    expect(s.wire.filter(({ to }) => to === 3)).toEqual([])
    expect(progressOf(s, 3)).toMatchObject({ state: 'snapshot', pendingSnapshot: 4 })
  })

  test('SendAppendForProgressSnapshot: no append, however many proposals come', () => {
    const s = sending()
    s.drop()
    for (let n = 0; n < 10; n += 1) {
      s.propose(1, `${n}`)
      s.processReady(1)
      expect(s.drop({ to: 3 })).toEqual([])
    }
    // Heartbeats go on, and tell nothing of the commit index.
    s.tickHeartbeat(1)
    s.processReady(1)
    expect(s.wire.filter(({ to }) => to === 3)).toMatchObject([{ type: 'heartbeat', commit: 0 }])
  })

  test('SnapshotFailure: it begins again with what the member is known to have', () => {
    const s = sending()
    s.drop()
    s.raft(1).reportSnapshot(3, 'failed')
    expect(progressOf(s, 3)).toMatchObject({ state: 'probe', pendingSnapshot: 0, next: 1 })
    // Not at once: with the next answer to a heartbeat.
    s.processReady(1)
    expect(s.wire).toEqual([])
    s.inject(heartbeatReply({ from: 3 }))
    s.processReady(1)
    expect(s.wireSummary()).toEqual(['1>3 snapshot'])
  })

  test('SnapshotSucceed: it goes on after the image, with one probe', () => {
    const s = sending()
    s.drop()
    s.propose(1, 'd')
    s.settle(1, 2)
    s.raft(1).reportSnapshot(3, 'sent')
    expect(progressOf(s, 3)).toMatchObject({ state: 'probe', next: 5, isPaused: true })
    s.inject(heartbeatReply({ from: 3 }))
    s.processReady(1)
    expect(s.wire).toMatchObject([{ type: 'append', to: 3, prevIndex: 4, entries: [{ index: 5 }] }])
  })

  test('B24 SnapshotAbort: an acknowledgement of all it covers makes the transfer needless', () => {
    const s = sending()
    s.drop()
    s.propose(1, 'd')
    s.settle(1, 2)
    s.inject(appendReply({ from: 3, index: 4 }))
    expect(progressOf(s, 3)).toMatchObject({ state: 'replicate', match: 4, pendingSnapshot: 0 })
    s.processReady(1)
    expect(s.wire).toMatchObject([{ type: 'append', to: 3, prevIndex: 4, entries: [{ index: 5 }] }])
    // What the driver says afterwards is about nothing any more.
    s.raft(1).reportSnapshot(3, 'failed')
    expect(progressOf(s, 3)).toMatchObject({ state: 'replicate', match: 4, next: 6 })
  })

  test('an acknowledgement that does not meet the log leaves the image pending', () => {
    const s = sending()
    s.inject(appendReply({ from: 3, index: 2 }))
    expect(progressOf(s, 3)).toMatchObject({ state: 'snapshot', match: 2, pendingSnapshot: 4 })
  })

  test('reports about strangers and members that get no image change nothing', () => {
    const s = behind()
    const before = s.raft(1).status()
    s.raft(1).reportSnapshot(2, 'failed')
    s.raft(1).reportSnapshot(9, 'sent')
    s.raft(2).reportSnapshot(1, 'sent')
    expect(s.raft(1).status()).toEqual(before)
  })

  test('LearnerReceiveSnapshot: a learner gets one as well', () => {
    const s = new Scenario({ voters: [1], learners: [2] })
    s.campaign(1)
    s.settle(1)
    s.propose(1, 'a', 'b')
    s.settle(1)
    s.drop()
    s.replica(1).compact(3)
    s.tickHeartbeat(1)
    s.settle()
    expect(s.replica(2).installed).toMatchObject([{ index: 3, term: 1 }])
    expect(progressOf(s, 2)).toMatchObject({ state: 'replicate', isLearner: true, match: 3 })
    s.propose(1, 'c')
    s.settle()
    expect(s.appliedTexts(2)).toEqual(['a', 'b', 'c'])
  })

  test('SlowNodeRestore: one that missed a hundred entries catches up and goes on', () => {
    const s = new Scenario(three)
    s.elect(1)
    for (let n = 0; n < 100; n += 1) {
      s.propose(1, `${n}`)
      s.settle(1, 2)
      s.drop({ to: 3 })
    }
    s.replica(1).compact(s.raft(1).commit)
    s.raft(1).reportUnreachable(3)
    s.tickHeartbeat(1)
    s.settle()
    s.propose(1, 'last')
    s.settle()
    expect(s.replica(3).installed).toHaveLength(1)
    expect(s.raft(3).status()).toMatchObject({ commit: 102, applied: 102 })
    expect(s.appliedTexts(3)).toEqual(s.appliedTexts(1))
  })

  test('LeaderTransferAfterSnapshot: a target that needs an image gets it first', () => {
    const s = behind()
    s.inject(heartbeatReply({ from: 3 }))
    expect(s.raft(1).transferLeadership(3)).toEqual({ ok: true })
    s.settle()
    expect(s.raft(3).status()).toMatchObject({ role: 'leader', term: 2 })
    expect(s.replica(3).installed).toHaveLength(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 3 })
  })
})
