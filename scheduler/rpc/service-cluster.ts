// damselfly.cluster.v1.Cluster: what this member knows of the group, answered at once.
import { toHex } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { MembersPort, RaftPort, StatePort } from './ports.ts'
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
): clusterV1.ClusterHandlers {
  return { Status: unary(deps, async () => statusReply(deps, options)) }
}

function statusReply(
  deps: ClusterServiceDeps,
  options: ClusterServiceOptions,
): clusterV1.StatusReply {
  const status = deps.raft.status()
  const { appliedIndex } = deps.state
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
      const role = member.role === 'learner' ? 'learner' : roleWords[status.role]
      return { ...known, pid: options.pid, role, term, commit, applied }
    }
    return { ...known, role: member.id === status.leader ? 'leader' : 'unknown' }
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
