// A state image on its way to this replica, one at a time. Chunks come in order or are
// refused with a reason; one that is whole is handed to the core, whoever sent it and in
// whatever term: it shows committed state. The core answers with an append work that
// carries it, and the log writer installs it.
import { assert, crc32c, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { isMember } from '../core/configuration.ts'
import type { ImageChunk, ImageRefusal, Message, Snapshot } from '../core/message.ts'
import type { Raft } from '../core/raft.ts'
import type { Images, ImageWriter } from '../images.ts'
import { imageSilenceMs, imageWindowMax } from './limits.ts'
import type { ImageMetrics } from './metrics.ts'

export interface ImageReceiverDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly core: Pick<Raft, 'coversImage' | 'restore' | 'term'>
  /** Without it every image is refused. */
  readonly images: Images | undefined
  readonly metrics: ImageMetrics
  readonly send: (message: Message) => void
  /** Runs what may change the core; a broken invariant in there ends the replica. */
  readonly guarded: (run: () => void) => void
  /** The core has taken an image: what it had handed out to be applied is void. */
  readonly restored: () => void
}

/** Whom an answer goes to, and about which transfer. */
interface Sender {
  readonly from: number
  readonly imageId: number
}

interface Incoming {
  readonly from: number
  readonly imageId: number
  readonly snapshot: Snapshot
  /** Taken and not written yet. */
  readonly chunks: ImageChunk[]
  /** Next one to take. */
  nextSeq: number
  /** Bytes taken. */
  bytes: number
  /** Chunks below are written: what is acknowledged. */
  writtenSeq: number
  writer: ImageWriter | undefined
  isWriting: boolean
  /** Settles when nothing uses the writer any more. */
  writing: Promise<void>
  heardAtMs: number
  /**
   * `verifying`: all of it is here, which may take longer to read than its sender is patient.
   * `whole`: verified, and the core does not want it yet. `taken`: it waits to be installed.
   */
  stage: 'receiving' | 'verifying' | 'whole' | 'taken'
}

