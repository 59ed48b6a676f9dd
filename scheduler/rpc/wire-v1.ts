// API v1 on one side, the domain's commands on the other: every field is checked here, once.
import { dfCodeNumber, dfCodes, loadMessages } from '../../proto/index.ts'
import type { commonV1, DfCodeName, errordetailsV1, schedulerV1 } from '../../proto/index.ts'
import {
  contentLengthMax,
  filtersMax,
  labelLengthMax,
  nameLengthMax,
  pieceCostMsMax,
  pieceCountMax,
  sourceErrorBytesMax,
  urlLengthMax,
} from '../core/index.ts'
import type { TaskType } from '../core/index.ts'
import type {
  AnnounceTask,
  AssignedParent,
  HostInput,
  PieceZero,
  RegisterPeer,
  ReportPeerResult,
  SourceErrorInput,
  TaskInput,
  TaskStat,
} from '../replication/commands/index.ts'
import {
  absoluteUrl,
  digest,
  FieldError,
  headerList,
  id,
  integer,
  ip,
  pieceMd5,
  port,
  present,
  priorityLevel,
  proxyPort,
  range,
  requiredText,
  text,
  word,
} from './fields.ts'
import { taskIdV1 } from './task-id.ts'

/** Piece number of the first message of a stream. */
export const beginOfPiece = -1
/** Piece number of the last message of a stream. */
export const endOfPiece = 1_073_741_824

/** A PeerHost. */
export function hostInput(host: schedulerV1.PeerHost__Output | null, field: string): HostInput {
  const value = present(host, field)
  return {
    id: id(value.id, `${field}.id`),
    ip: ip(value.ip, `${field}.ip`),
    hostname: requiredText(value.hostname, `${field}.hostname`, nameLengthMax),
    port: port(value.rpcPort, `${field}.rpc_port`),
    downloadPort: port(value.downPort, `${field}.down_port`),
    proxyPort: proxyPort(value.proxyPort, `${field}.proxy_port`),
    location: text(value.location, `${field}.location`, labelLengthMax),
    idc: text(value.idc, `${field}.idc`, labelLengthMax),
  }
}

interface TaskRequest {
  readonly taskId: string
  readonly url: string
  readonly urlMeta: commonV1.UrlMeta__Output | null
  /** Undefined where the request has no such field. */
  readonly taskType?: commonV1.TaskType__Output
}

/** The task of a request; an empty task id is computed. */
export function taskInput(request: TaskRequest): TaskInput {
  const meta = present(request.urlMeta, 'url_meta')
  const url = absoluteUrl(request.url, 'url')
  digest(text(meta.digest, 'url_meta.digest', nameLengthMax), 'url_meta.digest')
  range(meta.range, 'url_meta.range')
  text(meta.filter, 'url_meta.filter', urlLengthMax)
  const tag = text(meta.tag, 'url_meta.tag', labelLengthMax)
  const application = text(meta.application, 'url_meta.application', labelLengthMax)
  return {
    id: request.taskId === '' ? taskIdV1(url, meta) : id(request.taskId, 'task_id'),
    type: taskType(request.taskType, url),
    url,
    digest: meta.digest,
    tag,
    application,
    filteredQueryParams: filters(meta.filter),
    headers: headerList(meta.header, 'url_meta.header'),
    pieceLength: 0,
  }
}

function filters(filter: string): readonly string[] {
  if (filter.trim() === '') return []
  const names = filter.split('&')
  if (names.length > filtersMax) {
    throw new FieldError('url_meta.filter', `must have at most ${filtersMax} names`)
  }
  return names.map((name) => text(name, 'url_meta.filter', labelLengthMax))
}

const taskTypeByWord: Readonly<Record<string, TaskType>> = {
  Normal: 'standard',
  DfStore: 'persistent',
  DfCache: 'persistent-cache',
}

/** Registrations do not say the type: dfcache's contents are known by their URL scheme. */
function taskType(wire: commonV1.TaskType__Output | undefined, url: string): TaskType {
  if (wire !== undefined) {
    return taskTypeByWord[word(wire, 'task_type', ['Normal', 'DfCache', 'DfStore'])]!
  }
  return url.startsWith('d7y:') ? 'persistent-cache' : 'standard'
}

/** API v1's word for a task type. */
export function taskTypeWord(type: TaskType): 'Normal' | 'DfCache' | 'DfStore' {
  if (type === 'persistent-cache') return 'DfCache'
  return type === 'persistent' ? 'DfStore' : 'Normal'
}

/** RegisterPeerTask; the application's priority is still to be filled in. */
export function registerPeerBody(
  request: schedulerV1.PeerTaskRequest__Output,
  acceptedIndex: number,
): RegisterPeer {
  const task = taskInput(request)
  const meta = present(request.urlMeta, 'url_meta')
  const priority = priorityLevel(meta.priority, 'url_meta.priority')
  return {
    acceptedIndex,
    task,
    host: hostInput(request.peerHost, 'peer_host'),
    peerId: id(request.peerId, 'peer_id'),
    range: meta.range,
    priority,
    effectivePriority: priority,
    concurrentPieceCount: 0,
    needBackToSource: false,
    prefetch: request.prefetch ? wholeTask(task, meta) : null,
  }
}

