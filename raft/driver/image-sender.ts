// State images on their way to members that need more than the log still holds.
// A few chunks run ahead of the receiver's acknowledgement; what is lost is sent again from where
// the receiver says it is. An image shows committed state, so losing the leadership does not end a
// transfer: whoever leads next would have to begin again.
import { crc32c, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Random } from '../../base/index.ts'
import { isMember } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type {
  ImageChunk,
  ImageRefusal,
  ImageReply,
  InstallSnapshot,
  Message,
} from '../core/message.ts'
import type { Raft } from '../core/raft.ts'
import type { ImageReader, Images } from '../images.ts'
import type { ImageThrottle } from './image-throttle.ts'
import {
  imageInstallMsMax,
  imageReplyMs,
  imageResendsMax,
  imageRetryMs,
  imageRetryMsMax,
  imagesSentMax,
  imageUnsupportedRetryMs,
  imageWindowMax,
} from './limits.ts'
import type { ImageMetrics } from './metrics.ts'

export interface ImageSenderDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Without it members that need an image are counted, and can only be sent the log. */
  readonly images: Images | undefined
  readonly metrics: ImageMetrics
  /** Asked before every chunk, told of what is sent again; stopped by whoever made it. */
  readonly throttle: Pick<ImageThrottle, 'charge' | 'wait'>
  readonly send: (message: Message) => void
  readonly core: Pick<Raft, 'reportSnapshot' | 'status' | 'term'>
  /** Runs what may change the core; a broken invariant in there ends the replica. */
  readonly guarded: (run: () => void) => void
}

interface Transfer {
  readonly to: number
  readonly imageId: number
  /** The image covers at least this. */
  readonly indexMin: number
  reader: ImageReader | undefined
  /** Read and not acknowledged, by rising seq. */
  window: ImageChunk[]
  /** Read ahead by one chunk: only then is it known which one is the last. */
  ahead: Uint8Array | undefined
  nextSeq: number
  isReading: boolean
  isReadWhole: boolean
  /** Times it was sent again since the receiver was last heard. */
  resends: number
  answerDueMs: number
  /** Sent again from here for a refusal; the chunks behind the lost one are refused as well. */
  resentFrom: number
}

/** Sends images to several members, at most `imagesSentMax` at a time. */
export class ImageSender {
  readonly #deps: ImageSenderDeps
  readonly #id: number
  readonly #transfers = new Map<number, Transfer>()
  /** Members that wait for their turn, with the index their image must cover. */
  readonly #waiting = new Map<number, number>()
  /** Members that install their image, with its index: they need the log after it next. */
  readonly #installing = new Map<number, { readonly index: number; readonly untilMs: number }>()
  /** Members whose image failed, until the core is told. */
  readonly #failed = new Map<number, number>()
  /** Next pause after a failure of members that answered with one, until an image arrives. */
  readonly #pauses = new Map<number, number>()
  #lastImageId: number
  #isStopped = false

  constructor(deps: ImageSenderDeps, options: { readonly id: number }) {
    this.#deps = deps
    this.#id = options.id
    // Ids must not repeat those of the life before a restart.
    this.#lastImageId = deps.random.below(0x1_0000_0000) * 0x10_0000
  }

  /** Images being sent. */
  get active(): number {
    return this.#transfers.size
  }

