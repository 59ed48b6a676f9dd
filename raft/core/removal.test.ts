import { describe, expect, test } from 'vitest'
import { initialConfiguration } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { RemovedNotice } from './message.ts'
import { Removal } from './removal.ts'

function notice(from: number, configurationId = 9): RemovedNotice {
  return { type: 'removed', from, to: 4, term: 7, configurationId }
}

const four = initialConfiguration({ voters: [1, 2, 3, 4], learners: [5] })

/** What 4 believes after it has applied its own removal. */
const without4: Configuration = { ...four, id: 9, voters: [1, 2, 3] }

/** Is 4 out after these notices, in this order, when it followed `lastLeader`? */
function isOut(
  configuration: Configuration,
  notices: readonly RemovedNotice[],
  lastLeader = 0,
): boolean {
  const removal = new Removal(4)
  for (const each of notices) removal.note(each, configuration, lastLeader)
  return removal.isFinal
}

describe('R-11.9 a replica that did not see its own removal', () => {
  test.each<[string, boolean, readonly RemovedNotice[], number]>([
    ['one member is not believed', false, [notice(1)], 0],
    ['nor the same one twice', false, [notice(1), notice(1)], 0],
    ['two members are', true, [notice(1), notice(2)], 0],
    ['a learner is a member too', true, [notice(5), notice(2)], 0],
    ['the last leader is enough', true, [notice(1)], 1],
    ['strangers count for nothing', false, [notice(8), notice(9), notice(1)], 9],
  ])('%s', (_what, expected, notices, lastLeader) => {
    expect(isOut(four, notices, lastLeader)).toBe(expected)
  })

  test('where all others who vote are fewer than two, all of them are enough', () => {
    const pair = initialConfiguration({ voters: [2, 4], learners: [5] })
    expect(isOut(pair, [notice(5)])).toBe(false)
    expect(isOut(pair, [notice(2)])).toBe(true)
    const learner = initialConfiguration({ voters: [1], learners: [4] })
    expect(isOut(learner, [notice(1)])).toBe(true)
    const halves: Configuration = { ...pair, id: 3, voters: [2], votersOutgoing: [4] }
    expect(isOut(halves, [notice(2)])).toBe(true)
  })

  test('the word of one that is no member any more does not count', () => {
    const removal = new Removal(4)
    removal.note(notice(2), four, 0)
    const without2: Configuration = { ...four, id: 8, voters: [1, 3, 4] }
    removal.note(notice(1), without2, 0)
    expect(removal.isFinal).toBe(false)
    removal.note(notice(3), without2, 0)
    expect(removal.isFinal).toBe(true)
  })

  test('a sender that is no member is reported as unknown', () => {
    const removal = new Removal(4)
    expect(removal.note(notice(6), four, 0)).toBe(false)
    expect(removal.note(notice(1), four, 0)).toBe(true)
  })
})

describe('R-11.9 a replica that applied its own removal stays until the others know too', () => {
  test.each<[string, boolean, readonly RemovedNotice[], number]>([
    ['the leader alone is not enough', false, [notice(1)], 1],
    ['a quorum is', true, [notice(1), notice(3)], 0],
    ['a learner does not count for it', false, [notice(5), notice(3)], 0],
    ['a later change is: it is stored only where this one is known', true, [notice(1, 12)], 0],
  ])('%s', (_what, expected, notices, lastLeader) => {
    expect(isOut(without4, notices, lastLeader)).toBe(expected)
  })

  test('in a joint configuration both halves have to know', () => {
    const joint: Configuration = { ...without4, voters: [1, 2, 3], votersOutgoing: [1, 6, 7] }
    const wide = { ...joint, highestId: 7 }
    expect(isOut(wide, [notice(2), notice(3)])).toBe(false)
    expect(isOut(wide, [notice(2), notice(3), notice(6), notice(7)])).toBe(true)
  })
})
