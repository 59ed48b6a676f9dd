import fc from 'fast-check'
import { expect, test } from 'vitest'
import { initialConfiguration } from '../core/configuration.ts'
import { hasQuorum } from '../core/quorum.ts'
import type { Configuration } from '../core/configuration.ts'
import { faultTolerance } from './fault-tolerance.ts'

const among =
  (...ids: number[]) =>
  (id: number): boolean =>
    ids.includes(id)

test.each([
  { voters: [1], active: [1], quorum: 1, canLose: 0 },
  { voters: [1, 2], active: [1, 2], quorum: 2, canLose: 0 },
  { voters: [1, 2, 3], active: [1, 2, 3], quorum: 2, canLose: 1 },
  { voters: [1, 2, 3], active: [1, 2], quorum: 2, canLose: 0 },
  { voters: [1, 2, 3], active: [1], quorum: 2, canLose: 0 },
  { voters: [1, 2, 3, 4], active: [1, 2, 3, 4], quorum: 3, canLose: 1 },
  { voters: [1, 2, 3, 4, 5], active: [1, 2, 3, 4, 5], quorum: 3, canLose: 2 },
  { voters: [1, 2, 3, 4, 5], active: [1, 2, 3, 4], quorum: 3, canLose: 1 },
])('$active of $voters can lose $canLose', ({ voters, active, quorum, canLose }) => {
  const tolerance = faultTolerance(initialConfiguration({ voters }), among(...active))
  expect(tolerance).toEqual({ voters: voters.length, quorum, active: active.length, canLose })
})

test('learners do not count', () => {
  const configuration = initialConfiguration({ voters: [1, 2, 3], learners: [4, 5] })
  const tolerance = faultTolerance(configuration, among(1, 2, 4, 5))
  expect(tolerance).toEqual({ voters: 3, quorum: 2, active: 2, canLose: 0 })
})

const joint = (voters: readonly number[], votersOutgoing: readonly number[]): Configuration => ({
  ...initialConfiguration({ voters }),
  votersOutgoing,
  autoLeave: true,
  highestId: 9,
})

test.each([
  { incoming: [1, 2, 4], outgoing: [1, 2, 3], active: [1, 2, 4], worse: 'outgoing', canLose: 0 },
  { incoming: [1, 2, 4], outgoing: [1, 2, 3], active: [1, 2, 3], worse: 'incoming', canLose: 0 },
  { incoming: [1, 2, 4], outgoing: [1, 2, 3], active: [1, 2, 3, 4], worse: 'same', canLose: 1 },
  { incoming: [1, 2, 3, 4, 5], outgoing: [1, 2, 3], active: [1, 2, 3], worse: 'both', canLose: 0 },
  { incoming: [4], outgoing: [1, 2, 3], active: [1, 4], worse: 'outgoing', canLose: 0 },
])('of a joint one the worse half counts: $worse', ({ incoming, outgoing, active, canLose }) => {
  const tolerance = faultTolerance(joint(incoming, outgoing), among(...active))
  expect(tolerance.canLose).toBe(canLose)
})

test('a half without a quorum is the worse one although neither can lose any', () => {
  const tolerance = faultTolerance(joint([1, 2, 4], [1, 3, 5]), among(1, 2))
  expect(tolerance).toEqual({ voters: 3, quorum: 2, active: 1, canLose: 0 })
})

test('any `canLose` active voters may fail, and of some set one more may not', () => {
  const voters = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1 })
  const lists = fc.record({
    incoming: voters,
    outgoing: fc.oneof(fc.constant([]), voters),
    active: fc.uniqueArray(fc.integer({ min: 1, max: 9 })),
  })
  fc.assert(
    fc.property(lists, ({ incoming, outgoing, active }) => {
      const configuration = joint(incoming.toSorted(), outgoing.toSorted())
      const { canLose } = faultTolerance(configuration, among(...active))
      if (!hasQuorum(configuration, among(...active))) {
        expect(canLose).toBe(0)
        return
      }
      const survives = (lost: readonly number[]): boolean =>
        hasQuorum(configuration, (id) => active.includes(id) && !lost.includes(id))
      const everyone = [...new Set([...incoming, ...outgoing])].filter((id) => active.includes(id))
      const sets = subsets(everyone)
      expect(sets.filter((lost) => lost.length <= canLose).every(survives)).toBe(true)
      expect(sets.filter((lost) => lost.length === canLose + 1).every(survives)).toBe(false)
    }),
  )
})

function subsets(ids: readonly number[]): number[][] {
  return ids.reduce<number[][]>((all, id) => [...all, ...all.map((set) => [...set, id])], [[]])
}
