// What a group does when most of its voters are gone for good: nothing. The entry that would remove
// them needs their majority, and no clock, count of tries or wish of the survivors replaces it.
import { describe, expect, test } from 'vitest'
import { Scenario } from './scenario.ts'

/** Time passes for `ids`; what they send to others is lost. */
function survive(s: Scenario, ids: readonly number[], ticks: number): void {
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const id of ids) s.tick(id)
    s.settle(...ids)
    s.drop()
  }
}

describe('R-24.1 a lost majority is not made up for', () => {
  test('of two voters one cannot remove the other, however long it waits', () => {
    const s = new Scenario({ voters: [1, 2] })
    s.elect(1)
    expect(s.proposeChange(1, [{ op: 'remove', id: 2 }])).toMatchObject({ ok: true })
    survive(s, [1], 1000)
    expect(s.raft(1).role).not.toBe('leader')
    expect(s.raft(1).configuration.voters).toEqual([1, 2])
    expect(s.proposeChange(1, [{ op: 'remove', id: 2 }])).toMatchObject({ reason: 'not-leader' })
  })

  test('when the other comes back, what was asked is done', () => {
    const s = new Scenario({ voters: [1, 2], seed: 'back' })
    s.elect(1)
    s.proposeChange(1, [{ op: 'remove', id: 2 }])
    survive(s, [1], 200)
    survive(s, [1, 2], 200)
    expect(s.raft(1).role).toBe('leader')
    expect(s.raft(1).configuration.voters).toEqual([1])
    s.propose(1, 'alone')
    s.settle(1)
    expect(s.appliedTexts(1)).toEqual(['alone'])
  })

  test('two of five survivors elect nobody, commit nothing and keep their members', () => {
    const s = new Scenario({ voters: [1, 2, 3, 4, 5], seed: 'lost' })
    s.elect(1)
    s.propose(1, 'kept')
    s.settle()
    const { commit } = s.raft(1)
    s.propose(1, 'lost')
    survive(s, [1, 2], 1000)
    for (const id of [1, 2]) {
      expect(s.raft(id).role).not.toBe('leader')
      expect(s.raft(id).commit).toBe(commit)
      expect(s.raft(id).configuration.voters).toEqual([1, 2, 3, 4, 5])
      expect(s.appliedTexts(id)).toEqual(['kept'])
    }
  })
})
