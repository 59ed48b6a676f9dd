// Large jobs in bounded steps. Each step works until its command is full and then leaves another
// continuation with the place to go on from, so the one at hand is always done.
import { slotWaitersVisitedMax, sourceErrorBytesMax } from '../../core/index.ts'
import { readId, readIdOrEmpty, readOptional } from '../rows/fields.ts'
import {
  finishWork,
  rescheduleChildren,
  rescheduleChildrenKind,
  serveHost,
  serveHostKind,
  serveTask,
  serveTaskKind,
} from './agenda.ts'
import { deleteTaskKind, removeTaskPeers } from './delete-task.ts'
import { removeHostPeers, removeHostPeersKind } from './hosts.ts'
import { detachSession, detachSessionKind } from './streams.ts'
import { failPeersKind, failRunningPeers } from './tasks.ts'
import { Work } from './work.ts'
import type { ContinuationDefinition } from '../command.ts'
import type { FieldReader } from '../wire.ts'
import type { QueuePlace } from './agenda.ts'

/** Every kind of continuation of the domain. */
export const schedulerContinuations: readonly ContinuationDefinition[] = [
  continuation(rescheduleChildrenKind, (work, cursor) => {
    const taskId = readId(cursor)
    const parentId = readId(cursor)
    rescheduleChildren(work, { taskId, parentId, afterChildId: readIdOrEmpty(cursor) })
  }),
  continuation(serveTaskKind, (work, cursor) => {
    const taskId = readId(cursor)
    serveTask(work, taskId, cursor.remaining > 0 ? readPlace(cursor) : undefined)
  }),
  continuation(serveHostKind, (work, cursor) => {
    const hostId = readId(cursor)
    const looked = cursor.integer(0, slotWaitersVisitedMax)
    serveHost(work, { hostId, looked, place: readQueuePlace(cursor) })
  }),
  continuation(removeHostPeersKind, (work, cursor) => {
    const hostId = readId(cursor)
    const leftIndex = cursor.integer()
    const afterTaskId = readIdOrEmpty(cursor)
    removeHostPeers(work, { hostId, leftIndex, afterTaskId, afterPeerId: readIdOrEmpty(cursor) })
  }),
  continuation(detachSessionKind, (work, cursor) => {
    detachSession(work, cursor.integer())
  }),
  continuation(failPeersKind, (work, cursor) => {
    const taskId = readId(cursor)
    const metadata = readOptional(cursor, (items) => items.bytes(sourceErrorBytesMax))
    const untilIndex = cursor.integer()
    const place = cursor.remaining > 0 ? readPlace(cursor) : undefined
    failRunningPeers(work, { taskId, metadata, untilIndex, place })
  }),
  continuation(deleteTaskKind, (work, cursor) => {
    const hostId = readId(cursor)
    const taskId = readId(cursor)
    const untilIndex = cursor.integer()
    removeTaskPeers(work, { hostId, taskId, untilIndex, afterPeerId: readIdOrEmpty(cursor) })
  }),
]

function continuation(
  kind: string,
  step: (work: Work, cursor: FieldReader) => void,
): ContinuationDefinition {
  return {
    kind,
    advance(tx, cursor, context) {
      const work = new Work(tx, context)
      step(work, cursor)
      cursor.end()
      finishWork(work)
      return undefined
    },
  }
}

function readQueuePlace(cursor: FieldReader): QueuePlace | undefined {
  if (cursor.remaining === 0) return undefined
  return [cursor.integer(), cursor.integer(), readId(cursor), readId(cursor)]
}

/** A place of a waiter or of a peer: both are two numbers and a peer id. */
function readPlace(cursor: FieldReader): readonly [number, number, string] {
  return [cursor.integer(), cursor.integer(), readId(cursor)]
}
