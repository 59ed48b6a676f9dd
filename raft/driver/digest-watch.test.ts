import { expect, test } from 'vitest'
import { initialConfiguration } from '../core/configuration.ts'
import { DigestWatch } from './digest-watch.ts'
import { digestIndexesMax } from './limits.ts'

const mark = (index: number, byte: number) => ({ index, digest: new Uint8Array(16).fill(byte) })
const five = initialConfiguration({ voters: [1, 2, 3, 4, 5], learners: [6] })

test('R-22.1 nobody is judged before a majority of the voters agrees', () => {
  const watch = new DigestWatch()
  expect(watch.report(1, mark(8, 1), five)).toBeUndefined()
  expect(watch.report(2, mark(8, 2), five)).toBeUndefined()
  // A learner has no vote.
  expect(watch.report(6, mark(8, 1), five)).toBeUndefined()
  expect(watch.report(3, mark(8, 1), five)).toBeUndefined()
  expect(watch.report(4, mark(8, 1), five)).toEqual({ index: 8, outvoted: [2], hasMajority: true })
})

test('each outvoted member is told once, late ones when they show', () => {
  const watch = new DigestWatch()
  for (const id of [1, 2, 3]) expect(watch.report(id, mark(8, 1), five)).toBeUndefined()
  expect(watch.report(6, mark(8, 3), five)).toMatchObject({ outvoted: [6] })
  expect(watch.report(4, mark(8, 2), five)).toMatchObject({ outvoted: [4] })
  expect(watch.report(4, mark(8, 2), five)).toBeUndefined()
  expect(watch.report(5, mark(8, 1), five)).toBeUndefined()
})

test('a split without a majority is told once all voters have reported', () => {
  const watch = new DigestWatch()
  const split = [1, 1, 2, 2, 3].map((byte, i) => watch.report(i + 1, mark(8, byte), five))
  expect(split.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined])
  expect(split[4]).toEqual({ index: 8, outvoted: [], hasMajority: false })
  expect(watch.report(6, mark(8, 9), five)).toBeUndefined()
})

test('no mark yet is no mark; a new leader starts from nothing', () => {
  const watch = new DigestWatch()
  expect(watch.report(1, { index: 0, digest: new Uint8Array(0) }, five)).toBeUndefined()
  for (const id of [1, 2, 3]) watch.report(id, mark(8, 1), five)
  watch.reset()
  expect(watch.report(4, mark(8, 2), five)).toBeUndefined()
})

test('only the newest digestIndexesMax indexes are compared', () => {
  const watch = new DigestWatch()
  for (const id of [1, 2, 3]) watch.report(id, mark(1, 1), five)
  for (let index = 2; index <= digestIndexesMax + 1; index += 1)
    watch.report(1, mark(index, 1), five)
  expect(watch.report(4, mark(1, 2), five)).toBeUndefined()
  expect(watch.report(2, mark(2, 1), five)).toBeUndefined()
  expect(watch.report(3, mark(2, 1), five)).toBeUndefined()
  expect(watch.report(4, mark(2, 2), five)).toMatchObject({ index: 2, outvoted: [4] })
})

test('in a joint configuration a majority of either half has to agree', () => {
  const joint = { ...five, voters: [1, 2, 3], votersOutgoing: [3, 4, 5], learners: [6] }
  const watch = new DigestWatch()
  for (const id of [1, 2, 3]) expect(watch.report(id, mark(8, 1), joint)).toBeUndefined()
  expect(watch.report(4, mark(8, 2), joint)).toBeUndefined()
  expect(watch.report(5, mark(8, 1), joint)).toMatchObject({ outvoted: [4], hasMajority: true })
  // Majorities of the halves that do not agree with each other are none.
  for (const id of [1, 2]) expect(watch.report(id, mark(9, 1), joint)).toBeUndefined()
  for (const id of [4, 5]) expect(watch.report(id, mark(9, 2), joint)).toBeUndefined()
  expect(watch.report(3, mark(9, 3), joint)).toEqual({
    index: 9,
    outvoted: [],
    hasMajority: false,
  })
})
