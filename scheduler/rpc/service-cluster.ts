// damselfly.cluster.v1.Cluster: what this member knows of the group, answered at once.
import { toHex } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { MemberInfo, MembersPort, RaftPort, StatePort } from './ports.ts'
import { unary } from './unary.ts'
import type { UnaryDeps } from './unary.ts'

export interface ClusterServiceDeps extends UnaryDeps {
  readonly raft: RaftPort
  readonly state: StatePort
  readonly members: MembersPort
}

export interface ClusterServiceOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly selfId: number
  readonly pid: number
}

/** The handlers for `grpc.Server.addService`. */
export function clusterService(
  deps: ClusterServiceDeps,
  options: ClusterServiceOptions,
): Pick<clusterV1.ClusterHandlers, 'Status'> {
  return { Status: unary(deps, async () => statusReply(deps, options)) }
}

function statusReply(
  deps: ClusterServiceDeps,
  options: ClusterServiceOptions,
): clusterV1.StatusReply {
  const status = deps.raft.status()
  const { appliedIndex } = deps.state
  const roleOf = ({ id, role }: MemberInfo): string => {
    if (role === 'learner') return 'learner'
    if (id === options.selfId) return roleWords[status.role]
    return id === status.leader ? 'leader' : 'unknown'
  }
  const members = deps.members.list().map((member): clusterV1.Member => {
    const known = {
      id: member.id,
      hostId: member.hostId,
      addr: member.clientAddress,
      raftAddr: member.raftAddress,
      state: member.state,
    }
    if (member.id === options.selfId) {
      const { term, commit, applied } = status
      return { ...known, pid: options.pid, role: roleOf(member), term, commit, applied }
    }
    return { ...known, role: roleOf(member) }
  })
  return {
    clusterId: options.clusterId,
    leaderId: status.leader,
    term: status.term,
    selfId: options.selfId,
    members,
    digestIndex: appliedIndex,
    digest: toHex(deps.state.digest()),
  }
}

const roleWords = {
  follower: 'follower',
  'pre-candidate': 'candidate',
  candidate: 'candidate',
  leader: 'leader',
} as const
