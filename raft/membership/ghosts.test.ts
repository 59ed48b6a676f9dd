import { expect, test } from 'vitest'
import { ghostPromotionMs, ghostReason, ghostSilenceMs, mayRemoveCorrupt } from './ghosts.ts'

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
  ['a learner may always go', 9, [1, 2, 3], [1, 2], true],
  ['two voters are too few to be left alone', 3, [1, 2, 3], [1, 2, 3], false],
  ['three in contact are enough', 4, [1, 2, 3, 4], [1, 2, 3], true],
  ['two of three are not', 4, [1, 2, 3, 4], [1, 2], false],
  ['three of seven that stay are no quorum', 8, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3], false],
] as const)('R-22.1 %s', (_title, id, voters, active, expected) => {
  const isActive = (voter: number): boolean => (active as readonly number[]).includes(voter)
  expect(mayRemoveCorrupt(id, voters, isActive)).toBe(expected)
})
