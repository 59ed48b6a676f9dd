// One download's conversation with the schedulers, in the words of a download. That the peer stays
// attached to them when a member is lost is the client's work; the download goes on meanwhile.
import { messageOf } from '../../base/index.ts'
import type { CancelSignal, Clock, Logger, Random } from '../../base/index.ts'
import { PeerAttachment } from '../../client/index.ts'
import type { Schedulers } from '../announce/scheduler-link.ts'
import { dfCodeName, dfCodeNumber, dfCodes, DfError } from '../../proto/index.ts'
import type { DfCodeName, schedulerV1 } from '../../proto/index.ts'
import { TaskError, toTaskError } from '../errors.ts'
import { peerHost } from '../host.ts'
import type { LocalHost } from '../host.ts'
import type { PieceRecord } from '../store/index.ts'
import { wireUrlMeta } from '../task-request.ts'
import type { TaskRequest } from '../task-request.ts'
import { wirePiece } from '../rpc/piece-packet.ts'
import { finalReportDeadlineMs, parentsMax } from './limits.ts'

/** Another peer that has pieces, as the scheduler names it. */
export interface Parent {
  readonly peerId: string
  readonly ip: string
  readonly rpcPort: number
}

/** What the schedulers want; every call comes on a turn of its own, none after `close`. */
export interface SessionListener {
  /** These are the parents from now on, the best first. */
  onParents(parents: readonly Parent[]): void
  /** Fetch from the origin. */
  onNeedSource(reason: string): void
  /** The download has failed for good. */
  onFailed(error: TaskError): void
  /** No scheduler answers; the session keeps trying. */
  onLost(error: Error): void
}

export interface SessionDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly scheduler: Schedulers
}

export interface SessionOptions {
  readonly request: TaskRequest
  readonly peerId: string
  readonly host: LocalHost
}

/** Packets with these codes end the download. */
const finalCodes: ReadonlySet<number> = new Set([
  dfCodes.ResourceLacked,
  dfCodes.BadRequest,
  dfCodes.PeerTaskNotFound,
  dfCodes.UnknownError,
  dfCodes.RequestTimeOut,
  dfCodes.SchedError,
  dfCodes.SchedPeerGone,
  dfCodes.SchedPeerNotFound,
  dfCodes.SchedTaskStatusError,
  dfCodes.SchedForbidden,
  dfCodes.CDNTaskRegistryFail,
])

/** Talks to the schedulers on behalf of one download. */
export class SchedulerSession {
  readonly #deps: SessionDeps
  readonly #options: SessionOptions
  readonly #listener: SessionListener
  readonly #attachment: PeerAttachment

  constructor(deps: SessionDeps, options: SessionOptions, listener: SessionListener) {
    this.#deps = deps
    this.#options = options
    this.#listener = listener
    const { request, peerId, host } = options
    const registration = {
      taskId: request.taskId,
      url: request.url,
      urlMeta: wireUrlMeta(request.urlMeta),
      peerId,
      peerHost: peerHost(host),
    }
    const heard = {
      onPacket: (packet: schedulerV1.PeerPacket__Output) => this.#onPacket(packet),
      onLost: (error: Error) => listener.onLost(error),
      onRefused: (error: Error) => this.#onRefused(error),
    }
    this.#attachment = new PeerAttachment(deps, { request: registration }, heard)
  }

  /** Registers the peer. DfError, StatusError, SchedulerUnavailableError as the client says. */
  register(deadlineMs: number, signal?: CancelSignal): Promise<schedulerV1.RegisterResult__Output> {
    return this.#attachment.register(deadlineMs, signal)
  }

  /** Opens the stream after `register`; from then on the listener is called. */
  open(): void {
    this.#attachment.open()
  }

