import { expect, test } from 'vitest'
import { initialConfiguration } from '../core/configuration.ts'
import { ghostPromotionMs, ghostReason, ghostSilenceMs, mayStopCorrupt } from './ghosts.ts'

test.each([
  ['a learner that loads stays', false, ghostPromotionMs - 1, 0, undefined],
  ['J08 one that is no voter in time goes', false, ghostPromotionMs, 0, 'not-promoted'],
  ['one that is meant to stay a learner stays', true, 10 * ghostPromotionMs, 0, undefined],
  ['a short silence is borne', false, 0, ghostSilenceMs - 1, undefined],
  ['J08 a long one is not', false, 0, ghostSilenceMs, 'silent'],
  ['whatever it was meant to be', true, 0, ghostSilenceMs, 'silent'],
] as const)('%s', (_title, isStanding, waitingMs, silentMs, reason) => {
  expect(ghostReason({ isStanding, waitingMs, silentMs })).toBe(reason)
})

test.each([
  ['a learner, while the voters are there', 9, [1, 2, 3], [1, 2], true],
  ['one of three, while the others are there', 3, [1, 2, 3], [1, 2, 3], true],
  ['not with one more away', 3, [1, 2, 3], [1, 3], false],
  ['not one of two', 2, [1, 2], [1, 2], false],
] as const)('R-22.1 who differs is told to stop: %s', (_title, id, voters, active, expected) => {
  const isActive = (voter: number): boolean => (active as readonly number[]).includes(voter)
  const configuration = initialConfiguration({ voters: [...voters], learners: [9] })
  expect(mayStopCorrupt(id, configuration, isActive)).toBe(expected)
})