/** The task of the whole content: no range, and no digest, which was that of the range. */
function wholeTask(task: TaskInput, meta: commonV1.UrlMeta__Output): TaskInput | null {
  if (meta.range === '') return null
  return {
    ...task,
    id: taskIdV1(task.url, { ...meta, digest: '', range: '' }),
    digest: '',
    headers: task.headers.filter(([name]) => name.toLowerCase() !== 'range'),
  }
}

/** AnnounceTask. */
export function announceTaskBody(
  request: schedulerV1.AnnounceTaskRequest__Output,
  acceptedIndex: number,
): AnnounceTask {
  const task = taskInput(request)
  const packet = present(request.piecePacket, 'piece_packet')
  if (packet.taskId !== '' && packet.taskId !== task.id) {
    throw new FieldError('piece_packet.task_id', 'must be the task_id of the request')
  }
  const total = integer(packet.totalPiece, 'piece_packet.total_piece', 0, pieceCountMax)
  const length = packet.contentLength
  let pieceZeroFound: PieceZero | null = null
  for (const piece of packet.pieceInfos) {
    const field = 'piece_packet.piece_infos'
    integer(piece.pieceNum, `${field}.piece_num`, 0, pieceCountMax - 1)
    pieceZeroFound ??= pieceZero(piece, field)
  }
  return {
    acceptedIndex,
    task,
    host: hostInput(request.peerHost, 'peer_host'),
    peerId: id(packet.dstPid, 'piece_packet.dst_pid'),
    contentLength: integer(length, 'piece_packet.content_length', 0, contentLengthMax),
    totalPieceCount: total,
    pieceZero: pieceZeroFound,
  }
}

/** Piece 0, the only one whose digest is kept; null for others and without a digest. */
export function pieceZero(piece: commonV1.PieceInfo__Output, field: string): PieceZero | null {
  const md5 = pieceMd5(piece.pieceMd5, `${field}.piece_md5`)
  const length = integer(piece.rangeSize, `${field}.range_size`, 0, contentLengthMax)
  const offset = integer(piece.rangeStart, `${field}.range_start`, 0, contentLengthMax)
  if (piece.pieceNum !== 0 || md5 === '') return null
  return { digest: md5.toLowerCase(), offset, length }
}

/** ReportPeerResult. */
export function peerResultBody(request: schedulerV1.PeerResult__Output): ReportPeerResult {
  return {
    taskId: id(request.taskId, 'task_id'),
    peerId: id(request.peerId, 'peer_id'),
    success: request.success,
    contentLength: integer(request.contentLength, 'content_length', -1, contentLengthMax),
    totalPieceCount: integer(request.totalPieceCount, 'total_piece_count', -1, pieceCountMax),
    costMs: integer(request.cost, 'cost'),
    sourceError: sourceErrorInput(request.sourceError ?? null),
  }
}

/** A source error, encoded for the other peers; its headers are left out when they are too long. */
export function sourceErrorInput(
  error: errordetailsV1.SourceError__Output | errordetailsV1.SourceError | null,
): SourceErrorInput | null {
  if (error === null) return null
  const codec = loadMessages().sourceError
  const temporary = error.temporary ?? false
  let metadata = codec.serialize(error)
  if (metadata.length > sourceErrorBytesMax) {
    const { statusCode = 0 } = error.metadata ?? {}
    metadata = codec.serialize({ temporary, metadata: { statusCode } })
  }
  return { temporary, metadata: new Uint8Array(metadata) }
}

/** Parents for a stream: code 200, the best one first. */
export function parentsPacket(
  ref: { readonly taskId: string; readonly peerId: string },
  parents: readonly AssignedParent[],
): schedulerV1.PeerPacket {
  const [main, ...rest] = parents.map((parent) => ({
    ip: parent.ip,
    rpcPort: parent.port,
    peerId: parent.peerId,
  }))
  return {
    taskId: ref.taskId,
    srcPid: ref.peerId,
    mainPeer: main ?? null,
    candidatePeers: rest,
    code: 'Success',
  }
}

/** A packet that is only a code. */
export function codePacket(code: DfCodeName): schedulerV1.PeerPacket {
  return { code }
}

/** Source error of another peer: code 1001 with what that peer reported. */
export function sourceFailedPacket(metadata: Uint8Array): schedulerV1.PeerPacket {
  const sourceError = loadMessages().sourceError.deserialize(Buffer.from(metadata))
  return { code: 'BackToSourceAborted', sourceError }
}

/** What a failed piece result means; undefined for one that is to be ignored. */
export function failureCause(
  code: commonV1.Code__Output,
): 'failed' | 'task-gone' | 'piece-gone' | undefined {
  switch (dfCodeNumber(code)) {
    case dfCodes.Success:
    case dfCodes.ClientWaitPieceReady:
      return undefined
    case dfCodes.PeerTaskNotFound:
      return 'task-gone'
    case dfCodes.ClientPieceNotFound:
      return 'piece-gone'
    default:
      return 'failed'
  }
}

/** Cost of a piece in whole milliseconds. */
export function pieceCostMs(piece: commonV1.PieceInfo__Output): number {
  return Math.min(integer(piece.downloadCost, 'piece_info.download_cost'), pieceCostMsMax)
}

/** StatTask's reply. */
export function taskReply(stat: TaskStat): schedulerV1.Task {
  return {
    id: stat.id,
    type: taskTypeWord(stat.type),
    contentLength: stat.contentLength,
    totalPieceCount: stat.totalPieceCount,
    state: stat.state,
    peerCount: stat.peerCount,
    hasAvailablePeer: stat.hasAvailablePeer,
  }
}
