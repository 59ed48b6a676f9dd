// Who may be a parent of whom. Rules and their order are upstream's; the limit on upload slots is
// enforced here (upstream only stores it), so that no slot is given twice.
import { hasBadCosts } from './bad-parent.ts'
import { isAvailableState } from './peer-machine.ts'
import type { HostType, PeerState } from './vocabulary.ts'

/** What is looked at of a possible parent's host. */
export interface CandidateHost {
  readonly id: string
  readonly type: HostType
  readonly isLive: boolean
  readonly disableShared: boolean
  readonly idc: string
  readonly location: string
  /** Announced capacity, bits per second; 0 = unknown. */
  readonly maxTxBandwidth: number
  /** What the scheduler has given away of it, bits per second. */
  readonly reservedTxBandwidth: number
  /** Bytes its children are still entitled to. */
  readonly uploadContentLength: number
  /** Pieces its children may fetch at once. */
  readonly concurrentUploadPieceCount: number
  readonly concurrentUploadCount: number
  readonly concurrentUploadLimit: number
}

/** A possible parent. */
export interface Candidate {
  readonly peerId: string
  readonly state: PeerState
  /** Number of its own parents. */
  readonly inDegree: number
  readonly costsMs: readonly number[]
  readonly host: CandidateHost
}

/** The peer that needs parents. */
export interface Child {
  readonly peerId: string
  readonly hostId: string
  readonly idc: string
  readonly location: string
  readonly blockedParents: readonly string[]
  /**
   * Peers that must not become its parents because they descend from it; undefined when they are
   * too many to know: then only a peer without parents is safe.
   */
  readonly descendants: ReadonlySet<string> | undefined
}

/** Why a candidate cannot be a parent. */
export type CandidateRefusal =
  | 'blocked'
  | 'host-left'
  | 'not-shared'
  | 'same-host'
  | 'nothing-to-serve'
  | 'bad-state'
  | 'bad-costs'
  | 'no-slot'
  | 'cycle'

/** Checks one candidate; undefined when it may be a parent. */
export function candidateRefusal(candidate: Candidate, child: Child): CandidateRefusal | undefined {
  const { host } = candidate
  if (child.blockedParents.includes(candidate.peerId)) return 'blocked'
  if (!host.isLive) return 'host-left'
  if (host.disableShared) return 'not-shared'
  if (host.id === child.hostId || candidate.peerId === child.peerId) return 'same-host'
  if (!isAvailableState(candidate.state)) return 'bad-state'
  // A running peer without parents has nothing to give unless it is a seed.
  if (host.type === 'normal' && candidate.state === 'Running' && candidate.inDegree === 0) {
    return 'nothing-to-serve'
  }
  if (hasBadCosts(candidate.costsMs)) return 'bad-costs'
  if (host.concurrentUploadCount >= host.concurrentUploadLimit) return 'no-slot'
  return mayCloseCycle(candidate, child) ? 'cycle' : undefined
}

function mayCloseCycle(candidate: Candidate, child: Child): boolean {
  if (child.descendants === undefined) return candidate.inDegree > 0
  return child.descendants.has(candidate.peerId)
}
