// finish-download: a download of API v2 ended. The stream is over with it, so the peer is detached
// at once: what it held is given back here and nothing is left for a grace period.
import { defineCommand } from '../command.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { detachPeer, firePeer, taskOf } from './peers.ts'
import { notOwned, ownedPeer } from './streams.ts'
import { failTask, forgetLengths, succeedTask } from './tasks.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { DownloadResult, FinishDownload } from './types.ts'

/** See `FinishDownload`. */
export const finishDownload = defineCommand({
  kind: 143,
  kindVersion: 1,
  name: 'finish-download',
  encode: (body: FinishDownload) => [
    ...peerRefWire(body),
    body.streamId,
    body.success,
    body.backToSource,
  ],
  decode: (fields): FinishDownload => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    success: fields.boolean(),
    backToSource: fields.boolean(),
  }),
  apply: (tx, body, context): DownloadResult => {
    const work = new Work(tx, context)
    return runWork(work, () => finish(work, body))
  },
})

function finish(work: Work, body: FinishDownload): DownloadResult {
  const peer = ownedPeer(work, body)
  if (peer === undefined) return { ok: false, reason: notOwned(work, body) }
  const next = body.success ? succeeded(work, peer, body) : failed(work, peer, body)
  if (next === undefined) return { ok: false, reason: 'illegal-state' }
  detachPeer(work, next, 0)
  return { ok: true, state: next.state }
}

/**
 * The task has succeeded when somebody has the whole of it: who fetched it from the source says so,
 * and who got it from others or had it before does when its length is known. Upstream leaves the
 * task Running in the latter case, where a later peer finds the holder all the same.
 */
function succeeded(work: Work, peer: PeerRow, body: FinishDownload): PeerRow | undefined {
  const task = taskOf(work, peer)
  const isAtSource = body.backToSource || peer.state === 'BackToSource'
  const next = peer.state === 'Succeeded' ? peer : firePeer(work, peer, 'succeed')
  const isWhole = peer.range === '' && (isAtSource || task.contentLength >= 0)
  if (next !== undefined && isWhole) {
    succeedTask(work, task.id, { contentLength: -1, totalPieceCount: -1 })
  }
  return next
}

/**
 * A holder keeps what it has: only a download in progress can fail. When the source failed nobody,
 * its task is open again for whoever comes next, with other lengths if need be.
 */
function failed(work: Work, peer: PeerRow, body: FinishDownload): PeerRow | undefined {
  if (peer.state === 'Succeeded' || peer.state === 'Failed') return peer
  const isAtSource = body.backToSource || peer.state === 'BackToSource'
  const next = firePeer(work, peer, 'fail')
  if (next === undefined || !isAtSource) return next
  const task = failTask(work, peer.taskId, null)
  if (task !== undefined) forgetLengths(work, task)
  return next
}
