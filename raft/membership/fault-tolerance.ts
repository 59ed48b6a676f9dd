// How many voters may fail before writes stop: the figure an operator looks at before and after
// every change of the members.
import { quorumSize } from '../core/quorum.ts'
import type { Configuration } from '../core/configuration.ts'

/** Where a group stands between its voters and its quorum. */
export interface FaultTolerance {
  readonly voters: number
  readonly quorum: number
  /** Voters in contact with the leader, itself included. */
  readonly active: number
  /** Active voters that may fail before writes stop; 0 also when too few are active already. */
  readonly canLose: number
}

/**
 * The tolerance of a configuration. Both halves of a joint one have to agree, so the worse of them
 * counts: the one that has fewer active voters to spare.
 */
export function faultTolerance(
  configuration: Configuration,
  isActive: (id: number) => boolean,
): FaultTolerance {
  const incoming = toleranceOf(configuration.voters, isActive)
  if (configuration.votersOutgoing.length === 0) return incoming
  const outgoing = toleranceOf(configuration.votersOutgoing, isActive)
  return spare(outgoing) < spare(incoming) ? outgoing : incoming
}

function toleranceOf(voters: readonly number[], isActive: (id: number) => boolean): FaultTolerance {
  const quorum = quorumSize(voters)
  const active = voters.filter((id) => isActive(id)).length
  return { voters: voters.length, quorum, active, canLose: Math.max(active - quorum, 0) }
}

function spare({ active, quorum }: FaultTolerance): number {
  return active - quorum
}
