// Changes of peers and what follows from each: edges, slots, counters of the task, waiters.
import { assert } from '../../../base/index.ts'
import { blockedParentsMax, isAvailableState, peerAfter, taskAfter } from '../../core/index.ts'
import { hostsTable } from '../rows/host.ts'
import { changedPeer, isServing, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { removeInEdges } from './edges.ts'
import type { PeerEvent, TaskEvent } from '../../core/index.ts'
import type { PeerFields, PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { Work } from './work.ts'

/** Fires an event on a peer; undefined (and no change) when it is not legal in its state. */
export function firePeer(work: Work, peer: PeerRow, event: PeerEvent): PeerRow | undefined {
  const state = peerAfter(peer.state, event)
  if (state === undefined) return undefined
  const { stampMs } = work
  if (event === 'succeed' || event === 'fail' || event === 'download-back-to-source') {
    removeInEdges(work, peer)
    work.tx.delete(waitersTable, peer.key)
  }
  const next = changedPeer(peer, { state, updatedMs: stampMs, ...entailed(work, peer, event) })
  countSourcePeers(work, peer, next)
  countFailures(work, peer, event)
  work.tx.put(peersTable, next)
  if (event === 'fail') orphanChildren(work, peer)
  if (isServing(next)) work.tasksToServe.add(peer.taskId)
  return next
}

function entailed(work: Work, peer: PeerRow, event: PeerEvent): Partial<PeerFields> {
  switch (event) {
    case 'download':
      return {
        pieceUpdatedMs: work.stampMs,
        detachDeadlineMs: 0,
        isOnSeed: isOnSeed(work, peer.hostId),
      }
    case 'download-back-to-source':
      return { pieceUpdatedMs: work.stampMs, detachDeadlineMs: 0, parentCount: 0 }
    case 'succeed': {
      // How many there are may not be known yet: then it has those it reported.
      const total = work.tx.get(tasksTable, peer.taskId)?.totalPieceCount ?? 0
      return {
        finishedPieces: new Uint8Array(0),
        finishedPieceCount: Math.max(total, peer.finishedPieceCount),
        costMs: work.stampMs - peer.createdMs,
        detachDeadlineMs: 0,
        parentCount: 0,
        blockedParents: [],
      }
    }
    case 'fail':
      return { detachDeadlineMs: 0, parentCount: 0 }
    default:
      return {}
  }
}

/** Whether a host is a seed. */
export function isOnSeed(work: Work, hostId: string): boolean {
  const host = work.tx.get(hostsTable, hostId)
  return host !== undefined && host.type !== 'normal'
}

/**
 * Whether a peer takes one of its task's places at the source: it fetches from there, and its
 * stream is open or was until a moment ago. A peer of API v2 whose stream broke fetches on without
 * a word, if it lives at all. After the grace period it stays a possible parent (one copy from the
 * source is enough for all, and content that is half there must not be fetched anew), but its place
 * is free again: a member that dies must not keep a task from its source until the pieces of its
 * peers time out.
 */
export function takesSourcePlace(peer: PeerRow): boolean {
  return peer.state === 'BackToSource' && (isAttached(peer) || peer.detachDeadlineMs > 0)
}

/** Keeps the task's count of places taken at the source. */
export function countSourcePeers(work: Work, before: PeerRow, after: PeerRow): void {
  const added = Number(takesSourcePlace(after)) - Number(takesSourcePlace(before))
  if (added === 0) return
  const task = taskOf(work, after)
  const backToSourceCount = task.backToSourceCount + added
  assert(backToSourceCount >= 0, 'peers at the source are counted')
  // Whoever was waited for has begun.
  const sourceExpectedUntilMs = added > 0 ? 0 : task.sourceExpectedUntilMs
  work.tx.put(tasksTable, { ...task, backToSourceCount, sourceExpectedUntilMs })
}

/** Keeps the task's count of failures at the source since the last success. */
function countFailures(work: Work, peer: PeerRow, event: PeerEvent): void {
  const isFailure = event === 'fail' && peer.state === 'BackToSource'
  if (!isFailure && event !== 'succeed') return
  const task = taskOf(work, peer)
  const failedPeerCount = isFailure ? task.failedPeerCount + 1 : 0
  if (failedPeerCount !== task.failedPeerCount)
    work.tx.put(tasksTable, { ...task, failedPeerCount })
}

/** Adds a new peer (whose task exists). */
export function addPeer(work: Work, peer: PeerRow): void {
  const task = taskOf(work, peer)
  if (task.emptySinceMs > 0) work.tx.put(tasksTable, { ...task, emptySinceMs: 0 })
  work.tx.put(peersTable, peer)
}

/** Deletes a peer with its edges and slots; its children get other parents. */
export function removePeer(work: Work, peer: PeerRow): void {
  removeInEdges(work, peer)
  work.tx.delete(waitersTable, peer.key)
  work.tx.delete(peersTable, peer.key)
  orphanChildren(work, peer)
  const task = taskOf(work, peer)
  const isEmpty = work.tx.groupSize(peersTable, 'byTask', task.id) === 0
  const atSource = Number(takesSourcePlace(peer))
  if (isEmpty || atSource > 0) {
    work.tx.put(tasksTable, {
      ...task,
      backToSourceCount: task.backToSourceCount - atSource,
      emptySinceMs: isEmpty ? work.stampMs : 0,
    })
  }
  if (peer.ownerSessionId > 0) emitAttachmentLost(work, peer)
}

/** Tells the stream that owned a peer that it no longer does. */
export function emitAttachmentLost(work: Work, peer: PeerRow): void {
  work.emit({
    type: 'attachment-lost',
    taskId: peer.taskId,
    peerId: peer.peerId,
    owner: { sessionId: peer.ownerSessionId, streamId: peer.streamId },
  })
}

/**
 * Takes a peer off its stream. Its edges and its place at the source stay until the deadline (0: it
 * has none); it waits no longer.
 */
export function detachPeer(work: Work, peer: PeerRow, detachDeadlineMs: number): void {
  work.tx.delete(waitersTable, peer.key)
  const holdsSome = peer.parentCount > 0 || takesSourcePlace(peer)
  const next = changedPeer(peer, {
    ownerSessionId: 0,
    streamId: 0,
    detachDeadlineMs: holdsSome ? detachDeadlineMs : 0,
  })
  countSourcePeers(work, peer, next)
  work.tx.put(peersTable, next)
}

/** Fires an event on a task and sets other fields; undefined when it is not legal. */
export function fireTask(
  work: Work,
  task: TaskRow,
  event: TaskEvent,
  change: Partial<TaskRow> = {},
): TaskRow | undefined {
  const state = taskAfter(task.state, event)
  if (state === undefined) return undefined
  const next = { ...task, ...change, state, updatedMs: work.stampMs }
  work.tx.put(tasksTable, next)
  return next
}

/** The task of a peer, which outlives it. */
export function taskOf(work: Pick<Work, 'tx'>, peer: PeerRow): TaskRow {
  const task = work.tx.get(tasksTable, peer.taskId)
  assert(task !== undefined, 'a task outlives its peers')
  return task
}

/** The list with one more blocked parent, the oldest forgotten first. */
export function withBlocked(blocked: readonly string[], parentId: string): readonly string[] {
  if (blocked.includes(parentId)) return blocked
  return [...blocked, parentId].slice(-blockedParentsMax)
}

/** Whether a peer's stream is open somewhere. */
export function isAttached(peer: PeerRow): boolean {
  return peer.ownerSessionId > 0
}

function orphanChildren(work: Work, peer: PeerRow): void {
  if (!isAvailableState(peer.state)) return
  work.orphans.push({ taskId: peer.taskId, parentId: peer.peerId, afterChildId: '' })
}
