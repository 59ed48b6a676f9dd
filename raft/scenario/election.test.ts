// Elections with pre-vote, check-quorum and stickiness, alone and together.
import { describe, expect, test } from 'vitest'
import type { CoreMessage } from '../core/message.ts'
import { Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

function workAll(s: Scenario): void {
  for (const id of s.ids) {
    s.processReady(id)
    s.processAppend(id)
    s.processApply(id)
  }
}

describe('ordinary elections', () => {
  test('B10 R-1.3 a candidate that falls back votes for nobody else in its term', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.campaign(1)
    s.settle(1)
    s.drop()
    const noEntries = { prevIndex: 0, prevTerm: 0, entries: [], commit: 0, matchedByAll: 0 }
    s.inject({ type: 'append', from: 2, to: 1, term: 1, ...noEntries })
    expect(s.raft(1).role).toBe('follower')
    const request = { type: 'vote', from: 3, to: 1, lastIndex: 0, lastTerm: 0 } as const
    s.tickElection(1)
    s.inject({ ...request, term: 1, transfer: true })
    s.settle(1)
    const reply = s.wire.find((message) => message.to === 3 && message.type === 'vote-reply')
    expect(reply).toBeUndefined()
    expect(s.raft(1).status().votedFor).not.toBe(3)
  })

  test('B10 R-1.1 the vote survives a restart, and is given again only to the same candidate', () => {
    const s = new Scenario({ ...three, preVote: false })
    const request = {
      type: 'vote',
      to: 1,
      term: 4,
      lastIndex: 0,
      lastTerm: 0,
      transfer: false,
    } as const
    s.inject({ ...request, from: 2 })
    s.settle(1)
    s.replica(1).restart()
    s.drop()
    s.inject({ ...request, from: 3 })
    s.inject({ ...request, from: 2 })
    s.settle(1)
    expect(s.wire).toMatchObject([
      { type: 'vote-reply', to: 3, term: 4, granted: false },
      { type: 'vote-reply', to: 2, term: 4, granted: true },
    ])
  })

  test('R-1.1 a granted vote leaves only after it is durable', () => {
    const s = new Scenario({ ...three, preVote: false })
    const request = { type: 'vote', to: 1, lastIndex: 0, lastTerm: 0, transfer: false } as const
    s.inject({ ...request, from: 2, term: 1 })
    s.processReady(1)
    expect(s.wire).toEqual([])
    expect(s.replica(1).appendThread).toMatchObject([{ hardState: { term: 1, votedFor: 2 } }])
    s.processAppend(1)
    expect(s.wire).toMatchObject([{ type: 'vote-reply', to: 2, granted: true }])
  })

  test('R-1.2 a vote of the own that becomes durable after the election was lost counts for nothing', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.campaign(1)
    s.processReady(1)
    s.inject({ type: 'vote-reply', from: 2, to: 1, term: 1, granted: false })
    s.inject({ type: 'vote-reply', from: 3, to: 1, term: 1, granted: false })
    expect(s.raft(1).role).toBe('follower')
    s.processAppend(1)
    expect(s.raft(1).role).toBe('follower')
    s.campaign(1)
    s.processReady(1)
    s.inject({ type: 'vote-reply', from: 2, to: 1, term: 1, granted: true })
    expect(s.raft(1).status()).toMatchObject({ role: 'candidate', term: 2 })
  })

  test('R-1.2 the durable vote of an earlier campaign is not a vote in the present one', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.campaign(1)
    s.processReady(1)
    s.campaign(1)
    s.processReady(1)
    s.inject({ type: 'vote-reply', from: 2, to: 1, term: 2, granted: true })
    s.processAppend(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'candidate', term: 2 })
    s.processAppend(1)
    expect(s.raft(1).role).toBe('leader')
  })

  test('votes of strangers are not counted', () => {
    const s = new Scenario({ voters: [1, 2, 3], learners: [4], preVote: false })
    s.campaign(1)
    s.settle(1)
    for (const from of [4, 9]) {
      const reply: CoreMessage = { type: 'vote-reply', from, to: 1, term: 1, granted: true }
      expect(s.inject(reply)).toEqual({ ok: false, reason: 'unknown-sender' })
    }
    expect(s.raft(1).role).toBe('candidate')
  })

  test('messages for others and from oneself are refused', () => {
    const s = new Scenario(three)
    const message: CoreMessage = {
      type: 'heartbeat-reply',
      from: 2,
      to: 1,
      term: 0,
      readPosition: 0,
      lacksState: false,
    }
    expect(s.raft(3).step(message)).toEqual({ ok: false, reason: 'wrong-target' })
    expect(s.raft(1).step({ ...message, from: 1 })).toEqual({ ok: false, reason: 'from-self' })
    expect(s.raft(1).step(message)).toEqual({ ok: false, reason: 'unexpected' })
  })

  test('two candidates of one term: neither wins, a later term decides', () => {
    const s = new Scenario({ voters: [1, 2], preVote: false })
    s.campaign(1)
    s.campaign(2)
    s.settle()
    expect([1, 2].map((id) => s.raft(id).role)).toEqual(['follower', 'follower'])
    s.elect(1)
    expect(s.raft(1).term).toBe(2)
  })

  test('a leader that is asked to campaign stays leader', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'leader' })
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 1 })
  })

  test('a granted vote gives the candidate a whole timeout', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.tick(1, 19)
    const request = { type: 'vote', from: 2, to: 1, lastIndex: 0, lastTerm: 0 } as const
    s.inject({ ...request, term: 1, transfer: false })
    s.tick(1, 19)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 1, votedFor: 2 })
    s.tick(1)
    expect(s.raft(1).role).toBe('candidate')
  })

  test('R-1.1 a refused vote of a higher term leaves the election timer running', () => {
    const s = new Scenario({ ...three, preVote: false, logs: { 1: [1], 2: [], 3: [1] } })
    s.tick(1, 19)
    const request = { type: 'vote', from: 2, to: 1, lastIndex: 0, lastTerm: 0 } as const
    s.inject({ ...request, term: 2, transfer: false })
    expect(s.raft(1).term).toBe(2)
    s.tick(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'candidate', term: 3 })
  })
})

