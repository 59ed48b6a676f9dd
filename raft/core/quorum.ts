// Majorities. Everything that asks "is that enough?" comes here, so that a joint configuration is
// answered by both of its halves everywhere: commit, votes, reads, check-quorum.
import type { Configuration } from './configuration.ts'

/** Where an election stands. */
export type VoteOutcome = 'won' | 'lost' | 'pending'

/** Smallest number of `voters` that is a majority. */
export function quorumSize(voters: readonly number[]): number {
  return Math.floor(voters.length / 2) + 1
}

/** Largest value that a majority of `voters` has reached; Infinity when nobody has to. */
export function majorityIndex(voters: readonly number[], valueOf: (id: number) => number): number {
  if (voters.length === 0) return Infinity
  const values = voters.map(valueOf).sort((a, b) => b - a)
  return values[quorumSize(voters) - 1] ?? 0
}

/** Largest value that a quorum has reached: in a joint configuration, one of either half. */
export function quorumIndex(configuration: Configuration, valueOf: (id: number) => number): number {
  return Math.min(
    majorityIndex(configuration.voters, valueOf),
    majorityIndex(configuration.votersOutgoing, valueOf),
  )
}

/** Result of an election among `voters` alone, given the answers so far (true = granted). */
export function majorityOutcome(
  voters: readonly number[],
  votes: ReadonlyMap<number, boolean>,
): VoteOutcome {
  if (voters.length === 0) return 'won'
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

/** Result of an election: won when both halves are, lost as soon as one is. */
export function voteOutcome(
  configuration: Configuration,
  votes: ReadonlyMap<number, boolean>,
): VoteOutcome {
  const incoming = majorityOutcome(configuration.voters, votes)
  const outgoing = majorityOutcome(configuration.votersOutgoing, votes)
  if (incoming === 'lost' || outgoing === 'lost') return 'lost'
  return incoming === 'won' && outgoing === 'won' ? 'won' : 'pending'
}

/** Do the voters for which `isActive` holds form a quorum, in both halves of a joint one? */
export function hasQuorum(
  configuration: Configuration,
  isActive: (id: number) => boolean,
): boolean {
  const { voters, votersOutgoing } = configuration
  return isMajority(voters, isActive) && isMajority(votersOutgoing, isActive)
}

function isMajority(voters: readonly number[], isActive: (id: number) => boolean): boolean {
  return voters.length === 0 || voters.filter(isActive).length >= quorumSize(voters)
}
