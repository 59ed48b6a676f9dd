import { describe, expect, test } from 'vitest'
import {
  assertConfiguration,
  configurationFlaw,
  initialConfiguration,
  isJoint,
  isMember,
  isRemoved,
  isVoter,
  membersMax,
  membersOf,
} from './configuration.ts'
import type { Configuration } from './configuration.ts'

const joint: Configuration = {
  id: 9,
  voters: [1, 2, 6],
  votersOutgoing: [1, 2, 3],
  learners: [5],
  learnersNext: [3],
  autoLeave: true,
  highestId: 7,
}

test('a first configuration is simple, sorted, and knows the largest id given out', () => {
  expect(initialConfiguration({ voters: [3, 1, 10], learners: [20, 4] })).toEqual({
    id: 0,
    voters: [1, 3, 10],
    votersOutgoing: [],
    learners: [4, 20],
    learnersNext: [],
    autoLeave: false,
    highestId: 20,
  })
})

test('members are counted once, voters of either half vote', () => {
  expect(isJoint(joint)).toBe(true)
  expect(membersOf(joint)).toEqual([1, 2, 3, 5, 6])
  expect([1, 3, 6, 5, 4].map((id) => isVoter(joint, id))).toEqual([true, true, true, false, false])
  expect([1, 3, 6, 5, 4].map((id) => isMember(joint, id))).toEqual([true, true, true, true, false])
})

test('R-11.9 R-11.10 every id up to the highest that is no member was removed, above is unknown', () => {
  const ids = Array.from({ length: 9 }, (_, i) => i + 1)
  expect(ids.filter((id) => isRemoved(joint, id))).toEqual([4, 7])
})

describe('configurationFlaw', () => {
  test('finds nothing wrong with a sound one', () => {
    expect(configurationFlaw(joint)).toBeUndefined()
    expect(configurationFlaw(initialConfiguration({ voters: [1] }))).toBeUndefined()
    const most = Array.from({ length: membersMax }, (_, i) => i + 1)
    expect(configurationFlaw(initialConfiguration({ voters: most }))).toBeUndefined()
  })

  test.each([
    ['no voter', { voters: [], learnersNext: [] }, 'at least one voter'],
    ['ids that fall', { votersOutgoing: [2, 1, 3] }, 'ids rise'],
    ['a learner twice', { learners: [5, 5] }, 'once in a list'],
    ['a learner that votes', { learners: [6] }, 'does not vote'],
    ['a learner of the outgoing voters', { learners: [3] }, 'does not vote'],
    ['a waiting learner that keeps voting', { learnersNext: [1] }, 'waits'],
    ['a waiting learner that did not vote', { learnersNext: [5] }, 'waits'],
    ['an end to what is not joint', { votersOutgoing: [], learnersNext: [] }, 'only a joint'],
    ['replica 0', { learners: [0] }, 'positive'],
    ['half a replica', { learners: [5.5] }, 'positive'],
    ['a member above the highest id', { highestId: 5 }, 'highestId'],
    [
      'too many members over both halves',
      {
        voters: Array.from({ length: membersMax }, (_, i) => i + 1),
        votersOutgoing: [1, membersMax + 1],
        learners: [],
        learnersNext: [],
        highestId: membersMax + 1,
      },
      'membersMax',
    ],
  ])('finds %s', (_what, change, words) => {
    const configuration = { ...joint, ...change }
    expect(configurationFlaw(configuration)).toContain(words)
    expect(() => assertConfiguration(configuration)).toThrow(words)
  })
})
