// leave-task: a peer is deleted. The tombstone stays even when the peer was not there: its
// announcement may still be on the way.
import { defineCommand } from '../command.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { putTombstone } from '../rows/tombstone.ts'
import { runWork } from './agenda.ts'
import { peerRefWire, readPeerRef } from './body.ts'
import { removePeer } from './peers.ts'
import { peerTombstoneScope } from './registration.ts'
import { Work } from './work.ts'
import type { LeaveTask, LeaveTaskResult } from './types.ts'

/** See `LeaveTask`. */
export const leaveTask = defineCommand({
  kind: 117,
  kindVersion: 1,
  name: 'leave-task',
  encode: (body: LeaveTask) => peerRefWire(body),
  decode: (fields): LeaveTask => readPeerRef(fields),
  apply: (tx, body, context): LeaveTaskResult => {
    const work = new Work(tx, context)
    return runWork(work, () => leave(work, body))
  },
})

function leave(work: Work, body: LeaveTask): LeaveTaskResult {
  const key = peerKey(body.taskId, body.peerId)
  putTombstone(work.tx, peerTombstoneScope, key, work.context)
  const peer = work.tx.get(peersTable, key)
  if (peer === undefined) return { ok: true, existed: false }
  removePeer(work, peer)
  return { ok: true, existed: true }
}