  /** Reports a finished piece; an empty `parentPeerId` means the origin. May be lost. */
  reportPiece(piece: PieceRecord, parentPeerId: string, finishedCount: number): void {
    // Nanoseconds since 1970 are no safe integers; they travel as decimal text.
    const endNs = BigInt(Math.round(this.#deps.clock.wallMs())) * 1_000_000n
    this.#attachment.report({
      dstPid: parentPeerId,
      pieceInfo: wirePiece(piece),
      beginTime: String(endNs - BigInt(piece.costMs) * 1_000_000n),
      endTime: String(endNs),
      success: true,
      code: 'Success',
      finishedCount,
    })
  }

  /** Reports that a parent failed; the scheduler answers with other parents. */
  reportFailure(parentPeerId: string, dfCode: number, pieceNum: number): void {
    this.#attachment.report({
      dstPid: parentPeerId,
      pieceInfo: { pieceNum },
      success: false,
      code: codeName(dfCode),
    })
  }

  /**
   * Ends the stream and reports how the download ended; false when the schedulers did not hear it,
   * which is only logged.
   */
  async finish(
    result: Omit<schedulerV1.PeerResult, 'taskId' | 'peerId' | 'srcIp' | 'idc' | 'url'>,
  ): Promise<boolean> {
    const { request, host } = this.#options
    // A peer that was never registered is unknown there: nobody waits for its result.
    if (!this.#attachment.isRegistered) {
      this.close()
      return false
    }
    const whole = { ...result, srcIp: host.ip, idc: host.idc, url: request.url }
    try {
      await this.#attachment.finish(whole, { deadlineMs: finalReportDeadlineMs })
      return true
    } catch (error) {
      const { taskId } = request
      this.#deps.logger.warn({ taskId, reason: messageOf(error) }, 'result not reported')
      return false
    }
  }

  /** Ends everything without a report. */
  close(): void {
    this.#attachment.close()
  }

  #onPacket(packet: schedulerV1.PeerPacket__Output): void {
    const code = dfCodeNumber(packet.code)
    if (code === dfCodes.Success) {
      const parents = parentsOf(packet)
      if (parents.length > 0) this.#listener.onParents(parents)
      return
    }
    if (code === dfCodes.SchedNeedBackSource) {
      this.#listener.onNeedSource('the scheduler sends this peer to the origin')
      return
    }
    const text = `no peer delivers the content; the scheduler says ${packet.code}`
    if (code === dfCodes.BackToSourceAborted) {
      const sourceError = packet.sourceError ?? undefined
      const options = sourceError === undefined ? {} : { sourceError }
      const status = sourceError?.metadata?.statusCode ?? 0
      const answer =
        status === 0 ? 'refused another peer for good' : `answered with status ${status}`
      const told = `the origin ${answer}; it is not asked again for now`
      this.#listener.onFailed(new TaskError('PEER_SOURCE_ABORTED', code, told, options))
    } else if (finalCodes.has(code)) {
      this.#listener.onFailed(new TaskError('PEER_SCHEDULE_FAILED', code, text))
    } else {
      this.#deps.logger.warn({ code: packet.code }, 'packet with an unknown code')
    }
  }

  #onRefused(error: Error): void {
    const isSent = error instanceof DfError && error.dfCode === dfCodes.SchedNeedBackSource
    if (isSent) this.#listener.onNeedSource(error.message)
    else this.#listener.onFailed(toTaskError(error))
  }
}

function parentsOf(packet: schedulerV1.PeerPacket__Output): readonly Parent[] {
  const named = packet.mainPeer === null ? [] : [packet.mainPeer]
  const all = [...named, ...packet.candidatePeers]
  const parents = new Map<string, Parent>()
  for (const { peerId, ip, rpcPort } of all) {
    const isDialable = peerId !== '' && ip !== '' && rpcPort > 0 && rpcPort < 65_536
    if (isDialable && parents.size < parentsMax) parents.set(peerId, { peerId, ip, rpcPort })
  }
  return [...parents.values()]
}

function codeName(dfCode: number): DfCodeName {
  return dfCodeName(dfCode) ?? 'ClientError'
}
