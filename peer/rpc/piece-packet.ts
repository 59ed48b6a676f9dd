// Pieces of a local copy as API v1's messages.
import type { commonV1 } from '../../proto/index.ts'
import { uploadAddress } from '../host.ts'
import type { LocalHost } from '../host.ts'
import type { PieceRecord, TaskInfo } from '../store/index.ts'

/** One piece on the wire. */
export function wirePiece(piece: PieceRecord): commonV1.PieceInfo {
  return {
    pieceNum: piece.num,
    rangeStart: piece.offsetBytes,
    rangeSize: piece.lengthBytes,
    pieceMd5: piece.md5,
    pieceOffset: piece.offsetBytes,
    pieceStyle: 'PLAIN',
    downloadCost: piece.costMs,
  }
}

/** Pieces of a copy of this host; total and length are -1 while unknown. */
export function piecePacket(
  host: LocalHost,
  task: TaskInfo,
  pieces: readonly PieceRecord[],
): commonV1.PiecePacket {
  return {
    taskId: task.taskId,
    dstPid: task.peerId,
    dstAddr: uploadAddress(host),
    pieceInfos: pieces.map(wirePiece),
    totalPiece: task.totalPieces,
    contentLength: task.contentLengthBytes,
    pieceMd5Sign: task.pieceMd5Sign,
    ...(Object.keys(task.sourceHeader).length === 0
      ? {}
      : { extendAttribute: { header: { ...task.sourceHeader } } }),
  }
}
