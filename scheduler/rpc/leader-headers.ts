// Leader, term and index on every reply and error of the client port, health, reflection and
// methods without a handler included. What grpc-js refuses before it knows a method (an unknown
// path, a frame over the limit) carries none.
import { Metadata, ServerInterceptingCall, status } from '@grpc/grpc-js'
import type { ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js'
import type { Leadership } from './leadership.ts'

/** Adds the headers to initial metadata and, on errors, to the trailers. */
export function leaderHeaders(leadership: Leadership): ServerInterceptor {
  return (_, call) => new DescribedCall(call, leadership)
}

class DescribedCall extends ServerInterceptingCall {
  readonly #leadership: Leadership
  #isDescribed = false

  constructor(call: ServerInterceptingCallInterface, leadership: Leadership) {
    super(call)
    this.#leadership = leadership
  }

  override sendMetadata(metadata: Metadata): void {
    this.#isDescribed = true
    this.#leadership.describe(metadata)
    super.sendMetadata(metadata)
  }

  override sendMessage(message: unknown, callback: () => void): void {
    // Most handlers send no metadata of their own; grpc-js would send an empty one.
    if (!this.#isDescribed) this.sendMetadata(new Metadata())
    super.sendMessage(message, callback)
  }

  override sendStatus(end: Parameters<ServerInterceptingCall['sendStatus']>[0]): void {
    if (end.code === status.OK) return super.sendStatus(end)
    const metadata = end.metadata ?? new Metadata()
    this.#leadership.describe(metadata)
    super.sendStatus({ ...end, metadata })
  }
}
