// block-parent: a parent could not serve a piece to a client of API v2. The failure counts against
// the parent's host, and the parent is not chosen for this peer again. The edge to it stays, with
// its slot, until the peer is scheduled anew: the client has it among its parents and may fetch
// other pieces from it, so the host does bear its load.
import { defineCommand } from '../command.ts'
import { readId } from '../rows/fields.ts'
import { hostsTable } from '../rows/host.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { withBlocked } from './peers.ts'
import { notOwned, ownedPeer } from './streams.ts'
import { Work } from './work.ts'
import type { BlockParent, DownloadResult } from './types.ts'

/** See `BlockParent`. */
export const blockParent = defineCommand({
  kind: 144,
  kindVersion: 1,
  name: 'block-parent',
  encode: (body: BlockParent) => [...peerRefWire(body), body.streamId, body.parentId],
  decode: (fields): BlockParent => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    parentId: readId(fields),
  }),
  apply: (tx, body, context): DownloadResult => block(new Work(tx, context), body),
})

function block(work: Work, body: BlockParent): DownloadResult {
  const peer = ownedPeer(work, body)
  if (peer === undefined) return { ok: false, reason: notOwned(work, body) }
  const blockedParents = withBlocked(peer.blockedParents, body.parentId)
  work.tx.put(peersTable, changedPeer(peer, { blockedParents, updatedMs: work.stampMs }))
  const parent = work.tx.get(peersTable, peerKey(body.taskId, body.parentId))
  const host = parent === undefined ? undefined : work.tx.get(hostsTable, parent.hostId)
  if (host !== undefined && host.id !== peer.hostId) {
    work.tx.put(hostsTable, { ...host, uploadFailedCount: host.uploadFailedCount + 1 })
  }
  return { ok: true, state: peer.state }
}
