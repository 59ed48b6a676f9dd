// start-download: a client of API v2 begins, with the parents it was given or at the source. It
// counts at the source from the moment it was sent there, so saying so again changes nothing.
import { defineCommand } from '../command.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { firePeer, taskOf } from './peers.ts'
import { fireFailedTask } from './schedule.ts'
import { notOwned, ownedPeer } from './streams.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { DownloadResult, StartDownload } from './types.ts'

/** See `StartDownload`. */
export const startDownload = defineCommand({
  kind: 141,
  kindVersion: 1,
  name: 'start-download',
  encode: (body: StartDownload) => [...peerRefWire(body), body.streamId, body.backToSource],
  decode: (fields): StartDownload => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    backToSource: fields.boolean(),
  }),
  apply: (tx, body, context): DownloadResult => {
    const work = new Work(tx, context)
    return runWork(work, () => start(work, body))
  },
})

function start(work: Work, body: StartDownload): DownloadResult {
  const peer = ownedPeer(work, body)
  if (peer === undefined) return { ok: false, reason: notOwned(work, body) }
  const next = body.backToSource ? startedAtSource(work, peer) : started(work, peer)
  return next === undefined
    ? { ok: false, reason: 'illegal-state' }
    : { ok: true, state: next.state }
}

/** A peer that registered what it has already is done before it begins. */
function started(work: Work, peer: PeerRow): PeerRow | undefined {
  if (peer.state === 'Running' || peer.state === 'Succeeded') return peer
  return firePeer(work, peer, 'download')
}

/**
 * Who goes to the source without having been sent there goes all the same, over the limit if it is
 * reached, and is counted.
 */
function startedAtSource(work: Work, peer: PeerRow): PeerRow | undefined {
  if (peer.state === 'BackToSource') return peer
  const next = firePeer(work, peer, 'download-back-to-source')
  if (next !== undefined) fireFailedTask(work, taskOf(work, next))
  return next
}
