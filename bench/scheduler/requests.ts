// What the benchmark's peers say: downloads of a cluster as they come, with ids of real lengths.
import { createHash } from 'node:crypto'
import type { schedulerV1, schedulerV2 } from '../../proto/index.ts'

/** A peer in a task on a host. */
export interface PeerName {
  readonly taskId: string
  readonly peerId: string
  readonly host: number
}

const hex = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text).digest('hex')

/** A task's id as clients make it: 64 hex digits. */
export function taskIdOf(name: string): string {
  return hex('sha256', name)
}

/** The `number`-th peer of a task. */
export function peerOf(taskId: string, number: number, host: number): PeerName {
  const id = hex('md5', `${taskId} ${number}`)
  return { taskId, host, peerId: `${ipOf(host)}-${number}-${id}` }
}

function urlOf(taskId: string): string {
  return `https://origin.example/layers/${taskId.slice(0, 16)}/blob.tar.gz`
}

function ipOf(host: number): string {
  return `10.0.${host >> 8}.${host & 255}`
}

function hostIdOf(host: number): string {
  return `${ipOf(host)}-node-${host}`
}

/** A host that downloads. */
export function peerHost(host: number): schedulerV1.PeerHost {
  return {
    id: hostIdOf(host),
    ip: ipOf(host),
    hostname: `node-${host}`,
    rpcPort: 65_000,
    downPort: 65_002,
    location: 'dc1|room2|rack3',
    idc: 'dc1',
  }
}

/** Pieces of a task of the benchmark, 4 MiB each. */
const totalPiece = 8
const pieceBytes = 4 * 1024 * 1024

/** A peer has all of a task. */
export function announcement({ taskId, peerId, host }: PeerName): schedulerV1.AnnounceTaskRequest {
  return {
    taskId,
    url: urlOf(taskId),
    urlMeta: {},
    peerHost: peerHost(host),
    piecePacket: {
      taskId,
      dstPid: peerId,
      dstAddr: `${ipOf(host)}:65002`,
      pieceInfos: [
        { pieceNum: 0, rangeStart: 0, rangeSize: pieceBytes, pieceMd5: hex('md5', taskId) },
      ],
      totalPiece,
      contentLength: totalPiece * pieceBytes,
    },
    taskType: 'Normal',
  }
}

/** A peer begins to download a task. */
export function registration({ taskId, peerId, host }: PeerName): schedulerV1.PeerTaskRequest {
  return {
    taskId,
    url: urlOf(taskId),
    urlMeta: {},
    peerId,
    peerHost: peerHost(host),
  }
}

/** The first message of a piece stream: parents are wanted. */
export function beginOfPiece({ taskId, peerId }: PeerName): schedulerV1.PieceResult {
  return { taskId, srcPid: peerId, pieceInfo: { pieceNum: -1 } }
}

/** A piece has come from a parent. */
export function finishedPiece(
  { taskId, peerId }: PeerName,
  pieceNum: number,
  parentId: string,
): schedulerV1.PieceResult {
  return {
    taskId,
    srcPid: peerId,
    dstPid: parentId,
    pieceInfo: {
      pieceNum,
      rangeStart: pieceNum * pieceBytes,
      rangeSize: pieceBytes,
      pieceMd5: '0123456789abcdef0123456789abcdef',
      pieceOffset: pieceNum * pieceBytes,
      downloadCost: 40 + (pieceNum % 16),
    },
    beginTime: 1,
    endTime: 41,
    success: true,
    code: 'Success',
    finishedCount: pieceNum + 1,
  }
}

/** The same in API v2: asks for parents with it. */
export function registrationV2({
  taskId,
  peerId,
  host,
}: PeerName): schedulerV2.AnnouncePeerRequest {
  return {
    hostId: hostIdOf(host),
    taskId,
    peerId,
    registerPeerRequest: {
      download: {
        url: urlOf(taskId),
        type: 'STANDARD',
        priority: 'LEVEL0',
        pieceLength: pieceBytes,
      },
    },
  }
}

/** The parents were taken: the download begins. */
export function startedV2({ taskId, peerId, host }: PeerName): schedulerV2.AnnouncePeerRequest {
  return { hostId: hostIdOf(host), taskId, peerId, downloadPeerStartedRequest: {} }
}

/** A piece has come from a parent. */
export function finishedPieceV2(
  { taskId, peerId, host }: PeerName,
  number: number,
  parentId: string,
): schedulerV2.AnnouncePeerRequest {
  return {
    hostId: hostIdOf(host),
    taskId,
    peerId,
    downloadPieceFinishedRequest: {
      piece: {
        number,
        parentId,
        offset: number * pieceBytes,
        length: pieceBytes,
        digest: 'crc32:01234567',
        trafficType: 'REMOTE_PEER',
        cost: { seconds: 0, nanos: 40_000_000 },
        createdAt: { seconds: 1_795_000_000, nanos: 0 },
      },
    },
  }
}

/** Hosts of API v2 are announced before their peers register. */
export function hostAnnouncement(host: number): schedulerV2.AnnounceHostRequest {
  const { id, ip, hostname, rpcPort, downPort, location, idc } = peerHost(host)
  return {
    host: {
      id: id!,
      ip: ip!,
      hostname: hostname!,
      port: rpcPort!,
      downloadPort: downPort!,
      network: { location: location!, idc: idc! },
    },
    interval: { seconds: 300, nanos: 0 },
  }
}
