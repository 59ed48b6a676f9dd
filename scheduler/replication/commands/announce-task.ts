// announce-task: a host holds a whole task (an import, or data found again after a restart). Saying
// so twice changes nothing. An announcement accepted before its peer was deleted is refused; one
// that began afterwards counts, so that content imported again is visible again.
import { contentLengthMax, pieceCountMax } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { pieceZeroWire, readId, readPieceZero } from '../rows/fields.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { removeTombstone } from '../rows/tombstone.ts'
import { runWork } from './agenda.ts'
import { hostInputWire, readHostInput, readTaskInput, taskInputWire } from './body.ts'
import { storeHost } from './hosts.ts'
import { addPeer, firePeer } from './peers.ts'
import { findPeer, keptPeer, newPeer, peerTombstoneScope } from './registration.ts'
import { hasAvailablePeer } from './schedule.ts'
import { storeTask, succeedTask } from './tasks.ts'
import { Work } from './work.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { FieldReader } from '../wire.ts'
import type { AnnounceTask, AnnounceTaskResult } from './types.ts'

/** See `AnnounceTask`. */
export const announceTask = defineCommand({
  kind: 116,
  kindVersion: 1,
  name: 'announce-task',
  encode: (body: AnnounceTask) => [
    body.acceptedIndex,
    taskInputWire(body.task),
    ...hostInputWire(body.host),
    body.peerId,
    body.contentLength,
    body.totalPieceCount,
    pieceZeroWire(body.pieceZero),
  ],
  decode,
  apply: (tx, body, context): AnnounceTaskResult => {
    const work = new Work(tx, context)
    return runWork(work, () => announce(work, body))
  },
})

function decode(fields: FieldReader): AnnounceTask {
  return {
    acceptedIndex: fields.integer(),
    task: readTaskInput(fields),
    host: readHostInput(fields),
    peerId: readId(fields),
    contentLength: fields.integer(0, contentLengthMax),
    totalPieceCount: fields.integer(0, pieceCountMax),
    pieceZero: readPieceZero(fields),
  }
}

function announce(work: Work, body: AnnounceTask): AnnounceTaskResult {
  const named = { taskId: body.task.id, peerId: body.peerId, hostId: body.host.id }
  const found = findPeer(work, named, body.acceptedIndex)
  if (!found.ok) return found
  const { known } = found
  const host = storeHost(work, body.host, body.acceptedIndex)
  if (host === undefined) return { ok: false, reason: 'host-left' }
  removeTombstone(work.tx, peerTombstoneScope, peerKey(named.taskId, named.peerId))
  describe(work, storeTask(work, body.task), body)
  const kept = known === undefined ? undefined : keptPeer(work, host, known)
  if (kept?.state === 'Succeeded') {
    work.tx.put(peersTable, changedPeer(kept, { updatedMs: work.stampMs }))
    return { ok: true }
  }
  if (kept === undefined) addPeer(work, holder(work, body))
  else succeed(work, kept)
  work.tasksToServe.add(body.task.id)
  return { ok: true }
}

/** Content nobody holds any more may come back different: what is announced now counts. */
function describe(work: Work, task: TaskRow, body: AnnounceTask): void {
  if (task.state !== 'Succeeded') succeedTask(work, task.id, body)
  else if (!hasAvailablePeer(work.tx, task.id, null)) {
    const { contentLength, totalPieceCount, pieceZero } = body
    work.tx.put(tasksTable, { ...task, contentLength, totalPieceCount, pieceZero })
    return
  }
  const next = work.tx.get(tasksTable, task.id)
  if (next !== undefined && next.pieceZero === null && body.pieceZero !== null) {
    work.tx.put(tasksTable, { ...next, pieceZero: body.pieceZero })
  }
}

/** A download of this peer was on its way, or had failed: it has everything now. */
function succeed(work: Work, known: PeerRow): void {
  const isOver = known.state === 'Failed' || known.state === 'Leave' || known.state === 'Pending'
  const peer = isOver ? changedPeer(known, { state: 'ReceivedNormal' }) : known
  firePeer(work, peer, 'succeed')
}

function holder(work: Work, body: AnnounceTask): PeerRow {
  const peer = newPeer(work, {
    taskId: body.task.id,
    peerId: body.peerId,
    hostId: body.host.id,
    api: 1,
    range: '',
    priority: 0,
    concurrentPieceCount: 1,
  })
  return changedPeer(peer, { state: 'Succeeded', finishedPieceCount: body.totalPieceCount })
}
