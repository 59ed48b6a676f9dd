// The bootstrap guard: when may a member with an empty data directory create a cluster? Pure; the
// caller probes, persists and repeats.
//
//   1. fresh          the marker with this member's incarnation is durable, so probes are answered
//   2. bootstrapping  every initial member has answered without an identity; the marker names the
//                     cluster that follows from all incarnations
//   3. member         every initial member is bootstrapping this very cluster, or one of them has
//                     an identity in it that names this very incarnation; identity.json is durable,
//                     the marker is removed, and only then may the member vote
//
// Invariant: an incarnation votes in one cluster only, and only after its marker is gone. A wiped
// member comes back with another incarnation, so a peer that has an identity never names it: it
// asks to be admitted as a new replica (raft.md T1, J17, J27; join-plan.ts). A crash between any
// two steps repeats the step.
import { createHash } from 'node:crypto'
import { assert, compareUtf8 } from '../base/index.ts'
import { initialMembersMax } from './limits.ts'
import type { StorageRefusedCode } from './errors.ts'
import type { Identity, InitialMember } from './identity.ts'

/** A cluster about to be created. */
export interface ClusterPlan {
  /** 32 lower-case hex characters: hash of all (address, incarnation). */
  readonly clusterId: string
  /** In the order of their addresses. */
  readonly members: readonly InitialMember[]
}

/** What a member without an identity remembers: the content of `bootstrap.json`. */
export interface BootstrapMarker {
  /** This member's own address, one of `addresses`. */
  readonly raftAddress: string
  readonly incarnation: string
  readonly hostId: string
  /** All initial members by the flags, sorted by UTF-8 bytes, without duplicates. */
  readonly addresses: readonly string[]
  /** Set in phase `bootstrapping`. */
  readonly plan: ClusterPlan | undefined
}

/** What a member answers when it is probed. */
export type ProbeAnswer =
  | {
      readonly state: 'fresh'
      readonly raftAddress: string
      readonly incarnation: string
      readonly hostId: string
      readonly addresses: readonly string[]
    }
  | {
      readonly state: 'bootstrapping'
      readonly raftAddress: string
      readonly incarnation: string
      readonly hostId: string
      readonly addresses: readonly string[]
      readonly plan: ClusterPlan
    }
  | {
      /** Asks a cluster for admission, without an identity yet. */
      readonly state: 'joining'
      readonly raftAddress: string
      readonly incarnation: string
      readonly hostId: string
      /** Initial members by its flags; empty when it was given none. */
      readonly addresses: readonly string[]
      /** Whom it asks. */
      readonly clusterId: string
    }
  | MemberAnswer

/** The answer of a member with an identity. */
export interface MemberAnswer {
  readonly state: 'member'
  readonly clusterId: string
  readonly replicaId: number
  readonly incarnation: string
  /** Empty when the answering replica joined later. */
  readonly initialMembers: readonly InitialMember[]
  /** host:port of the client services of the members it knows, its own first. */
  readonly clientAddresses: readonly string[]
  /** Largest index the cluster is known to have from the asker's disk; 0 = nothing is known. */
  readonly acknowledgedIndex: number
  /** The asker is a member no more. */
  readonly isRemoved: boolean
}

/** Asks a member for its state. Resolves to undefined when it cannot be reached in time. */
export type Probe = (raftAddress: string) => Promise<ProbeAnswer | undefined>

/** What to do next; the caller repeats the round after `wait` and `plan`. */
export type BootstrapDecision =
  /** Some members gave no answer, or are still fresh. */
  | {
      readonly action: 'wait'
      readonly reason: 'unreachable' | 'not-bootstrapping'
      readonly addresses: readonly string[]
    }
  /** A cluster is there, which does not know this incarnation: ask it for admission. */
  | {
      readonly action: 'join'
      readonly clusterId: string
      /** Who said so. */
      readonly address: string
    }
  /** Make the marker with this plan durable. */
  | { readonly action: 'plan'; readonly plan: ClusterPlan }
  /** Create the instance with this identity. */
  | { readonly action: 'create'; readonly plan: ClusterPlan; readonly identity: Identity }
  /** Stop with this code; nothing may be written. */
  | {
      readonly action: 'refuse'
      readonly code: StorageRefusedCode
      readonly address: string
      readonly message: string
    }

