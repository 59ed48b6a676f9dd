// Gives a peer parents, sends it to the source, or lets it wait. All within apply: the edges and
// slots are in the state before anyone is told.
import { assert } from '../../../base/index.ts'
import {
  candidateRefusal,
  descendantsOf,
  descendantsVisitedMax,
  isSchedulableState,
  rankCandidates,
  sampleVisitedMax,
} from '../../core/index.ts'
import { hostDeadMs, hostsTable } from '../rows/host.ts'
import { changedPeer, peersTable, servingFirst } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { addEdge, childrenOf, removeInEdges } from './edges.ts'
import { firePeer, fireTask, taskOf } from './peers.ts'
import { settingsOf } from './settings.ts'
import type { Candidate, Child } from '../../core/index.ts'
import type { StateReader } from '../state-access.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { AssignedParent, SchedulerEvent } from './types.ts'
import type { Work } from './work.ts'

/** Schedules an attached peer anew: its edges are given back first. The answer is an event. */
export function schedule(work: Work, peer: PeerRow): void {
  assert(isSchedulableState(peer.state), 'only a peer that downloads is scheduled')
  const task = taskOf(work, peer)
  if (peer.needBackToSource && canBackToSource(work, task)) {
    sendToSource(work, peer)
    return
  }
  removeInEdges(work, peer)
  const freed = peer.parentCount === 0 ? peer : changedPeer(peer, { parentCount: 0 })
  if (freed !== peer) work.tx.put(peersTable, freed)
  if (assignParents(work, task, freed)) return
  if (!hasSource(task) && !hasAvailablePeer(work.tx, task.id, peer.hostId)) {
    failSchedule(work, peer, 'no-available-peer')
    return
  }
  wait(work, task, freed)
}

/** Tries to give a peer without parents some; they are told by an event. */
export function assignParents(work: Work, task: TaskRow, peer: PeerRow): boolean {
  const chosen = chooseParents(work, peer)
  const parents = chosen.filter((parent) => addEdge(work, task, parent, peer))
  if (parents.length === 0) return false
  work.tx.put(peersTable, changedPeer(peer, { parentCount: parents.length }))
  work.tx.delete(waitersTable, peer.key)
  // Having parents, it serves others itself.
  work.tasksToServe.add(task.id)
  work.emit({
    type: 'parents-assigned',
    taskId: peer.taskId,
    peerId: peer.peerId,
    owner: { sessionId: peer.ownerSessionId, streamId: peer.streamId },
    parents: parents.map((parent) => assignedParent(work, parent)),
  })
  return true
}

/** Sends a peer to the source; from now on it is a possible parent. */
export function sendToSource(work: Work, peer: PeerRow): void {
  const next = firePeer(work, peer, 'download-back-to-source')
  assert(next !== undefined, 'a peer that downloads may go to the source')
  fireFailedTask(work, taskOf(work, peer))
  emitBackToSource(work, peer)
}

/** Tells a peer's stream to fetch from the source. */
export function emitBackToSource(work: Work, peer: PeerRow): void {
  const { taskId, peerId } = peer
  const owner = { sessionId: peer.ownerSessionId, streamId: peer.streamId }
  work.emit({ type: 'need-back-to-source', taskId, peerId, owner })
}

/** Tells a peer's stream that there will be no parents. */
export function failSchedule(
  work: Work,
  peer: PeerRow,
  reason: Extract<SchedulerEvent, { type: 'schedule-failed' }>['reason'],
): void {
  work.tx.delete(waitersTable, peer.key)
  const { taskId, peerId } = peer
  const owner = { sessionId: peer.ownerSessionId, streamId: peer.streamId }
  work.emit({ type: 'schedule-failed', taskId, peerId, owner, reason })
}

/** Whether the task's content can be fetched from where its URL points. */
export function hasSource(task: Pick<TaskRow, 'type'>): boolean {
  return task.type !== 'persistent-cache'
}

/** Whether one more peer of the task may go to the source. */
export function canBackToSource(work: Pick<Work, 'tx'>, task: TaskRow): boolean {
  return hasSource(task) && task.backToSourceCount < settingsOf(work.tx).backToSourceCount
}

/**
 * Whether a peer on a live host that shares (other than `exceptHostId`) has something to serve: it
 * succeeded, fetches from the source, is a seed at work, or has parents itself.
 */
