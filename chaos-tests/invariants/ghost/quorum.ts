// Majorities, counted anew: the checks must not share the product's arithmetic.
import type { Configuration } from '../../../raft/index.ts'

/** Is more than half of `voters` in the set? Nobody is no majority of nobody. */
function isMajority(voters: readonly number[], has: (id: number) => boolean): boolean {
  return voters.filter((id) => has(id)).length * 2 > voters.length
}

/** Do those for whom `has` holds decide: a majority of the voters, of both halves in joint? */
export function isQuorum(configuration: Configuration, has: (id: number) => boolean): boolean {
  const { voters, votersOutgoing } = configuration
  if (!isMajority(voters, has)) return false
  return votersOutgoing.length === 0 || isMajority(votersOutgoing, has)
}

/** Two sets of voters without a common member, one of which decides in `a`, the other in `b`. */
export function disjointQuorums(
  a: Configuration,
  b: Configuration,
): { readonly a: readonly number[]; readonly b: readonly number[] } | undefined {
  const ids = [
    ...new Set([...a.voters, ...a.votersOutgoing, ...b.voters, ...b.votersOutgoing]),
  ].sort((x, y) => x - y)
  for (let mask = 0; mask < 1 << ids.length; mask += 1) {
    const has = (id: number): boolean => (mask & (1 << ids.indexOf(id))) !== 0
    if (isQuorum(a, has) && isQuorum(b, (id) => !has(id))) {
      return { a: ids.filter(has), b: ids.filter((id) => !has(id)) }
    }
  }
  return undefined
}

/** For messages. */
export function describeConfiguration(configuration: Configuration): string {
  const { id, voters, votersOutgoing, learners } = configuration
  const outgoing = votersOutgoing.length > 0 ? ` outgoing ${votersOutgoing.join(',')}` : ''
  const learning = learners.length > 0 ? ` learners ${learners.join(',')}` : ''
  return `configuration ${id}: voters ${voters.join(',')}${outgoing}${learning}`
}

/** Do they name the same members in the same parts? */
export function sameConfiguration(a: Configuration, b: Configuration): boolean {
  const same = (x: readonly number[], y: readonly number[]): boolean =>
    x.length === y.length && x.every((id, n) => id === y[n])
  return (
    a.id === b.id &&
    a.autoLeave === b.autoLeave &&
    a.highestId === b.highestId &&
    same(a.voters, b.voters) &&
    same(a.votersOutgoing, b.votersOutgoing) &&
    same(a.learners, b.learners) &&
    same(a.learnersNext, b.learnersNext)
  )
}
