// Edges and the upload slots they take. Nothing else changes the counters of a host.
import { assert } from '../../../base/index.ts'
import { edgeContentLengthMax } from '../../core/index.ts'
import { edgeKey, edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { peerKey } from '../rows/peer.ts'
import type { EdgeRow } from '../rows/edge.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { Work } from './work.ts'

/** In-edges a peer can have: parents are always replaced as a whole. */
const inEdgesMax = 64

/**
 * Adds parent -> child and takes one slot of the parent's host. False when the host has none left:
 * another parent chosen for the same child may be on it too. The caller writes the `parentCount`.
 */
export function addEdge(work: Work, task: TaskRow, parent: PeerRow, child: PeerRow): boolean {
  const host = work.tx.get(hostsTable, parent.hostId)
  assert(host !== undefined && host.state === 'live', 'a parent is on a live host')
  if (host.concurrentUploadCount >= host.concurrentUploadLimit) return false
  const known = task.contentLength > 0 ? task.contentLength : 0
  const edge: EdgeRow = {
    taskId: task.id,
    parentId: parent.peerId,
    childId: child.peerId,
    hostId: host.id,
    pieceCount: child.concurrentPieceCount,
    contentLength: known < edgeContentLengthMax ? known : edgeContentLengthMax,
    txBandwidth: task.pieceLength * child.concurrentPieceCount * 8,
  }
  work.tx.put(edgesTable, edge)
  work.tx.put(hostsTable, charged({ ...host, uploadCount: host.uploadCount + 1 }, edge, 1))
  return true
}

/**
 * Removes one edge and gives its slot back. Peers below it may now serve those above it, which was
 * a cycle before, so the waiters of the task are looked at as well. The caller writes the
 * `parentCount` of the child.
 */
export function removeEdge(work: Work, edge: EdgeRow): void {
  work.tx.delete(edgesTable, edgeKey(edge.taskId, edge.parentId, edge.childId))
  work.tasksToServe.add(edge.taskId)
  const host = work.tx.get(hostsTable, edge.hostId)
  assert(host !== undefined, 'a host outlives its edges')
  if (host.concurrentUploadCount >= host.concurrentUploadLimit) work.hostsToServe.add(host.id)
  work.tx.put(hostsTable, charged(host, edge, -1))
}

/** Removes all edges to a child, whose row the caller then writes with a `parentCount` of 0. */
export function removeInEdges(work: Work, child: PeerRow): void {
  if (child.parentCount === 0) return
  const range = { group: child.key, limit: inEdgesMax }
  for (const edge of work.tx.list(edgesTable, 'byChild', range)) removeEdge(work, edge)
}

/** Ids of the children of a peer, at most `limit`. */
export function childrenOf(work: Work, taskId: string, peerId: string, limit: number): string[] {
  const group = peerKey(taskId, peerId)
  const edges = work.tx.list(edgesTable, 'byParent', { group, limit })
  return edges.map((edge) => edge.childId)
}

function charged(host: HostRow, edge: EdgeRow, sign: 1 | -1): HostRow {
  const next = {
    ...host,
    concurrentUploadCount: host.concurrentUploadCount + sign,
    concurrentUploadPieceCount: host.concurrentUploadPieceCount + sign * edge.pieceCount,
    uploadContentLength: host.uploadContentLength + sign * edge.contentLength,
    reservedTxBandwidth: host.reservedTxBandwidth + sign * edge.txBandwidth,
  }
  assert(
    next.concurrentUploadCount >= 0 &&
      next.concurrentUploadPieceCount >= 0 &&
      next.uploadContentLength >= 0 &&
      next.reservedTxBandwidth >= 0,
    'what an edge gives back was charged',
  )
  return next
}
