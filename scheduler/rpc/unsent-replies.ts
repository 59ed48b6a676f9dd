// Large replies that clients have asked for and do not take. grpc-js keeps whatever a client has no
// room for, without a limit: whoever lists hosts a hundred times over one connection and reads
// nothing would fill the memory of a member with lists. Small replies cost a look at a number.
import { minuteMs, secondMs } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { resetCall, streamOf } from './call-internals.ts'
import type { CallStream } from './call-internals.ts'
import {
  unsentBytesMax,
  unsentConnectionBytesMax,
  unsentMsMax,
  unsentReplyBytesMin,
} from './limits.ts'

export interface UnsentOptions {
  /** @default unsentBytesMax */
  readonly bytesMax?: number
  /** @default unsentConnectionBytesMax */
  readonly connectionBytesMax?: number
}

/** One reply, or the last message of a stream: the one before it was taken. */
interface Unsent {
  readonly call: object
  readonly stream: CallStream
  bytes: number
  sinceMs: number
}

/** How often replies are looked at for those that nobody takes. */
const checkMs = 10 * secondMs

/** How often the log says so. */
const warnMs = minuteMs

/** Counts what is not taken, and ends calls when it is too much or takes too long. */
export class UnsentReplies {
  readonly #deps: { readonly clock: Clock; readonly logger: Logger }
  readonly #bytesMax: number
  readonly #connectionBytesMax: number
  /** The one that was written first stands first. */
  readonly #replies = new Map<CallStream, Unsent>()
  /** Streams whose end will be told here; one that is taken in the end may come again. */
  readonly #followed = new WeakSet<CallStream>()
  #isChecking = false
  #warnedMs = -Infinity

  constructor(
    deps: { readonly clock: Clock; readonly logger: Logger },
    options: UnsentOptions = {},
  ) {
    this.#deps = deps
    this.#bytesMax = options.bytesMax ?? unsentBytesMax
    this.#connectionBytesMax = options.connectionBytesMax ?? unsentConnectionBytesMax
  }

  /** Large replies that were not taken when somebody looked last. */
  get size(): number {
    return this.#replies.size
  }

  /** To be called right after each message of a call; may end the call. */
  sent(call: object): void {
    const stream = streamOf(call)
    if (stream === undefined || stream.writableLength < unsentReplyBytesMin) return
    const reply = { call, stream, bytes: stream.writableLength, sinceMs: this.#deps.clock.nowMs() }
    this.#replies.delete(stream)
    this.#replies.set(stream, reply)
    if (!this.#followed.has(stream)) {
      this.#followed.add(stream)
      stream.once('close', () => this.#replies.delete(stream))
    }
    if (!this.#isChecking) this.#checkLater()
    this.#limit(reply)
  }

  /** Too much of one connection ends its newest call, too much of all of them the oldest ones. */
  #limit(newest: Unsent): void {
    const { session } = newest.stream
    let bytes = 0
    let connectionBytes = 0
    for (const reply of this.#replies.values()) {
      reply.bytes = reply.stream.writableLength
      bytes += reply.bytes
      if (reply.stream.session === session) connectionBytes += reply.bytes
    }
    if (connectionBytes > this.#connectionBytesMax) {
      bytes -= newest.bytes
      this.#end(newest)
    }
    for (const reply of this.#replies.values()) {
      if (bytes <= this.#bytesMax) return
      bytes -= reply.bytes
      this.#end(reply)
    }
  }

  #check(): void {
    this.#isChecking = false
    const nowMs = this.#deps.clock.nowMs()
    for (const reply of this.#replies.values()) {
      if (reply.stream.writableLength < unsentReplyBytesMin) this.#replies.delete(reply.stream)
      else if (nowMs - reply.sinceMs >= unsentMsMax) this.#end(reply)
    }
    if (this.#replies.size > 0) this.#checkLater()
  }

  #checkLater(): void {
    this.#isChecking = true
    this.#deps.clock.setTimer(checkMs, () => this.#check(), { keepAlive: false })
  }

  #end({ call, stream, bytes }: Unsent): void {
    this.#replies.delete(stream)
    resetCall(call)
    const nowMs = this.#deps.clock.nowMs()
    if (nowMs - this.#warnedMs < warnMs) return
    this.#warnedMs = nowMs
    this.#deps.logger.warn({ bytes }, 'a client does not take what it asks for')
  }
}
