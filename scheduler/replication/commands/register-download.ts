// register-download: a peer of API v2 wants a task. It is registered, put on its stream and
// scheduled in one command, so that what the stream is told follows from one place in the log.
import { assert } from '../../../base/index.ts'
import {
  contentLengthMax,
  isSchedulableState,
  pieceCountMax,
  seedDownloadBytesMax,
} from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { readId } from '../rows/fields.ts'
import { changedPeer } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { runWork } from './agenda.ts'
import { downloadRequestWire, readDownloadRequest, readTaskInput, taskInputWire } from './body.ts'
import { liveHost } from './hosts.ts'
import { firePeer } from './peers.ts'
import {
  askSeed,
  decideFirst,
  findPeer,
  isEmptyTask,
  isThere,
  newPeer,
  receivePeer,
  revived,
  startTask,
} from './registration.ts'
import { emitBackToSource, schedule } from './schedule.ts'
import { attachedFields, attachPeer, restarted } from './streams.ts'
import { forgetLengths, storeTask, tellLengths } from './tasks.ts'
import { Work } from './work.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { FieldReader } from '../wire.ts'
import type { FirstRequest } from './registration.ts'
import type { Attachment } from './streams.ts'
import type { ToldLengths } from './tasks.ts'
import type { RegisterDownload, RegisterDownloadResult } from './types.ts'

/** See `RegisterDownload`. */
export const registerDownload = defineCommand({
  kind: 140,
  kindVersion: 1,
  name: 'register-download',
  encode: (body: RegisterDownload) => [
    body.acceptedIndex,
    taskInputWire(body.task),
    body.hostId,
    ...downloadRequestWire(body),
    body.metadataOnly,
    body.contentLength,
    body.totalPieceCount,
    body.seedDownload,
    body.streamId,
  ],
  decode,
  apply: (tx, body, context): RegisterDownloadResult => {
    const work = new Work(tx, context)
    return runWork(work, () => register(work, body))
  },
})

function decode(fields: FieldReader): RegisterDownload {
  return {
    acceptedIndex: fields.integer(),
    task: readTaskInput(fields),
    hostId: readId(fields),
    ...readDownloadRequest(fields),
    metadataOnly: fields.boolean(),
    contentLength: fields.integer(-1, contentLengthMax),
    totalPieceCount: fields.integer(-1, pieceCountMax),
    seedDownload: fields.bytes(seedDownloadBytesMax),
    streamId: fields.integer(1),
  }
}

function toldLengths(body: RegisterDownload): ToldLengths {
  const { contentLength, totalPieceCount, task } = body
  return { contentLength, totalPieceCount, pieceLength: task.pieceLength }
}

/** What a registration found. */
interface Found {
  readonly stored: TaskRow
  readonly host: HostRow
  readonly known: PeerRow | undefined
}

function register(work: Work, body: RegisterDownload): RegisterDownloadResult {
  const named = { taskId: body.task.id, peerId: body.peerId, hostId: body.hostId }
  const peer = findPeer(work, named, body.acceptedIndex)
  if (!peer.ok) return peer
  const host = liveHost(work, body.hostId)
  // One that left after the message had arrived and came back must be named by a newer message.
  if (host === undefined || host.leftIndex > body.acceptedIndex) {
    return { ok: false, reason: 'host-not-found' }
  }
  const stored = tellLengths(work, storeTask(work, body.task), toldLengths(body))
  const found = { stored, host, known: peer.known }
  return body.metadataOnly ? registerHolder(work, body, found) : begin(work, body, found)
}

/** The peer has everything already: nobody fetches for it, and it is given nothing. */
function registerHolder(work: Work, body: RegisterDownload, found: Found): RegisterDownloadResult {
  // Content that succeeded is there again with this peer, if nobody else had it any more.
  if (found.stored.state !== 'Succeeded') startTask(work, found.stored, false)
  const peer = receive(work, body, found, { isEmpty: false, isSource: false })
  return complete(work, peer, found, 'metadata-only')
}

function begin(work: Work, body: RegisterDownload, found: Found): RegisterDownloadResult {
  const request: FirstRequest = {
    api: 2,
    priority: body.effectivePriority,
    range: body.range,
    needBackToSource: body.needBackToSource,
    seedDownload: body.seedDownload,
  }
  const decision = decideFirst(work, request, found)
  if (decision === 'forbidden' || decision === 'no-available-peer') {
    return { ok: false, reason: decision }
  }
  const { stored } = found
  const isEmpty = isEmptyTask(stored) && body.contentLength <= 0 && isThere(work, stored)
  const isSource = decision === 'source' && !isEmpty
  if (decision === 'seed' && !isEmpty) askSeed(work, stored.id, request)
  const task = startTask(work, stored, isSource)
  if (task.state !== stored.state && stored.state === 'Succeeded') {
    tellLengths(work, forgetLengths(work, task), toldLengths(body))
  }
  const peer = receive(work, body, found, { isEmpty, isSource })
  if (isEmpty) return complete(work, peer, found, 'empty')
  if (peer.state === 'BackToSource') emitBackToSource(work, peer)
  else schedule(work, schedulable(work, peer))
  return registered(peer, found, 'scheduled')
}

/** The peer, new or known, on the stream that registers it. */
function receive(
  work: Work,
  body: RegisterDownload,
  found: Found,
  how: { readonly isEmpty: boolean; readonly isSource: boolean },
): PeerRow {
  const { host, known } = found
  const isNew = known === undefined
  const described = { ...body, taskId: body.task.id, api: 2 } as const
  const to: Attachment = { streamId: body.streamId, api: 2 }
  const peer = isNew
    ? changedPeer(newPeer(work, described), attachedFields(work, to))
    : attachPeer(work, revived(work, host, known), to)
  return receivePeer(work, peer, { ...how, isNew })
}

/** There is nothing to schedule: what follows is that the peer begins and is done. */
function complete(
  work: Work,
  peer: PeerRow,
  found: Found,
  outcome: 'empty' | 'metadata-only',
): RegisterDownloadResult {
  work.tx.delete(waitersTable, peer.key)
  // It was at the source when its stream broke, and came to the end without a word.
  if (peer.state === 'BackToSource') firePeer(work, peer, 'succeed')
  return registered(peer, found, outcome)
}

function registered(
  peer: PeerRow,
  found: Found,
  outcome: 'empty' | 'metadata-only' | 'scheduled',
): RegisterDownloadResult {
  const { attachEpoch } = peer
  return { ok: true, outcome, known: found.known !== undefined, attachEpoch }
}

/** What was received as something smaller than it is downloads from now on. */
function schedulable(work: Work, peer: PeerRow): PeerRow {
  if (isSchedulableState(peer.state)) return peer
  if (peer.state === 'Succeeded') return restarted(work, peer)
  const running = firePeer(work, peer, 'download')
  assert(running !== undefined, 'a received peer may begin')
  return running
}
