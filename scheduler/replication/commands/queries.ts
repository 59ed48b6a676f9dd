// What the RPC layer asks of the state. Read-only; rows are immutable.
import { hostsTable } from '../rows/host.ts'
import { outboxTable } from '../rows/outbox.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { isDeletedSince } from './registration.ts'
import { hasAvailablePeer } from './schedule.ts'
import type { HostType } from '../../core/index.ts'
import type { HostRow } from '../rows/host.ts'
import type { OutboxRow } from '../rows/outbox.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { StateReader } from '../state-access.ts'
import type { PeerRef, TaskStat } from './types.ts'

/** State of a task as StatTask tells it; undefined when it is unknown. */
export function statTask(state: StateReader, taskId: string): TaskStat | undefined {
  const task = state.get(tasksTable, taskId)
  if (task === undefined) return undefined
  return {
    id: task.id,
    type: task.type,
    state: task.state,
    contentLength: task.contentLength,
    totalPieceCount: task.totalPieceCount,
    peerCount: state.groupSize(peersTable, 'byTask', taskId),
    hasAvailablePeer: hasAvailablePeer(state, taskId, null),
  }
}

/** A task. */
export function getTask(state: StateReader, taskId: string): TaskRow | undefined {
  return state.get(tasksTable, taskId)
}

/** A live host. */
export function getHost(state: StateReader, hostId: string): HostRow | undefined {
  const host = state.get(hostsTable, hostId)
  return host?.state === 'live' ? host : undefined
}

/** Live hosts sorted by id, from the one behind `afterId`, at most `limit`. */
export function listHosts(
  state: StateReader,
  options: { readonly limit: number; readonly type?: HostType; readonly afterId?: string },
): readonly HostRow[] {
  const hosts: HostRow[] = []
  const after = options.afterId === undefined ? {} : { after: [options.afterId] }
  state.each(hostsTable, 'live', { group: 'live', ...after }, (host) => {
    if (hosts.length >= options.limit) return false
    if (options.type === undefined || host.type === options.type) hosts.push(host)
    return true
  })
  return hosts
}

/** A peer. */
export function getPeer(state: StateReader, peer: PeerRef): PeerRow | undefined {
  return state.get(peersTable, peerKey(peer.taskId, peer.peerId))
}

/**
 * Whether a peer, or its task on its host when that is named, was deleted by an entry after
 * `index`, within what tombstones remember.
 */
export function isDeletedAfter(
  state: StateReader,
  peer: PeerRef & { readonly hostId?: string },
  index: number,
): boolean {
  const { taskId, peerId, hostId = '' } = peer
  return isDeletedSince(state, { taskId, peerId, hostId }, { index, stampMs: 0 })
}

/** Peers of a task, at most `limit`: those that may serve first. */
export function listPeersOfTask(
  state: StateReader,
  taskId: string,
  limit: number,
): readonly PeerRow[] {
  return state.list(peersTable, 'byTask', { group: taskId, limit })
}

/** Peers of a host by task and id, at most `limit`. */
export function listPeersOfHost(
  state: StateReader,
  hostId: string,
  limit: number,
): readonly PeerRow[] {
  return state.list(peersTable, 'byHost', { group: hostId, limit })
}

/** Whether the leader of `term` is to go on with a seed item it has started. */
export function isSeedRunning(state: StateReader, outboxId: number, term: number): boolean {
  const item = state.get(outboxTable, outboxId)
  return item?.state === 'running' && item.term === term
}

/** Seed items that a leader of `term` has started, the oldest first, at most `limit`. */
export function startedSeeds(
  state: StateReader,
  term: number,
  limit: number,
): readonly OutboxRow[] {
  const running = state.list(outboxTable, 'byState', { group: 'running', limit })
  return running.filter((item) => item.term === term)
}

/** Seed items that a leader of `term` should start: pending ones, and those an older term left. */
export function openSeeds(state: StateReader, term: number, limit: number): readonly OutboxRow[] {
  const pending = state.list(outboxTable, 'byState', { group: 'pending', limit })
  const running = state.list(outboxTable, 'byState', { group: 'running', limit })
  return [...pending, ...running.filter((item) => item.term < term)].slice(0, limit)
}
