// One download of API v2 at the schedulers: its stream registers the peer and carries what happens.
// When that is lost another stream, at another member if its own is gone, registers the peer again
// under the same ids: the schedulers keep what they know of it, and answer anew.
import type { Clock, Logger, Random } from '../base/index.ts'
import type { commonV2, schedulerV2 } from '../proto/index.ts'
import { backoffMs } from './backoff.ts'
import { ClientClosedError, SchedulerUnavailableError } from './errors.ts'
import type { AnnouncePeerStream, StreamEnd } from './member-stream.ts'
import type { SchedulerClient } from './scheduler-client.ts'
import { aborted, waitFor } from './waiting.ts'

/** What the schedulers say; every call comes on a turn of its own, none after `close`. */
export interface DownloadAttachmentListener {
  /** Parents, the source or nothing to fetch; after a lost stream the answer comes again. */
  onResponse(response: schedulerV2.AnnouncePeerResponse__Output): void
  /** No scheduler has the download now; it keeps trying. */
  onLost(error: Error): void
  /** Called once, last: undefined when a scheduler ended it, otherwise why nothing more comes. */
  onEnd(error: Error | undefined): void
}

export interface DownloadAttachmentDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly scheduler: Pick<SchedulerClient, 'announcePeer'>
}

/** What every message of a download names; the host must have been announced. */
export interface DownloadIds {
  readonly hostId: string
  readonly taskId: string
  readonly peerId: string
}

export interface DownloadAttachmentOptions extends DownloadIds {
  /** Sent whenever the peer registers. */
  readonly download: commonV2.Download
}

/** Use: `open`, then `send` until a scheduler ends it, or `close`. */
export class DownloadAttachment {
  readonly #deps: DownloadAttachmentDeps
  readonly #ids: DownloadIds
  readonly #download: commonV2.Download
  readonly #listener: DownloadAttachmentListener
  readonly #closed = new AbortController()
  #stream: AnnouncePeerStream | undefined
  /** Attempts since a response came. */
  #attempts = 0

  constructor(
    deps: DownloadAttachmentDeps,
    options: DownloadAttachmentOptions,
    listener: DownloadAttachmentListener,
  ) {
    const { hostId, taskId, peerId, download } = options
    this.#deps = deps
    this.#ids = { hostId, taskId, peerId }
    this.#download = download
    this.#listener = listener
  }

  /** The member the stream is open at, host:port; undefined while there is none. */
  get address(): string | undefined {
    return this.#stream?.address
  }

  /** Opens the stream and registers; from then on the listener is called. */
  open(): void {
    try {
      this.#register()
    } catch (error) {
      if (!(error instanceof SchedulerUnavailableError)) throw error
      if (error instanceof ClientClosedError) this.#ended(error)
      else void this.#openAgain()
    }
  }

  /** Sends one message; false when it is lost, because no stream is open or it is full. */
  send(request: Omit<schedulerV2.AnnouncePeerRequest, keyof DownloadIds>): boolean {
    return this.#stream?.write({ ...request, ...this.#ids }) ?? false
  }

  /** Ends the stream without a word to the schedulers. */
  close(): void {
    const stream = this.#stream
    this.#stream = undefined
    this.#closed.abort()
    stream?.cancel()
  }

  #register(): void {
    const stream: AnnouncePeerStream = this.#deps.scheduler.announcePeer(this.#ids.taskId, {
      onMessage: (response) => {
        if (this.#stream !== stream) return
        this.#attempts = 0
        this.#listener.onResponse(response)
      },
      onEnd: (end) => {
        if (this.#stream === stream) this.#onEnd(end)
      },
    })
    this.#stream = stream
    this.send({ registerPeerRequest: { download: this.#download } })
  }

  #onEnd({ isRetryable, error }: StreamEnd): void {
    this.#stream = undefined
    if (!isRetryable || error === undefined) {
      this.#ended(error)
      return
    }
    const { taskId, peerId } = this.#ids
    const reason = error.message
    this.#deps.logger.info({ taskId, peerId, reason }, 'download stream lost, opening another')
    this.#listener.onLost(error)
    void this.#openAgain()
  }

  #ended(error: Error | undefined): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort()
    this.#listener.onEnd(error)
  }

  async #openAgain(): Promise<void> {
    const { clock, random } = this.#deps
    const { signal } = this.#closed
    await waitFor(clock, backoffMs(random, this.#attempts), [aborted(signal)])
    this.#attempts += 1
    if (!signal.aborted) this.open()
  }
}
