// attach-stream and detach-stream: which member's stream a peer is on. A member that dies takes its
// streams along; the clients come back on another member, which attaches the same peers again.
import { assert } from '../../../base/index.ts'
import { detachGraceMs } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { countSourcePeers, detachPeer, emitAttachmentLost, firePeer, isOnSeed } from './peers.ts'
import { emitBackToSource, failSchedule, schedule } from './schedule.ts'
import { Work } from './work.ts'
import type { StreamApi } from '../../core/index.ts'
import type { PeerFields, PeerRow } from '../rows/peer.ts'
import type {
  AttachStream,
  AttachStreamResult,
  DetachStream,
  DetachStreamResult,
  PeerRef,
} from './types.ts'

/** Kind of the continuation that detaches the peers of a closed session. Frozen. */
export const detachSessionKind = 'detach-session'

/** Peers looked at per step. */
const peersPerStep = 50

/** See `AttachStream`. */
export const attachStream = defineCommand({
  kind: 111,
  kindVersion: 1,
  name: 'attach-stream',
  encode: (body: AttachStream) => [...peerRefWire(body), body.streamId, body.begin],
  decode: (fields): AttachStream => ({
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    begin: fields.boolean(),
  }),
  apply: (tx, body, context): AttachStreamResult => {
    const work = new Work(tx, context)
    return runWork(work, () => attach(work, body))
  },
})

/** See `DetachStream`. */
export const detachStream = defineCommand({
  kind: 112,
  kindVersion: 1,
  name: 'detach-stream',
  encode: (body: DetachStream) => [...peerRefWire(body), body.streamId],
  decode: (fields): DetachStream => ({ ...readPeerRef(fields), streamId: fields.integer(1) }),
  apply: (tx, body, context): DetachStreamResult => {
    const work = new Work(tx, context)
    const peer = ownedPeer(work, body)
    if (peer === undefined) return { ok: true, detached: false }
    detachPeer(work, peer, work.stampMs + detachGraceMs)
    return { ok: true, detached: true }
  },
})

/** The peer of a stream-derived command; undefined when it is gone or on another stream. */
export function ownedPeer(
  work: Work,
  from: PeerRef & { readonly streamId: number },
): PeerRow | undefined {
  const peer = work.tx.get(peersTable, peerKey(from.taskId, from.peerId))
  const isOwned =
    peer?.ownerSessionId === work.context.session.sessionId && peer.streamId === from.streamId
  return isOwned ? peer : undefined
}

/** Why a stream-derived command found no peer of its stream. */
export function notOwned(work: Work, from: PeerRef): 'peer-not-found' | 'stale-attachment' {
  const peer = work.tx.get(peersTable, peerKey(from.taskId, from.peerId))
  return peer === undefined ? 'peer-not-found' : 'stale-attachment'
}

/** Detaches the peers of a closed session until none are left or the command is full. */
export function detachSession(work: Work, sessionId: number): void {
  for (;;) {
    const range = { group: sessionId, limit: peersPerStep }
    const peers = work.tx.list(peersTable, 'byOwner', range)
    for (const peer of peers) {
      if (!work.hasBudget) {
        work.context.continueWith(detachSessionKind, [sessionId])
        return
      }
      detachPeer(work, peer, work.stampMs + detachGraceMs)
    }
    if (peers.length < peersPerStep) return
  }
}

function attach(work: Work, body: AttachStream): AttachStreamResult {
  const known = work.tx.get(peersTable, peerKey(body.taskId, body.peerId))
  if (known === undefined) return { ok: false, reason: 'peer-not-found' }
  const peer = attachPeer(work, known, { streamId: body.streamId, api: 1 })
  if (body.begin) beginDownload(work, peer)
  return { ok: true, attachEpoch: peer.attachEpoch }
}

/** A stream that a peer is put on: one of the session that proposes the command. */
export interface Attachment {
  readonly streamId: number
  readonly api: StreamApi
}

/** Puts a peer on a stream; the stream it was on is told. A waiter keeps its place. */
export function attachPeer(work: Work, known: PeerRow, to: Attachment): PeerRow {
  const peer = changedPeer(known, attachedFields(work, to))
  const { ownerSessionId, streamId, attachEpoch } = peer
  const isMoved = known.ownerSessionId !== ownerSessionId || known.streamId !== streamId
  if (isMoved && known.ownerSessionId > 0) emitAttachmentLost(work, known)
  countSourcePeers(work, known, peer)
  work.tx.put(peersTable, peer)
  const waiter = work.tx.get(waitersTable, peer.key)
  if (waiter !== undefined) {
    work.tx.put(waitersTable, { ...waiter, ownerSessionId, streamId, attachEpoch })
  }
  return peer
}

/** What a peer's row says about the stream it is on. */
export function attachedFields(work: Work, to: Attachment): Partial<PeerFields> {
  return {
    ownerSessionId: work.context.session.sessionId,
    streamId: to.streamId,
    api: to.api,
    attachEpoch: work.context.index,
    detachDeadlineMs: 0,
    updatedMs: work.stampMs,
  }
}

/**
 * The client waits for its first packet: every state it can be in gets one, except an empty task.
 */
function beginDownload(work: Work, peer: PeerRow): void {
  switch (peer.state) {
    case 'ReceivedNormal':
    case 'ReceivedSmall':
    case 'ReceivedTiny':
    case 'Running':
      schedule(work, running(work, peer))
      return
    case 'Succeeded':
      schedule(work, restarted(work, peer))
      return
    case 'BackToSource':
      emitBackToSource(work, peer)
      return
    case 'ReceivedEmpty':
      return
    case 'Pending':
    case 'Failed':
    case 'Leave':
      failSchedule(work, peer, 'not-running')
  }
}

function running(work: Work, peer: PeerRow): PeerRow {
  const started = peer.state === 'Running' ? peer : firePeer(work, peer, 'download')
  assert(started !== undefined, 'a received peer may begin')
  return started
}

/** A succeeded peer that begins again has lost what it had. */
export function restarted(work: Work, peer: PeerRow): PeerRow {
  const { stampMs } = work
  const next = changedPeer(peer, {
    state: 'Running',
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 0,
    costMs: 0,
    isOnSeed: isOnSeed(work, peer.hostId),
    updatedMs: stampMs,
    pieceUpdatedMs: stampMs,
  })
  work.tx.put(peersTable, next)
  return next
}
