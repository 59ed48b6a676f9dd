// reattach-stream: the stream of a client of API v2 goes on although the cluster took its member
// for dead and closed the session: the client must not notice. Only while nobody else has the peer.
import { isSchedulableState } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { sessionTable } from '../rows/session.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { isAttached } from './peers.ts'
import { emitBackToSource, schedule } from './schedule.ts'
import { attachPeer } from './streams.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { ReattachStream, ReattachStreamResult } from './types.ts'

/** See `ReattachStream`. */
export const reattachStream = defineCommand({
  kind: 146,
  kindVersion: 1,
  name: 'reattach-stream',
  encode: (body: ReattachStream) => [
    ...peerRefWire(body),
    body.streamId,
    body.attachEpoch,
    body.isAnswerDue,
  ],
  decode: (fields): ReattachStream => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    attachEpoch: fields.integer(1),
    isAnswerDue: fields.boolean(),
  }),
  apply: (tx, body, context): ReattachStreamResult => {
    const work = new Work(tx, context)
    return runWork(work, () => reattach(work, body))
  },
})

function reattach(work: Work, body: ReattachStream): ReattachStreamResult {
  const known = work.tx.get(peersTable, peerKey(body.taskId, body.peerId))
  if (known === undefined) return { ok: false, reason: 'peer-not-found' }
  if (isOnOpenStream(work, known) || known.attachEpoch !== body.attachEpoch) {
    return { ok: false, reason: 'stale-attachment' }
  }
  const peer = attachPeer(work, known, { streamId: body.streamId, api: 2 })
  if (body.isAnswerDue) answer(work, peer)
  const { state } = work.tx.get(peersTable, peer.key) ?? peer
  return { ok: true, state, attachEpoch: peer.attachEpoch }
}

/** A session with many peers is closed in steps: its stream may come before its peer's turn. */
function isOnOpenStream(work: Work, peer: PeerRow): boolean {
  return isAttached(peer) && work.tx.get(sessionTable, peer.ownerSessionId) !== undefined
}

/** The answer may have been given while nobody was there to hear it. */
function answer(work: Work, peer: PeerRow): void {
  if (peer.state === 'BackToSource') emitBackToSource(work, peer)
  else if (isSchedulableState(peer.state)) schedule(work, peer)
}
