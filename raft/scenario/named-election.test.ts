// Elections and check-quorum: the cases that the practice of Raft implementations has given names,
// each with its name in the title.
// Where we differ: pre-vote and check-quorum are on unless a test turns them off; a vote request
// that meets a live leader is refused in silence; the own pre-vote needs no disk and counts at
// once.
import { describe, expect, test } from 'vitest'
import type { Role } from '../core/ready.ts'
import { append, appendReply, heartbeat, heartbeatReply, vote, voteReply } from './messages.ts'
import { Scenario } from './scenario.ts'
import type { ScenarioOptions } from './scenario.ts'

const three = { voters: [1, 2, 3] }
const loose = { checkQuorum: false, preVote: false }

function roles(s: Scenario): string[] {
  return s.ids.map((id) => s.raft(id).role)
}

function terms(s: Scenario): number[] {
  return s.ids.map((id) => s.raft(id).term)
}

/** Replica 1 of three in the given role. */
function inRole(role: Role, options: Partial<ScenarioOptions> = {}): Scenario {
  const s = new Scenario({ ...three, preVote: false, ...options })
  if (role === 'follower') s.inject(heartbeat())
  if (role === 'candidate' || role === 'pre-candidate') s.campaign(1)
  if (role === 'leader') s.elect(1)
  s.settle(1)
  s.drop()
  expect(s.raft(1).role).toBe(role)
  return s
}

