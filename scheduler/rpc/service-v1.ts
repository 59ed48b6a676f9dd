// scheduler.Scheduler: the eight calls of API v1.
import { CodedError } from '../../base/index.ts'
import { DfError, dfCodes } from '../../proto/index.ts'
import type { googleProtobuf, schedulerV1 } from '../../proto/index.ts'
import {
  announceTask,
  getHost,
  getPeer,
  isDeletedAfter,
  leaveHost,
  leaveTask,
  registerPeer,
  reportPeerResult,
  settingsOf,
  statTask,
} from '../replication/commands/index.ts'
import type {
  AnnounceTaskResult,
  RegisterPeer,
  RegisterPeerResult,
} from '../replication/commands/index.ts'
import { effectivePriority } from './application-priority.ts'
import { id } from './fields.ts'
import { announceItself } from './host-announce.ts'
import type { HostAnnounceDeps } from './host-announce.ts'
import { downloadLabels } from './metric-labels.ts'
import type { PieceReports } from './piece-reports.ts'
import type { PeerStreams } from './peer-streams.ts'
import type { Replica } from './replica.ts'
import { counted } from './request-metrics.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'
import { announceHostV1Body } from './wire-host.ts'
import type { AnnounceOrigin } from './wire-host.ts'
import {
  announceTaskBody,
  peerResultBody,
  registerPeerBody,
  taskReply,
  taskTypeWord,
} from './wire-v1.ts'

export interface ServiceV1Deps extends UnaryDeps, HostAnnounceDeps {
  readonly streams: PeerStreams
  readonly reports: PieceReports
  /** Why this member takes no new peers now. @default it does */
  readonly newPeerRefusal?: () => CodedError | undefined
}

type Empty = googleProtobuf.Empty

/** The handlers for `grpc.Server.addService`. */
export function serviceV1(deps: ServiceV1Deps): schedulerV1.SchedulerHandlers {
  const { replica, reports, metrics } = deps
  const { newPeerRefusal } = deps
  const newPeers = newPeerRefusal === undefined ? deps : { ...deps, refusal: newPeerRefusal }
  return {
    RegisterPeerTask: unary(newPeers, (request, call) => register(deps, request, call)),
    ReportPieceResult: (call) => deps.streams.servePieces(call),
    ReportPeerResult: unary(deps, (request, call) => reportResult(deps, request, call)),
    AnnounceTask: unary(deps, (request, call) =>
      counted(metrics, 'announce_peer', () => announce(deps, request, call)),
    ),
    StatTask: unary(deps, (request, call) =>
      counted(metrics, 'stat_task', () => stat(replica, request, call)),
    ),
    LeaveTask: unary(deps, (request, call) =>
      counted(metrics, 'leave_task', async (): Promise<Empty> => {
        const { taskId, peerId } = request
        const ref = { taskId: id(taskId, 'task_id'), peerId: id(peerId, 'peer_id') }
        reports.flushPeer(ref)
        await replica.command(call, leaveTask, ref)
        return {}
      }),
    ),
    AnnounceHost: unary(deps, (request, call) => {
      const bodyOf = (origin: AnnounceOrigin) => announceHostV1Body(request, origin)
      return announceItself(deps, { host: request, bodyOf }, call)
    }),
    LeaveHost: unary(deps, (request, call) =>
      counted(metrics, 'leave_host', async (): Promise<Empty> => {
        await replica.command(call, leaveHost, { hostId: id(request.id, 'id') })
        return {}
      }),
    ),
  }
}

async function stat(
  replica: Replica,
  request: schedulerV1.StatTaskRequest__Output,
  call: Call,
): Promise<schedulerV1.Task> {
  const taskId = id(request.taskId, 'task_id')
  const found = statTask(await replica.fresh(call), taskId)
  if (found === undefined) throw new DfError(dfCodes.PeerTaskNotFound, 'the task does not exist')
  return taskReply(found)
}

async function reportResult(
  deps: ServiceV1Deps,
  request: schedulerV1.PeerResult__Output,
  call: Call,
): Promise<Empty> {
  const { replica, reports, metrics } = deps
  const body = peerResultBody(request)
  const labels = downloadLabels(replica.reader, body)
  const wasFromSource = getPeer(replica.reader, body)?.state === 'BackToSource'
  reports.flushPeer(body)
  const result = await replica.command(call, reportPeerResult, body)
  if (!result.ok) throw new DfError(dfCodes.SchedPeerNotFound, 'the peer is not registered')
  if (body.success) {
    metrics.step('download_peer_finished', labels)
    metrics.downloadTook(body.contentLength, body.costMs)
  } else {
    const end = wasFromSource ? 'download_peer_back_to_source_finished' : 'download_peer_finished'
    metrics.stepFailed(end, labels)
  }
  return {}
}

