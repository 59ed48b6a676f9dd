// The messages that scripted clients of both APIs send.
import { createHash } from 'node:crypto'
import type { commonV1, schedulerV1, schedulerV2 } from '../../../proto/index.ts'
import type { PeerName } from './member-stub.ts'

/** Piece number of the message that begins a stream of API v1. */
const beginOfPiece = -1

/** Pieces that a scripted download has, each of one byte. */
export const piecesEach = 6

/** A task id by its name in a test. */
export function taskIdOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

/** A host of API v1; nobody listens at its ports. */
function hostV1(id: string): schedulerV1.PeerHost {
  return { id, ip: '127.0.0.1', rpcPort: 65000, downPort: 65002, hostname: id }
}

export function registerV1(name: PeerName): schedulerV1.PeerTaskRequest {
  return {
    taskId: name.taskId,
    url: `http://origin.test/${name.taskId}`,
    urlMeta: {},
    peerId: name.peerId,
    peerHost: hostV1(name.hostId),
  }
}

export function beginV1({ taskId, peerId }: PeerName): schedulerV1.PieceResult {
  return { taskId, srcPid: peerId, pieceInfo: { pieceNum: beginOfPiece }, code: 'Success' }
}

/** A piece from a parent; `parentId` '' from the source. */
export function pieceV1(
  { taskId, peerId }: PeerName,
  pieceNum: number,
  parentId: string,
): schedulerV1.PieceResult {
  const pieceInfo: commonV1.PieceInfo = {
    pieceNum,
    rangeStart: pieceNum,
    rangeSize: 1,
    pieceMd5: 'c'.repeat(32),
    downloadCost: 5,
  }
  return { taskId, srcPid: peerId, dstPid: parentId, pieceInfo, success: true, code: 'Success' }
}

export function resultV1({ taskId, peerId }: PeerName): schedulerV1.PeerResult {
  const sizes = { contentLength: piecesEach, totalPieceCount: piecesEach, traffic: piecesEach }
  return { taskId, peerId, srcIp: '127.0.0.1', success: true, code: 'Success', cost: 10, ...sizes }
}

/** A whole task that a host says it holds. */
export function announceTaskV1(name: PeerName): schedulerV1.AnnounceTaskRequest {
  return {
    taskId: name.taskId,
    url: `d7y:/${name.taskId}`,
    urlMeta: {},
    peerHost: hostV1(name.hostId),
    piecePacket: {
      taskId: name.taskId,
      dstPid: name.peerId,
      dstAddr: '127.0.0.1:65002',
      pieceInfos: [{ pieceNum: 0, rangeStart: 0, rangeSize: 1, pieceMd5: 'c'.repeat(32) }],
      totalPiece: 1,
      contentLength: 1,
    },
    taskType: 'DfCache',
  }
}

/** AnnounceHost of API v2; `type` 1 is a seed. */
export function announceHostV2(
  id: string,
  intervalMs: number,
  more: { readonly type?: number; readonly port?: number } = {},
): schedulerV2.AnnounceHostRequest {
  const seconds = Math.floor(intervalMs / 1000)
  const port = more.port ?? 65000
  return {
    host: { id, type: more.type ?? 0, hostname: id, ip: '127.0.0.1', port, downloadPort: port },
    interval: { seconds, nanos: (intervalMs % 1000) * 1_000_000 },
  }
}

export function registerV2(name: PeerName): schedulerV2.AnnouncePeerRequest {
  const url = `http://origin.test/${name.taskId}`
  return { ...name, registerPeerRequest: { download: { url, type: 'STANDARD' } } }
}

/** A piece from a parent; `parentId` '' from the source. */
export function pieceV2(
  name: PeerName,
  number: number,
  parentId: string,
): schedulerV2.AnnouncePeerRequest {
  const piece = {
    number,
    offset: number,
    length: 1,
    digest: 'crc32:12345678',
    cost: { seconds: 0, nanos: 5_000_000 },
    createdAt: { seconds: Math.floor(Date.now() / 1000), nanos: 0 },
  }
  if (parentId === '') {
    const fromSource = { ...piece, trafficType: 'BACK_TO_SOURCE' as const }
    return { ...name, downloadPieceBackToSourceFinishedRequest: { piece: fromSource } }
  }
  const fromPeer = { ...piece, parentId, trafficType: 'REMOTE_PEER' as const }
  return { ...name, downloadPieceFinishedRequest: { piece: fromPeer } }
}
