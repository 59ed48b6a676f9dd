// Every call of the client, and why it may be made again when an attempt ended in silence. Attempts
// of one call follow one another: nothing is ever asked of two members at once.

/**
 * Why another attempt does no harm. `read`: it changes nothing. `natural-key`: what it does is
 * named by ids in the request, doing it twice leaves the same. `unused`: each attempt makes
 * something of its own, and what nobody hears of has no effect. `no`: it may do harm, so that only
 * an attempt that surely did nothing is followed by another; the rest is for the caller to decide.
 */
export type Repeatable = 'read' | 'natural-key' | 'unused' | 'no'

export interface CallRule {
  /** Service and method. */
  readonly rpc: string
  readonly repeat: Repeatable
  /** By which refusal a repeat learns that an earlier attempt was carried out. */
  readonly doneCode?: string
}

/** The rules by method of `SchedulerClient` and `ClusterClient`. */
export const callRules = {
  registerPeerTask: { rpc: 'scheduler.Scheduler/RegisterPeerTask', repeat: 'natural-key' },
  reportPieceResult: { rpc: 'scheduler.Scheduler/ReportPieceResult', repeat: 'no' },
  reportPeerResult: { rpc: 'scheduler.Scheduler/ReportPeerResult', repeat: 'natural-key' },
  announceTask: { rpc: 'scheduler.Scheduler/AnnounceTask', repeat: 'natural-key' },
  statTask: { rpc: 'scheduler.Scheduler/StatTask', repeat: 'read' },
  leaveTask: { rpc: 'scheduler.Scheduler/LeaveTask', repeat: 'natural-key' },
  announceHostV1: { rpc: 'scheduler.Scheduler/AnnounceHost', repeat: 'natural-key' },
  leaveHost: { rpc: 'scheduler.Scheduler/LeaveHost', repeat: 'natural-key' },
  announcePeer: { rpc: 'scheduler.v2.Scheduler/AnnouncePeer', repeat: 'no' },
  statPeer: { rpc: 'scheduler.v2.Scheduler/StatPeer', repeat: 'read' },
  deletePeer: { rpc: 'scheduler.v2.Scheduler/DeletePeer', repeat: 'natural-key' },
  statTaskV2: { rpc: 'scheduler.v2.Scheduler/StatTask', repeat: 'read' },
  deleteTask: { rpc: 'scheduler.v2.Scheduler/DeleteTask', repeat: 'natural-key' },
  announceHost: { rpc: 'scheduler.v2.Scheduler/AnnounceHost', repeat: 'natural-key' },
  listHosts: { rpc: 'scheduler.v2.Scheduler/ListHosts', repeat: 'read' },
  deleteHost: {
    rpc: 'scheduler.v2.Scheduler/DeleteHost',
    repeat: 'natural-key',
    doneCode: 'SCHED_HOST_NOT_FOUND',
  },
  status: { rpc: 'damselfly.cluster.v1.Cluster/Status', repeat: 'no' },
  shards: { rpc: 'damselfly.cluster.v1.Cluster/Shards', repeat: 'read' },
  slots: { rpc: 'damselfly.cluster.v1.Cluster/Slots', repeat: 'read' },
  nodes: { rpc: 'damselfly.cluster.v1.Cluster/Nodes', repeat: 'read' },
  changeMember: { rpc: 'damselfly.cluster.v1.Cluster/ChangeMember', repeat: 'natural-key' },
  createJoinToken: { rpc: 'damselfly.cluster.v1.Cluster/CreateJoinToken', repeat: 'unused' },
  revokeJoinToken: {
    rpc: 'damselfly.cluster.v1.Cluster/RevokeJoinToken',
    repeat: 'natural-key',
    doneCode: 'SCHED_TOKEN_NOT_FOUND',
  },
  getConfig: { rpc: 'damselfly.store.v1.Store/Get', repeat: 'read' },
  listConfig: { rpc: 'damselfly.store.v1.Store/List', repeat: 'read' },
  swapConfig: { rpc: 'damselfly.store.v1.Store/CompareAndSwap', repeat: 'no' },
  deleteConfig: { rpc: 'damselfly.store.v1.Store/Delete', repeat: 'no' },
} as const satisfies Readonly<Record<string, CallRule>>

/** A call by the name of its method. */
export type CallName = keyof typeof callRules
