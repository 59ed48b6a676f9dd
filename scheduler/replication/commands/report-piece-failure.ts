// report-piece-failure: a parent could not serve a piece. The child never gets that parent again
// and is scheduled anew; what the failure says about the parent is kept with it.
import { defineCommand } from '../command.ts'
import { readIdOrEmpty } from '../rows/fields.ts'
import { hostsTable } from '../rows/host.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { firePeer, isAttached, removePeer, withBlocked } from './peers.ts'
import { failSchedule, schedule } from './schedule.ts'
import { chooseSeed, requestSeed } from './seeds.ts'
import { notOwned, ownedPeer } from './streams.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { ReportPieceFailure, ReportPieceFailureResult } from './types.ts'

const causes = ['failed', 'task-gone', 'piece-gone'] as const

/** See `ReportPieceFailure`. */
export const reportPieceFailure = defineCommand({
  kind: 114,
  kindVersion: 1,
  name: 'report-piece-failure',
  encode: (body: ReportPieceFailure) => [
    ...peerRefWire(body),
    body.streamId,
    body.parentId,
    body.cause,
  ],
  decode: (fields): ReportPieceFailure => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    parentId: readIdOrEmpty(fields),
    cause: fields.oneOf(causes),
  }),
  apply: (tx, body, context): ReportPieceFailureResult => {
    const work = new Work(tx, context)
    return runWork(work, () => report(work, body))
  },
})

function report(work: Work, body: ReportPieceFailure): ReportPieceFailureResult {
  const peer = ownedPeer(work, body)
  if (peer === undefined) return { ok: false, reason: notOwned(work, body) }
  if (peer.state === 'BackToSource') return { ok: true }
  const parent = work.tx.get(peersTable, peerKey(body.taskId, body.parentId))
  if (parent !== undefined && parent.peerId !== peer.peerId) {
    blameParent(work, parent, body.cause, peer.range)
  }
  if (peer.state !== 'Running') {
    if (isAttached(peer)) failSchedule(work, peer, 'not-running')
    return { ok: true }
  }
  const blockedParents =
    body.parentId === '' ? peer.blockedParents : withBlocked(peer.blockedParents, body.parentId)
  const next = changedPeer(peer, { blockedParents, updatedMs: work.stampMs })
  work.tx.put(peersTable, next)
  schedule(work, next)
  return { ok: true }
}

function blameParent(
  work: Work,
  parent: PeerRow,
  cause: ReportPieceFailure['cause'],
  range: string,
): void {
  const host = work.tx.get(hostsTable, parent.hostId)
  if (host !== undefined) {
    work.tx.put(hostsTable, { ...host, uploadFailedCount: host.uploadFailedCount + 1 })
  }
  // A client of API v2 says on its own stream what becomes of its download: as long as that is
  // open, a child's word must not end it.
  if (parent.api === 2 && isAttached(parent)) return
  if (cause === 'task-gone') firePeer(work, parent, 'fail')
  if (cause === 'piece-gone' && host !== undefined && host.type !== 'normal') {
    removePeer(work, parent)
    const seed = chooseSeed(work, parent.taskId)
    if (seed !== undefined)
      requestSeed(work, seed, {
        taskId: parent.taskId,
        range,
        download: new Uint8Array(0),
      })
  }
}
