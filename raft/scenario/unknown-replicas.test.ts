// A configuration takes effect at apply, so a replica that lags does not know who joined meanwhile.
// It has to hear and answer them all the same, or it stays behind and the group may have no leader.
import { describe, expect, test } from 'vitest'
import { isMember } from '../core/configuration.ts'
import { Scenario } from './scenario.ts'

/** 4 joined and votes; 3 was cut off before and knows nothing of it. */
function joined(): Scenario {
  const s = new Scenario({ voters: [1, 2, 3], timeoutSpread: { 1: 30, 2: 30, 3: 30, 4: 30 } })
  s.elect(1)
  s.propose(1, 'before')
  s.settle()
  s.add(4)
  s.proposeChange(1, [{ op: 'add-learner', id: 4 }])
  s.settle(1, 2, 4)
  s.proposeChange(1, [{ op: 'promote', id: 4 }])
  s.settle(1, 2, 4)
  s.drop()
  for (const id of [1, 2, 4]) expect(s.raft(id).configuration.voters).toEqual([1, 2, 3, 4])
  expect(isMember(s.raft(3).configuration, 4)).toBe(false)
  return s
}

describe('R-11.10 a replica that is not known here is heard and answered', () => {
  test('as a candidate that cannot win without this vote', () => {
    const s = joined()
    s.forgetLeader()
    s.campaign(4)
    // 1 is gone: only 2, 3 and 4 are three of four.
    s.settle(2, 3, 4)
    expect(s.raft(4).role).toBe('leader')
    expect(s.raft(3).status()).toMatchObject({ leader: 4, votedFor: 4 })
    expect(s.raft(3).configuration.voters).toEqual([1, 2, 3, 4])
    s.propose(4, 'after')
    s.settle(2, 3, 4)
    expect(s.appliedTexts(3)).toEqual(['before', 'after'])
  })

  test('as a leader that this replica has no other way to hear of', () => {
    const s = joined()
    s.raft(1).transferLeadership(4)
    s.settle(1, 2, 4)
    s.drop()
    expect(s.raft(4).role).toBe('leader')
    s.tickHeartbeat(4)
    s.settle()
    expect(s.raft(3).status()).toMatchObject({ leader: 4 })
    expect(s.raft(3).configuration.voters).toEqual([1, 2, 3, 4])
  })

  test('but its vote is not counted here', () => {
    const s = joined()
    s.forgetLeader()
    s.campaign(3)
    const { role, term } = s.raft(3)
    expect(role).toBe('pre-candidate')
    const grant = (from: number, type: 'pre-vote-reply' | 'vote-reply') =>
      s.inject({ type, from, to: 3, term: term + 1, granted: true })
    grant(4, 'pre-vote-reply')
    expect(s.raft(3).role).toBe('pre-candidate')
    grant(2, 'pre-vote-reply')
    expect(s.raft(3).role).toBe('candidate')
    // Its own vote counts once it is durable.
    s.processReady(3)
    s.processAppend(3)
    grant(4, 'vote-reply')
    expect(s.raft(3).role).toBe('candidate')
    grant(2, 'vote-reply')
    expect(s.raft(3).role).toBe('leader')
  })
})
