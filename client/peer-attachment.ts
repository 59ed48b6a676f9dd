// One peer of API v1 at the schedulers: it registers, and keeps a piece-result stream open. When
// that is lost the peer registers again under the same id, at another member if its own is gone:
// the schedulers keep what they know of it, and it goes on where it was.
import type { CancelSignal, Clock, Logger, Random } from '../base/index.ts'
import { DfError, isRetryable } from '../proto/index.ts'
import type { schedulerV1 } from '../proto/index.ts'
import { backoffMs } from './backoff.ts'
import { ClientClosedError } from './errors.ts'
import { attachmentRegisterMsMax } from './limits.ts'
import type { PieceResultStream, StreamEnd } from './member-stream.ts'
import type { SchedulerClient } from './scheduler-client.ts'
import { aborted, waitFor } from './waiting.ts'

/** Numbers of the marker messages on the stream. */
export const beginOfPiece = -1
export const endOfPiece = 1 << 30

/** What the schedulers say; every call comes on a turn of its own, none after `close`. */
export interface PeerAttachmentListener {
  onPacket(packet: schedulerV1.PeerPacket__Output): void
  /** No scheduler takes the peer now; it keeps trying. */
  onLost(error: Error): void
  /** The schedulers refuse the peer for good: nothing more comes; `finish` may still tell them. */
  onRefused(error: Error): void
}

export interface PeerAttachmentDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly scheduler: Pick<
    SchedulerClient,
    'registerPeerTask' | 'reportPieceResult' | 'reportPeerResult'
  >
}

export interface PeerAttachmentOptions {
  /** Sent whenever the peer registers; task and peer id name it. */
  readonly request: schedulerV1.PeerTaskRequest & {
    readonly taskId: string
    readonly peerId: string
  }
}

/** Use: `register`, then `open`, then `report` until `finish` or `close`. */
export class PeerAttachment {
  readonly #deps: PeerAttachmentDeps
  readonly #request: PeerAttachmentOptions['request']
  readonly #listener: PeerAttachmentListener
  readonly #closed = new AbortController()
  #stream: PieceResultStream | undefined
  /** Attempts since a packet came. */
  #attempts = 0
  #isRegistered = false

  constructor(
    deps: PeerAttachmentDeps,
    options: PeerAttachmentOptions,
    listener: PeerAttachmentListener,
  ) {
    this.#deps = deps
    this.#request = options.request
    this.#listener = listener
  }

  /** Whether the schedulers have heard of this peer. */
  get isRegistered(): boolean {
    return this.#isRegistered
  }

  /** The member the stream is open at, host:port; undefined while there is none. */
  get address(): string | undefined {
    return this.#stream?.address
  }

  /** Registers the peer. DfError, StatusError, SchedulerUnavailableError as the client says. */
  async register(
    deadlineMs: number,
    signal: CancelSignal = this.#closed.signal,
  ): Promise<schedulerV1.RegisterResult__Output> {
    const options = { deadlineMs, signal }
    const result = await this.#deps.scheduler.registerPeerTask(this.#request, options)
    this.#isRegistered = true
    return result
  }

  /**
   * Opens the stream after `register`; from then on the listener is called.
   * @throws SchedulerUnavailableError while no member is known
   */
  open(): void {
    const { taskId } = this.#request
    const stream: PieceResultStream = this.#deps.scheduler.reportPieceResult(taskId, {
      onMessage: (packet) => {
        if (this.#stream === stream) this.#onPacket(packet)
      },
      onEnd: (end) => {
        if (this.#stream === stream) this.#onEnd(end)
      },
    })
    this.#stream = stream
    this.report({ pieceInfo: { pieceNum: beginOfPiece } })
  }

  /** Reports one result; false when it is lost, because no stream is open or it is full. */
  report(result: Omit<schedulerV1.PieceResult, 'taskId' | 'srcPid'>): boolean {
    const { taskId, peerId } = this.#request
    return this.#stream?.write({ ...result, taskId, srcPid: peerId }) ?? false
  }

  /** Ends the stream and reports how the download ended; errors are those of the client. */
  async finish(
    result: Omit<schedulerV1.PeerResult, 'taskId' | 'peerId'>,
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<void> {
    const { taskId, peerId } = this.#request
    this.report({ pieceInfo: { pieceNum: endOfPiece } })
    const stream = this.#stream
    this.#stream = undefined
    stream?.end()
    try {
      const options = { deadlineMs, signal: this.#closed.signal }
      await this.#deps.scheduler.reportPeerResult({ ...result, taskId, peerId }, options)
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
    this.#attempts = 0
    this.#listener.onPacket(packet)
  }

  #onEnd({ reason, error }: StreamEnd): void {
    this.#stream = undefined
    if (this.#closed.signal.aborted) return
    if (reason === 'refused' && error !== undefined) {
      this.#listener.onRefused(error)
      return
    }
    const { taskId, peerId } = this.#request
    const why = error?.message ?? 'ended'
    this.#deps.logger.info({ taskId, peerId, reason: why }, 'piece stream lost, registering again')
    this.#reattach().catch((failure: Error) => {
      if (!this.#closed.signal.aborted) this.#listener.onRefused(failure)
    })
  }

  /** Registers again until it works, the attachment closes, or the schedulers refuse for good. */
  async #reattach(): Promise<void> {
    const { clock, random } = this.#deps
    const { signal } = this.#closed
    while (!signal.aborted) {
      await waitFor(clock, backoffMs(random, this.#attempts), [aborted(signal)])
      this.#attempts += 1
      if (signal.aborted) return
      try {
        await this.register(attachmentRegisterMsMax)
        if (!signal.aborted) this.open()
        return
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ClientClosedError) throw error
        if (error instanceof DfError && !isRetryable(error)) throw error
        this.#listener.onLost(error instanceof Error ? error : new Error(String(error)))
      }
    }
  }
}
