// A peer: one download (or holding) of one task on one host.
import {
  blockedParentsMax,
  concurrentPieceCountMax,
  isAvailableState,
  peerStates,
  pieceCostMsMax,
  pieceCostsMax,
  pieceCountMax,
  spreadHash,
} from '../../core/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { readId, readName, readPieceBits, readWord, wordNumber } from './fields.ts'
import { lifePlace } from './life.ts'
import type { PeerState, Priority, StreamApi } from '../../core/index.ts'
import type { FieldReader, Wire } from '../wire.ts'

/** What is stored of a peer. */
export interface PeerFields {
  readonly taskId: string
  readonly peerId: string
  readonly hostId: string
  readonly state: PeerState
  readonly priority: Priority
  /** `start-end`; '' = whole. */
  readonly range: string
  readonly concurrentPieceCount: number
  readonly needBackToSource: boolean
  /** Empty for a succeeded peer, which has all. */
  readonly finishedPieces: Uint8Array
  readonly finishedPieceCount: number
  /** Its own download costs, ms, in order of arrival: a ring. */
  readonly costsMs: readonly number[]
  /** Whole download; 0 until it succeeded. */
  readonly costMs: number
  /** Peers it does not want as parents, oldest first. */
  readonly blockedParents: readonly string[]
  /** Session (id) that owns its stream; 0 = none. */
  readonly ownerSessionId: number
  /** The stream within that session; stale stream-derived commands carry another one. */
  readonly streamId: number
  /** API of that stream, or of the last one: who lost a parent is told on streams of API 1 only. */
  readonly api: StreamApi
  /** Number of its parents: the edges that end at it. */
  readonly parentCount: number
  /** Its host is a seed, so it may serve while it downloads without parents. */
  readonly isOnSeed: boolean
  /** Log index of the last attachment; 0 = never. */
  readonly attachEpoch: number
  /** Cluster time at which a detached peer loses its edges and slots; 0 = attached or done. */
  readonly detachDeadlineMs: number
  readonly createdIndex: number
  readonly createdMs: number
  readonly updatedMs: number
  /** Last finished piece, or the begin of the download. */
  readonly pieceUpdatedMs: number
}

/** A peer row: the stored fields and what follows from them. */
export interface PeerRow extends PeerFields {
  /** Identity of the row, see `peerKey`. */
  readonly key: string
  /** Place among the peers of its task: spread evenly, so that a run of them is a sample. */
  readonly spread: number
}

/** Identity of a peer within the state: ids hold no line feed. */
export function peerKey(taskId: string, peerId: string): string {
  return `${taskId}\n${peerId}`
}

// A cluster holds a million peers, so what they have in common is shared: empty lists, and the two
// ids, which are slices of the key (the engine keeps one text for all three).
const noPieces = new Uint8Array(0)
const noNumbers: readonly number[] = []
const noTexts: readonly string[] = []

/** A row of these fields. */
export function peerRow(fields: PeerFields): PeerRow {
  const key = peerKey(fields.taskId, fields.peerId)
  const { length } = fields.taskId
  return {
    taskId: key.slice(0, length),
    peerId: key.slice(length + 1),
    hostId: fields.hostId,
    state: fields.state,
    priority: fields.priority,
    range: fields.range,
    concurrentPieceCount: fields.concurrentPieceCount,
    needBackToSource: fields.needBackToSource,
    finishedPieces: fields.finishedPieces.length === 0 ? noPieces : fields.finishedPieces,
    finishedPieceCount: fields.finishedPieceCount,
    costsMs: fields.costsMs.length === 0 ? noNumbers : fields.costsMs,
    costMs: fields.costMs,
    blockedParents: fields.blockedParents.length === 0 ? noTexts : fields.blockedParents,
    ownerSessionId: fields.ownerSessionId,
    streamId: fields.streamId,
    api: fields.api,
    parentCount: fields.parentCount,
    isOnSeed: fields.isOnSeed,
    attachEpoch: fields.attachEpoch,
    detachDeadlineMs: fields.detachDeadlineMs,
    createdIndex: fields.createdIndex,
    createdMs: fields.createdMs,
    updatedMs: fields.updatedMs,
    pieceUpdatedMs: fields.pieceUpdatedMs,
    key,
    spread: spreadHash(fields.peerId),
  }
}

/** The row with some fields changed (not those that identify it). */
export function changedPeer(
  row: PeerRow,
  change: Partial<Omit<PeerFields, 'taskId' | 'peerId'>>,
): PeerRow {
  return { ...row, ...change }
}