describe('candidates', () => {
  /** 1 and 3 campaign and cannot hear each other; 1 wins; then 3 tries again, in the open. */
  function duel(preVote: boolean): Scenario {
    const s = new Scenario({ ...three, checkQuorum: false, preVote })
    s.campaign(1)
    s.campaign(3)
    for (let turn = 0; turn < 10; turn += 1) {
      s.drop({ from: 1, to: 3 })
      s.drop({ from: 3, to: 1 })
      for (const id of s.ids) {
        s.processReady(id)
        s.processAppend(id)
        s.processApply(id)
      }
      s.drop({ from: 1, to: 3 })
      s.drop({ from: 3, to: 1 })
      s.deliver()
    }
    expect(s.raft(1).role).toBe('leader')
    return s
  }

  test('DuelingCandidates: the loser with the shorter log only raises the term', () => {
    const s = duel(false)
    expect(s.raft(3).status()).toMatchObject({ role: 'candidate', term: 1, lastIndex: 0 })
    // Its log is behind now; the leader yields to the term and nobody wins.
    s.campaign(3)
    s.settle()
    expect(roles(s)).toEqual(['follower', 'follower', 'follower'])
    expect(terms(s)).toEqual([2, 2, 2])
    expect(s.ids.map((id) => s.raft(id).lastIndex)).toEqual([1, 1, 0])
  })

  test('DuelingPreCandidates: with pre-vote the loser does not disturb the winner at all', () => {
    const s = duel(true)
    s.campaign(3)
    s.settle()
    expect(roles(s)).toEqual(['leader', 'follower', 'follower'])
    expect(terms(s)).toEqual([1, 1, 1])
  })

  test('CandidateConcede: a candidate that hears the leader of its term takes its log', () => {
    const s = new Scenario({ ...three, ...loose })
    s.campaign(1)
    s.settle(1)
    s.drop({ from: 1 })
    s.campaign(3)
    s.settle(2, 3)
    s.drop({ to: 1 })
    expect(s.raft(3).role).toBe('leader')
    s.tickHeartbeat(3)
    s.settle()
    s.propose(3, 'x')
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 1, leader: 3 })
    expect(s.ids.map((id) => s.appliedTexts(id))).toEqual([['x'], ['x'], ['x']])
  })

  test('SingleNodeCandidate: a lone voter elects itself', () => {
    const s = new Scenario({ voters: [1], preVote: false })
    s.tickElection(1)
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 1 })
  })

  test('SingleNodePreCandidate: with pre-vote as well', () => {
    const s = new Scenario({ voters: [1] })
    s.tickElection(1)
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 1 })
  })

  const everyRole = ['follower', 'pre-candidate', 'candidate', 'leader'] as const

  test.each(everyRole)('VoteFromAnyState: a %s grants a vote of a higher term', (role) => {
    const s = inRole(role, { checkQuorum: false, preVote: role === 'pre-candidate' })
    const lastTerm = s.raft(1).status().lastTerm
    s.inject(vote({ term: 5, lastIndex: 4, lastTerm: Math.max(lastTerm, 4) }))
    s.settle(1)
    expect(s.wire.filter((m) => m.type === 'vote-reply')).toMatchObject([
      { to: 2, term: 5, granted: true },
    ])
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 5, votedFor: 2, leader: 0 })
  })

  test.each(everyRole)('PreVoteFromAnyState: a %s says yes and changes nothing', (role) => {
    const s = inRole(role, { checkQuorum: false, preVote: role === 'pre-candidate' })
    const before = s.raft(1).status()
    s.inject({ ...vote({ term: 5, lastIndex: 4, lastTerm: 4 }), type: 'pre-vote' })
    s.settle(1)
    expect(s.wire).toMatchObject([{ type: 'pre-vote-reply', to: 2, term: 5, granted: true }])
    expect(s.raft(1).status()).toEqual(before)
  })

  const ballots = [
    // The log is [2, 2], the vote of term 3 is `votedFor`; the request ends in `last`.
    { role: 'follower', last: [0, 0], votedFor: 0, granted: false },
    { role: 'follower', last: [0, 1], votedFor: 0, granted: false },
    { role: 'follower', last: [0, 2], votedFor: 0, granted: false },
    { role: 'follower', last: [0, 3], votedFor: 0, granted: true },
    { role: 'follower', last: [1, 2], votedFor: 0, granted: false },
    { role: 'follower', last: [1, 3], votedFor: 0, granted: true },
    { role: 'follower', last: [2, 1], votedFor: 0, granted: false },
    { role: 'follower', last: [2, 2], votedFor: 0, granted: true },
    { role: 'follower', last: [2, 3], votedFor: 0, granted: true },
    { role: 'follower', last: [3, 1], votedFor: 0, granted: false },
    { role: 'follower', last: [3, 2], votedFor: 0, granted: true },
    { role: 'follower', last: [3, 2], votedFor: 2, granted: true },
    { role: 'follower', last: [3, 2], votedFor: 3, granted: false },
  ] as const

  test.each(ballots)('RecvMsgVote: $last with the vote given to $votedFor: $granted', (example) => {
    const { votedFor, last } = example
    const hardStates = { 1: { term: 3, votedFor } }
    const s = new Scenario({ ...three, ...loose, logs: { 1: [2, 2] }, hardStates })
    s.inject(vote({ term: 3, lastIndex: last[0], lastTerm: last[1] }))
    s.settle(1)
    expect(s.wire).toMatchObject([{ type: 'vote-reply', term: 3, granted: example.granted }])
  })

  test.each(ballots)('RecvMsgPreVote: $last, whoever has the vote of the term', (example) => {
    const { votedFor, last } = example
    const hardStates = { 1: { term: 3, votedFor } }
    const s = new Scenario({ ...three, ...loose, logs: { 1: [2, 2] }, hardStates })
    const request = vote({ term: 4, lastIndex: last[0], lastTerm: last[1] })
    s.inject({ ...request, type: 'pre-vote' })
    s.settle(1)
    // It is about a later term, in which nobody has voted yet.
    const granted = votedFor === 3 || example.granted
    expect(s.wire).toMatchObject([{ type: 'pre-vote-reply', term: granted ? 4 : 3, granted }])
  })

  test('R-1.2 CandidateSelfVoteAfterLostElection: the late own vote of a lost election', () => {
    const s = new Scenario({ ...three, ...loose })
    s.campaign(1)
    s.processReady(1)
    // Another leader of this term speaks before the own vote is on the disk.
    s.inject(heartbeat())
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2 })
    s.processAppend(1)
    s.inject(voteReply({ from: 3 }))
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2, term: 1 })
  })

  test('CandidateSelfVoteAfterLostElectionPreVote: a pre-vote that comes after the leader', () => {
    const s = new Scenario(three)
    s.campaign(1)
    s.processReady(1)
    s.inject(heartbeat())
    const late = { ...voteReply({ from: 3 }), type: 'pre-vote-reply' as const }
    expect(s.inject(late)).toEqual({ ok: false, reason: 'unexpected' })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2, term: 1 })
  })

  test('CandidateDeliversPreCandidateSelfVoteAfterBecomingCandidate: one vote is one vote', () => {
    const s = new Scenario({ voters: [1, 2, 3, 4, 5] })
    s.campaign(1)
    s.settle(1)
    for (const from of [2, 3]) s.inject({ ...voteReply({ from }), type: 'pre-vote-reply' })
    expect(s.raft(1).role).toBe('candidate')
    // Pre-votes that come now, and the own real vote, do not add up to a majority.
    for (const from of [4, 5]) {
      const late = { ...voteReply({ from }), type: 'pre-vote-reply' as const }
      expect(s.inject(late)).toEqual({ ok: false, reason: 'unexpected' })
    }
    s.settle(1)
    expect(s.raft(1).role).toBe('candidate')
    s.inject(voteReply({ from: 4 }))
    expect(s.raft(1).role).toBe('candidate')
    s.inject(voteReply({ from: 5 }))
    expect(s.raft(1).role).toBe('leader')
  })

  test.each([true, false])('CampaignWhileLeader: nothing happens, pre-vote %s', (preVote) => {
    const s = new Scenario({ voters: [1], preVote })
    s.elect(1)
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'leader' })
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 1 })
  })

  test('NodeWithSmallerTermCanCompleteElection: the one left of a higher term does not block', () => {
    const s = new Scenario(three)
    // 3 does not use pre-vote yet and is cut off: its term runs ahead.
    s.elect(1)
    s.replica(3).restart()
    s.inject(heartbeat({ from: 2, to: 3, term: 5 }))
    s.settle(3)
    s.drop()
    // The leader 1 dies. 2 asks 3, is told the higher term, asks again and wins.
    s.tickElection(3)
    s.tickElection(2)
    s.settle(2, 3)
    expect(s.raft(2).term).toBeGreaterThanOrEqual(5)
    s.tickElection(2)
    s.settle(2, 3)
    expect([s.raft(2).role, s.raft(3).role]).toContain('leader')
    s.settle()
    expect(s.raft(1).role).toBe('follower')
  })

  test('PreVoteWithSplitVote: after a split of the real votes the next round has a winner', () => {
    const s = new Scenario({ ...three, timeoutSpread: { 3: 5 } })
    s.elect(1)
    // The leader dies; both others find out in the same tick, and vote for themselves.
    for (const id of [2, 3]) s.tick(id, 25)
    s.settle(2, 3)
    s.drop()
    const { role } = s.raft(2)
    if (role !== 'leader') {
      s.tickElection(2)
      s.settle(2, 3)
    }
    expect(s.raft(2).role).toBe('leader')
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', leader: 2 })
  })

  test('PreVoteWithCheckQuorum: two that lost a leader elect one of them', () => {
    const s = new Scenario({ ...three, timeoutSpread: { 3: 5 } })
    s.elect(1)
    s.tick(2, 20)
    expect(s.raft(2).role).toBe('pre-candidate')
    // 3 has a leader still and is silent; then its own time has come too.
    s.settle(2, 3)
    s.drop()
    expect(s.raft(2).role).toBe('pre-candidate')
    s.tick(3, 24)
    s.tick(2, 20)
    s.settle(2, 3)
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 2 })
  })

  /** 1 leads; 3 was cut off without pre-vote and campaigned alone; now all use pre-vote. */
  function migrated(): Scenario {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1], 2: [1, 1], 3: [1] },
      hardStates: { 1: { term: 2 }, 2: { term: 2 }, 3: { term: 4 } },
    })
    s.campaign(1)
    s.settle(1, 2)
    s.drop()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 3 })
    return s
  }

  test('PreVoteMigrationCanCompleteElection: the group goes on without the dead leader', () => {
    const s = migrated()
    // Nobody answers 3; then 2 asks for the term that 3 is in, where nobody has voted yet.
    for (const id of [3, 2]) {
      s.tickElection(id)
      s.settle(2, 3)
      s.drop()
    }
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 4 })
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', leader: 2 })
    expect(s.terms(3)).toEqual(s.terms(2))
  })

  test('PreVoteMigrationWithFreeStuckPreCandidate: the higher term reaches the leader', () => {
    const s = migrated()
    s.campaign(3)
    s.settle()
    // Nobody votes for the short log of 3, and nobody lost the leader for the asking.
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 3 })
    s.tickHeartbeat(1)
    s.settle()
    expect(s.raft(1).role).toBe('follower')
    s.elect(1)
    expect(terms(s)).toEqual([5, 5, 5])
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', leader: 1 })
  })
})