  /**
   * The log after this index is needed by members whose image is under way or being installed;
   * undefined = by none.
   */
  get heldIndex(): number | undefined {
    let held: number | undefined
    const hold = (to: number, index: number): void => {
      if (!this.#hasLog(to, index) && (held === undefined || index < held)) held = index
    }
    for (const { to, reader, indexMin } of this.#transfers.values()) {
      hold(to, reader?.snapshot.index ?? indexMin)
    }
    for (const [to, indexMin] of this.#waiting) hold(to, indexMin)
    for (const [to, { index }] of this.#installing) hold(to, index)
    return held
  }

  /** The core says that a member needs an image. */
  request(message: InstallSnapshot): void {
    const { images, metrics, logger } = this.#deps
    const { to, snapshot } = message
    if (this.#isStopped || this.#transfers.has(to)) return
    if (images === undefined) {
      if (metrics.notSent === 0)
        logger.warn({ replicaId: to }, 'a member needs an image; there is none')
      metrics.notSent += 1
      return this.#failLater(to)
    }
    this.#failed.delete(to)
    this.#waiting.set(to, snapshot.index)
    this.#startNext(images)
  }

  /** Takes an answer of a receiver. */
  receive(reply: ImageReply): void {
    const transfer = this.#transfers.get(reply.from)
    if (transfer === undefined || transfer.imageId !== reply.imageId) return
    switch (reply.refusal) {
      case undefined:
        return this.#acknowledged(transfer, reply.nextSeq)
      case 'old':
        return this.#end(transfer, 'sent', 'it is there already')
      case 'out-of-order':
      case 'damaged':
        return this.#sendAgainFrom(transfer, reply.nextSeq, reply.refusal)
      default:
        return this.#refused(transfer, reply.refusal)
    }
  }

  /** Sends again what nobody answered; called on every tick. */
  tick(): void {
    const nowMs = this.#deps.clock.nowMs()
    for (const [to, dueMs] of this.#failed) {
      if (dueMs > nowMs) continue
      this.#failed.delete(to)
      this.#report(to, 'failed')
    }
    for (const [to, { index, untilMs }] of this.#installing) {
      if (untilMs <= nowMs || !this.#isAwaited(to, index)) this.#installing.delete(to)
    }
    for (const transfer of this.#transfers.values()) {
      if (transfer.window.length === 0 || transfer.answerDueMs > nowMs) continue
      transfer.resends += 1
      if (transfer.resends > imageResendsMax) this.#end(transfer, 'failed', 'no answer')
      else this.#sendWindow(transfer)
    }
  }

  /** Gives up images for replicas that are no members any more. */
  configurationChanged(configuration: Configuration): void {
    for (const to of this.#waiting.keys()) {
      if (!isMember(configuration, to)) this.#waiting.delete(to)
    }
    this.#endAll(({ to }) => !isMember(configuration, to), 'no member any more')
    for (const to of this.#pauses.keys()) {
      if (!isMember(configuration, to)) this.#pauses.delete(to)
    }
  }

  /** Gives up images that cover less than `index`: the log after them is gone. */
  abortBelow(index: number): void {
    this.#endAll(({ to, reader, indexMin }) => {
      const imageIndex = reader?.snapshot.index ?? indexMin
      return imageIndex < index && !this.#hasLog(to, imageIndex)
    }, 'the log grew too long meanwhile')
    for (const [to, indexMin] of this.#waiting) {
      if (indexMin < index) this.#waiting.set(to, index)
    }
    for (const [to, installing] of this.#installing) {
      if (installing.index < index) this.#installing.delete(to)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.clear()
    this.#failed.clear()
    this.#installing.clear()
    for (const transfer of this.#transfers.values()) this.#close(transfer)
  }

  #startNext(images: Images): void {
    for (const [to, indexMin] of this.#waiting) {
      if (this.#isStopped || this.#transfers.size >= imagesSentMax) return
      this.#waiting.delete(to)
      this.#lastImageId += 1
      const transfer: Transfer = {
        to,
        imageId: this.#lastImageId,
        indexMin,
        reader: undefined,
        window: [],
        ahead: undefined,
        nextSeq: 0,
        isReading: true,
        isReadWhole: false,
        resends: 0,
        answerDueMs: 0,
        resentFrom: -1,
      }
      this.#transfers.set(to, transfer)
      this.#guarded(transfer, this.#open(transfer, images))
    }
  }

  async #open(transfer: Transfer, images: Images): Promise<void> {
    const reader = await images.open(transfer.indexMin)
    transfer.reader = reader
    if (!this.#isCurrent(transfer)) return closeQuietly(reader)
    this.#deps.logger.info(
      { replicaId: transfer.to, index: reader.snapshot.index },
      'sending an image',
    )
    transfer.ahead = await reader.next()
    if (!this.#isCurrent(transfer)) return closeQuietly(reader)
    // An image without any byte still needs a chunk that says so.
    transfer.ahead ??= new Uint8Array(0)
    transfer.isReading = false
    await this.#fill(transfer, reader)
  }

  /** Reads and sends until the window is full. */
  async #fill(transfer: Transfer, reader: ImageReader): Promise<void> {
    if (transfer.isReading) return
    transfer.isReading = true
    while (!transfer.isReadWhole && transfer.window.length < imageWindowMax) {
      const data = transfer.ahead!
      await this.#deps.throttle.wait(data.length)
      if (!this.#isCurrent(transfer)) return closeQuietly(reader)
      transfer.ahead = await reader.next()
      if (!this.#isCurrent(transfer)) return closeQuietly(reader)
      transfer.isReadWhole = transfer.ahead === undefined
      this.#add(transfer, reader, data)
    }
    transfer.isReading = false
  }

  #add(transfer: Transfer, reader: ImageReader, data: Uint8Array): void {
    const chunk: ImageChunk = {
      type: 'image-chunk',
      from: this.#id,
      to: transfer.to,
      term: this.#deps.core.term,
      imageId: transfer.imageId,
      snapshot: reader.snapshot,
      seq: transfer.nextSeq,
      data,
      checksum: crc32c(data),
      isLast: transfer.isReadWhole,
    }
    transfer.nextSeq += 1
    if (transfer.window.length === 0) this.#expectAnswer(transfer)
    transfer.window.push(chunk)
    this.#deps.metrics.bytesSent += data.length
    this.#deps.send(chunk)
  }

  /** The receiver has everything below `nextSeq`. */
  #acknowledged(transfer: Transfer, nextSeq: number): void {
    const before = transfer.window.length
    // Also when it has nothing new to say: to verify a large image as a whole takes its time.
    transfer.resends = 0
    transfer.window = transfer.window.filter(({ seq }) => seq >= nextSeq)
    if (transfer.window.length < before) {
      transfer.resentFrom = -1
      this.#expectAnswer(transfer)
    }
    if (transfer.isReadWhole && nextSeq >= transfer.nextSeq) {
      this.#end(transfer, 'sent', '')
    } else if (transfer.reader !== undefined) {
      this.#guarded(transfer, this.#fill(transfer, transfer.reader))
    }
  }

  #sendAgainFrom(transfer: Transfer, nextSeq: number, reason: string): void {
    const first = transfer.window[0]?.seq ?? transfer.nextSeq
    // A receiver that knows nothing of chunks it had acknowledged has lost the image.
    if (nextSeq < first) return this.#end(transfer, 'failed', reason)
    transfer.window = transfer.window.filter(({ seq }) => seq >= nextSeq)
    if (transfer.resentFrom === nextSeq) return
    transfer.resentFrom = nextSeq
    this.#sendWindow(transfer)
  }

  #sendWindow(transfer: Transfer): void {
    this.#expectAnswer(transfer)
    const term = this.#deps.core.term
    for (const chunk of transfer.window) {
      this.#deps.metrics.chunksResent += 1
      this.#deps.throttle.charge(chunk.data.length)
      this.#deps.send({ ...chunk, term })
    }
  }

  #expectAnswer(transfer: Transfer): void {
    transfer.answerDueMs = this.#deps.clock.nowMs() + imageReplyMs
  }

  #report(to: number, outcome: 'sent' | 'failed'): void {
    const { core, guarded } = this.#deps
    guarded(() => core.reportSnapshot(to, outcome))
  }

