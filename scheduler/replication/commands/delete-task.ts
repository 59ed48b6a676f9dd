// delete-task: a host does not have a task any more. Its peers of the task are removed, and what it
// said about them before and arrives later is refused.
import { defineCommand } from '../command.ts'
import { readId } from '../rows/fields.ts'
import { peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { putTombstone } from '../rows/tombstone.ts'
import { runWork } from './agenda.ts'
import { liveHost } from './hosts.ts'
import { removePeer } from './peers.ts'
import { hostTaskKey, hostTaskTombstoneScope } from './registration.ts'
import { cancelItem, openSeed, passOn } from './seeds.ts'
import { Work } from './work.ts'
import type { DeleteTask, DeleteTaskResult } from './types.ts'

/** Kind of the continuation that removes further peers. Frozen. */
export const deleteTaskKind = 'delete-task'

/** Peers looked at per step. */
const peersPerStep = 50

/** See `DeleteTask`. */
export const deleteTask = defineCommand({
  kind: 145,
  kindVersion: 1,
  name: 'delete-task',
  encode: (body: DeleteTask) => [body.hostId, body.taskId],
  decode: (fields): DeleteTask => ({ hostId: readId(fields), taskId: readId(fields) }),
  apply: (tx, body, context): DeleteTaskResult => {
    const work = new Work(tx, context)
    return runWork(work, () => remove(work, body))
  },
})

/** Where the removal of a host's peers of a task goes on. */
export interface DeleteTaskCursor extends DeleteTask {
  /** Peers made later are not concerned. */
  readonly untilIndex: number
  /** '' = from the first. */
  readonly afterPeerId: string
}

function remove(work: Work, body: DeleteTask): DeleteTaskResult {
  if (liveHost(work, body.hostId) === undefined) return { ok: false, reason: 'host-not-found' }
  const key = hostTaskKey(body.taskId, body.hostId)
  putTombstone(work.tx, hostTaskTombstoneScope, key, work.context)
  const item = openSeed(work, body.taskId)
  const isSeed = item?.hostId === body.hostId
  // What the seed's call says from now on would bring the task back.
  if (isSeed) cancelItem(work, item)
  const { index } = work.context
  const removed = removeTaskPeers(work, { ...body, untilIndex: index, afterPeerId: '' })
  if (isSeed) passOn(work, item, false)
  return { ok: true, removed }
}

/**
 * Removes the host's peers of the task until none are left or the command is full; then the task as
 * well, unless somebody else has it or is about to. Returns the number removed.
 */
export function removeTaskPeers(work: Work, cursor: DeleteTaskCursor): number {
  const { hostId, taskId, untilIndex } = cursor
  let { afterPeerId } = cursor
  let removed = 0
  for (;;) {
    const place = afterPeerId === '' ? { from: [taskId] } : { after: [taskId, afterPeerId] }
    const range = { group: hostId, ...place, until: [taskId], limit: peersPerStep }
    const peers = work.tx.list(peersTable, 'byHost', range)
    for (const peer of peers) {
      if (!work.hasBudget) {
        work.context.continueWith(deleteTaskKind, [hostId, taskId, untilIndex, afterPeerId])
        return removed
      }
      afterPeerId = peer.peerId
      if (peer.createdIndex > untilIndex) continue
      removePeer(work, peer)
      removed += 1
    }
    if (peers.length < peersPerStep) break
  }
  forgetTask(work, taskId)
  return removed
}

function forgetTask(work: Work, taskId: string): void {
  if (work.tx.groupSize(peersTable, 'byTask', taskId) > 0) return
  if (openSeed(work, taskId) !== undefined) return
  work.tx.delete(tasksTable, taskId)
}
