// Follows one parent: learns over SyncPieceTasks which pieces it has, as they finish.
import { credentials, Metadata } from '@grpc/grpc-js'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import type { Clock, Timer } from '../../base/index.ts'
import { dfCodes, DfError, fromWireStatus, loadServices } from '../../proto/index.ts'
import type { commonV1, Services } from '../../proto/index.ts'
import { contentLengthBytesMax, piecesPerTaskMax, pieceSizeBytesMax } from '../core/index.ts'
import type { OfferedPiece } from '../core/index.ts'
import { addressOf } from '../host.ts'
import { parentDialMs, parentPiecesPerPacket } from './limits.ts'
import type { Parent } from './scheduler-session.ts'

/** What one packet of a parent tells. */
export interface Offer {
  /** Peer id and upload address to fetch from; a parent may lead on to another copy of its host. */
  readonly peerId: string
  readonly uploadAddress: string
  readonly pieces: readonly OfferedPiece[]
  /** -1 while the parent does not know. */
  readonly contentLengthBytes: number
  readonly totalPieces: number
  readonly pieceMd5Sign: string
  readonly header: Readonly<Record<string, string>>
}

export interface ParentSyncListener {
  onOffer(offer: Offer): void
  /** Called once, last: the parent is of no use any more; `dfCode` says why. Not after `close`. */
  onGone(dfCode: number, error: Error): void
}

type Stream = ClientDuplexStream<commonV1.PieceTaskRequest, commonV1.PiecePacket__Output>

/** One open SyncPieceTasks stream. */
export class ParentSync {
  readonly #parent: Parent
  readonly #listener: ParentSyncListener
  readonly #client: InstanceType<Services['daemonV1']>
  readonly #stream: Stream
  readonly #dialTimer: Timer
  #isOpen = true

  constructor(
    deps: { readonly clock: Clock },
    options: {
      readonly parent: Parent
      readonly taskId: string
      readonly peerId: string
      readonly startNum: number
    },
    listener: ParentSyncListener,
  ) {
    const { parent, taskId, peerId, startNum } = options
    this.#parent = parent
    this.#listener = listener
    this.#client = new (loadServices().daemonV1)(
      addressOf(parent.ip, parent.rpcPort),
      credentials.createInsecure(),
      { 'grpc.enable_http_proxy': 0, 'grpc.initial_reconnect_backoff_ms': 100 },
    )
    this.#stream = this.#client.syncPieceTasks(new Metadata())
    this.#dialTimer = deps.clock.setTimer(parentDialMs, () => {
      const text = `the parent sent nothing within ${parentDialMs} ms`
      this.#gone(dfCodes.ClientConnectionError, new CodedError('PEER_PARENT_SILENT', text))
    })
    this.#listen()
    this.#stream.write({
      taskId,
      srcPid: peerId,
      dstPid: parent.peerId,
      startNum,
      limit: parentPiecesPerPacket,
    })
  }

  /** Ends the stream; the listener hears nothing more. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#dialTimer.cancel()
    this.#stream.cancel()
    this.#client.close()
  }

  #listen(): void {
    this.#stream.on('data', (packet: commonV1.PiecePacket__Output) => {
      if (!this.#isOpen) return
      this.#dialTimer.cancel()
      const offer = readOffer(packet, this.#parent)
      if (offer === undefined) {
        const error = new CodedError(
          'PEER_PARENT_INVALID',
          'the parent sent a packet without sense',
        )
        this.#gone(dfCodes.ClientPieceRequestFail, error)
        return
      }
      this.#listener.onOffer(offer)
    })
    this.#stream.on('error', (error: unknown) => {
      const failure = fromWireStatus(error)
      const isDf = failure instanceof DfError
      this.#gone(isDf ? dfCodes.ClientPieceRequestFail : dfCodes.ClientConnectionError, failure)
    })
    this.#stream.on('end', () => {
      const error = new CodedError('PEER_PARENT_GONE', 'the parent ended the piece stream')
      this.#gone(dfCodes.ClientPieceRequestFail, error)
    })
  }

  #gone(dfCode: number, error: Error): void {
    if (!this.#isOpen) return
    this.close()
    this.#listener.onGone(dfCode, error)
  }
}

/** Checks a packet; undefined when it contradicts itself or leads to another host. */
export function readOffer(packet: commonV1.PiecePacket__Output, parent: Parent): Offer | undefined {
  const { contentLength, totalPiece, dstAddr } = packet
  // Pieces come from the host the scheduler named, or a parent could point this host anywhere.
  if (dstAddr !== '' && !isOnHost(dstAddr, parent.ip)) return undefined
  if (!Number.isSafeInteger(contentLength) || contentLength < -1) return undefined
  if (contentLength > contentLengthBytesMax) return undefined
  if (totalPiece < -1 || totalPiece > piecesPerTaskMax) return undefined
  const pieces: OfferedPiece[] = []
  for (const info of packet.pieceInfos) {
    const piece = readPiece(info, contentLength)
    if (piece === undefined || dstAddr === '') return undefined
    pieces.push(piece)
  }
  return {
    peerId: packet.dstPid === '' ? parent.peerId : packet.dstPid,
    uploadAddress: dstAddr,
    pieces,
    contentLengthBytes: contentLength,
    totalPieces: totalPiece,
    pieceMd5Sign: packet.pieceMd5Sign,
    header: packet.extendAttribute?.header ?? {},
  }
}

function readPiece(
  info: commonV1.PieceInfo__Output,
  contentLength: number,
): OfferedPiece | undefined {
  const { pieceNum: num, rangeStart: offsetBytes, rangeSize: lengthBytes, pieceMd5: md5 } = info
  if (num < 0 || num >= piecesPerTaskMax) return undefined
  if (lengthBytes < 1 || lengthBytes > pieceSizeBytesMax) return undefined
  if (!Number.isSafeInteger(offsetBytes) || offsetBytes < 0) return undefined
  if (contentLength >= 0 && offsetBytes + lengthBytes > contentLength) return undefined
  if (md5 !== '' && !/^[0-9a-f]{32}$/.test(md5)) return undefined
  return { num, offsetBytes, lengthBytes, md5 }
}

function isOnHost(address: string, ip: string): boolean {
  const colon = address.lastIndexOf(':')
  if (colon <= 0) return false
  const port = address.slice(colon + 1)
  const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535
  return isPort && address === addressOf(ip, Number(port))
}
