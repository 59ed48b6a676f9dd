// Elections after which a majority of the members in force is alive, and somebody among them knows
// that the change which made them members is committed, but not the one whose log is longest. That
// one goes by the members before, some of whom are dead; it has to be told.
import { describe, expect, test } from 'vitest'
import type { MemberOperation } from '../core/configuration-change.ts'
import { vote } from './messages.ts'
import { Scenario } from './scenario.ts'
import type { ScenarioOptions } from './scenario.ts'

const electionTicks = 20
/** Far more than any election needs. */
const ticksMax = 100 * electionTicks

/** Time passes for `ids`, the others are dead, until one of `ids` leads; who that is, or 0. */
function nextLeader(s: Scenario, ids: readonly number[]): number {
  s.drop()
  for (let tick = 0; tick < ticksMax; tick += 1) {
    for (const id of ids) s.tick(id)
    s.settle(...ids)
    const leader = ids.find((id) => s.raft(id).role === 'leader')
    if (leader !== undefined) return leader
  }
  return 0
}

/**
 * 1 has the change at 2 and one more entry; `holders` have the change, durable. 1 has heard so, and
 * told nobody that the change is committed.
 */
function changed(
  options: ScenarioOptions,
  operation: MemberOperation,
  holders: readonly number[],
): Scenario {
  const s = new Scenario({ electionTicks, seed: 'knowledge', ...options })
  s.elect(1)
  expect(s.proposeChange(1, [operation])).toMatchObject({ ok: true, index: 2 })
  s.processReady(1)
  for (const id of holders) s.deliver({ to: id })
  for (const id of holders) s.settle(id)
  s.processAppend(1)
  s.propose(1, 'only on 1')
  s.processReady(1)
  s.processAppend(1)
  s.drop({ from: 1 })
  s.deliver({ to: 1 })
  expect(s.raft(1).commit).toBe(2)
  return s
}

/** 1 tells `to` that the change is committed, and loses that knowledge itself. */
function tellAndForget(s: Scenario, to: number): void {
  s.tickHeartbeat(1)
  s.processReady(1)
  s.deliver({ to, types: ['heartbeat'] })
  s.settle(to)
  s.replica(1).restart()
  expect(s.raft(to).configuration.id).toBe(2)
  expect(s.raft(1)).toMatchObject({ commit: 1, lastIndex: 3, configuration: { id: 0 } })
}

describe('R-11.1 an election ends when the change is known committed that outdates it', () => {
  test.each([
    ['pre-candidate', true],
    ['candidate', false],
  ] as const)('of a %s that an image tells so', (role, preVote) => {
    const s = changed({ voters: [1, 2, 3, 4], preVote }, { op: 'remove', id: 4 }, [2, 3])
    s.raft(2).forgetLeader()
    s.campaign(2)
    expect(s.raft(2)).toMatchObject({ role, commit: 1 })
    const { configuration } = s.raft(2)
    const image = { index: 2, term: 1, configuration, clusterClockMs: 0 }
    expect(s.raft(2).restore(image)).toEqual({ ok: false, reason: 'old' })
    expect(s.raft(2)).toMatchObject({ role: 'follower', commit: 2 })
    expect(s.raft(2).campaign()).toEqual({ ok: false, reason: 'pending-change' })
  })
})

describe('R-11.1 what one knows committed, all learn from elections', () => {
  test('from a vote that is given', () => {
    const s = changed({ voters: [1, 2, 3, 4] }, { op: 'remove', id: 4 }, [2, 3])
    tellAndForget(s, 2)
    // 1 takes the votes of three for needed; 3 and 4 are dead. 2 knows that two are enough, but its
    // log is shorter.
    expect(nextLeader(s, [1, 2])).toBe(1)
    expect(s.raft(1).configuration).toMatchObject({ id: 2, voters: [1, 2, 3] })
  })

  test('from a refusal in an older term', () => {
    const s = changed({ voters: [1, 2, 3, 4] }, { op: 'remove', id: 1 }, [2, 3])
    // 1 is out and has stepped down, unheard. A vote that 4 asked for has brought 2 and 3 into the
    // next term; then 4 has died. They take 1 for needed, whose log is longer.
    s.settle(1)
    s.tickElection(1)
    s.settle(1)
    expect(s.raft(1)).toMatchObject({ role: 'follower', term: 1, configuration: { id: 2 } })
    for (const id of [2, 3]) {
      s.raft(id).forgetLeader()
      s.inject(vote({ from: 4, to: id, term: 2, lastIndex: 1, lastTerm: 1 }))
      expect(s.raft(id).status()).toMatchObject({ term: 2, votedFor: 0, commit: 1 })
    }
    expect([2, 3]).toContain(nextLeader(s, [1, 2, 3]))
  })

  test.each([true, false])('from a request of one that is not asked (pre-vote %j)', (preVote) => {
    const s = changed({ voters: [1, 2], learners: [3], preVote }, { op: 'promote', id: 3 }, [2, 3])
    tellAndForget(s, 3)
    // 1 waits for the vote of 2, which is dead, and takes 3 for a learner. It refuses 3 its vote,
    // because the log of 3 is shorter.
    expect(nextLeader(s, [1, 3])).toBe(1)
    expect(s.raft(1).configuration).toMatchObject({ id: 2, voters: [1, 2, 3] })
  })
})
