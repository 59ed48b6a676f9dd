// Whose place a joining host takes, and whether they are gone.
import type { OldReplica } from '../../raft/index.ts'
import { memberTable } from '../replication/index.ts'
import type { JoinRow, MemberRow, StateReader } from '../replication/index.ts'
import type { MemberDialer } from './join-ports.ts'
import type { Silence } from './silence.ts'

export interface OldReplicasDeps {
  readonly state: { readonly reader: StateReader }
  readonly dialer: MemberDialer
  readonly silence: Silence
}

/** Members of the joining host, or of the one it replaces, other than its own new replica. */
export function membersReplacedBy(reader: StateReader, join: JoinRow): readonly MemberRow[] {
  const replaced: MemberRow[] = []
  reader.each(memberTable, 'byReplica', {}, (member) => {
    if (member.incarnation === join.incarnation) return
    const isSameHost = member.hostId === join.hostId
    const isNamed = join.replaces !== '' && member.hostId === join.replaces
    if (isSameHost || isNamed) replaced.push(member)
  })
  return replaced
}

/**
 * What is known about them now. The joining incarnation has just answered at its own address, so
 * nobody else runs there; other addresses are asked.
 */
export async function lookAtOldReplicas(
  { state, dialer, silence }: OldReplicasDeps,
  join: JoinRow,
): Promise<readonly OldReplica[]> {
  const members = membersReplacedBy(state.reader, join)
  return Promise.all(
    members.map(async ({ replicaId: id, hostId, raftAddress }): Promise<OldReplica> => {
      const isAddressTaken =
        raftAddress === join.raftAddress ||
        (await dialer.probe({ hostId, raftAddress }))?.incarnation === join.incarnation
      return { id, isAddressTaken, silentMs: silence.ofMs(id) }
    }),
  )
}
