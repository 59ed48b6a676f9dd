// register-peer: a peer wants a task. The answer only says how large it is; parents come on the
// stream. A known peer (a client that lost its scheduler) keeps its state and pieces. Nothing here
// touches the attachment of a known peer, so a registration that arrives late and twice harms none.
import {
  concurrentPieceCountDefault,
  concurrentPieceCountMax,
  firstDownload,
  isAvailableState,
  sizeScopeOf,
  sourceStartMs,
} from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { optionalWire, readId, readName, readOptional } from '../rows/fields.ts'
import { changedPeer, peerKey, peerRow, peersTable, readPriority } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { findTombstone } from '../rows/tombstone.ts'
import { runWork } from './agenda.ts'
import { hostInputWire, readHostInput, readTaskInput, taskInputWire } from './body.ts'
import { keptPeer, storeHost } from './hosts.ts'
import { addPeer, firePeer, fireTask } from './peers.ts'
import { hasAvailablePeer, hasSource } from './schedule.ts'
import { chooseSeed, openSeed, requestSeed } from './seeds.ts'
import { storeTask } from './tasks.ts'
import { Work } from './work.ts'
import type { FirstDownload } from '../../core/index.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { FieldReader } from '../wire.ts'
import type { RegisterPeer, RegisterPeerResult } from './types.ts'

/** Scope of the tombstones of peers. Frozen. */
export const peerTombstoneScope = 'peer'

/** See `RegisterPeer`. */
export const registerPeer = defineCommand({
  kind: 110,
  kindVersion: 1,
  name: 'register-peer',
  encode: (body: RegisterPeer) => [
    body.acceptedIndex,
    taskInputWire(body.task),
    ...hostInputWire(body.host),
    body.peerId,
    body.range,
    body.priority,
    body.effectivePriority,
    body.concurrentPieceCount,
    body.needBackToSource,
    optionalWire(body.prefetch, taskInputWire),
  ],
  decode,
  apply: (tx, body, context): RegisterPeerResult => {
    const work = new Work(tx, context)
    return runWork(work, () => register(work, body))
  },
})

function decode(fields: FieldReader): RegisterPeer {
  return {
    acceptedIndex: fields.integer(),
    task: readTaskInput(fields),
    host: readHostInput(fields),
    peerId: readId(fields),
    range: readName(fields),
    priority: readPriority(fields),
    effectivePriority: readPriority(fields),
    concurrentPieceCount: fields.integer(0, concurrentPieceCountMax),
    needBackToSource: fields.boolean(),
    prefetch: readOptional(fields, readTaskInput),
  }
}

function register(work: Work, body: RegisterPeer): RegisterPeerResult {
  const key = peerKey(body.task.id, body.peerId)
  const tombstone = findTombstone(work.tx, peerTombstoneScope, key, work.stampMs)
  if (tombstone !== undefined && tombstone.removedAtIndex > body.acceptedIndex) {
    return { ok: false, reason: 'deleted' }
  }
  const known = work.tx.get(peersTable, key)
  if (known !== undefined && known.hostId !== body.host.id) {
    return { ok: false, reason: 'host-mismatch' }
  }
  const host = storeHost(work, body.host, body.acceptedIndex)
  if (host === undefined) return { ok: false, reason: 'host-left' }
  const stored = storeTask(work, body.task)
  if (body.prefetch !== null) prefetch(work, body)
  const decision = body.needBackToSource ? 'source' : decide(work, body, { stored, host, known })
  if (decision === 'forbidden' || decision === 'no-available-peer') {
    return { ok: false, reason: decision }
  }
  if (decision === 'seed') {
    const seed = chooseSeed(work, stored.id)
    if (seed !== undefined)
      requestSeed(work, seed, {
        taskId: stored.id,
        range: body.range,
        download: new Uint8Array(0),
      })
  }
  const task = started(work, stored, decision === 'source')
  const isEmpty = task.state === 'Succeeded' && isEmptyTask(task) && isThere(work, task)
  const peer = known === undefined ? newPeer(work, body) : revived(work, host, known)
  received(work, peer, { isEmpty, isSource: decision === 'source', isNew: known === undefined })
  return {
    ok: true,
    sizeScope: isEmpty ? 'empty' : 'normal',
    taskType: task.type,
    known: known !== undefined,
  }
}