export class ImageReceiver {
  readonly #deps: ImageReceiverDeps
  readonly #id: number
  #incoming: Incoming | undefined
  /** The port takes one image at a time: the one before must be gone. */
  #cleared: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(deps: ImageReceiverDeps, options: { readonly id: number }) {
    this.#deps = deps
    this.#id = options.id
  }

  /** Is an image being received or installed? */
  get isBusy(): boolean {
    return this.#incoming !== undefined
  }

  /** Bytes that have come of the image being received; 0 without one. */
  get bytesReceived(): number {
    return this.#incoming?.bytes ?? 0
  }

  receive(chunk: ImageChunk): void {
    const { images, metrics } = this.#deps
    if (this.#isStopped) return
    if (images === undefined) return this.#refuse(chunk, 'busy', 0)
    const incoming = this.#incoming ?? this.#begin(chunk)
    if (incoming === undefined) return
    if (incoming.from !== chunk.from || incoming.imageId !== chunk.imageId) {
      return this.#onOther(incoming, chunk)
    }
    incoming.heardAtMs = this.#deps.clock.nowMs()
    if (chunk.seq < incoming.nextSeq) return this.#acknowledge(incoming)
    const isInOrder = chunk.seq === incoming.nextSeq && incoming.stage === 'receiving'
    if (!isInOrder || incoming.chunks.length >= imageWindowMax) {
      return this.#refuse(chunk, 'out-of-order', incoming.nextSeq)
    }
    if (crc32c(chunk.data) !== chunk.checksum) {
      return this.#refuse(chunk, 'damaged', incoming.nextSeq)
    }
    metrics.bytesReceived += chunk.data.length
    incoming.bytes += chunk.data.length
    incoming.nextSeq += 1
    incoming.chunks.push(chunk)
    if (chunk.isLast) incoming.stage = 'verifying'
    if (!incoming.isWriting) incoming.writing = this.#write(incoming, images)
  }

  /** Offers a whole image again, and gives up on one that goes nowhere; called on every tick. */
  tick(): void {
    const incoming = this.#incoming
    if (incoming === undefined || incoming.stage === 'taken') return
    const { clock, core } = this.#deps
    if (core.coversImage(incoming.snapshot)) {
      this.#hearCommit(incoming.snapshot)
      this.#end(incoming, 'old')
      return
    }
    // Nothing more is wanted of a sender that was perhaps not heard while this was busy.
    if (incoming.stage === 'verifying') return
    if (clock.nowMs() - incoming.heardAtMs >= imageSilenceMs) {
      this.#end(incoming, 'out-of-order')
    } else if (incoming.stage === 'whole') {
      this.#offer(incoming)
    }
  }

  /** The writer of the image that the core has taken. */
  taken(snapshot: Snapshot): ImageWriter {
    const incoming = this.#incoming
    const writer = incoming?.writer
    assert(
      incoming?.stage === 'taken' && incoming.snapshot === snapshot && writer !== undefined,
      'the core installs the image it was given',
    )
    return writer
  }

  /** That image is installed; another one may come. */
  installed(): void {
    this.#deps.metrics.installed += 1
    this.#incoming = undefined
  }

  /** Gives up on what is not being installed. */
  stop(): void {
    this.#isStopped = true
    const incoming = this.#incoming
    if (incoming !== undefined && incoming.stage !== 'taken') this.#drop(incoming)
  }

  #begin(chunk: ImageChunk): Incoming | undefined {
    const { snapshot } = chunk
    if (chunk.seq !== 0) return this.#refuse(chunk, 'out-of-order', 0)
    if (!isMember(snapshot.configuration, this.#id)) return this.#refuse(chunk, 'not-member', 0)
    if (this.#deps.core.coversImage(snapshot)) {
      this.#hearCommit(snapshot)
      return this.#refuse(chunk, 'old', 0)
    }
    const incoming: Incoming = {
      from: chunk.from,
      imageId: chunk.imageId,
      snapshot,
      chunks: [],
      nextSeq: 0,
      bytes: 0,
      writtenSeq: 0,
      writer: undefined,
      isWriting: false,
      writing: this.#cleared,
      heardAtMs: this.#deps.clock.nowMs(),
      stage: 'receiving',
    }
    this.#incoming = incoming
    this.#deps.logger.info({ from: chunk.from, index: snapshot.index }, 'receiving an image')
    return incoming
  }

  /** A chunk of another transfer than the one under way. */
  #onOther(incoming: Incoming, chunk: ImageChunk): void {
    // Its sender has begun again; what was received of the former one is of no use.
    const replaces =
      incoming.from === chunk.from && chunk.seq === 0 && incoming.stage === 'receiving'
    if (!replaces) return this.#refuse(chunk, 'busy', 0)
    this.#deps.metrics.receiveFailed += 1
    this.#drop(incoming)
    this.receive(chunk)
  }

  /** Writes what has arrived; never rejects. */
  async #write(incoming: Incoming, images: Images): Promise<void> {
    incoming.isWriting = true
    try {
      await this.#cleared
      if (!this.#isCurrent(incoming)) return
      incoming.writer ??= await images.receive(incoming.snapshot)
      for (;;) {
        const chunk = incoming.chunks[0]
        if (chunk === undefined || !this.#isCurrent(incoming)) break
        await incoming.writer.write(chunk.data)
        if (chunk.isLast) await incoming.writer.finish()
        if (!this.#isCurrent(incoming)) break
        incoming.chunks.shift()
        incoming.writtenSeq = chunk.seq + 1
        if (chunk.isLast) this.#whole(incoming)
        else this.#acknowledge(incoming)
      }
    } catch (error) {
      this.#failed(incoming, error)
    } finally {
      incoming.isWriting = false
    }
  }

  #whole(incoming: Incoming): void {
    incoming.stage = 'whole'
    incoming.heardAtMs = this.#deps.clock.nowMs()
    this.#offer(incoming)
  }

  #offer(incoming: Incoming): void {
    const { core, guarded, metrics, restored } = this.#deps
    guarded(() => {
      // Whoever leads is in this term at least, and is about to say so.
      if (incoming.snapshot.term > core.term) return
      const result = core.restore(incoming.snapshot)
      if (!result.ok) {
        if (result.reason === 'old' || result.reason === 'not-member') {
          this.#end(incoming, result.reason)
        }
        // Otherwise it waits for another role, or for the image before it.
        return
      }
      incoming.stage = 'taken'
      metrics.received += 1
      this.#acknowledge(incoming)
      restored()
    })
  }

  /** The log holds everything up to there: the core only needs to hear that it is committed. */
  #hearCommit(snapshot: Snapshot): void {
    this.#deps.guarded(() => this.#deps.core.restore(snapshot))
  }

  #failed(incoming: Incoming, error: unknown): void {
    if (!this.#isCurrent(incoming)) return
    this.#deps.logger.warn({ from: incoming.from, err: messageOf(error) }, 'an image was not taken')
    // From the first chunk on, and not at once: the sender pauses before it begins again.
    this.#end(incoming, refusalFor(error), 0)
  }

  #end(incoming: Incoming, refusal: ImageRefusal, nextSeq = incoming.nextSeq): void {
    if (!this.#isCurrent(incoming)) return
    this.#deps.metrics.receiveFailed += 1
    this.#drop(incoming)
    this.#refuse(incoming, refusal, nextSeq)
  }

  #drop(incoming: Incoming): void {
    this.#incoming = undefined
    this.#cleared = this.#clear(incoming)
  }

  async #clear(incoming: Incoming): Promise<void> {
    await incoming.writing
    try {
      await incoming.writer?.abort()
    } catch (error) {
      this.#deps.logger.warn({ err: messageOf(error) }, 'what is left of an image stays')
    }
  }

  #acknowledge({ from, imageId, writtenSeq, stage, nextSeq }: Incoming): void {
    // The last chunk counts once the core has taken the image.
    const isWithheld = stage === 'whole'
    this.#reply({ from, imageId }, isWithheld ? nextSeq - 1 : writtenSeq, undefined)
  }

  #refuse(to: Sender, refusal: ImageRefusal, nextSeq: number): undefined {
    this.#deps.metrics.refused[refusal] += 1
    this.#reply(to, nextSeq, refusal)
  }

  #reply({ from, imageId }: Sender, nextSeq: number, refusal: ImageRefusal | undefined): void {
    const { core, send } = this.#deps
    const base = { type: 'image-reply', from: this.#id, to: from, term: core.term } as const
    send({ ...base, imageId, nextSeq, refusal })
  }

  #isCurrent(incoming: Incoming): boolean {
    return this.#incoming === incoming
  }
}

/** What the sender is told: to send others of the kind again at once would be of no use. */
function refusalFor(error: unknown): ImageRefusal {
  if (isCoded(error, 'RAFT_IMAGE_UNSUPPORTED')) return 'unsupported'
  return isCoded(error, 'RAFT_IMAGE_DAMAGED') ? 'damaged' : 'busy'
}
