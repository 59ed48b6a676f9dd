// Majorities, apart from everything else so that joint configurations can be added here.

/** Where an election stands. */
export type VoteOutcome = 'won' | 'lost' | 'pending'

/** Smallest number of `voters` that is a majority. */
export function quorumSize(voters: readonly number[]): number {
  return Math.floor(voters.length / 2) + 1
}

/** Result of an election among `voters`, given the answers so far (true = granted). */
export function voteOutcome(
  voters: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteOutcome {
  let granted = 0
  let missing = 0
  for (const id of voters) {
    const vote = votes.get(id)
    if (vote === undefined) missing += 1
    else if (vote) granted += 1
  }
  const needed = quorumSize(voters)
  if (granted >= needed) return 'won'
  return granted + missing >= needed ? 'pending' : 'lost'
}

/** Largest value that a majority of `voters` has reached. */
export function quorumIndex(voters: readonly number[], valueOf: (id: number) => number): number {
  const values = voters.map(valueOf).sort((a, b) => b - a)
  return values[quorumSize(voters) - 1] ?? 0
}
