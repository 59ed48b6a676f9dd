// Tasks as requests tell them, and how a task succeeds or fails as a whole.
import { failedPeerCountLimit } from '../../core/index.ts'
import { isServing, peersTable, servingFirst } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { firePeer, fireTask, isAttached } from './peers.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { SourceErrorInput, TaskInput } from './types.ts'
import type { Work } from './work.ts'

/** Kind of the continuation that fails the running peers of a task. Frozen. */
export const failPeersKind = 'fail-peers'

/** Peers looked at per step. */
const peersPerStep = 50

/** The task of a request, made or brought up to date (URL, filters and headers, as upstream). */
export function storeTask(work: Work, input: TaskInput): TaskRow {
  const known = work.tx.get(tasksTable, input.id)
  if (known === undefined) return newTask(work, input)
  const { url, filteredQueryParams, headers } = input
  if (url === known.url && sameTexts(filteredQueryParams, known.filteredQueryParams)) {
    if (sameTexts(headers.flat(), known.headers.flat())) return known
  }
  const next = { ...known, url, filteredQueryParams, headers }
  work.tx.put(tasksTable, next)
  return next
}

function newTask(work: Work, input: TaskInput): TaskRow {
  const task: TaskRow = {
    ...input,
    state: 'Pending',
    contentLength: -1,
    totalPieceCount: 0,
    pieceZero: null,
    backToSourceCount: 0,
    failedPeerCount: 0,
    sourceExpectedUntilMs: 0,
    emptySinceMs: work.stampMs,
    createdMs: work.stampMs,
    updatedMs: work.stampMs,
  }
  work.tx.put(tasksTable, task)
  return task
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at])
}

/** The whole content was fetched: its length is known from now on; -1 = not told. */
export function succeedTask(
  work: Work,
  taskId: string,
  content: { readonly contentLength: number; readonly totalPieceCount: number },
): void {
  const task = work.tx.get(tasksTable, taskId)
  if (task === undefined || task.state === 'Succeeded') return
  const running = fireTask(work, task, 'download') ?? task
  const { contentLength, totalPieceCount } = content
  fireTask(work, running, 'succeed', {
    // Who does not know the lengths does not make the task forget them.
    contentLength: contentLength < 0 ? task.contentLength : contentLength,
    totalPieceCount: totalPieceCount < 0 ? task.totalPieceCount : totalPieceCount,
  })
}

/**
 * The source could not be fetched. When trying again cannot help, or too many have failed, every
 * running peer of the task is told to stop. Returns the task if it has failed now.
 */
export function failTask(
  work: Work,
  taskId: string,
  sourceError: SourceErrorInput | null,
): TaskRow | undefined {
  const task = work.tx.get(tasksTable, taskId)
  if (task === undefined) return undefined
  const isFinal = sourceError !== null && !sourceError.temporary
  const isTooMany = task.failedPeerCount > failedPeerCountLimit
  const isOver = isFinal || isTooMany
  // Others that fetch may yet succeed, and whoever comes meanwhile is served by them.
  if (!isOver && task.backToSourceCount > 0) return undefined
  const failed = fireTask(work, task, 'fail', isOver ? { failedPeerCount: 0 } : {})
  if (!isOver) return failed
  if (failed === undefined) work.tx.put(tasksTable, { ...task, failedPeerCount: 0 })
  failRunningPeers(work, {
    taskId,
    metadata: isFinal ? sourceError.metadata : null,
    untilIndex: work.context.index,
    place: undefined,
  })
  return failed
}

/** What API v2 says about the content of a task when a peer registers; -1 = unknown. */
export interface ToldLengths {
  readonly contentLength: number
  readonly totalPieceCount: number
  /** Bytes; 0 = unknown. */
  readonly pieceLength: number
}

/**
 * Stores lengths that are not known yet. What a task that succeeded has is known; of one that has
 * not, nothing is known for good as long as it seems to be empty.
 */
export function tellLengths(work: Work, task: TaskRow, told: ToldLengths): TaskRow {
  if (task.state === 'Succeeded') return task
  const isLengthNew =
    (task.contentLength < 0 && told.contentLength >= 0) ||
    (task.contentLength === 0 && told.contentLength > 0)
  const isCountNew = task.totalPieceCount === 0 && told.totalPieceCount > 0
  const isPieceLengthNew = task.pieceLength === 0 && told.pieceLength > 0
  if (!isLengthNew && !isCountNew && !isPieceLengthNew) return task
  const next = {
    ...task,
    contentLength: isLengthNew ? told.contentLength : task.contentLength,
    totalPieceCount: isCountNew ? told.totalPieceCount : task.totalPieceCount,
    pieceLength: isPieceLengthNew ? told.pieceLength : task.pieceLength,
  }
  work.tx.put(tasksTable, next)
  return next
}

/** Content that nobody holds any more is fetched anew, and may be longer or shorter than it was. */
export function forgetLengths(work: Work, task: TaskRow): TaskRow {
  const next = {
    ...task,
    contentLength: -1,
    totalPieceCount: 0,
    pieceLength: 0,
    pieceZero: null,
  }
  work.tx.put(tasksTable, next)
  return next
}

/** Where the failing of a task's peers goes on. */
export interface FailPeersCursor {
  readonly taskId: string
  /** Of the source error; null = too many failures. */
  readonly metadata: Uint8Array | null
  /** Peers created later are not concerned. */
  readonly untilIndex: number
  /** Behind which peer to go on; undefined = from the first. */
  readonly place: PeerPlace | undefined
}

/** A place in the order of the peers of a task. */
export type PeerPlace = readonly [isOther: number, spread: number, peerId: string]

/**
 * Fails the running peers of a task that have a stream, and tells them. Peers move behind the place
 * as they fail; each is met at least once.
 */
export function failRunningPeers(work: Work, cursor: FailPeersCursor): void {
  const { taskId, metadata, untilIndex } = cursor
  let { place } = cursor
  for (;;) {
    const after = place === undefined ? {} : { after: place }
    const range = { group: taskId, ...after, limit: peersPerStep }
    const peers = work.tx.list(peersTable, 'byTask', range)
    for (const peer of peers) {
      if (!work.hasBudget) {
        const rest = [taskId, metadata === null ? [] : [metadata], untilIndex, ...(place ?? [])]
        work.context.continueWith(failPeersKind, rest)
        return
      }
      place = [isServing(peer) ? servingFirst : servingFirst + 1, peer.spread, peer.peerId]
      if (peer.createdIndex <= untilIndex) failRunningPeer(work, peer, metadata)
    }
    if (peers.length < peersPerStep) return
  }
}

function failRunningPeer(work: Work, listed: PeerRow, metadata: Uint8Array | null): void {
  const peer = work.tx.get(peersTable, listed.key)
  if (peer === undefined || peer.state !== 'Running' || !isAttached(peer)) return
  // API v2 has no such message: its client finds out by itself.
  if (peer.api !== 1) return
  const { taskId, peerId } = peer
  const owner = { sessionId: peer.ownerSessionId, streamId: peer.streamId }
  firePeer(work, peer, 'fail')
  if (metadata === null) {
    work.emit({ type: 'schedule-failed', taskId, peerId, owner, reason: 'too-many-failures' })
  } else {
    work.emit({ type: 'source-failed', taskId, peerId, owner, metadata })
  }
}
