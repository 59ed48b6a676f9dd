// Downloads of API v2 on one side, the domain's commands on the other: every field of the messages
// of an AnnouncePeer stream is checked here, once.
import { loadMessages } from '../../proto/index.ts'
import type { commonV2, googleProtobuf, schedulerV2 } from '../../proto/index.ts'
import {
  blockedParentsMax,
  concurrentPieceCountMax,
  contentLengthMax,
  filtersMax,
  idLengthMax,
  labelLengthMax,
  nameLengthMax,
  pieceCostMsMax,
  pieceCountMax,
  pieceLengthMax,
  seedDownloadBytesMax,
  taskTypes,
} from '../core/index.ts'
import type { Priority, TaskType } from '../core/index.ts'
import type { PieceZero, RegisterDownload } from '../replication/commands/index.ts'
import {
  absoluteUrl,
  digest,
  FieldError,
  headerList,
  id,
  integer,
  present,
  priorityLevel,
  rangeText,
  text,
  word,
} from './fields.ts'
import { pieceLengthMin } from './limits.ts'
import type { FinishedPiece } from './piece-reports.ts'

/** Who sends the messages of a stream. */
export interface DownloadRef {
  readonly hostId: string
  readonly taskId: string
  readonly peerId: string
}

/** What is known about a registration besides the message. */
export interface RegisterPlace {
  /** The member's applied index when the message arrived. */
  readonly acceptedIndex: number
  readonly streamId: number
  /** The priority with the application's filled in. */
  readonly priorityOf: (asked: {
    readonly application: string
    readonly url: string
    readonly priority: Priority
  }) => Priority
}

/** The three ids that every message of a stream carries, and calls about one peer. */
export function downloadRef(message: DownloadRef): DownloadRef {
  return {
    hostId: id(message.hostId, 'host_id'),
    taskId: id(message.taskId, 'task_id'),
    peerId: id(message.peerId, 'peer_id'),
  }
}

const taskTypeWords = ['STANDARD', 'PERSISTENT', 'PERSISTENT_CACHE', 'CACHE'] as const

/** API v2's word for a task type. */
export function taskTypeWordV2(type: TaskType): (typeof taskTypeWords)[number] {
  return taskTypeWords[taskTypes.indexOf(type)]!
}

/** Where the fields below are in the request. */
const path = 'register_peer_request.download'

/** Message 4. */
export function registerDownloadBody(
  ref: DownloadRef,
  request: schedulerV2.RegisterPeerRequest__Output,
  place: RegisterPlace,
): RegisterDownload {
  const download = present(request.download, path)
  const url = absoluteUrl(download.url, `${path}.url`)
  const application = text(download.application ?? '', `${path}.application`, labelLengthMax)
  const priority = priorityLevel(download.priority, `${path}.priority`)
  const { needBackToSource, metadataOnly } = download
  return {
    acceptedIndex: place.acceptedIndex,
    task: {
      id: ref.taskId,
      type: taskTypes[taskTypeWords.indexOf(word(download.type, `${path}.type`, taskTypeWords))]!,
      url,
      digest: digest(
        text(download.digest ?? '', `${path}.digest`, nameLengthMax),
        `${path}.digest`,
      ),
      tag: text(download.tag ?? '', `${path}.tag`, labelLengthMax),
      application,
      filteredQueryParams: filters(download.filteredQueryParams),
      headers: headerList(download.requestHeader, `${path}.request_header`),
      pieceLength: pieceLength(download),
    },
    hostId: ref.hostId,
    peerId: ref.peerId,
    range: download.range ? rangeText(download.range, `${path}.range`) : '',
    priority,
    effectivePriority: place.priorityOf({ application, url, priority }),
    concurrentPieceCount: concurrentPieceCount(download),
    needBackToSource,
    metadataOnly,
    contentLength: toldOrUnknown(
      download.actualContentLength,
      `${path}.actual_content_length`,
      contentLengthMax,
    ),
    totalPieceCount: toldOrUnknown(
      download.actualPieceCount,
      `${path}.actual_piece_count`,
      pieceCountMax,
    ),
    // These two ask no seed for anything.
    seedDownload: needBackToSource || metadataOnly ? noBytes : seedDownload(download),
    streamId: place.streamId,
  }
}

const noBytes = new Uint8Array(0)

function filters(names: readonly string[]): readonly string[] {
  const field = `${path}.filtered_query_params`
  if (names.length > filtersMax)
    throw new FieldError(field, `must have at most ${filtersMax} names`)
  return names.map((name) => text(name, field, labelLengthMax))
}

/** What a client has chosen, or else wants (then it is part of the task's id); 0 = not told. */
function pieceLength(download: commonV2.Download__Output): number {
  const { pieceLength: wanted, actualPieceLength: actual } = download
  // Upstream takes 0 for none as well.
  if (wanted !== undefined && wanted !== 0) {
    integer(wanted, `${path}.piece_length`, pieceLengthMin, pieceLengthMax)
  }
  if (actual !== undefined) integer(actual, `${path}.actual_piece_length`, 0, pieceLengthMax)
  return actual ?? wanted ?? 0
}