describe('R-4.1 check-quorum', () => {
  test('LeaderStepdownWhenQuorumActive: a leader that is answered stays', () => {
    const s = inRole('leader', { electionTicks: 5, heartbeatTicks: 1 })
    for (let tick = 0; tick < 26; tick += 1) {
      s.inject(heartbeatReply({ from: 2 }))
      s.tick(1)
    }
    expect(s.raft(1).role).toBe('leader')
  })

  test('LeaderStepdownWhenQuorumLost: one that nobody answers yields', () => {
    const s = inRole('leader', { electionTicks: 5, heartbeatTicks: 1 })
    s.tick(1, 10)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 1, leader: 0 })
  })

  test('LeaderSupersedingWithCheckQuorum: a voter that hears the leader makes others wait', () => {
    const s = new Scenario({ ...three, preVote: false, timeoutSpread: { 2: 10 } })
    s.elect(1)
    s.campaign(3)
    s.settle(2, 3)
    s.drop()
    expect(s.raft(3).role).toBe('candidate')
    expect(s.raft(2).status()).toMatchObject({ term: 1, leader: 1 })
    // One smallest timeout later 2 sticks to nobody.
    s.tickElection(2)
    s.campaign(3)
    s.settle()
    expect(s.raft(3).role).toBe('leader')
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 3 })
  })

  test('LeaderElectionWithCheckQuorum: elections go on, one leader after the other', () => {
    const s = new Scenario({ ...three, preVote: false, timeoutSpread: { 1: 5, 2: 10 } })
    s.elect(1)
    for (const [voter, next, term] of [
      [2, 3, 2],
      [1, 2, 3],
    ] as const) {
      // One voter has not heard the leader for a smallest timeout: its vote is enough.
      s.tick(voter, 20)
      expect(s.raft(voter).role).toBe('follower')
      s.elect(next)
      expect(terms(s)).toEqual([term, term, term])
    }
    expect(roles(s)).toEqual(['follower', 'leader', 'follower'])
  })

  test('R-4.2 FreeStuckCandidateWithCheckQuorum: the leader learns the term of one that is stuck', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.elect(1)
    for (let n = 0; n < 2; n += 1) {
      s.campaign(3)
      s.settle(2, 3)
      s.drop()
      expect(s.raft(3).role).toBe('candidate')
      expect(s.raft(2).status()).toMatchObject({ role: 'follower', term: 1 })
    }
    const { term } = s.raft(3)
    // A heartbeat of the leader reaches it: the answer carries the term.
    s.tickHeartbeat(1)
    s.processReady(1)
    s.deliver({ to: 3 })
    s.settle(3)
    expect(s.wire.filter((m) => m.from === 3 && m.to === 1)).toMatchObject([
      { type: 'append-reply', term, rejected: true },
    ])
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term })
    s.elect(1)
    expect(terms(s)).toEqual([term + 1, term + 1, term + 1])
  })

  test('NonPromotableVoterWithCheckQuorum: one that may not campaign still follows', () => {
    // 2 does not know yet that it votes.
    const s = new Scenario({ voters: [1, 2], beliefs: { 2: { voters: [1], learners: [2] } } })
    s.tick(2, 100)
    expect(s.raft(2).term).toBe(0)
    s.elect(1)
    expect(s.raft(2).status()).toMatchObject({ role: 'follower', leader: 1, term: 1 })
    s.tick(2, 100)
    expect(s.raft(2).role).toBe('follower')
  })

  test('DisruptiveFollower: without pre-vote a slow link costs the leader its term', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.elect(1)
    // 3 hears nothing for a whole timeout, then everything at once.
    s.tickHeartbeat(1)
    s.processReady(1)
    const late = s.drop({ to: 3 })
    s.tickElection(3)
    s.settle(3)
    s.drop()
    expect(s.raft(3).status()).toMatchObject({ role: 'candidate', term: 2 })
    for (const message of late) s.inject(message)
    s.settle(3)
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 2 })
  })

  test('DisruptiveFollowerPreVote: with pre-vote the leader goes on', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a', 'b')
    s.settle(1, 2)
    const late = s.drop({ to: 3 })
    s.tickElection(3)
    s.settle(3)
    expect(s.raft(3).status()).toMatchObject({ role: 'pre-candidate', term: 1 })
    s.settle()
    expect(terms(s)).toEqual([1, 1, 1])
    for (const message of late) s.inject(message)
    s.tickHeartbeat(1)
    s.settle()
    expect(roles(s)).toEqual(['leader', 'follower', 'follower'])
    expect(s.appliedTexts(3)).toEqual(['a', 'b'])
  })

  test('an append of the leader that a follower has outgrown is answered with the higher term', () => {
    const s = inRole('candidate')
    s.inject(append({ term: 0 }))
    s.settle(1)
    expect(s.wire).toEqual([{ ...appendReply(), from: 1, to: 2, term: 1, rejected: true }])
  })
})