export function hasAvailablePeer(
  state: StateReader,
  taskId: string,
  exceptHostId: string | null,
): boolean {
  let isFound = false
  const range = { group: taskId, until: [servingFirst] }
  let visited = 0
  state.each(peersTable, 'byTask', range, (peer) => {
    visited += 1
    if (visited > sampleVisitedMax) return false
    if (peer.hostId === exceptHostId) return true
    const host = state.get(hostsTable, peer.hostId)
    if (host === undefined || host.state !== 'live' || host.disableShared) return true
    isFound = true
    return false
  })
  return isFound
}

/** The best parents for a peer, best first. The sample begins at a place drawn from the log. */
function chooseParents(work: Work, peer: PeerRow): readonly PeerRow[] {
  const { candidateParentLimit, filterParentLimit, hostTtlMs } = settingsOf(work.tx)
  const child = childOf(work, peer)
  const rows = new Map<string, PeerRow>()
  const candidates: Candidate[] = []
  const start = work.context.random(peer.key).below(0x1_0000_0000)
  let visited = 0
  const consider = (row: PeerRow): boolean => {
    visited += 1
    const host = work.tx.get(hostsTable, row.hostId)
    if (host !== undefined) {
      const candidate = candidateOf(row, host, hostDeadMs(host, hostTtlMs) <= work.stampMs)
      if (candidateRefusal(candidate, child) === undefined) {
        rows.set(row.peerId, row)
        candidates.push(candidate)
      }
    }
    return visited < sampleVisitedMax && candidates.length < filterParentLimit
  }
  const group = peer.taskId
  const { tx } = work
  let isFull = false
  const behind = { group, from: [servingFirst, start], until: [servingFirst] }
  tx.each(peersTable, 'byTask', behind, (row) => {
    isFull = !consider(row)
    return !isFull
  })
  if (!isFull && start > 0) {
    tx.each(peersTable, 'byTask', { group, until: [servingFirst, start - 1] }, consider)
  }
  return rankCandidates(candidates, child, candidateParentLimit).map((candidate) =>
    rows.get(candidate.peerId)!,
  )
}

function childOf(work: Work, peer: PeerRow): Child {
  const children = (id: string, limit: number): string[] => childrenOf(work, peer.taskId, id, limit)
  const descendants = descendantsOf(peer.peerId, children, descendantsVisitedMax)
  const host = work.tx.get(hostsTable, peer.hostId)
  assert(host !== undefined, 'a host outlives its peers')
  const { peerId, hostId, blockedParents } = peer
  const { idc, location } = host
  return { peerId, hostId, idc, location, blockedParents, descendants }
}

/**
 * A host past its time is no parent any more, although it is still there: the sweep comes later,
 * and with a leader that was stopped it comes an election timeout of cluster time later.
 */
function candidateOf(peer: PeerRow, host: HostRow, isDead: boolean): Candidate {
  return {
    peerId: peer.peerId,
    state: peer.state,
    inDegree: peer.parentCount,
    costsMs: peer.costsMs,
    host: { ...host, isLive: host.state === 'live' && !isDead },
  }
}

function assignedParent(work: Work, parent: PeerRow): AssignedParent {
  const host = work.tx.get(hostsTable, parent.hostId)
  assert(host !== undefined, 'a parent has a host')
  const { peerId, hostId, state } = parent
  const { ip, port, downloadPort } = host
  return { peerId, hostId, ip, port, downloadPort, state }
}

/** Queues the peer; one that waits already keeps its place and its deadline. */
function wait(work: Work, task: TaskRow, peer: PeerRow): void {
  const known = work.tx.get(waitersTable, peer.key)
  const settings = settingsOf(work.tx)
  const tries = canBackToSource(work, task) ? settings.retryBackToSourceLimit : settings.retryLimit
  work.tx.put(waitersTable, {
    taskId: peer.taskId,
    peerId: peer.peerId,
    sinceIndex: known?.sinceIndex ?? work.context.index,
    sinceOrdinal: known?.sinceOrdinal ?? work.context.ordinal,
    deadlineMs: known?.deadlineMs ?? work.stampMs + tries * settings.retryIntervalMs,
    ownerSessionId: peer.ownerSessionId,
    streamId: peer.streamId,
    attachEpoch: peer.attachEpoch,
  })
}

/** A task that failed is on its way again: somebody fetches it. */
export function fireFailedTask(work: Work, task: TaskRow): void {
  if (task.state === 'Failed') fireTask(work, task, 'download')
}