describe('R-4.1 check-quorum and stickiness', () => {
  test('a leader that hears a majority goes on; each period counts afresh', () => {
    const s = new Scenario(three)
    s.elect(1)
    for (let period = 0; period < 5; period += 1) {
      s.tick(1, 19)
      s.processReady(1)
      s.drop({ to: 3 })
      s.settle(1, 2)
      s.tick(1)
      expect(s.raft(1).role).toBe('leader')
    }
    s.tick(1, 20)
    expect(s.raft(1).role).toBe('follower')
  })

  test('learners do not count for the quorum of a leader', () => {
    const s = new Scenario({ voters: [1, 2, 3], learners: [4] })
    s.elect(1)
    for (let beat = 0; beat < 20; beat += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 4)
      s.drop()
    }
    expect(s.raft(1).role).not.toBe('leader')
  })

  test('without check-quorum a leader alone stays leader', () => {
    const s = new Scenario({ ...three, checkQuorum: false })
    s.elect(1)
    s.tick(1, 100)
    expect(s.raft(1).role).toBe('leader')
  })

  test('R-4.2 a candidate stuck in a higher term is freed: the leader yields and an election follows', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.elect(1)
    s.settle()
    // 3 is cut off and campaigns alone.
    for (let n = 0; n < 2; n += 1) {
      s.campaign(3)
      s.settle(3)
      s.drop()
    }
    expect(s.raft(3).term).toBe(3)
    s.tickHeartbeat(1)
    s.processReady(1)
    s.deliver({ to: 3 })
    s.settle(3)
    expect(s.wire.filter((message) => message.from === 3)).toMatchObject([
      { type: 'append-reply', term: 3, rejected: true },
    ])
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 3 })
    s.settle()
    s.elect(1)
    expect([1, 2, 3].map((id) => s.raft(id).term)).toEqual([4, 4, 4])
  })

  test('a follower that hears the leader at times never campaigns', () => {
    const s = new Scenario(three)
    s.elect(1)
    for (let round = 0; round < 10; round += 1) {
      s.tick(2, 19)
      expect(s.raft(2).status()).toMatchObject({ role: 'follower', term: 1, leader: 1 })
      s.tickHeartbeat(1)
      s.settle()
    }
  })
})