/** The cluster that these members form. `replicaId`s follow from the order of the addresses. */
export function planCluster(members: readonly Omit<InitialMember, 'replicaId'>[]): ClusterPlan {
  assert(members.length >= 1 && members.length <= initialMembersMax, '1 to 9 initial members')
  const sorted = [...members].sort((a, b) => compareUtf8(a.raftAddress, b.raftAddress))
  const hash = createHash('sha256').update('damselfly cluster 1')
  for (const { raftAddress, incarnation } of sorted) {
    const address = Buffer.from(raftAddress, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(address.length)
    hash.update(length).update(address).update(Buffer.from(incarnation, 'hex'))
  }
  return {
    clusterId: hash.digest('hex').slice(0, 32),
    members: sorted.map(({ hostId, incarnation, raftAddress }, i) => ({
      replicaId: i + 1,
      hostId,
      incarnation,
      raftAddress,
    })),
  }
}

/** The answer a member without an identity gives. */
export function answerFromMarker(marker: BootstrapMarker): ProbeAnswer {
  const { plan, ...self } = marker
  if (plan === undefined) return { state: 'fresh', ...self }
  return { state: 'bootstrapping', ...self, plan }
}

/** The answer a member with an identity gives, while it knows nothing of the asker. */
export function answerFromIdentity(identity: Identity): MemberAnswer {
  const { clusterId, replicaId, incarnation, initialMembers } = identity
  const known = { clientAddresses: [], acknowledgedIndex: 0, isRemoved: false }
  return { state: 'member', clusterId, replicaId, incarnation, initialMembers, ...known }
}

/**
 * Decides the next step of a member without an identity. `answers` holds one item per other
 * initial member: undefined for one that did not answer.
 */
export function planBootstrap(
  marker: BootstrapMarker,
  answers: ReadonlyMap<string, ProbeAnswer | undefined>,
): BootstrapDecision {
  const others = marker.addresses.filter((address) => address !== marker.raftAddress)
  assert(others.length === marker.addresses.length - 1, 'a marker names its own address once')
  const founded = planFounded(marker, answers)
  if (founded !== undefined) return founded
  const members: Omit<InitialMember, 'replicaId'>[] = [marker]
  const unreachable: string[] = []
  const joining: string[] = []
  for (const address of others) {
    const answer = answers.get(address)
    if (answer === undefined || answer.state === 'member') {
      unreachable.push(address)
      continue
    }
    const refusal = judge(marker, address, answer)
    if (refusal !== undefined) return refusal
    members.push(answer)
    // It asks a cluster that was there when it started; it gives up when there is none.
    if (answer.state === 'joining') joining.push(address)
  }
  if (unreachable.length > 0) {
    return { action: 'wait', reason: 'unreachable', addresses: unreachable }
  }
  if (joining.length > 0) return { action: 'wait', reason: 'not-bootstrapping', addresses: joining }
  const plan = planCluster(members)
  if (marker.plan?.clusterId !== plan.clusterId) return { action: 'plan', plan }
  const behind = others.filter((address) => {
    const answer = answers.get(address)
    return answer?.state !== 'bootstrapping' || answer.plan.clusterId !== plan.clusterId
  })
  if (behind.length === 0) return create(marker, plan)
  return { action: 'wait', reason: 'not-bootstrapping', addresses: behind }
}

/** What to do about a cluster that is there already; undefined when nobody is a member of one. */
function planFounded(
  marker: BootstrapMarker,
  answers: ReadonlyMap<string, ProbeAnswer | undefined>,
): BootstrapDecision | undefined {
  let join: (BootstrapDecision & { readonly action: 'join' }) | undefined
  let plan: ClusterPlan | undefined
  for (const [address, answer] of answers) {
    if (answer?.state !== 'member') continue
    const { clusterId } = answer
    const other = join?.clusterId ?? plan?.clusterId ?? clusterId
    if (other !== clusterId) {
      return refuse('STORE_MEMBERS_MISMATCH', address, 'initial members are in two clusters')
    }
    if (knowsIncarnation(marker, answer)) {
      const refusal = judgeMember(marker, address, answer)
      if (refusal !== undefined) return refusal
      plan = { clusterId, members: answer.initialMembers }
    } else {
      join ??= { action: 'join', clusterId, address }
    }
  }
  // A replica that joined later cannot know with whom the cluster began: the others' word counts.
  return plan === undefined ? join : create(marker, plan)
}

/** Why `answer` forbids to go on; undefined when it does not. */
function judge(
  marker: BootstrapMarker,
  address: string,
  answer: Exclude<ProbeAnswer, MemberAnswer>,
): BootstrapDecision | undefined {
  if (answer.raftAddress !== address) {
    return refuse('STORE_MEMBERS_MISMATCH', address, `it calls itself ${answer.raftAddress}`)
  }
  if (!sameTexts(answer.addresses, marker.addresses)) {
    const theirs = answer.addresses.join(', ')
    return refuse('STORE_MEMBERS_MISMATCH', address, `its initial members are ${theirs}`)
  }
  return undefined
}

function judgeMember(
  marker: BootstrapMarker,
  address: string,
  { clusterId, initialMembers }: MemberAnswer,
): BootstrapDecision | undefined {
  const plan = planCluster(initialMembers)
  const theirs = plan.members.map(({ raftAddress }) => raftAddress)
  if (plan.clusterId !== clusterId || !sameTexts(theirs, marker.addresses)) {
    const message = `its cluster ${clusterId} began with ${theirs.join(', ')}`
    return refuse('STORE_MEMBERS_MISMATCH', address, message)
  }
  return undefined
}

/** Did the cluster begin with this very data directory? */
function knowsIncarnation(marker: BootstrapMarker, { initialMembers }: MemberAnswer): boolean {
  const self = initialMembers.find(({ raftAddress }) => raftAddress === marker.raftAddress)
  return self?.incarnation === marker.incarnation
}

function create(marker: BootstrapMarker, plan: ClusterPlan): BootstrapDecision {
  const self = plan.members.find(({ raftAddress }) => raftAddress === marker.raftAddress)
  assert(self?.incarnation === marker.incarnation, 'a plan names this very incarnation')
  const identity: Identity = {
    clusterId: plan.clusterId,
    replicaId: self.replicaId,
    incarnation: self.incarnation,
    hostId: self.hostId,
    createdAtIndex: 1,
    createdBy: 'bootstrap',
    initialMembers: plan.members,
  }
  return { action: 'create', plan, identity }
}

function refuse(
  code: StorageRefusedCode,
  address: string,
  message: string,
): BootstrapDecision & { readonly action: 'refuse' } {
  return { action: 'refuse', code, address, message }
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i])
}

/**
 * Checks a member that has an identity against what its seeds answer.
 * `wrong-cluster`: one of them is in another cluster, so this data directory is not theirs.
 */
export function checkSeeds(
  identity: Pick<Identity, 'clusterId'>,
  answers: ReadonlyMap<string, ProbeAnswer | undefined>,
):
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'wrong-cluster'; readonly address: string } {
  for (const [address, answer] of answers) {
    if (answer?.state === 'member' && answer.clusterId !== identity.clusterId) {
      return { ok: false, reason: 'wrong-cluster', address }
    }
  }
  return { ok: true }
}