/** Seeds the whole task of a ranged one in the background, when there is a seed. */
function prefetch(work: Work, body: RegisterPeer): void {
  if (body.prefetch === null || !hasSource(body.prefetch)) return
  const task = storeTask(work, body.prefetch)
  if (task.state === 'Succeeded' && hasAvailablePeer(work.tx, task.id, null)) return
  const seed = chooseSeed(work, task.id)
  if (seed === undefined || openSeed(work, task.id) !== undefined) return
  if (task.state !== 'Running') fireTask(work, task, 'download')
  requestSeed(work, seed, { taskId: task.id, range: '', download: new Uint8Array(0) })
}

function decide(
  work: Work,
  body: RegisterPeer,
  at: { readonly stored: TaskRow; readonly host: HostRow; readonly known: PeerRow | undefined },
): FirstDownload {
  const { stored, host, known } = at
  if (known !== undefined && isAvailableState(known.state) && known.state !== 'Running')
    return 'none'
  const isStarted = stored.state === 'Running' || stored.state === 'Succeeded'
  const isServed =
    isStarted &&
    (hasAvailablePeer(work.tx, stored.id, host.id) || stored.sourceExpectedUntilMs > work.stampMs)
  return firstDownload({
    isServed,
    hasSource: hasSource(stored),
    hostType: host.type,
    priority: body.effectivePriority,
    hasSeed: openSeed(work, stored.id) !== undefined || chooseSeed(work, stored.id) !== undefined,
  })
}

/**
 * Content that is there stays there: only a task that nobody can serve starts over. Who is told to
 * go to the source is waited for a while, because one copy is enough.
 */
function started(work: Work, stored: TaskRow, isSource: boolean): TaskRow {
  const sourceExpectedUntilMs = isSource ? work.stampMs + sourceStartMs : 0
  const task = isSource ? { ...stored, sourceExpectedUntilMs } : stored
  if (isSource) work.tx.put(tasksTable, task)
  if (task.state === 'Running') return task
  if (task.state === 'Succeeded') {
    if (!hasSource(task) || isEmptyTask(task)) return task
    if (hasAvailablePeer(work.tx, task.id, null)) return task
  }
  return fireTask(work, task, 'download') ?? task
}

/** Content without a source that nobody holds any more was deleted, even if it was empty. */
function isThere(work: Work, task: TaskRow): boolean {
  return hasSource(task) || hasAvailablePeer(work.tx, task.id, null)
}

function isEmptyTask(task: TaskRow): boolean {
  return sizeScopeOf(task.contentLength, task.totalPieceCount) === 'empty'
}

function newPeer(work: Work, body: RegisterPeer): PeerRow {
  const { index } = work.context
  return peerRow({
    taskId: body.task.id,
    peerId: body.peerId,
    hostId: body.host.id,
    state: 'Pending',
    priority: body.priority,
    range: body.range,
    concurrentPieceCount:
      body.concurrentPieceCount > 0 ? body.concurrentPieceCount : concurrentPieceCountDefault,
    needBackToSource: false,
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 0,
    costsMs: [],
    costMs: 0,
    blockedParents: [],
    ownerSessionId: 0,
    streamId: 0,
    api: 1,
    parentCount: 0,
    isOnSeed: false,
    attachEpoch: 0,
    detachDeadlineMs: 0,
    createdIndex: index,
    createdMs: work.stampMs,
    updatedMs: work.stampMs,
    pieceUpdatedMs: work.stampMs,
  })
}

/** A peer that failed or left begins anew; any other goes on. */
function revived(work: Work, host: HostRow, known: PeerRow): PeerRow {
  if (known.state !== 'Failed' && known.state !== 'Leave') return keptPeer(work, host, known)
  return changedPeer(known, {
    state: 'Pending',
    needBackToSource: false,
    finishedPieces: new Uint8Array(0),
    finishedPieceCount: 0,
    blockedParents: [],
    createdIndex: work.context.index,
    updatedMs: work.stampMs,
  })
}

function received(
  work: Work,
  peer: PeerRow,
  how: { readonly isEmpty: boolean; readonly isSource: boolean; readonly isNew: boolean },
): void {
  const needBackToSource = peer.needBackToSource || how.isSource
  const next = changedPeer(peer, { needBackToSource, updatedMs: work.stampMs })
  if (how.isNew) addPeer(work, next)
  else work.tx.put(peersTable, next)
  if (next.state === 'Pending') {
    firePeer(work, next, how.isEmpty ? 'register-empty' : 'register-normal')
  }
}