describe('R-4.1 pre-vote', () => {
  test('B20 a pre-candidate has forgotten its leader and earlier votes', () => {
    const s = new Scenario({ voters: [1, 2, 3, 4, 5] })
    s.elect(1)
    expect(s.raft(2).leader).toBe(1)
    s.campaign(2)
    expect(s.raft(2).leader).toBe(0)
    s.inject({ type: 'pre-vote-reply', from: 3, to: 2, term: 2, granted: true })
    s.campaign(2)
    s.inject({ type: 'pre-vote-reply', from: 4, to: 2, term: 2, granted: true })
    expect(s.raft(2).role).toBe('pre-candidate')
    s.inject({ type: 'pre-vote-reply', from: 3, to: 2, term: 2, granted: true })
    expect(s.raft(2).status()).toMatchObject({ role: 'candidate', term: 2 })
  })

  test('a pre-vote changes neither term nor vote nor timer of the one asked', () => {
    const s = new Scenario(three)
    s.tick(1, 19)
    const request = { type: 'pre-vote', from: 2, to: 1, lastIndex: 0, lastTerm: 0 } as const
    s.inject({ ...request, term: 9, transfer: false })
    s.settle(1)
    expect(s.wire).toMatchObject([{ type: 'pre-vote-reply', to: 2, term: 9, granted: true }])
    expect(s.raft(1).status()).toMatchObject({ term: 0, votedFor: 0 })
    s.tick(1)
    expect(s.raft(1).role).toBe('pre-candidate')
  })

  test('R-4.2 a pre-candidate of an older term is told, so that mixed groups do not deadlock', () => {
    const s = new Scenario({ ...three, hardStates: { 1: { term: 5 } } })
    s.campaign(2)
    s.settle()
    expect(s.sent.find((message) => message.from === 1)).toMatchObject({
      type: 'pre-vote-reply',
      term: 5,
      granted: false,
    })
    expect(s.raft(2).term).toBe(5)
  })

  test('an answer to an earlier pre-vote does not count for a later one', () => {
    const s = new Scenario({ voters: [1, 2, 3, 4, 5] })
    s.campaign(1)
    s.settle(1)
    // Meanwhile the term rises to the one that was asked about.
    const noEntries = { prevIndex: 0, prevTerm: 0, entries: [], commit: 0, matchedByAll: 0 }
    s.inject({ type: 'append', from: 5, to: 1, term: 1, ...noEntries })
    s.campaign(1)
    for (const from of [2, 3]) {
      const late: CoreMessage = { type: 'pre-vote-reply', from, to: 1, term: 1, granted: true }
      expect(s.inject(late)).toEqual({ ok: false, reason: 'stale-term' })
    }
    expect(s.raft(1).status()).toMatchObject({ role: 'pre-candidate', term: 1 })
  })

  test('a follower that comes back with its timer lapsed does not disturb the leader', () => {
    const s = new Scenario(three)
    s.elect(1)
    // 3 hears nobody for ten timeouts; its pre-votes are lost, so its term stays.
    for (let n = 0; n < 10; n += 1) {
      s.tickElection(3)
      s.settle(3)
      s.drop()
    }
    expect(s.raft(3).term).toBe(1)
    s.tickHeartbeat(1)
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 1 })
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', leader: 1 })
  })

  const links = [1, 2, 3].flatMap((from) => [1, 2, 3].map((to) => ({ from, to })))

  test.each(links.filter(({ from, to }) => from !== to))(
    'R-4.3 B27 the one-way cut from $from to $to costs at most one change of leader',
    ({ from, to }) => {
      const s = new Scenario({ ...three, seed: `cut/${from}/${to}` })
      s.elect(1)
      for (let tick = 0; tick < 400; tick += 1) {
        for (const id of s.ids) s.tick(id)
        for (let turn = 0; turn < 6; turn += 1) {
          workAll(s)
          s.drop({ from, to })
          s.deliver()
        }
      }
      expect(Math.max(...s.ids.map((id) => s.raft(id).term))).toBeLessThanOrEqual(3)
      expect(s.ids.some((id) => s.raft(id).role === 'leader')).toBe(true)
    },
  )
})

describe('boot', () => {
  test('R-2.2 R-15.4 nobody campaigns before everything known committed is applied again', () => {
    const s = new Scenario({
      voters: [1],
      logs: { 1: [1, 1, 1] },
      hardStates: { 1: { commit: 2 } },
    })
    s.tick(1, 100)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 1 })
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'not-caught-up' })
    s.processReady(1)
    expect(s.raft(1).campaign()).toEqual({ ok: false, reason: 'not-caught-up' })
    s.processApply(1)
    expect(s.raft(1).status().applied).toBe(2)
    s.elect(1)
    expect(s.raft(1).status()).toMatchObject({ term: 2, commit: 4 })
  })

  test('a timeout-now before that is refused', () => {
    const s = new Scenario({ ...three, logs: { 1: [1] }, hardStates: { 1: { commit: 1 } } })
    const noEntries = { prevIndex: 1, prevTerm: 1, entries: [], commit: 1, matchedByAll: 0 }
    s.inject({ type: 'append', from: 2, to: 1, term: 1, ...noEntries })
    const message: CoreMessage = { type: 'timeout-now', from: 2, to: 1, term: 1 }
    expect(s.inject(message)).toEqual({ ok: false, reason: 'unexpected' })
  })

  test('B05 a durable state ahead of the stored commit index is legal', () => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1, 1] },
      hardStates: { 1: { commit: 1 } },
      applied: { 1: 3 },
    })
    expect(s.raft(1).status()).toMatchObject({ commit: 3, applied: 3 })
  })

  test.each([
    ['a commit index beyond the log', { logs: { 1: [1] }, hardStates: { 1: { commit: 2 } } }],
    ['a state beyond the log', { logs: { 1: [1] }, applied: { 1: 2 } }],
    ['a term below that of the last entry', { logs: { 1: [3] }, hardStates: { 1: { term: 2 } } }],
  ])('R-2.2 %s is a broken replica: it does not start', (_what, found) => {
    expect(() => new Scenario({ ...three, ...found })).toThrow(/R-/)
  })
})