/** Kinds of life, in the order of the index `expiry`. */
export const peerLives = {
  /** Until the deadline for coming back. */
  detached: 0,
  /** Since the last piece. */
  downloading: 1,
  /** Since it failed. */
  failed: 2,
  /** Since the last change. */
  settled: 3,
} as const

/** Place in the index `expiry`. */
export function peerPlace(peer: PeerRow): number {
  if (peer.state === 'Failed') return lifePlace(peerLives.failed, peer.updatedMs)
  if (peer.detachDeadlineMs > 0) return lifePlace(peerLives.detached, peer.detachDeadlineMs)
  const isDownloading = peer.state === 'Running' || peer.state === 'BackToSource'
  // With parents it holds slots, whether its client has said that it begins or not.
  return isDownloading || peer.parentCount > 0
    ? lifePlace(peerLives.downloading, peer.pieceUpdatedMs)
    : lifePlace(peerLives.settled, peer.updatedMs)
}

/** Whether a peer has, or is getting, something to serve. */
export function isServing(peer: PeerFields): boolean {
  if (peer.state !== 'Running') return isAvailableState(peer.state)
  return peer.parentCount > 0 || peer.isOnSeed
}

/** First sort value of peers that serve, and of the rest. */
export const servingFirst = 0
const othersLast = 1

/** All peers. */
export const peersTable = defineTable({
  name: 'peers',
  tableByte: tableBytes.peers,
  rowVersion: 1,
  id: (row: PeerRow) => row.key,
  slotOf: (row: PeerRow) => row.taskId,
  keyParts: (row: PeerRow) => [row.taskId, row.peerId],
  encode: encodePeer,
  decode: decodePeer,
  indexes: {
    /** Peers of a task: those that serve first, each part in an even spread. */
    byTask: {
      group: (row: PeerRow) => row.taskId,
      order: [
        (row: PeerRow) => (isServing(row) ? servingFirst : othersLast),
        (row: PeerRow) => row.spread,
        (row: PeerRow) => row.peerId,
      ],
    },
    byHost: {
      group: (row: PeerRow) => row.hostId,
      order: [(row: PeerRow) => row.taskId, (row: PeerRow) => row.peerId],
    },
    /** Attached peers of a session. */
    byOwner: {
      group: (row: PeerRow) => (row.ownerSessionId > 0 ? row.ownerSessionId : undefined),
      order: [(row: PeerRow) => row.taskId, (row: PeerRow) => row.peerId],
    },
    expiry: {
      order: [peerPlace, (row: PeerRow) => row.taskId, (row: PeerRow) => row.peerId],
    },
  },
})

function encodePeer(row: PeerRow): readonly Wire[] {
  return [
    row.taskId,
    row.peerId,
    row.hostId,
    wordNumber(peerStates, row.state),
    row.priority,
    row.range,
    row.concurrentPieceCount,
    row.needBackToSource,
    row.finishedPieces,
    row.finishedPieceCount,
    row.costsMs,
    row.costMs,
    row.blockedParents,
    row.ownerSessionId,
    row.streamId,
    row.api,
    row.parentCount,
    row.isOnSeed,
    row.attachEpoch,
    row.detachDeadlineMs,
    row.createdIndex,
    row.createdMs,
    row.updatedMs,
    row.pieceUpdatedMs,
  ]
}

function decodePeer(fields: FieldReader): PeerRow {
  return peerRow({
    taskId: readId(fields),
    peerId: readId(fields),
    hostId: readId(fields),
    state: readWord(fields, peerStates),
    priority: readPriority(fields),
    range: readName(fields),
    concurrentPieceCount: fields.integer(1, concurrentPieceCountMax),
    needBackToSource: fields.boolean(),
    finishedPieces: readPieceBits(fields),
    finishedPieceCount: fields.integer(0, pieceCountMax),
    costsMs: fields.list(pieceCostsMax, (items) => items.integer(0, pieceCostMsMax)),
    costMs: fields.integer(),
    blockedParents: fields.list(blockedParentsMax, readId),
    ownerSessionId: fields.integer(),
    streamId: fields.integer(),
    api: fields.integer(1, 2) === 1 ? 1 : 2,
    parentCount: fields.integer(),
    isOnSeed: fields.boolean(),
    attachEpoch: fields.integer(),
    detachDeadlineMs: fields.integer(),
    createdIndex: fields.integer(),
    createdMs: fields.integer(),
    updatedMs: fields.integer(),
    pieceUpdatedMs: fields.integer(),
  })
}

const priorities: readonly Priority[] = [0, 1, 2, 3, 4, 5, 6]

/** A priority level. */
export function readPriority(fields: FieldReader): Priority {
  return priorities[fields.integer(0, priorities.length - 1)]!
}