/** What counts of the pieces a client fetches at once; it may be set to any number. */
function concurrentPieceCount(download: commonV2.Download__Output): number {
  return Math.min(download.concurrentPieceCount ?? 0, concurrentPieceCountMax)
}

function toldOrUnknown(value: number | undefined, field: string, max: number): number {
  return value === undefined ? -1 : integer(value, field, 0, max)
}

/**
 * What a seed is asked for in the client's place: the same, from the source, into its own store.
 * Empty when it is too large to be kept: then no seed is asked.
 */
function seedDownload(download: commonV2.Download__Output): Uint8Array {
  const { outputPath: _, ...rest } = download
  const bytes = loadMessages().downloadV2.serialize({ ...rest, needBackToSource: true })
  return bytes.length > seedDownloadBytesMax ? noBytes : new Uint8Array(bytes)
}

/** Message 7: the parents that are of no use any more. */
export function blockedParentIds(
  request: schedulerV2.ReschedulePeerRequest__Output,
): readonly string[] {
  const field = 'reschedule_peer_request.candidate_parents'
  if (request.candidateParents.length > blockedParentsMax) {
    throw new FieldError(field, `must have at most ${blockedParentsMax} parents`)
  }
  return request.candidateParents.map((parent) => id(parent.id, `${field}.id`))
}

/** A piece of message 12 (`from` a parent) or 13 (from the source). */
export function finishedPiece(
  value: commonV2.Piece__Output | null | undefined,
  from: 'parent' | 'source',
): FinishedPiece & { readonly sizeBytes: number } {
  const field =
    from === 'parent'
      ? 'download_piece_finished_request.piece'
      : 'download_piece_back_to_source_finished_request.piece'
  const piece = present(value, field)
  const pieceNum = integer(piece.number, `${field}.number`, 0, pieceCountMax - 1)
  const offset = integer(piece.offset, `${field}.offset`, 0, contentLengthMax)
  const sizeBytes = integer(piece.length, `${field}.length`, 0, contentLengthMax)
  const checksum = pieceDigest(piece.digest, `${field}.digest`)
  const parentField = `${field}.parent_id`
  checkTime(present(piece.createdAt, `${field}.created_at`), `${field}.created_at`)
  const pieceZero: PieceZero | null =
    pieceNum === 0 && checksum !== ''
      ? { digest: checksum.toLowerCase(), offset, length: sizeBytes }
      : null
  return {
    pieceNum,
    costMs: durationMs(present(piece.cost, `${field}.cost`), `${field}.cost`),
    // None for what another peer of the same host has fetched from the source.
    parentId: from === 'parent' ? text(piece.parentId ?? '', parentField, idLengthMax) : '',
    pieceZero,
    sizeBytes,
  }
}

/** '', `crc32:` and a decimal number as Rust clients write it, or any other digest. */
function pieceDigest(value: string, field: string): string {
  if (/^crc32:\d{1,10}$/.test(value)) return value
  return digest(value, field)
}

const nanosMax = 999_999_999

/** Whole milliseconds, at most what a cost counts for. */
function durationMs(duration: googleProtobuf.Duration__Output, field: string): number {
  const seconds = integer(duration.seconds, `${field}.seconds`)
  const nanos = integer(duration.nanos, `${field}.nanos`, 0, nanosMax)
  if (seconds >= pieceCostMsMax / 1_000) return pieceCostMsMax
  return seconds * 1_000 + Math.floor(nanos / 1_000_000)
}

/** Latest time a protobuf timestamp may say: the end of the year 9999, seconds. */
const timestampSecondsMax = 253_402_300_799

function checkTime(time: googleProtobuf.Timestamp__Output, field: string): void {
  integer(time.seconds, `${field}.seconds`, -timestampSecondsMax, timestampSecondsMax)
  integer(time.nanos, `${field}.nanos`, 0, nanosMax)
}

/** Message 14; `parentId` may be blocked when the failure is a temporary one. */
export function failedPiece(request: schedulerV2.DownloadPieceFailedRequest__Output): {
  readonly parentId: string
  readonly isTemporary: boolean
} {
  checkPieceNumber(request.pieceNumber, 'download_piece_failed_request.piece_number')
  const field = 'download_piece_failed_request.parent_id'
  const { temporary: isTemporary } = request
  const parentId = isTemporary
    ? id(request.parentId, field)
    : text(request.parentId, field, idLengthMax)
  return { parentId, isTemporary }
}

/** Message 15. */
export function checkFailedSourcePiece(
  request: schedulerV2.DownloadPieceBackToSourceFailedRequest__Output,
): void {
  checkPieceNumber(request.pieceNumber, 'download_piece_back_to_source_failed_request.piece_number')
}

function checkPieceNumber(value: number | undefined, field: string): void {
  if (value !== undefined) integer(value, field, 0, pieceCountMax - 1)
}
