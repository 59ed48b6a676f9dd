// Who the members are. Replicas learn it from the replicated state, never from flags.
import { assert } from '../../base/index.ts'

/** Members by replicaId. Voters decide; learners receive the log and are not counted. */
export interface Configuration {
  readonly voters: readonly number[]
  readonly learners: readonly number[]
}

/** Most members one group has, voters and learners together. */
export const membersMax = 64

/** Fails an assertion unless ids are replicaIds, at least one votes, and nobody appears twice. */
export function assertConfiguration(configuration: Configuration): void {
  const members = [...configuration.voters, ...configuration.learners]
  assert(configuration.voters.length >= 1, 'a configuration has at least one voter')
  assert(members.length <= membersMax, 'a configuration has at most membersMax members')
  assert(new Set(members).size === members.length, 'a member appears once in a configuration')
  for (const id of members) assert(Number.isSafeInteger(id) && id >= 1, 'a replicaId is positive')
}
