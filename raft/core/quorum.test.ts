// The four quorum tables of reference/raft.md 7.3 (T7 `majority_commit`, `majority_vote`,
// `joint_commit`, `joint_vote`), and every answer against counting by hand over all subsets.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Configuration } from './configuration.ts'
import { initialConfiguration } from './configuration.ts'
import {
  hasQuorum,
  majorityIndex,
  majorityOutcome,
  quorumIndex,
  quorumSize,
  voteOutcome,
} from './quorum.ts'
import type { VoteOutcome } from './quorum.ts'

function joint(voters: readonly number[], votersOutgoing: readonly number[]): Configuration {
  return {
    ...initialConfiguration({ voters: [...voters, ...votersOutgoing] }),
    voters,
    votersOutgoing,
  }
}

function simple(voters: readonly number[]): Configuration {
  return joint(voters, [])
}

/** `y` granted, `n` refused, `_` silent: one letter for each of the ids 1, 2, 3, … */
function votesOf(letters: string): Map<number, boolean> {
  const votes = new Map<number, boolean>()
  for (const [i, letter] of [...letters].entries()) {
    if (letter !== '_') votes.set(i + 1, letter === 'y')
  }
  return votes
}

/** The index each of the ids 1, 2, 3, … has reached; ids beyond are unheard of. */
function reachedOf(indexes: readonly number[]): (id: number) => number {
  return (id) => indexes[id - 1] ?? 0
}

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

describe('majority_commit: the largest index a majority has reached', () => {
  test('nobody has to reach anything in an empty half', () => {
    expect(majorityIndex([], () => 0)).toBe(Infinity)
  })

  test.each([
    { reached: [0], index: 0 },
    { reached: [12], index: 12 },
    { reached: [12, 0], index: 0 },
    { reached: [12, 5], index: 5 },
    { reached: [12, 0, 0], index: 0 },
    { reached: [12, 5, 0], index: 5 },
    { reached: [12, 5, 6], index: 6 },
    { reached: [7, 7, 7], index: 7 },
    { reached: [0, 0, 9], index: 0 },
    { reached: [9, 9, 0, 0], index: 0 },
    { reached: [9, 8, 7, 0], index: 7 },
    { reached: [101, 104, 103, 103], index: 103 },
    { reached: [1, 2, 3, 4, 5], index: 3 },
    { reached: [0, 101, 101, 103, 104], index: 101 },
  ])('$reached: $index', ({ reached, index }) => {
    const voters = reached.map((_, i) => i + 1)
    expect(majorityIndex(voters, reachedOf(reached))).toBe(index)
    expect(quorumIndex(simple(voters), reachedOf(reached))).toBe(index)
  })

  test('an index of somebody who does not vote is not counted', () => {
    expect(quorumIndex(simple([1, 2, 3]), reachedOf([4, 0, 0, 4, 4]))).toBe(0)
  })
})

describe('majority_vote: who wins among one set of voters', () => {
  test('an empty half is won by nobody voting', () => {
    expect(majorityOutcome([], new Map())).toBe('won')
  })

  test.each([
    ['_', 'pending'],
    ['y', 'won'],
    ['n', 'lost'],
    ['__', 'pending'],
    ['y_', 'pending'],
    ['n_', 'lost'],
    ['yn', 'lost'],
    ['yy', 'won'],
    ['___', 'pending'],
    ['y__', 'pending'],
    ['n__', 'pending'],
    ['yn_', 'pending'],
    ['yy_', 'won'],
    ['nn_', 'lost'],
    ['nny', 'lost'],
    ['yny', 'won'],
    ['yy__', 'pending'],
    ['yyn_', 'pending'],
    ['nn__', 'lost'],
    ['yyy_', 'won'],
    ['yynn', 'lost'],
    ['yynn_', 'pending'],
    ['yyynn', 'won'],
    ['nnn__', 'lost'],
  ] as const)('%s is %s', (letters, outcome) => {
    const voters = [...letters].map((_, i) => i + 1)
    expect(majorityOutcome(voters, votesOf(letters))).toBe(outcome)
    expect(voteOutcome(simple(voters), votesOf(letters))).toBe(outcome)
  })

  test('a vote of somebody who does not vote is not counted', () => {
    expect(voteOutcome(simple([1, 2, 3]), votesOf('y__yy'))).toBe('pending')
  })
})

describe('joint_commit: the smaller of both halves (R-5.1)', () => {
  test.each([
    { voters: [1, 2, 3], outgoing: [3, 4, 5], reached: [9, 9, 0, 9, 0], index: 0 },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], reached: [9, 8, 7, 6, 5], index: 6 },
    { voters: [1, 2, 3], outgoing: [1, 2, 3], reached: [9, 8, 7], index: 8 },
    { voters: [1, 2, 3], outgoing: [4], reached: [9, 9, 9, 2], index: 2 },
    { voters: [4], outgoing: [1, 2, 3], reached: [9, 9, 9, 2], index: 2 },
    { voters: [1, 2, 3, 4], outgoing: [1], reached: [5, 9, 9, 9], index: 5 },
    { voters: [1, 2], outgoing: [3, 4], reached: [5, 6, 7, 3], index: 3 },
    { voters: [2, 3, 4], outgoing: [1, 2, 3], reached: [9, 5, 0, 5], index: 5 },
    { voters: [2, 3, 4], outgoing: [1, 2, 3], reached: [9, 0, 0, 5], index: 0 },
  ])('$voters and $outgoing with $reached: $index', ({ voters, outgoing, reached, index }) => {
    expect(quorumIndex(joint(voters, outgoing), reachedOf(reached))).toBe(index)
  })
})

