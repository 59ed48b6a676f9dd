// Does what a command's changes entail: children of lost parents get others, waiters are served in
// order the moment a parent or a slot is there. What does not fit the command is continued.
import { assert } from '../../../base/index.ts'
import { isSchedulableState, slotWaitersVisitedMax } from '../../core/index.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { removeEdge } from './edges.ts'
import { detachPeer, isAttached, taskOf } from './peers.ts'
import { assignParents, schedule } from './schedule.ts'
import type { WaiterRow } from '../rows/waiter.ts'
import type { Orphans, Work } from './work.ts'

/** Kinds of continuations. Frozen. */
export const rescheduleChildrenKind = 'reschedule-children'
export const serveTaskKind = 'serve-task'
export const serveHostKind = 'serve-host'

/** Children or waiters read per step. */
const rowsPerStep = 20

/** Waiters in a row that could not be served, after which the rest of the task's wait on. */
const unservedWaitersMax = 8

/** A place in the order of the waiters of a task. */
export type WaiterPlace = readonly [sinceIndex: number, sinceOrdinal: number, peerId: string]

/** A place in the order of all waiters. */
export type QueuePlace = readonly [
  sinceIndex: number,
  sinceOrdinal: number,
  taskId: string,
  peerId: string,
]

/** Runs a command's own changes, then what they entail. */
export function runWork<Result>(work: Work, change: () => Result): Result {
  const result = change()
  finishWork(work)
  return result
}

/**
 * Does the entailed work. Orphans first: each may free slots that waiters then get. Hosts before
 * tasks: a slot that was short goes to who has waited longest, whatever the task.
 */
export function finishWork(work: Work): void {
  while (work.hasBudget) {
    const orphans = work.orphans.shift()
    if (orphans !== undefined) {
      rescheduleChildren(work, orphans)
      continue
    }
    const hostId = takeFirst(work.hostsToServe)
    if (hostId !== undefined) {
      serveHost(work, { hostId, looked: 0, place: undefined })
      continue
    }
    const taskId = takeFirst(work.tasksToServe)
    if (taskId === undefined) return
    serveTask(work, taskId, undefined)
  }
  continueLater(work)
}

/** The command is full: what is left becomes a continuation each, where there is anything to do. */
function continueLater(work: Work): void {
  const { tx, context } = work
  for (const { taskId, parentId, afterChildId } of work.orphans.splice(0)) {
    if (tx.groupSize(edgesTable, 'byParent', peerKey(taskId, parentId)) === 0) continue
    context.continueWith(rescheduleChildrenKind, [taskId, parentId, afterChildId])
  }
  for (const taskId of work.tasksToServe) {
    if (tx.groupSize(waitersTable, 'byTask', taskId) > 0) {
      context.continueWith(serveTaskKind, [taskId])
    }
  }
  for (const hostId of work.hostsToServe) {
    if (tx.count(waitersTable) > 0) context.continueWith(serveHostKind, [hostId, 0])
  }
  work.tasksToServe.clear()
  work.hostsToServe.clear()
}

/** Gives the children of a parent that is gone other parents, each child once. */
export function rescheduleChildren(work: Work, orphans: Orphans): void {
  const { taskId, parentId } = orphans
  let { afterChildId } = orphans
  const group = peerKey(taskId, parentId)
  for (;;) {
    const after = afterChildId === '' ? {} : { after: [afterChildId] }
    const edges = work.tx.list(edgesTable, 'byParent', { group, ...after, limit: rowsPerStep })
    for (const edge of edges) {
      if (!work.hasBudget) {
        work.context.continueWith(rescheduleChildrenKind, [taskId, parentId, afterChildId])
        return
      }
      afterChildId = edge.childId
      removeEdge(work, edge)
      const before = work.tx.get(peersTable, peerKey(taskId, edge.childId))
      assert(before !== undefined, 'a child outlives the edges to it')
      const child = changedPeer(before, { parentCount: before.parentCount - 1 })
      work.tx.put(peersTable, child)
      // A stream of API v2 is not told: its client asks again when it needs to.
      if (child.api === 1 && isAttached(child) && isSchedulableState(child.state)) {
        schedule(work, child)
      }
    }
    if (edges.length < rowsPerStep) return
  }
}

/** Serves the waiters of a task in order, each at most once a call. */
export function serveTask(work: Work, taskId: string, place: WaiterPlace | undefined): void {
  let after = place
  let unserved = 0
  for (;;) {
    const from = after === undefined ? {} : { after }
    const range = { group: taskId, ...from, limit: rowsPerStep }
    const waiters = work.tx.list(waitersTable, 'byTask', range)
    for (const waiter of waiters) {
      if (!work.hasBudget) {
        work.context.continueWith(serveTaskKind, [taskId, ...(after ?? [])])
        return
      }
      after = [waiter.sinceIndex, waiter.sinceOrdinal, waiter.peerId]
      unserved = serveWaiter(work, waiter) ? 0 : unserved + 1
      if (unserved >= unservedWaitersMax) return
    }
    if (waiters.length < rowsPerStep) return
  }
}

/** Where the offering of a host's slots goes on. */
export interface HostCursor {
  readonly hostId: string
  /** Waiters looked at so far, of `slotWaitersVisitedMax`. */
  readonly looked: number
  /** Behind which waiter to go on; undefined = from the first. */
  readonly place: QueuePlace | undefined
}

/**
 * Serves waiters of whichever task, in order, each at most once, from a host that has free slots
 * again.
 */
export function serveHost(work: Work, cursor: HostCursor): void {
  const { hostId } = cursor
  let { looked, place } = cursor
  const after = place === undefined ? {} : { after: place }
  const range = { ...after, limit: slotWaitersVisitedMax - looked }
  for (const waiter of work.tx.list(waitersTable, 'byAge', range)) {
    const host = work.tx.get(hostsTable, hostId)
    if (host === undefined || host.state !== 'live') return
    if (host.concurrentUploadCount >= host.concurrentUploadLimit) return
    if (!work.hasBudget) {
      // From here on: who cannot be served must not be offered the slot again and again.
      work.context.continueWith(serveHostKind, [hostId, looked, ...(place ?? [])])
      return
    }
    const { taskId, peerId, sinceIndex, sinceOrdinal } = waiter
    const held = { group: hostId, from: [taskId], until: [taskId] }
    if (work.tx.first(peersTable, 'byHost', held) !== undefined) serveWaiter(work, waiter)
    looked += 1
    place = [sinceIndex, sinceOrdinal, taskId, peerId]
  }
}

/** Serves one waiter if it still waits and there is a parent for it. */
function serveWaiter(work: Work, listed: WaiterRow): boolean {
  const key = peerKey(listed.taskId, listed.peerId)
  const waiter = work.tx.get(waitersTable, key)
  const peer = work.tx.get(peersTable, key)
  if (waiter === undefined || peer === undefined) return true
  if (!isSchedulableState(peer.state) || !isAttached(peer)) {
    detachPeer(work, peer, 0)
    return true
  }
  return assignParents(work, taskOf(work, peer), peer)
}

function takeFirst(set: Set<string>): string | undefined {
  for (const value of set) {
    set.delete(value)
    return value
  }
  return undefined
}
