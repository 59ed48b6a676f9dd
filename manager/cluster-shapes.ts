// The JSON of `/api/v1/cluster/…`: what the command line shows, in upstream's spelling.
import { verdictOf } from '../client/index.ts'
import type { ClusterOverview, MemberOverview } from '../client/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { splitAddress } from './shapes.ts'

type Shape = Readonly<Record<string, unknown>>

/** `GET /api/v1/cluster/status`: one verdict with reasons, and every member. */
export function statusShape(overview: ClusterOverview): Shape {
  const { quorum, pendingChangeIndex, isJoint } = overview
  const isChanging = pendingChangeIndex > 0 || isJoint
  return {
    cluster_id: overview.clusterId,
    leader_id: overview.leaderId,
    term: overview.term,
    commit: overview.commit,
    configuration_id: overview.configurationId,
    ...verdictOf(overview),
    quorum: quorum === undefined ? null : toleranceShape(quorum),
    pending_change: isChanging ? { index: pendingChangeIndex, is_joint: isJoint } : null,
    transfer_target: overview.transferTarget,
    features: overview.features,
    alarms: overview.alarms.map(({ memberId, code, text }) => ({
      member_id: memberId,
      code,
      text,
    })),
    members: overview.members.map(memberShape),
    members_not_shown: overview.notShown.members,
  }
}

function toleranceShape({
  voters,
  quorum,
  active,
  canLose,
}: NonNullable<ClusterOverview['quorum']>): Shape {
  return { voters, quorum, active, can_lose: canLose }
}

function memberShape(member: MemberOverview): Shape {
  const { disk } = member
  return {
    id: member.id,
    host_name: member.hostId,
    ...splitAddress(member.addr),
    raft_addr: member.raftAddr,
    role: member.role,
    node_state: member.state,
    is_leader: member.role === 'leader',
    is_reachable: member.isReachable,
    term: member.term ?? null,
    commit: member.commit ?? null,
    applied: member.applied ?? null,
    lag: member.lagEntries ?? null,
    last_contact_ms: member.lastContactMs ?? null,
    version: member.version,
    loaded_percent: member.loadedPercent ?? null,
    disk:
      disk === undefined
        ? null
        : {
            free_bytes: disk.freeBytes,
            total_bytes: disk.totalBytes,
            data_bytes: disk.dataBytes,
          },
    features: member.features,
  }
}

/** `GET /api/v1/cluster/shards` and `slots`. */
export function shardsShape({
  index,
  configurationId,
  shards,
}: clusterV1.ShardsReply__Output): Shape {
  return {
    index,
    configuration_id: configurationId,
    shards: shards.map(({ slots, nodes }) => ({
      slots: slots.map(({ start, end }) => ({ start, end })),
      nodes: nodes.map(nodeShape),
    })),
  }
}

/** `GET /api/v1/cluster/nodes`. */
export function nodesShape({ index, configurationId, nodes }: clusterV1.NodesReply__Output): Shape {
  return { index, configuration_id: configurationId, nodes: nodes.map(nodeShape) }
}

function nodeShape(node: clusterV1.Node__Output): Shape {
  return {
    id: node.id,
    host_name: node.hostId,
    ...splitAddress(node.addr),
    raft_addr: node.raftAddr,
    role: node.role,
    node_state: node.state,
    loaded_bytes: node.loadedBytes ?? null,
    load_total_bytes: node.loadTotalBytes ?? null,
    loaded_percent: node.loadedPercent ?? null,
  }
}
