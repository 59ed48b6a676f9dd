// report-peer-result: a download ended. Success makes the peer a holder of all pieces; failure
// gives its children other parents. A result that no longer fits the peer's state changes nothing.
import { contentLengthMax, pieceCountMax } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { optionalWire, readOptional } from '../rows/fields.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef, readSourceError, sourceErrorWire } from './body.ts'
import { firePeer } from './peers.ts'
import { failTask, succeedTask } from './tasks.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { ReportPeerResult, ReportPeerResultResult } from './types.ts'

/** See `ReportPeerResult`. */
export const reportPeerResult = defineCommand({
  kind: 115,
  kindVersion: 1,
  name: 'report-peer-result',
  encode: (body: ReportPeerResult) => [
    ...peerRefWire(body),
    body.success,
    body.contentLength,
    body.totalPieceCount,
    body.costMs,
    optionalWire(body.sourceError, sourceErrorWire),
  ],
  decode: (fields): ReportPeerResult => ({
    ...readPeerRef(fields),
    success: fields.boolean(),
    contentLength: fields.integer(-1, contentLengthMax),
    totalPieceCount: fields.integer(-1, pieceCountMax),
    costMs: fields.integer(),
    sourceError: readOptional(fields, readSourceError),
  }),
  apply: (tx, body, context): ReportPeerResultResult => {
    const work = new Work(tx, context)
    return runWork(work, () => report(work, body))
  },
})

function report(work: Work, body: ReportPeerResult): ReportPeerResultResult {
  const peer = work.tx.get(peersTable, peerKey(body.taskId, body.peerId))
  if (peer === undefined) return { ok: false, reason: 'peer-not-found' }
  const after = body.success ? succeeded(work, peer, body) : failed(work, peer, body)
  return { ok: true, state: (after ?? peer).state }
}

function succeeded(work: Work, peer: PeerRow, body: ReportPeerResult): PeerRow | undefined {
  if (peer.state === 'BackToSource') succeedTask(work, peer.taskId, body)
  return firePeer(work, peer, 'succeed')
}

function failed(work: Work, peer: PeerRow, body: ReportPeerResult): PeerRow | undefined {
  // A holder keeps what it has: only a download in progress can fail.
  if (peer.state === 'Succeeded') return undefined
  const wasAtSource = peer.state === 'BackToSource'
  const after = firePeer(work, peer, 'fail')
  if (wasAtSource) failTask(work, peer.taskId, body.sourceError)
  return after
}
