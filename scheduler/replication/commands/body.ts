// How the values that bodies share travel as arrays.
import {
  concurrentPieceCountMax,
  isWithinPieces,
  pieceCostsMax,
  sourceErrorBytesMax,
  taskTypes,
} from '../../core/index.ts'
import {
  readId,
  readLabel,
  readName,
  readPieceBits,
  readPort,
  readTaskDescription,
  readWord,
  taskDescriptionWire,
  wordNumber,
} from '../rows/fields.ts'
import { readPriority } from '../rows/peer.ts'
import { WireFormatError } from '../wire.ts'
import type { FieldReader, Wire } from '../wire.ts'
import type {
  DownloadRequest,
  HostInput,
  PeerRef,
  PieceBits,
  SourceErrorInput,
  TaskInput,
} from './types.ts'

/** A task as one nested field. */
export function taskInputWire(task: TaskInput): Wire {
  return [task.id, wordNumber(taskTypes, task.type), ...taskDescriptionWire(task)]
}

/** Inverse of `taskInputWire`. */
export function readTaskInput(fields: FieldReader): TaskInput {
  return fields.nested((task) => ({
    id: readId(task),
    type: readWord(task, taskTypes),
    ...readTaskDescription(task),
  }))
}

/** The fields of a host, in place. */
export function hostInputWire(host: HostInput): readonly Wire[] {
  return [
    host.id,
    host.ip,
    host.hostname,
    host.port,
    host.downloadPort,
    host.proxyPort,
    host.location,
    host.idc,
  ]
}

/** Inverse of `hostInputWire`. */
export function readHostInput(fields: FieldReader): HostInput {
  return {
    id: readId(fields),
    ip: readName(fields),
    hostname: readName(fields),
    port: readPort(fields),
    downloadPort: readPort(fields),
    proxyPort: readPort(fields),
    location: readLabel(fields),
    idc: readLabel(fields),
  }
}

/** How a peer wants its task, in place. */
export function downloadRequestWire(request: DownloadRequest): readonly Wire[] {
  return [
    request.peerId,
    request.range,
    request.priority,
    request.effectivePriority,
    request.concurrentPieceCount,
    request.needBackToSource,
  ]
}

/** Inverse of `downloadRequestWire`. */
export function readDownloadRequest(fields: FieldReader): DownloadRequest {
  return {
    peerId: readId(fields),
    range: readName(fields),
    priority: readPriority(fields),
    effectivePriority: readPriority(fields),
    concurrentPieceCount: fields.integer(0, concurrentPieceCountMax),
    needBackToSource: fields.boolean(),
  }
}

/** Task id and peer id, in place. */
export function peerRefWire(peer: PeerRef): readonly Wire[] {
  return [peer.taskId, peer.peerId]
}

/** Inverse of `peerRefWire`. */
export function readPeerRef(fields: FieldReader): PeerRef {
  return { taskId: readId(fields), peerId: readId(fields) }
}

/** A part of a bitset, in place. */
export function pieceBitsWire(bits: PieceBits): readonly Wire[] {
  return [bits.firstPiece, bits.bytes]
}

/** Inverse of `pieceBitsWire`; refuses piece numbers over the limit. */
export function readPieceBitsPart(fields: FieldReader): PieceBits {
  const firstPiece = fields.integer()
  const bytes = readPieceBits(fields)
  if (!isWithinPieces(firstPiece, bytes)) throw new WireFormatError('piece number over its limit')
  return { firstPiece, bytes }
}

/** Piece costs, ms. */
export function readCosts(fields: FieldReader): readonly number[] {
  return fields.list(pieceCostsMax, (items) => items.integer())
}

/** A source error, in place. */
export function sourceErrorWire(error: SourceErrorInput): Wire {
  return [error.temporary, error.metadata]
}

/** Inverse of `sourceErrorWire`. */
export function readSourceError(fields: FieldReader): SourceErrorInput {
  return fields.nested((error) => ({
    temporary: error.boolean(),
    metadata: error.bytes(sourceErrorBytesMax),
  }))
}
