// scheduler.v2.Scheduler: downloads, tasks and hosts of API v2. The families that are not served
// say so by name.
import type { MethodDefinition, ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import { toWireStatus } from '../../proto/index.ts'
import type { commonV2, googleProtobuf, schedulerV2 } from '../../proto/index.ts'
import { deleteHost, deleteTask, leaveTask, listHosts } from '../replication/commands/index.ts'
import { id } from './fields.ts'
import { announceItself } from './host-announce.ts'
import type { HostAnnounceDeps } from './host-announce.ts'
import { hostsListedMax } from './limits.ts'
import type { OperatorGate } from './operator-gate.ts'
import { peerReply } from './peer-reply.ts'
import type { PeerStreams } from './peer-streams.ts'
import type { PieceReports } from './piece-reports.ts'
import type { Replica } from './replica.ts'
import { counted } from './request-metrics.ts'
import { taskReplyV2 } from './task-reply.ts'
import type { Reader } from './task-reply.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'
import { announceHostV2Body, hostReply } from './wire-host.ts'
import type { AnnounceOrigin } from './wire-host.ts'
import { downloadRef } from './wire-v2.ts'

export interface ServiceV2Deps extends UnaryDeps, HostAnnounceDeps {
  readonly streams: PeerStreams
  readonly reports: PieceReports
  readonly operators: OperatorGate
}

type Empty = googleProtobuf.Empty

/** The calls that are served. */
export type ServedV2 = Pick<
  schedulerV2.SchedulerHandlers,
  | 'AnnouncePeer'
  | 'StatPeer'
  | 'DeletePeer'
  | 'StatTask'
  | 'DeleteTask'
  | 'AnnounceHost'
  | 'ListHosts'
  | 'DeleteHost'
>

/** An announce without a host is refused, and counted as that of one that says nothing. */
const silentHost = {
  os: '',
  platform: '',
  platformFamily: '',
  platformVersion: '',
  kernelVersion: '',
  build: null,
}

/** The handlers for `grpc.Server.addService`. */
export function serviceV2(deps: ServiceV2Deps): ServedV2 {
  const { replica, metrics } = deps
  return {
    AnnouncePeer: (call) => deps.streams.serveDownload(call),
    StatPeer: unary(deps, (request, call) =>
      counted(metrics, 'stat_peer', () => statPeer(deps, request, call)),
    ),
    DeletePeer: unary(deps, (request, call) =>
      counted(metrics, 'leave_peer', () => deletePeer(deps, request, call)),
    ),
    StatTask: unary(deps, (request, call) =>
      counted(metrics, 'stat_task', () => statTask(deps, request, call)),
    ),
    DeleteTask: unary(deps, (request, call) =>
      counted(metrics, 'leave_task', () => removeTask(replica, request, call)),
    ),
    AnnounceHost: unary(deps, (request, call) => {
      const bodyOf = (origin: AnnounceOrigin) => announceHostV2Body(request, origin)
      return announceItself(deps, { host: request.host ?? silentHost, bodyOf }, call)
    }),
    ListHosts: unary(deps, (request, call) =>
      counted(metrics, 'list_hosts', () => list(replica, request, call)),
    ),
    DeleteHost: unary(deps, (request, call) =>
      counted(metrics, 'leave_host', () => removeHost(replica, request, call)),
    ),
  }
}

async function statPeer(
  deps: ServiceV2Deps,
  request: schedulerV2.StatPeerRequest__Output,
  call: Call,
): Promise<commonV2.Peer> {
  const ref = downloadRef(request)
  const shownTo = readerOf(deps, call)
  const reply = peerReply(await deps.replica.fresh(call), ref, shownTo)
  if (reply === undefined) throw new CodedError('SCHED_PEER_NOT_FOUND', 'the peer does not exist')
  return reply
}

function readerOf({ operators }: ServiceV2Deps, call: Call): Reader {
  return operators.admits(call) ? 'operator' : 'anybody'
}

/** Never an error for a peer that is not there: a delete that is repeated has done its work. */
async function deletePeer(
  { replica, reports }: ServiceV2Deps,
  request: schedulerV2.DeletePeerRequest__Output,
  call: Call,
): Promise<Empty> {
  const { taskId, peerId } = downloadRef(request)
  reports.flushPeer({ taskId, peerId })
  await replica.command(call, leaveTask, { taskId, peerId })
  return {}
}

async function statTask(
  deps: ServiceV2Deps,
  request: schedulerV2.StatTaskRequest__Output,
  call: Call,
): Promise<commonV2.Task> {
  id(request.hostId, 'host_id')
  const taskId = id(request.taskId, 'task_id')
  const shownTo = readerOf(deps, call)
  const reply = taskReplyV2(await deps.replica.fresh(call), taskId, shownTo)
  if (reply === undefined) throw new CodedError('SCHED_TASK_NOT_FOUND', 'the task does not exist')
  return reply
}

async function removeTask(
  replica: Replica,
  request: schedulerV2.DeleteTaskRequest__Output,
  call: Call,
): Promise<Empty> {
  const body = { hostId: id(request.hostId, 'host_id'), taskId: id(request.taskId, 'task_id') }
  const result = await replica.command(call, deleteTask, body)
  if (!result.ok) throw hostNotFound()
  return {}
}

async function list(
  replica: Replica,
  { type }: schedulerV2.ListHostsRequest__Output,
  call: Call,
): Promise<schedulerV2.ListHostsResponse> {
  const reader = await replica.fresh(call)
  if (type !== undefined && type !== 0 && type !== 1) return { hosts: [] }
  const filter = type === undefined ? {} : { type: hostTypeOf(type) }
  const rows = listHosts(reader, { ...filter, limit: hostsListedMax + 1 })
  if (rows.length > hostsListedMax) {
    throw new CodedError('SCHED_TOO_LARGE', `there are more than ${hostsListedMax} hosts`)
  }
  return { hosts: rows.map(hostReply) }
}

async function removeHost(
  replica: Replica,
  request: schedulerV2.DeleteHostRequest__Output,
  call: Call,
): Promise<Empty> {
  const result = await replica.command(call, deleteHost, { hostId: id(request.hostId, 'host_id') })
  if (!result.existed) throw hostNotFound()
  return {}
}

function hostNotFound(): CodedError {
  return new CodedError('SCHED_HOST_NOT_FOUND', 'the host does not exist')
}

function hostTypeOf(type: 0 | 1): 'normal' | 'super' {
  return type === 0 ? 'normal' : 'super'
}

// ----------------------------------------------------------------------------- what is not served

/** Families by what their methods' names hold, the longest name first. */
const families: readonly (readonly [part: string, family: string])[] = [
  ['PersistentCache', 'persistent cache tasks'],
  ['Persistent', 'persistent tasks'],
  ['Cache', 'cache tasks'],
  ['Preheat', 'preheating'],
  ['Image', 'images'],
  ['File', 'files'],
]

/** Handlers for the methods of `service` that `served` does not have: each says what is missing. */
export function unservedV2(
  service: ServiceDefinition,
  served: object,
): Record<string, UntypedHandleCall> {
  const handlers: Record<string, UntypedHandleCall> = {}
  for (const [name, method] of Object.entries(service)) {
    if (!Object.hasOwn(served, name)) handlers[name] = refusing(name, method)
  }
  return handlers
}

function refusing(
  name: string,
  method: Pick<MethodDefinition<unknown, unknown>, 'requestStream' | 'responseStream'>,
): UntypedHandleCall {
  const family = families.find(([part]) => name.includes(part))?.[1] ?? name
  const error = new CodedError('SCHED_UNIMPLEMENTED', `this scheduler does not serve ${family}`)
  if (method.requestStream || method.responseStream) {
    return (call: { emit(event: 'error', error: object): boolean }) => {
      call.emit('error', toWireStatus(error))
    }
  }
  return (_call: unknown, callback: (error: object) => void) => callback(toWireStatus(error))
}
