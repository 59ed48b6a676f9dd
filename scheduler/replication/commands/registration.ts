// What the registrations of both APIs share: whether they come too late, who fetches first, what
// becomes of the task, and the peer itself.
import {
  concurrentPieceCountDefault,
  firstDownload,
  isAvailableState,
  peerAfter,
  sizeScopeOf,
  sourceStartMs,
} from '../../core/index.ts'
import { changedPeer, peerKey, peerRow, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { findTombstone } from '../rows/tombstone.ts'
import { addPeer, fireTask } from './peers.ts'
import { hasAvailablePeer, hasSource } from './schedule.ts'
import { chooseSeed, openSeed, requestSeed } from './seeds.ts'
import type { FirstDownload, Priority, StreamApi } from '../../core/index.ts'
import type { StateReader } from '../state-access.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { Work } from './work.ts'

/** Scope of the tombstones of peers. Frozen. */
export const peerTombstoneScope = 'peer'

/** Scope of the tombstones of all peers that one host had of a task. Frozen. */
export const hostTaskTombstoneScope = 'host-task'

/** Id of a tombstone of that scope: ids hold no line feed. Frozen. */
export function hostTaskKey(taskId: string, hostId: string): string {
  return `${taskId}\n${hostId}`
}

/** A peer as a request names it. */
export interface NamedPeer {
  readonly taskId: string
  readonly peerId: string
  readonly hostId: string
}

/** Whether a peer, or its task on its host, was deleted by an entry after `index`. */
export function isDeletedSince(
  state: StateReader,
  named: NamedPeer,
  at: { readonly index: number; readonly stampMs: number },
): boolean {
  const { taskId, peerId, hostId } = named
  const graves = [
    findTombstone(state, peerTombstoneScope, peerKey(taskId, peerId), at.stampMs),
    findTombstone(state, hostTaskTombstoneScope, hostTaskKey(taskId, hostId), at.stampMs),
  ]
  return graves.some((grave) => grave !== undefined && grave.removedAtIndex > at.index)
}

/** The peer that a request accepted at `acceptedIndex` names, if it is known and may be meant. */
export function findPeer(
  work: Work,
  named: NamedPeer,
  acceptedIndex: number,
):
  | { readonly ok: true; readonly known: PeerRow | undefined }
  | { readonly ok: false; readonly reason: 'deleted' | 'host-mismatch' } {
  if (isDeletedSince(work.tx, named, { index: acceptedIndex, stampMs: work.stampMs })) {
    return { ok: false, reason: 'deleted' }
  }
  const known = work.tx.get(peersTable, peerKey(named.taskId, named.peerId))
  return known === undefined || known.hostId === named.hostId
    ? { ok: true, known }
    : { ok: false, reason: 'host-mismatch' }
}

/**
 * A known peer of a host that a request names. When the host has left, or has deleted the task,
 * since the peer was made and the peer's removal is still to come, the peer is there anew and
 * stays.
 */
export function keptPeer(work: Work, host: HostRow, peer: PeerRow): PeerRow {
  const key = hostTaskKey(peer.taskId, host.id)
  const grave = findTombstone(work.tx, hostTaskTombstoneScope, key, work.stampMs)
  const removedIndex = Math.max(host.leftIndex, grave?.removedAtIndex ?? 0)
  if (peer.createdIndex > removedIndex) return peer
  return changedPeer(peer, { createdIndex: work.context.index })
}

/** What a registration says about its first download. */
export interface FirstRequest {
  readonly api: StreamApi
  readonly priority: Priority
  readonly range: string
  readonly needBackToSource: boolean
  /** Of an outbox row; with API v2 none means that no seed is asked. */
  readonly seedDownload: Uint8Array
}

/** Who is to fetch the task first. A peer that fetches or holds it already changes nothing. */
export function decideFirst(
  work: Work,
  request: FirstRequest,
  at: { readonly stored: TaskRow; readonly host: HostRow; readonly known: PeerRow | undefined },
): FirstDownload {
  const { stored, host, known } = at
  if (request.needBackToSource) return 'source'
  if (known !== undefined && isAvailableState(known.state) && known.state !== 'Running') {
    return 'none'
  }
  const isStarted = stored.state === 'Running' || stored.state === 'Succeeded'
  const isServed =
    isStarted &&
    (hasAvailablePeer(work.tx, stored.id, host.id) || stored.sourceExpectedUntilMs > work.stampMs)
  const mayAsk = request.api === 1 || request.seedDownload.length > 0
  return firstDownload({
    api: request.api,
    isServed,
    hasSource: hasSource(stored),
    hostType: host.type,
    priority: request.priority,
    hasSeed:
      openSeed(work, stored.id) !== undefined ||
      (mayAsk && chooseSeed(work, stored.id) !== undefined),
  })
}

/** Asks the seed of a task, when there is one and none has been asked. */
export function askSeed(work: Work, taskId: string, request: FirstRequest): void {
  const seed = chooseSeed(work, taskId)
  if (seed === undefined) return
  requestSeed(work, seed, { taskId, range: request.range, download: request.seedDownload })
}

/**
 * Content that is there stays there: only a task that nobody can serve starts over. Who is told to
 * go to the source is waited for a while, because one copy is enough.
 */
export function startTask(work: Work, stored: TaskRow, isSource: boolean): TaskRow {
  const sourceExpectedUntilMs = isSource ? work.stampMs + sourceStartMs : 0
  const task = isSource ? { ...stored, sourceExpectedUntilMs } : stored
  if (isSource) work.tx.put(tasksTable, task)
  if (task.state === 'Running') return task
  if (task.state === 'Succeeded') {
    if (!hasSource(task) || isEmptyTask(task)) return task
    if (hasAvailablePeer(work.tx, task.id, null)) return task
  }
  return fireTask(work, task, 'download') ?? task
}

/** Content without a source that nobody holds any more was deleted, even if it was empty. */
export function isThere(work: Work, task: TaskRow): boolean {
  return hasSource(task) || hasAvailablePeer(work.tx, task.id, null)
}

/** Whether a task is known to have no bytes. */
export function isEmptyTask(task: TaskRow): boolean {
  return sizeScopeOf(task.contentLength, task.totalPieceCount) === 'empty'
}

/** A peer as a registration describes it; the rest of its row begins at nothing. */
export interface PeerDescription extends NamedPeer {
  readonly api: StreamApi
  readonly range: string
  readonly priority: Priority
  /** 0 = default. */
  readonly concurrentPieceCount: number
}

/** A new peer, not yet in the state. */
export function newPeer(work: Work, described: PeerDescription): PeerRow {
  const { taskId, peerId, hostId, api, range, priority, concurrentPieceCount } = described
  return peerRow({
    taskId,
    peerId,
    hostId,
    state: 'Pending',
    priority,
    range,
    concurrentPieceCount:
      concurrentPieceCount > 0 ? concurrentPieceCount : concurrentPieceCountDefault,
    needBackToSource: false,
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 0,
    costsMs: [],
    costMs: 0,
    blockedParents: [],
    ownerSessionId: 0,
    streamId: 0,
    api,
    parentCount: 0,
    isOnSeed: false,
    attachEpoch: 0,
    detachDeadlineMs: 0,
    createdIndex: work.context.index,
    createdMs: work.stampMs,
    updatedMs: work.stampMs,
    pieceUpdatedMs: work.stampMs,
  })
}

/** A known peer that registers again: one that failed or left begins anew, any other goes on. */
export function revived(work: Work, host: HostRow, known: PeerRow): PeerRow {
  if (known.state !== 'Failed' && known.state !== 'Leave') return keptPeer(work, host, known)
  return changedPeer(known, {
    state: 'Pending',
    needBackToSource: false,
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 0,
    blockedParents: [],
    createdIndex: work.context.index,
    updatedMs: work.stampMs,
    pieceUpdatedMs: work.stampMs,
  })
}

/** Stores a peer that registered; one that begins is received. */
export function receivePeer(
  work: Work,
  peer: PeerRow,
  how: { readonly isEmpty: boolean; readonly isSource: boolean; readonly isNew: boolean },
): PeerRow {
  const received = peerAfter(peer.state, how.isEmpty ? 'register-empty' : 'register-normal')
  const next = changedPeer(peer, {
    state: received ?? peer.state,
    needBackToSource: peer.needBackToSource || how.isSource,
    updatedMs: work.stampMs,
  })
  if (how.isNew) addPeer(work, next)
  else work.tx.put(peersTable, next)
  return next
}
