// B14: a group must not stay in a joint configuration, wherever its leader dies. So a change that
// goes through one is played step by step, a step being one write, one apply, one hand-out of work
// or one delivery; and at every step the leader crashes, comes back or stays away.
import { describe, expect, test } from 'vitest'
import type { MemberOperation } from '../core/configuration-change.ts'
import { isJoint, isMember } from '../core/configuration.ts'
import { Scenario } from './scenario.ts'

const ids = [1, 2, 3, 4]

function started(operations: readonly MemberOperation[]): Scenario {
  const s = new Scenario({ voters: [1, 2, 3], learners: [4], seed: 'joint-phases' })
  s.elect(1)
  s.propose(1, 'before')
  s.settle()
  expect(s.proposeChange(1, operations)).toMatchObject({ ok: true })
  return s
}

/** The steps of one round, each to be cut off at. */
function* round(s: Scenario): Generator<void> {
  for (const id of ids) {
    yield s.processReady(id)
    yield s.processAppend(id)
    yield s.processApply(id)
    s.deliver({ to: id })
    yield
  }
}

/** Plays `steps` steps; false when the change was over before. */
function play(s: Scenario, steps: number): boolean {
  let left = steps
  while (!isOver(s)) {
    for (const _ of round(s)) {
      if (left === 0) return true
      left -= 1
    }
  }
  return false
}

function isOver(s: Scenario): boolean {
  return ids.every((id) => {
    const { configuration } = s.raft(id)
    return configuration.id > 0 && !isJoint(configuration)
  })
}

function survive(s: Scenario, alive: readonly number[], ticks: number): void {
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const id of alive) s.tick(id)
    s.settle(...alive)
    for (const id of ids) if (!alive.includes(id)) s.drop({ to: id })
  }
}

const changes: readonly (readonly [string, readonly MemberOperation[], readonly number[]])[] = [
  [
    'replaces a follower',
    [
      { op: 'promote', id: 4 },
      { op: 'remove', id: 3 },
    ],
    [1, 2, 4],
  ],
  [
    'replaces the leader',
    [
      { op: 'promote', id: 4 },
      { op: 'remove', id: 1 },
    ],
    [2, 3, 4],
  ],
  [
    'turns voter and learner around',
    [
      { op: 'promote', id: 4 },
      { op: 'demote', id: 1 },
    ],
    [2, 3, 4],
  ],
]

describe('B14 B21 R-11.8 a leader that dies anywhere in a joint change leaves none behind', () => {
  test.each(changes)('one that %s', (_what, operations, votersAfter) => {
    let steps = 0
    const outcomes = new Set<string>()
    for (; ; steps += 1) {
      const probe = started(operations)
      if (!play(probe, steps)) break
      for (const isBack of [true, false]) {
        const s = started(operations)
        play(s, steps)
        const leader = ids.find((id) => s.raft(id).role === 'leader') ?? 1
        s.drop({ from: leader })
        s.replica(leader).restart()
        const alive = isBack ? ids : ids.filter((id) => id !== leader)
        survive(s, alive, 120)

        const now = ids.find((id) => s.raft(id).role === 'leader')
        expect(now, `a leader after step ${steps}`).toBeDefined()
        const { configuration } = s.raft(now!)
        expect(isJoint(configuration), `joint after step ${steps}`).toBe(false)
        outcomes.add(configuration.voters.join(' '))
        s.propose(now!, 'after')
        survive(s, alive, 10)
        for (const id of ids) {
          if (!isMember(configuration, id) || !alive.includes(id)) continue
          expect(s.raft(id).configuration).toEqual(configuration)
          expect(s.appliedTexts(id)).toEqual(['before', 'after'])
          // A second leave would be in the log and refused.
          expect(s.replica(id).changes.every(({ ok }) => ok)).toBe(true)
        }
      }
    }
    expect(steps).toBeGreaterThan(30)
    // The change is made as a whole or, when it died with its proposer, not at all.
    expect([...outcomes].sort()).toEqual(['1 2 3', votersAfter.join(' ')].sort())
  })
})
