// Who the members are, as each kind of reader sees them (design 6, table): `shards` are the
// replicas with state, `slots` those who can serve, `nodes` what operators see. Functions of the
// rows alone, so that whoever answers for one index answers the same; nobody derives a state.
import { membersMax, removedMembersMax } from './limits.ts'
import { configurationOf } from './membership.ts'
import { memberTable } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { removedMemberTable } from './rows/removed-member.ts'
import type { MemberRole, MemberRow, MemberState } from './rows/member.ts'
import type { MemberProgressRow } from './rows/member-progress.ts'
import type { RemovedMemberRow } from './rows/removed-member.ts'
import type { StateReader } from './state-access.ts'

/** A member in a view. */
export interface NodeView {
  readonly id: number
  readonly hostId: string
  /** host:port of the client services; '' = not known. */
  readonly addr: string
  readonly raftAddr: string
  /** '' of one that left. */
  readonly role: MemberRole | ''
  readonly state: MemberState
  /** Of one that joins or loads, once the leader has asked it. */
  readonly progress?: Pick<MemberProgressRow, 'bytesDone' | 'bytesTotal' | 'percent'>
}

/** The three views, and what an operator may see besides. */
export type ViewName = 'shards' | 'slots' | 'nodes' | 'all-nodes'

const visible: Readonly<Record<MemberState, readonly ViewName[]>> = {
  online: ['shards', 'slots', 'nodes', 'all-nodes'],
  loading: ['shards', 'nodes', 'all-nodes'],
  joining: ['shards', 'nodes', 'all-nodes'],
  fail: ['shards', 'nodes', 'all-nodes'],
  draining: ['shards', 'nodes', 'all-nodes'],
  hidden: ['all-nodes'],
  left: ['all-nodes'],
}

/** Whether a view shows members of this state. */
export function isVisible(state: MemberState, view: ViewName): boolean {
  return visible[state].includes(view)
}

/** The members of a view, by rising id. */
export function nodesOf(reader: StateReader, view: ViewName): readonly NodeView[] {
  const members = reader
    .list(memberTable, 'byReplica', { limit: membersMax })
    .map((row) => memberNode(row, reader.get(memberProgressTable, row.replicaId)))
  const left =
    view === 'all-nodes'
      ? reader.list(removedMemberTable, 'byAge', { limit: removedMembersMax }).map(leftNode)
      : []
  return [...left, ...members]
    .filter(({ state }) => isVisible(state, view))
    .sort((a, b) => a.id - b.id)
}

/** The entry that made the configuration in force. */
export function configurationIdOf(reader: StateReader): number {
  return configurationOf(reader).id
}

function memberNode(row: MemberRow, progress: MemberProgressRow | undefined): NodeView {
  const { replicaId: id, hostId, clientAddress: addr, raftAddress: raftAddr, role, state } = row
  const node = { id, hostId, addr, raftAddr, role, state }
  if (progress === undefined) return node
  const { bytesDone, bytesTotal, percent } = progress
  return { ...node, progress: { bytesDone, bytesTotal, percent } }
}

function leftNode({ replicaId: id, hostId, raftAddress: raftAddr }: RemovedMemberRow): NodeView {
  return { id, hostId, addr: '', raftAddr, role: '', state: 'left' }
}
