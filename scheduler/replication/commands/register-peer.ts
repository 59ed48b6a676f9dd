// register-peer: a peer wants a task. The answer only says how large it is; parents come on the
// stream. A known peer (a client that lost its scheduler) keeps its state and pieces. Nothing here
// touches the attachment of a known peer, so a registration that arrives late and twice harms none.
import { defineCommand } from '../command.ts'
import { optionalWire, readOptional } from '../rows/fields.ts'
import { runWork } from './agenda.ts'
import {
  downloadRequestWire,
  hostInputWire,
  readDownloadRequest,
  readHostInput,
  readTaskInput,
  taskInputWire,
} from './body.ts'
import { storeHost } from './hosts.ts'
import { fireTask } from './peers.ts'
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
import { hasAvailablePeer, hasSource } from './schedule.ts'
import { chooseSeed, openSeed, requestSeed } from './seeds.ts'
import { storeTask } from './tasks.ts'
import { Work } from './work.ts'
import type { FieldReader } from '../wire.ts'
import type { FirstRequest } from './registration.ts'
import type { RegisterPeer, RegisterPeerResult } from './types.ts'

const noDownload = new Uint8Array(0)

/** See `RegisterPeer`. */
export const registerPeer = defineCommand({
  kind: 110,
  kindVersion: 1,
  name: 'register-peer',
  encode: (body: RegisterPeer) => [
    body.acceptedIndex,
    taskInputWire(body.task),
    ...hostInputWire(body.host),
    ...downloadRequestWire(body),
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
    ...readDownloadRequest(fields),
    prefetch: readOptional(fields, readTaskInput),
  }
}

function register(work: Work, body: RegisterPeer): RegisterPeerResult {
  const named = { taskId: body.task.id, peerId: body.peerId, hostId: body.host.id }
  const found = findPeer(work, named, body.acceptedIndex)
  if (!found.ok) return found
  const { known } = found
  const host = storeHost(work, body.host, body.acceptedIndex)
  if (host === undefined) return { ok: false, reason: 'host-left' }
  const stored = storeTask(work, body.task)
  if (body.prefetch !== null) prefetch(work, body)
  const request: FirstRequest = {
    api: 1,
    priority: body.effectivePriority,
    range: body.range,
    needBackToSource: body.needBackToSource,
    seedDownload: noDownload,
  }
  const decision = decideFirst(work, request, { stored, host, known })
  if (decision === 'forbidden' || decision === 'no-available-peer') {
    return { ok: false, reason: decision }
  }
  if (decision === 'seed') askSeed(work, stored.id, request)
  const isSource = decision === 'source'
  const task = startTask(work, stored, isSource)
  const isEmpty = task.state === 'Succeeded' && isEmptyTask(task) && isThere(work, task)
  const isNew = known === undefined
  const described = { ...body, ...named, api: 1 } as const
  const peer = isNew ? newPeer(work, described) : revived(work, host, known)
  receivePeer(work, peer, { isEmpty, isSource, isNew })
  return { ok: true, sizeScope: isEmpty ? 'empty' : 'normal', taskType: task.type, known: !isNew }
}

/** Seeds the whole task of a ranged one in the background, when there is a seed. */
function prefetch(work: Work, body: RegisterPeer): void {
  if (body.prefetch === null || !hasSource(body.prefetch)) return
  const task = storeTask(work, body.prefetch)
  if (task.state === 'Succeeded' && hasAvailablePeer(work.tx, task.id, null)) return
  const seed = chooseSeed(work, task.id)
  if (seed === undefined || openSeed(work, task.id) !== undefined) return
  if (task.state !== 'Running') fireTask(work, task, 'download')
  requestSeed(work, seed, { taskId: task.id, range: '', download: noDownload })
}