async function register(
  deps: ServiceV1Deps,
  request: schedulerV1.PeerTaskRequest__Output,
  call: Call,
): Promise<schedulerV1.RegisterResult> {
  const { replica, reports, metrics } = deps
  const told = registerPeerBody(request, replica.appliedIndex)
  const { application, url } = told.task
  const question = { application, url, priority: told.priority }
  const settings = settingsOf(replica.reader)
  const body = { ...told, effectivePriority: effectivePriority(settings, question) }
  reports.flushPeer({ taskId: body.task.id, peerId: body.peerId })
  const propose = (acceptedIndex: number): Promise<RegisterPeerResult> =>
    replica.command(call, registerPeer, { ...body, acceptedIndex })
  const labels = {
    priority: body.priority,
    taskType: body.task.type,
    hostType: getHost(replica.reader, body.host.id)?.type ?? 'normal',
  }
  metrics.step('register_peer', labels)
  const result = await notOutrun(replica, call, body, propose).catch((error: unknown) => {
    metrics.stepFailed('register_peer', labels)
    throw error
  })
  if (!result.ok) {
    metrics.stepFailed('register_peer', labels)
    throw registerError(result.reason)
  }
  return {
    taskId: body.task.id,
    taskType: taskTypeWord(result.taskType),
    ...(result.sizeScope === 'empty'
      ? { sizeScope: 'EMPTY' as const, pieceContent: Buffer.alloc(0) }
      : { sizeScope: 'NORMAL' as const }),
  }
}

async function announce(
  deps: ServiceV1Deps,
  request: schedulerV1.AnnounceTaskRequest__Output,
  call: Call,
): Promise<Empty> {
  const { replica, reports } = deps
  const body = announceTaskBody(request, replica.appliedIndex)
  reports.flushPeer({ taskId: body.task.id, peerId: body.peerId })
  const propose = (acceptedIndex: number): Promise<AnnounceTaskResult> =>
    replica.command(call, announceTask, { ...body, acceptedIndex })
  const result = await notOutrun(replica, call, body, propose)
  if (!result.ok) throw announceError(result.reason)
  return {}
}

/**
 * Proposes with what this member had applied when the request came. A member may lag behind the
 * leave of a host that has come back since: when the result says that the host has left, the index
 * is learned from the leader and the command proposed once more, as long as the client waits.
 * Asking the leader first would cost every request a round trip.
 *
 * A deleted peer stays deleted: what was open when its peer was deleted must not bring it back. Who
 * imports the content anew does so under a new peer id.
 */
async function notOutrun<Result extends RegisterPeerResult | AnnounceTaskResult>(
  replica: Replica,
  call: Call,
  body: AcceptedBody,
  propose: (acceptedIndex: number) => Promise<Result>,
): Promise<Result> {
  const result = await propose(body.acceptedIndex)
  if (result.ok || result.reason !== 'host-left' || !call.isOpen()) return result
  const acceptedIndex = await replica.readIndex(call)
  const peer = { taskId: body.task.id, peerId: body.peerId, hostId: body.host.id }
  if (isDeletedAfter(replica.reader, peer, body.acceptedIndex)) throw deletedError()
  return propose(acceptedIndex)
}

type AcceptedBody = Pick<RegisterPeer, 'acceptedIndex' | 'task' | 'host' | 'peerId'>

function deletedError(): DfError {
  return new DfError(dfCodes.PeerTaskNotFound, 'the peer was deleted')
}

function registerError(reason: Extract<RegisterPeerResult, { ok: false }>['reason']): CodedError {
  switch (reason) {
    case 'forbidden':
      return new DfError(dfCodes.SchedForbidden, 'the priority of this task forbids downloads')
    case 'no-available-peer':
      return new DfError(dfCodes.SchedForbidden, 'no peer has this task and its priority is low')
    case 'host-mismatch':
      return new DfError(dfCodes.BadRequest, 'the peer belongs to another host')
    case 'host-left':
      return new DfError(dfCodes.SchedReregister, 'the host has left: announce it and try again')
    case 'deleted':
      return deletedError()
  }
}

function announceError(reason: Extract<AnnounceTaskResult, { ok: false }>['reason']): CodedError {
  switch (reason) {
    case 'deleted':
      return deletedError()
    case 'host-mismatch':
      return new DfError(dfCodes.BadRequest, 'the peer belongs to another host')
    case 'host-left':
      return new CodedError('SCHED_UNAVAILABLE', 'the host has left: announce it and try again')
  }
}
