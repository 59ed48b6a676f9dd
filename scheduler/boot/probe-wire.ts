// Probes between members, as the bootstrap guard and the wire see them.
import type { raftV1 } from '../../proto/index.ts'
import type { InitialMember, ProbeAnswer } from '../../storage/index.ts'

/** An answer for the wire. */
export function toProbeReply(answer: ProbeAnswer): raftV1.ProbeReply {
  const { state, incarnation } = answer
  if (state === 'member') {
    const { clusterId, replicaId, initialMembers, acknowledgedIndex, isRemoved } = answer
    const clientAddresses = [...answer.clientAddresses]
    const known = { clientAddresses, acknowledgedIndex, isRemoved }
    return { state, incarnation, clusterId, replicaId, members: [...initialMembers], ...known }
  }
  const { raftAddress, hostId } = answer
  const own = { state, incarnation, raftAddress, hostId, addresses: [...answer.addresses] }
  if (state === 'fresh') return own
  if (state === 'joining') return { ...own, clusterId: answer.clusterId }
  return { ...own, clusterId: answer.plan.clusterId, members: [...answer.plan.members] }
}

const isId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

function isMember({ replicaId, incarnation }: InitialMember): boolean {
  return Number.isSafeInteger(replicaId) && replicaId >= 1 && isId(incarnation)
}

/** An answer from the wire; undefined when it makes no sense: then nobody has answered. */
export function fromProbeReply(reply: raftV1.ProbeReply__Output): ProbeAnswer | undefined {
  const { state, incarnation, clusterId, replicaId, raftAddress, hostId, addresses } = reply
  const members = reply.members.map((member): InitialMember => ({
    replicaId: member.replicaId,
    hostId: member.hostId,
    incarnation: member.incarnation,
    raftAddress: member.raftAddress,
  }))
  if (!isId(incarnation) || !members.every(isMember)) return undefined
  const own = { raftAddress, incarnation, hostId, addresses }
  if (state === 'fresh') return { state, ...own }
  if (!isId(clusterId)) return undefined
  if (state === 'bootstrapping') return { state, ...own, plan: { clusterId, members } }
  if (state === 'joining') return { state, ...own, clusterId }
  if (state !== 'member') return undefined
  const { clientAddresses, acknowledgedIndex, isRemoved } = reply
  if (!Number.isSafeInteger(acknowledgedIndex)) return undefined
  const known = { clientAddresses, acknowledgedIndex, isRemoved }
  return { state, clusterId, replicaId, incarnation, initialMembers: members, ...known }
}
