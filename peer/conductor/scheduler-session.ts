// One download's conversation with the schedulers: register, the piece-result stream, the final
// report. A lost stream is opened again at another member under the same peer id, so that the
// scheduler keeps what it knows of this peer; the download goes on meanwhile.
import { messageOf } from '../../base/index.ts'
import type { CancelSignal, Clock, Logger, Random } from '../../base/index.ts'
import { isRetryable } from '../../client/index.ts'
import type { PieceResultStream } from '../../client/index.ts'
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
import {
  finalReportDeadlineMs,
  parentsMax,
  reattachPauseMsMax,
  reattachPauseMsMin,
  registerDeadlineMs,
} from './limits.ts'

/** Numbers of the marker messages on the stream. */
export const beginOfPiece = -1
export const endOfPiece = 1 << 30

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
  readonly #closed = new AbortController()
  #stream: PieceResultStream | undefined
  #reattaches = 0
  #isRegistered = false

  constructor(deps: SessionDeps, options: SessionOptions, listener: SessionListener) {
    this.#deps = deps
    this.#options = options
    this.#listener = listener
  }

  /** Registers the peer. DfError, StatusError, SchedulerUnavailableError as the client says. */
  async register(
    deadlineMs: number,
    signal: CancelSignal = this.#closed.signal,
  ): Promise<schedulerV1.RegisterResult__Output> {
    const { request, peerId, host } = this.#options
    const result = await this.#deps.scheduler.registerPeerTask(
      {
        taskId: request.taskId,
        url: request.url,
        urlMeta: wireUrlMeta(request.urlMeta),
        peerId,
        peerHost: peerHost(host),
      },
      { deadlineMs, signal },
    )
    this.#isRegistered = true
    return result
  }

  /** Opens the stream after `register`; from then on the listener is called. */
  open(): void {
    const { request, peerId } = this.#options
    const stream: PieceResultStream = this.#deps.scheduler.reportPieceResult(request.taskId, {
      onPacket: (packet) => {
        if (this.#stream === stream) this.#onPacket(packet)
      },
      onEnd: (error) => {
        if (this.#stream === stream) this.#onEnd(error)
      },
    })
    this.#stream = stream
    stream.write({
      taskId: request.taskId,
      srcPid: peerId,
      pieceInfo: { pieceNum: beginOfPiece },
    })
  }

  /** Reports a finished piece; an empty `parentPeerId` means the origin. May be lost. */
  reportPiece(piece: PieceRecord, parentPeerId: string, finishedCount: number): void {
    // Nanoseconds since 1970 are no safe integers; they travel as decimal text.
    const endNs = BigInt(Math.round(this.#deps.clock.wallMs())) * 1_000_000n
    this.#stream?.write({
      taskId: this.#options.request.taskId,
      srcPid: this.#options.peerId,
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
    this.#stream?.write({
      taskId: this.#options.request.taskId,
      srcPid: this.#options.peerId,
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
    const { request, peerId, host } = this.#options
    const stream = this.#stream
    this.#stream = undefined
    stream?.write({
      taskId: request.taskId,
      srcPid: peerId,
      pieceInfo: { pieceNum: endOfPiece },
    })
    stream?.end()
    const { scheduler, logger } = this.#deps
    try {
      // A peer that was never registered is unknown there: nobody waits for its result.
      if (!this.#isRegistered) return false
      await scheduler.reportPeerResult(
        {
          ...result,
          taskId: request.taskId,
          peerId,
          srcIp: host.ip,
          idc: host.idc,
          url: request.url,
        },
        { deadlineMs: finalReportDeadlineMs, signal: this.#closed.signal },
      )
      return true
    } catch (error) {
      logger.warn({ taskId: request.taskId, reason: messageOf(error) }, 'result not reported')
      return false
    } finally {
      this.close()
    }
  }

  /** Ends everything without a report. */
  close(): void {
    const stream = this.#stream
    this.#stream = undefined
    this.#closed.abort()
    stream?.cancel()
  }

  #onPacket(packet: schedulerV1.PeerPacket__Output): void {
    this.#reattaches = 0
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

  #onEnd(error: Error | undefined): void {
    this.#stream = undefined
    if (this.#closed.signal.aborted) return
    if (error instanceof DfError && !isRetryable(error)) {
      if (error.dfCode === dfCodes.SchedNeedBackSource) this.#listener.onNeedSource(error.message)
      else this.#listener.onFailed(toTaskError(error))
      return
    }
    this.#deps.logger.info(
      { taskId: this.#options.request.taskId, reason: error?.message ?? 'ended' },
      'piece stream lost, registering again',
    )
    void this.#reattachOrFail()
  }

  async #reattachOrFail(): Promise<void> {
    try {
      await this.#reattach()
    } catch (error) {
      this.#listener.onFailed(toTaskError(error))
    }
  }

  /** Registers again until it works, the session closes, or the schedulers refuse for good. */
  async #reattach(): Promise<void> {
    const { clock, random } = this.#deps
    const { signal } = this.#closed
    while (!signal.aborted) {
      const fullMs = Math.min(reattachPauseMsMin * 2 ** this.#reattaches, reattachPauseMsMax)
      if (this.#reattaches < 16) this.#reattaches += 1
      await clock.sleep(fullMs / 2 + random.below(fullMs / 2 + 1), signal).catch(() => {})
      if (signal.aborted) return
      try {
        await this.register(registerDeadlineMs)
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof DfError && !isRetryable(error)) {
          this.#listener.onFailed(toTaskError(error))
          return
        }
        this.#listener.onLost(error instanceof Error ? error : new Error(String(error)))
        continue
      }
      if (!signal.aborted) this.open()
      return
    }
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
