// Handing leadership over. Cases that the practice of Raft implementations has given names carry
// them in the title.
// Where we differ: a transfer is asked of the leader; others refuse (ToUpToDateNodeFromFollower). A
// transfer to the leader itself is refused, and does not end one that is under way (ToSelf).
import { describe, expect, test } from 'vitest'
import { heartbeatReply } from './messages.ts'
import { Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

describe('R-10.1 leadership transfer', () => {
  test('LeaderTransferToUpToDateNode: it takes over at once, although all hear the old leader', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.raft(1).transferLeadership(2)).toEqual({ ok: true })
    s.processReady(1)
    expect(s.wireSummary()).toEqual(['1>2 timeout-now'])
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 2 })
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2 })
    expect(s.sent.filter((message) => message.type === 'pre-vote' && message.from === 2)).toEqual(
      [],
    )
  })

  test('LeaderTransferToSlowFollower: one that lags gets the log first', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.settle(1, 3)
    s.drop()
    s.raft(1).reportUnreachable(2)
    s.raft(1).transferLeadership(2)
    s.processReady(1)
    expect(s.wireSummary()).toEqual(['1>2 append'])
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 2 })
    expect(s.appliedTexts(2)).toEqual(['a'])
  })

  test('LeaderTransferIgnoreProposal: meanwhile proposals are sent to the target', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).transferLeadership(3)
    expect(s.raft(1).status().transferTarget).toBe(3)
    expect(s.propose(1, 'x')).toEqual({ ok: false, reason: 'not-leader', leader: 3 })
  })

  test('LeaderTransferTimeout: given up after one election timeout, proposals are taken again', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).transferLeadership(3)
    s.processReady(1)
    s.drop()
    s.tickHeartbeat(1)
    s.settle(1, 2)
    s.drop()
    s.tick(1, 20)
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', transferTarget: 0 })
    expect(s.propose(1, 'x').ok).toBe(true)
  })

  test('LeaderTransferSecondTransferToSameNode: it changes nothing and prolongs nothing', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).transferLeadership(3)
    s.processReady(1)
    s.drop()
    s.tick(1, 15)
    s.settle(1, 2)
    s.drop()
    expect(s.raft(1).transferLeadership(3)).toEqual({ ok: true })
    expect(s.raft(1).hasReady()).toBe(false)
    s.tick(1, 5)
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', transferTarget: 0 })
  })

  test('LeaderTransferSecondTransferToAnotherNode: the second one counts', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).transferLeadership(3)
    s.processReady(1)
    s.drop()
    expect(s.raft(1).transferLeadership(2)).toEqual({ ok: true })
    s.settle()
    expect(s.raft(2).role).toBe('leader')
  })

  test('LeaderTransferToUpToDateNodeFromFollower: a follower refuses, whoever is named', () => {
    const s = new Scenario(three)
    expect(s.raft(1).transferLeadership(2)).toEqual({ ok: false, reason: 'not-leader' })
    s.elect(1)
    for (const to of [1, 2, 3]) {
      expect(s.raft(2).transferLeadership(to)).toEqual({ ok: false, reason: 'not-leader' })
    }
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', transferTarget: 0 })
  })

  test('LeaderTransferWithCheckQuorum: voters that stick to the leader let its successor pass', () => {
    const s = new Scenario({ ...three, checkQuorum: true, preVote: false })
    s.elect(1)
    s.tickHeartbeat(1)
    s.settle()
    // Without the transfer they would not hear of an election.
    s.campaign(3)
    s.processReady(3)
    s.processAppend(3)
    s.stepResults = []
    s.deliver()
    expect(s.stepResults).toEqual([
      { ok: false, reason: 'leader-alive' },
      { ok: false, reason: 'leader-alive' },
    ])
    s.raft(1).transferLeadership(2)
    s.settle()
    expect(s.raft(2).role).toBe('leader')
  })

  test('LeaderTransferToSelf: it is refused and nothing changes', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.raft(1).transferLeadership(1)).toEqual({ ok: false, reason: 'self' })
    expect(s.raft(1).hasReady()).toBe(false)
    s.raft(1).transferLeadership(2)
    expect(s.raft(1).transferLeadership(1)).toEqual({ ok: false, reason: 'self' })
    expect(s.raft(1).status().transferTarget).toBe(2)
  })

  test('LeaderTransferToNonExistingNode: only a voter can be named', () => {
    const s = new Scenario({ ...three, learners: [4] })
    s.elect(1)
    expect(s.raft(1).transferLeadership(4)).toEqual({ ok: false, reason: 'not-voter' })
    expect(s.raft(1).transferLeadership(9)).toEqual({ ok: false, reason: 'not-voter' })
    expect(s.raft(1).status().transferTarget).toBe(0)
  })

  test('LeaderTransferReceiveHigherTermVote: another election ends it', () => {
    const s = new Scenario({ ...three, checkQuorum: false, preVote: false })
    s.elect(1)
    s.raft(1).transferLeadership(3)
    s.processReady(1)
    s.drop()
    expect(s.raft(1).status().transferTarget).toBe(3)
    s.campaign(2)
    s.settle(1, 2)
    expect(s.raft(2).role).toBe('leader')
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', leader: 2, transferTarget: 0 })
    expect(s.propose(1, 'x')).toEqual({ ok: false, reason: 'not-leader', leader: 2 })
  })

  test('LeaderTransferBack: the new leader hands it back', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).transferLeadership(2)
    s.settle()
    expect(s.raft(2).transferLeadership(1)).toEqual({ ok: true })
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 3 })
  })

  test('TransferNonMember: only the leader may tell a voter, and only a voter, to campaign', () => {
    const s = new Scenario({ ...three, learners: [4] })
    s.elect(1)
    const message = { type: 'timeout-now', term: 1 } as const
    for (const [from, to] of [
      [3, 2],
      [2, 1],
      [1, 4],
    ] as const) {
      expect(s.inject({ ...message, from, to })).toEqual({ ok: false, reason: 'unexpected' })
    }
    expect(s.ids.map((id) => s.raft(id).term)).toEqual([1, 1, 1, 1])
  })

  test('a target that dies on the way is forgotten by the next leader too', () => {
    const s = new Scenario({ ...three, timeoutSpread: { 1: 10, 2: 10, 3: 10 } })
    s.elect(1)
    s.forgetLeader()
    s.raft(1).transferLeadership(3)
    s.processReady(1)
    s.drop()
    s.inject(heartbeatReply({ term: 4 }))
    s.elect(1)
    expect(s.raft(1).status().transferTarget).toBe(0)
    expect(s.propose(1, 'x').ok).toBe(true)
  })

  test('R-4.1 asking again and again does not keep a leader that nobody hears', () => {
    const s = new Scenario({ ...three, electionTicks: 20 })
    s.elect(1)
    for (let round = 0; round < 6; round += 1) {
      s.raft(1).transferLeadership(round % 2 === 0 ? 2 : 3)
      s.tick(1, 10)
      s.settle(1)
      s.drop()
    }
    expect(s.raft(1).role).not.toBe('leader')
  })
})