describe('joint_vote: both halves have to agree', () => {
  test.each([
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: '_____', outcome: 'pending' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: 'yy___', outcome: 'pending' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: 'yyyy_', outcome: 'won' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: '__yyy', outcome: 'pending' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: 'nn___', outcome: 'lost' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: 'yy_nn', outcome: 'lost' },
    { voters: [1, 2, 3], outgoing: [3, 4, 5], letters: '__n__', outcome: 'pending' },
    { voters: [1], outgoing: [2], letters: 'y_', outcome: 'pending' },
    { voters: [1], outgoing: [2], letters: 'yy', outcome: 'won' },
    { voters: [1], outgoing: [2], letters: '_n', outcome: 'lost' },
    { voters: [2, 3, 4], outgoing: [1, 2, 3], letters: '_yy_', outcome: 'won' },
    { voters: [2, 3, 4], outgoing: [1, 2, 3], letters: 'yn_y', outcome: 'pending' },
    { voters: [1, 2], outgoing: [1, 2, 3], letters: 'y_y', outcome: 'pending' },
  ] as const)('$voters and $outgoing with $letters is $outcome', (row) => {
    expect(voteOutcome(joint(row.voters, row.outgoing), votesOf(row.letters))).toBe(row.outcome)
  })
})

describe('hasQuorum', () => {
  test.each([
    { voters: [1], outgoing: [], active: [1], holds: true },
    { voters: [1, 2], outgoing: [], active: [1], holds: false },
    { voters: [1, 2, 3], outgoing: [], active: [1, 3, 4], holds: true },
    { voters: [1, 2, 3], outgoing: [], active: [1, 4, 5], holds: false },
    { voters: [1, 2, 4], outgoing: [1, 2, 3], active: [1, 4], holds: false },
    { voters: [1, 2, 4], outgoing: [1, 2, 3], active: [1, 2], holds: true },
    { voters: [4, 5, 6], outgoing: [1, 2, 3], active: [4, 5, 6, 1], holds: false },
  ])('$voters and $outgoing with $active: $holds', ({ voters, outgoing, active, holds }) => {
    expect(hasQuorum(joint(voters, outgoing), (id) => active.includes(id))).toBe(holds)
  })
})

// --- counting by hand ---

/** Every way to choose some of `ids`. */
function subsetsOf(ids: readonly number[]): number[][] {
  return ids.reduce<number[][]>((sets, id) => [...sets, ...sets.map((set) => [...set, id])], [[]])
}

/** Is `chosen` more than half of each half? Multiplication instead of quorumSize. */
function outvotes({ voters, votersOutgoing }: Configuration, chosen: readonly number[]): boolean {
  return [voters, votersOutgoing]
    .filter((half) => half.length > 0)
    .every((half) => 2 * half.filter((id) => chosen.includes(id)).length > half.length)
}

const ids = Array.from({ length: 7 }, (_, i) => i + 1)
const someVoters = fc.subarray(ids, { minLength: 1, maxLength: 5 })
const configurations = fc
  .tuple(someVoters, fc.oneof(fc.constant<number[]>([]), someVoters))
  .map(([voters, outgoing]) => joint(voters, outgoing))

describe('against every subset of the replicas', () => {
  test('quorumIndex is the best minimum that some quorum offers', () => {
    const indexes = fc.array(fc.nat(12), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(configurations, indexes, (configuration, reached) => {
        const valueOf = reachedOf(reached)
        const offers = subsetsOf(ids)
          .filter((subset) => outvotes(configuration, subset))
          .map((subset) => Math.min(...subset.map(valueOf)))
        expect(quorumIndex(configuration, valueOf)).toBe(Math.max(...offers))
      }),
    )
  })

  test('voteOutcome is what every way to complete the votes comes to', () => {
    const answers = fc.array(fc.constantFrom('y', 'n', '_'), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(configurations, answers, (configuration, letters) => {
        const granted = ids.filter((id) => letters[id - 1] === 'y')
        const silent = ids.filter((id) => letters[id - 1] === '_')
        const wins = subsetsOf(silent).map((more) => outvotes(configuration, [...granted, ...more]))
        let outcome: VoteOutcome = 'pending'
        if (outvotes(configuration, granted)) outcome = 'won'
        else if (!wins.includes(true)) outcome = 'lost'
        expect(voteOutcome(configuration, votesOf(letters.join('')))).toBe(outcome)
      }),
    )
  })

  test('hasQuorum is more than half of each half', () => {
    fc.assert(
      fc.property(configurations, fc.subarray(ids), (configuration, active) => {
        const holds = hasQuorum(configuration, (id) => active.includes(id))
        expect(holds).toBe(outvotes(configuration, active))
      }),
    )
  })
})