  /** Is `to` known to have the log up to `index`? Who has lost only its state needs none after. */
  #hasLog(to: number, index: number): boolean {
    const { progress } = this.#deps.core.status()
    return progress.some(({ id, match }) => id === to && match >= index)
  }

  /** Does this replica lead, and not know yet that `to` has everything up to `index`? */
  #isAwaited(to: number, index: number): boolean {
    const { progress } = this.#deps.core.status()
    return progress.some(({ id, match }) => id === to && match < index)
  }

  #endAll(isOver: (transfer: Transfer) => boolean, reason: string): void {
    for (const transfer of this.#transfers.values()) {
      if (isOver(transfer)) this.#end(transfer, 'failed', reason)
    }
  }

  /** The receiver cannot take it now, or never: each further time it is left alone for longer. */
  #refused(transfer: Transfer, refusal: ImageRefusal): void {
    const { to } = transfer
    this.#end(transfer, 'failed', refusal)
    const pauseMs =
      refusal === 'unsupported' ? imageUnsupportedRetryMs : (this.#pauses.get(to) ?? imageRetryMs)
    this.#pauses.set(to, Math.min(2 * pauseMs, imageRetryMsMax))
    this.#failLater(to, pauseMs)
  }

  #end(transfer: Transfer, outcome: 'sent' | 'failed', reason: string): void {
    if (!this.#isCurrent(transfer)) return
    const { clock, images, logger, metrics } = this.#deps
    this.#close(transfer)
    const { to } = transfer
    logger.info({ replicaId: to, outcome, reason }, 'an image has ended')
    if (outcome === 'sent') {
      metrics.sent += 1
      this.#pauses.delete(to)
      const { index } = transfer.reader?.snapshot ?? { index: transfer.indexMin }
      this.#installing.set(to, { index, untilMs: clock.nowMs() + imageInstallMsMax })
      this.#report(to, 'sent')
    } else {
      metrics.sendFailed += 1
      this.#failLater(to)
    }
    if (images !== undefined) this.#startNext(images)
  }

  /** Not at once, or a member that cannot take an image would be sent one after the other. */
  #failLater(to: number, pauseMs = imageRetryMs): void {
    this.#failed.set(to, this.#deps.clock.nowMs() + pauseMs)
  }

  #close(transfer: Transfer): void {
    this.#transfers.delete(transfer.to)
    // While it reads, whoever reads closes it.
    if (!transfer.isReading && transfer.reader !== undefined) void closeQuietly(transfer.reader)
  }

  #guarded(transfer: Transfer, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (transfer.reader !== undefined) void closeQuietly(transfer.reader)
      this.#end(transfer, 'failed', messageOf(error))
    })
  }

  #isCurrent(transfer: Transfer): boolean {
    return this.#transfers.get(transfer.to) === transfer
  }
}

async function closeQuietly(reader: ImageReader): Promise<void> {
  try {
    await reader.close()
  } catch {
    // Nothing was written; there is nothing to save.
  }
}
