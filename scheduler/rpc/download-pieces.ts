// What an AnnouncePeer stream reports of single pieces. Neither side waits for these messages: one
// that changes nothing is noted and no more, as upstream does; only a malformed one ends the
// stream.
import { CodedError, messageOf } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import { blockParent } from '../replication/commands/index.ts'
import type { PeerRef } from '../replication/commands/index.ts'
import type { DownloadAttachment } from './download-attachment.ts'
import { present } from './fields.ts'
import { PieceMeter } from './metric-labels.ts'
import type { PieceReports } from './piece-reports.ts'
import type { StatePort } from './ports.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { checkFailedSourcePiece, failedPiece, finishedPiece } from './wire-v2.ts'

export interface DownloadPiecesDeps {
  readonly logger: Logger
  readonly metrics: RequestMetrics
  readonly reports: PieceReports
  readonly state: Pick<StatePort, 'reader'>
}

/** Takes the piece reports of one stream. */
export class DownloadPieces {
  readonly #deps: DownloadPiecesDeps
  readonly #attachment: DownloadAttachment
  readonly #meter: PieceMeter

  constructor(deps: DownloadPiecesDeps, attachment: DownloadAttachment, peer: PeerRef) {
    this.#deps = deps
    this.#attachment = attachment
    this.#meter = new PieceMeter({ metrics: deps.metrics, reader: deps.state.reader }, peer)
  }

  /** Messages 12 to 15; throws for any other. The result is to be waited for. */
  handle(message: schedulerV2.AnnouncePeerRequest__Output): Promise<void> | undefined {
    switch (message.request) {
      case 'downloadPieceFinishedRequest':
        this.#finished(message.downloadPieceFinishedRequest?.piece, 'parent')
        return undefined
      case 'downloadPieceBackToSourceFinishedRequest':
        this.#finished(message.downloadPieceBackToSourceFinishedRequest?.piece, 'source')
        return undefined
      case 'downloadPieceFailedRequest': {
        const field = 'download_piece_failed_request'
        return this.#failed(present(message.downloadPieceFailedRequest, field))
      }
      case 'downloadPieceBackToSourceFailedRequest': {
        const field = 'download_piece_back_to_source_failed_request'
        checkFailedSourcePiece(present(message.downloadPieceBackToSourceFailedRequest, field))
        this.#meter.failed('')
        return undefined
      }
      default:
        throw new CodedError('SCHED_UNKNOWN_MESSAGE', 'the message holds no request known here')
    }
  }

  #finished(value: Parameters<typeof finishedPiece>[0], from: 'parent' | 'source'): void {
    const { sizeBytes, ...piece } = finishedPiece(value, from)
    const { owner } = this.#attachment
    const traffic = from === 'parent' ? 'remote-peer' : 'back-to-source'
    if (owner === undefined) {
      this.#meter.failed(piece.parentId, traffic)
      return this.#ignored('a piece of a peer that is not registered')
    }
    this.#deps.reports.add(owner, piece)
    this.#meter.finished(piece.parentId, sizeBytes, traffic)
  }

  /** A parent that failed for good is not blocked: upstream refuses that report. */
  async #failed(request: schedulerV2.DownloadPieceFailedRequest__Output): Promise<void> {
    const { parentId, isTemporary } = failedPiece(request)
    this.#meter.failed(parentId)
    if (!isTemporary) return this.#ignored('a piece failed for good')
    try {
      await this.#attachment.command(blockParent, { parentId })
    } catch (error) {
      this.#ignored(messageOf(error))
    }
  }

  #ignored(reason: string): void {
    this.#deps.logger.debug({ reason }, 'a piece report changed nothing')
  }
}
