// report-pieces: finished pieces of many peers at once, coalesced by the member that ends their
// streams. They may be lost with it: a peer's final result sets all its pieces anyway.
import {
  countPieces,
  hasBadCosts,
  parentUseResolutionMs,
  reportItemsMax,
  reportParentsMax,
  withCosts,
  withPieces,
} from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { pieceZeroWire, readId, readPieceZero } from '../rows/fields.ts'
import { changedPeer, isServing, peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, pieceBitsWire, readCosts, readPeerRef, readPieceBitsPart } from './body.ts'
import { keepAlive } from './hosts.ts'
import { settingsOf } from './settings.ts'
import { ownedPeer } from './streams.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { FieldReader, Wire } from '../wire.ts'
import type {
  PieceBits,
  PieceReport,
  PieceZero,
  ReportPieces,
  ReportPiecesResult,
} from './types.ts'

/** Puts left for the items themselves: signs of life of parents are the first thing to drop. */
const touchesForItems = 3 * reportItemsMax

/** See `ReportPieces`. */
export const reportPieces = defineCommand({
  kind: 113,
  kindVersion: 1,
  name: 'report-pieces',
  encode: (body: ReportPieces) => [body.items.map(itemWire)],
  decode: (fields): ReportPieces => ({
    items: fields.list(reportItemsMax, (items) => items.nested(readItem)),
  }),
  apply: (tx, body, context): ReportPiecesResult => {
    const work = new Work(tx, context)
    return runWork(work, () => ({ ok: true, stale: reportAll(work, body.items) }))
  },
})

function itemWire(item: PieceReport): Wire {
  return [
    ...peerRefWire(item),
    item.streamId,
    ...pieceBitsWire(item.finished),
    item.costsMs,
    item.parentIds,
    pieceZeroWire(item.pieceZero),
  ]
}

function readItem(fields: FieldReader): PieceReport {
  return {
    ...readPeerRef(fields),
    streamId: fields.integer(1),
    finished: readPieceBitsPart(fields),
    costsMs: readCosts(fields),
    parentIds: fields.list(reportParentsMax, readId),
    pieceZero: readPieceZero(fields),
  }
}

/** Number of stale items. */
function reportAll(work: Work, items: readonly PieceReport[]): number {
  let stale = 0
  for (const item of items) {
    const peer = ownedPeer(work, item)
    if (peer === undefined) stale += 1
    else report(work, peer, item)
  }
  return stale
}

function report(work: Work, peer: PeerRow, item: PieceReport): void {
  if (peer.state !== 'Running' && peer.state !== 'BackToSource') return
  addPieces(work, peer, item)
  if (peer.state === 'BackToSource') storePieceZero(work, peer.taskId, item.pieceZero)
  for (const parentId of item.parentIds) {
    if (work.tx.touchesLeft <= touchesForItems) return
    noteParent(work, peer.taskId, parentId)
  }
}

/** Adds pieces and costs to a peer that downloads. */
export function addPieces(
  work: Work,
  peer: PeerRow,
  done: { readonly finished: PieceBits; readonly costsMs: readonly number[] },
): PeerRow {
  const { firstPiece, bytes } = done.finished
  const finishedPieces = withPieces(peer.finishedPieces, firstPiece, bytes)
  const isNew = finishedPieces !== peer.finishedPieces
  const next = changedPeer(peer, {
    finishedPieces,
    finishedPieceCount: isNew ? countPieces(finishedPieces) : peer.finishedPieceCount,
    costsMs: withCosts(peer.costsMs, done.costsMs),
    updatedMs: work.stampMs,
    pieceUpdatedMs: work.stampMs,
  })
  work.tx.put(peersTable, next)
  // A peer that is fast again is a possible parent again.
  if (isServing(next) && hasBadCosts(peer.costsMs) && !hasBadCosts(next.costsMs)) {
    work.tasksToServe.add(peer.taskId)
  }
  return next
}

/** Keeps the digest of piece 0, the first time somebody who fetched it from the source tells. */
export function storePieceZero(work: Work, taskId: string, pieceZero: PieceZero | null): void {
  if (pieceZero === null) return
  const task = work.tx.get(tasksTable, taskId)
  if (task === undefined || task.pieceZero !== null) return
  work.tx.put(tasksTable, { ...task, pieceZero })
}

/** A parent that served a piece is alive, and so is its host. */
function noteParent(work: Work, taskId: string, parentId: string): void {
  const parent = work.tx.get(peersTable, peerKey(taskId, parentId))
  if (parent === undefined) return
  keepAlive(work, parent.hostId)
  // A parent in use must not be taken for an idle one, however short a peer's life is set.
  const resolutionMs = Math.min(parentUseResolutionMs, settingsOf(work.tx).peerTtlMs / 4)
  if (work.stampMs - parent.updatedMs < resolutionMs) return
  work.tx.put(peersTable, changedPeer(parent, { updatedMs: work.stampMs }))
}
