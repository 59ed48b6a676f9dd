import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { quorumIndex, quorumSize, voteOutcome } from './quorum.ts'

describe('quorumSize', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('of %i is %i', (size, quorum) => {
    expect(quorumSize(Array.from({ length: size }, (_, i) => i + 1))).toBe(quorum)
  })
})

describe('voteOutcome', () => {
  test.each([
    { voters: [1], votes: {}, outcome: 'pending' },
    { voters: [1], votes: { 1: true }, outcome: 'won' },
    { voters: [1], votes: { 1: false }, outcome: 'lost' },
    { voters: [1, 2], votes: { 1: true }, outcome: 'pending' },
    { voters: [1, 2], votes: { 1: false }, outcome: 'lost' },
    { voters: [1, 2, 3], votes: { 1: true, 2: true }, outcome: 'won' },
    { voters: [1, 2, 3], votes: { 1: true, 2: false }, outcome: 'pending' },
    { voters: [1, 2, 3], votes: { 1: false, 2: false }, outcome: 'lost' },
    { voters: [1, 2, 3], votes: { 1: true, 8: true, 9: true }, outcome: 'pending' },
    { voters: [1, 2, 3, 4], votes: { 1: true, 2: true, 3: false }, outcome: 'pending' },
    { voters: [1, 2, 3, 4], votes: { 1: true, 2: false, 3: false }, outcome: 'lost' },
  ])('of $voters with $votes is $outcome', ({ voters, votes, outcome }) => {
    const map = new Map(Object.entries(votes).map(([id, vote]) => [Number(id), vote]))
    expect(voteOutcome(voters, map)).toBe(outcome)
  })
})

describe('quorumIndex', () => {
  test.each([
    { matches: [5], index: 5 },
    { matches: [5, 3], index: 3 },
    { matches: [5, 3, 4], index: 4 },
    { matches: [0, 0, 9], index: 0 },
    { matches: [9, 9, 0, 0], index: 0 },
    { matches: [1, 2, 3, 4, 5], index: 3 },
  ])('of $matches is $index', ({ matches, index }) => {
    const voters = matches.map((_, i) => i)
    expect(quorumIndex(voters, (id) => matches[id]!)).toBe(index)
  })

  test('is the largest value that a majority has reached, whatever the values', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 9 }), (matches) => {
        const voters = matches.map((_, i) => i)
        const index = quorumIndex(voters, (id) => matches[id]!)
        const reached = (value: number) => matches.filter((match) => match >= value).length
        expect(reached(index)).toBeGreaterThanOrEqual(quorumSize(voters))
        expect(reached(index + 1)).toBeLessThan(quorumSize(voters))
      }),
    )
  })
})
