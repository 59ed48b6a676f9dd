// Who the members are. Replicas learn it from the replicated state, never from flags.
import { assert } from '../../base/index.ts'

/**
 * Members by replicaId, every list rising. Voters decide; learners receive the log and are not
 * counted. While `votersOutgoing` is not empty the configuration is joint (paper section 6): both
 * halves have to agree.
 */
export interface Configuration {
  /** Index of the entry that made it, 0 for the first one: what a change compares with. */
  readonly id: number
  /** The incoming half, and the only one outside a joint configuration. */
  readonly voters: readonly number[]
  readonly votersOutgoing: readonly number[]
  readonly learners: readonly number[]
  /** Voters of the outgoing half that become learners when the joint configuration is left. */
  readonly learnersNext: readonly number[]
  /** The leader leaves the joint configuration by itself. */
  readonly autoLeave: boolean
  /** Largest replicaId ever admitted. Ids are given out in rising order and never again. */
  readonly highestId: number
}

/** Most members one group has, voters and learners together. */
export const membersMax = 64

/** A configuration that no change has made yet. */
export function initialConfiguration(members: {
  readonly voters: readonly number[]
  readonly learners?: readonly number[]
}): Configuration {
  const voters = members.voters.toSorted((a, b) => a - b)
  const learners = (members.learners ?? []).toSorted((a, b) => a - b)
  const highestId = Math.max(...voters, ...learners)
  const none: readonly number[] = []
  return {
    id: 0,
    voters,
    votersOutgoing: none,
    learners,
    learnersNext: none,
    autoLeave: false,
    highestId,
  }
}

/** What a replica goes by that lost its state and has heard of nobody: it knows no member. */
export const noMembers: Configuration = {
  id: 0,
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
  highestId: 0,
}

/** Do two halves have to agree? */
export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0
}

/** Does `id` vote, in either half? */
export function isVoter(configuration: Configuration, id: number): boolean {
  return configuration.voters.includes(id) || configuration.votersOutgoing.includes(id)
}

/** Every member once, by rising id. */
export function membersOf(configuration: Configuration): number[] {
  const { voters, votersOutgoing, learners } = configuration
  return [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b)
}

/** Does `id` vote or learn? */
export function isMember(configuration: Configuration, id: number): boolean {
  return isVoter(configuration, id) || configuration.learners.includes(id)
}

/**
 * Was `id` a member once and is none now? Every id up to `highestId` was given out, so nothing has
 * to be remembered for each removed one. Larger ids are unknown: perhaps newer.
 */
export function isRemoved(configuration: Configuration, id: number): boolean {
  return id <= configuration.highestId && !isMember(configuration, id)
}

/**
 * What is wrong with a configuration, in words; undefined when ids are replicaIds in rising order,
 * at least one votes, and the lists fit together.
 */
export function configurationFlaw(configuration: Configuration): string | undefined {
  const { voters, votersOutgoing, learners, learnersNext, highestId } = configuration
  if (voters.length === 0) return 'a configuration has at least one voter'
  for (const list of [voters, votersOutgoing, learners, learnersNext]) {
    if (!isRising(list)) return 'a member appears once in a list, and ids rise'
  }
  const members = membersOf(configuration)
  if (members.length > membersMax) return 'a configuration has at most membersMax members'
  if (!members.every((id) => Number.isSafeInteger(id) && id >= 1)) return 'a replicaId is positive'
  if (members.some((id) => id > highestId)) return 'highestId covers every member'
  if (learners.some((id) => isVoter(configuration, id))) return 'a learner does not vote'
  if (!learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id))) {
    return 'only an outgoing voter waits to become a learner'
  }
  if (configuration.autoLeave && !isJoint(configuration)) {
    return 'only a joint configuration is left'
  }
  return undefined
}

/** Fails an assertion when `configurationFlaw` finds something. */
export function assertConfiguration(configuration: Configuration): void {
  const flaw = configurationFlaw(configuration)
  assert(flaw === undefined, flaw ?? '')
}

function isRising(ids: readonly number[]): boolean {
  return ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? id))
}
