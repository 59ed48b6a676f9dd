// reschedule-peer: a client of API v2 wants other parents than those it names. The answer is an
// event, now or when there is a parent.
import { blockedParentsMax, isSchedulableState } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { readId } from '../rows/fields.ts'
import { changedPeer, peersTable } from '../rows/peer.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { withBlocked } from './peers.ts'
import { emitBackToSource, schedule } from './schedule.ts'
import { notOwned, ownedPeer } from './streams.ts'
import { Work } from './work.ts'
import type { DownloadResult, ReschedulePeer } from './types.ts'

/** See `ReschedulePeer`. */
export const reschedulePeer = defineCommand({
  kind: 142,
  kindVersion: 1,
  name: 'reschedule-peer',
  encode: (body: ReschedulePeer) => [...peerRefWire(body), body.streamId, body.blockedParents],
  decode: (fields): ReschedulePeer => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    blockedParents: fields.list(blockedParentsMax, readId),
  }),
  apply: (tx, body, context): DownloadResult => {
    const work = new Work(tx, context)
    return runWork(work, () => reschedule(work, body))
  },
})

function reschedule(work: Work, body: ReschedulePeer): DownloadResult {
  const peer = ownedPeer(work, body)
  if (peer === undefined) return { ok: false, reason: notOwned(work, body) }
  if (peer.state === 'BackToSource') {
    emitBackToSource(work, peer)
    return { ok: true, state: peer.state }
  }
  if (!isSchedulableState(peer.state)) return { ok: false, reason: 'illegal-state' }
  const blockedParents = body.blockedParents.reduce(withBlocked, peer.blockedParents)
  const next = changedPeer(peer, { blockedParents, updatedMs: work.stampMs })
  work.tx.put(peersTable, next)
  schedule(work, next)
  return { ok: true, state: work.tx.get(peersTable, peer.key)?.state ?? next.state }
}
