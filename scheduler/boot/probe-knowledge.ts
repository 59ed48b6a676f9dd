// What a member that runs says about the one that asks it: how far that one's disk had come, and
// whether it is a member still. Both come from the state, so that any member's word is enough.
import { isRemoved, membersOf } from '../../raft/index.ts'
import type { raftV1 } from '../../proto/index.ts'
import { acknowledgedTable, memberTable } from '../replication/index.ts'
import type { ReplicatedState } from '../replication/index.ts'
import { acknowledgedMarks } from '../membership/acknowledgements.ts'
import type { AcknowledgedView } from '../membership/acknowledgements.ts'

/** Fields of the answer to a probe. */
export type Knowledge = Required<
  Pick<raftV1.ProbeReply, 'clientAddresses' | 'acknowledgedIndex' | 'isRemoved'>
>

/** Knows about who asks. */
export type AskerKnowledge = (
  asker: Pick<raftV1.ProbeRequest__Output, 'fromClusterId' | 'fromReplicaId' | 'fromIncarnation'>,
) => Knowledge

/** Knowledge from a state, and on a leader from what members have acknowledged to it. */
export function knowledgeOf(own: {
  readonly clusterId: string
  readonly replicaId: number
  readonly state: ReplicatedState
  readonly raft: AcknowledgedView
}): AskerKnowledge {
  const { clusterId, state } = own
  return ({ fromClusterId, fromReplicaId, fromIncarnation }) => {
    const clientAddresses = clientAddressesOf(own)
    // Whoever has no identity yet asks for the addresses only.
    if (fromClusterId !== clusterId || fromReplicaId < 1) {
      return { clientAddresses, acknowledgedIndex: 0, isRemoved: false }
    }
    const row = state.reader.get(memberTable, fromReplicaId)
    if (row?.incarnation !== fromIncarnation) {
      // An id is given to one incarnation; a larger one than we know may be newer than our state.
      const isGone = row !== undefined || isRemoved(state.configuration(), fromReplicaId)
      return { clientAddresses, acknowledgedIndex: 0, isRemoved: isGone }
    }
    return { clientAddresses, acknowledgedIndex: markOf(own, fromReplicaId), isRemoved: false }
  }
}

function markOf({ state, raft }: Parameters<typeof knowledgeOf>[0], replicaId: number): number {
  const noted = state.reader.get(acknowledgedTable, replicaId)?.index ?? 0
  const { reader } = state
  const live = acknowledgedMarks({ raft, reader }).find((mark) => mark.replicaId === replicaId)
  return Math.max(noted, live?.index ?? 0)
}

/** Where members serve clients, the own address first; hidden ones are named to nobody. */
function clientAddressesOf({ state, replicaId }: Parameters<typeof knowledgeOf>[0]): string[] {
  const addressOf = (id: number): string => {
    const row = state.reader.get(memberTable, id)
    return row === undefined || (row.state === 'hidden' && id !== replicaId)
      ? ''
      : row.clientAddress
  }
  const others = membersOf(state.configuration()).filter((id) => id !== replicaId)
  return [replicaId, ...others].map(addressOf).filter((address) => address !== '')
}
