// Limits of every call that grpc-js does not have. Calls with more headers than a client needs are
// refused: grpc-js takes the option for it and does nothing; what Node itself refuses is six times
// as much. So are requests that are too large for their method. And what a client does not take of
// its replies is counted.
import { ServerInterceptingCall } from '@grpc/grpc-js'
import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import { toWireStatus } from '../../proto/index.ts'
import { headerBytesMax, requestBytesMax } from './limits.ts'
import { oversizedRequest } from './request-size.ts'
import type { UnsentReplies } from './unsent-replies.ts'

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0]

/**
 * Refuses calls whose headers are over `headerBytesMax`, or a request of which is too large, with
 * SCHED_TOO_LARGE, and ends calls whose replies `unsent` counts as too much.
 */
export function limitedCalls(unsent: Pick<UnsentReplies, 'sent'>): ServerInterceptor {
  return (_, call) => new LimitedCall(call, unsent)
}

class LimitedCall extends ServerInterceptingCall {
  readonly #next: ServerInterceptingCallInterface
  readonly #unsent: Pick<UnsentReplies, 'sent'>
  #isRefused = false

  constructor(next: ServerInterceptingCallInterface, unsent: Pick<UnsentReplies, 'sent'>) {
    super(next)
    this.#next = next
    this.#unsent = unsent
  }

  override start(listener: Listener): void {
    this.#next.start({
      onReceiveMetadata: (metadata) => {
        this.#isRefused = headerBytes(metadata) > headerBytesMax
        if (this.#isRefused) this.#next.sendStatus(tooLarge(`headers of over ${headerBytesMax}`))
        else listener.onReceiveMetadata(metadata)
      },
      onReceiveMessage: (message) => {
        if (this.#isRefused) return
        this.#isRefused = message === oversizedRequest
        if (!this.#isRefused) listener.onReceiveMessage(message)
        else this.sendStatus(tooLarge(`a request of over ${requestBytesMax}`))
      },
      onReceiveHalfClose: () => {
        if (!this.#isRefused) listener.onReceiveHalfClose()
      },
      onCancel: () => listener.onCancel(),
    })
  }

  override sendMetadata(metadata: Metadata): void {
    this.#next.sendMetadata(metadata)
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#next.sendMessage(message, callback)
    this.#unsent.sent(this.#next)
  }

  override sendStatus(end: Parameters<ServerInterceptingCallInterface['sendStatus']>[0]): void {
    this.#next.sendStatus(end)
  }
}

function tooLarge(what: string): ReturnType<typeof toWireStatus> {
  return toWireStatus(new CodedError('SCHED_TOO_LARGE', `${what} bytes`))
}

/** What HTTP/2 counts for each entry besides its texts. */
const entryBytes = 32

function headerBytes(metadata: Metadata): number {
  let bytes = 0
  for (const [name, values] of Object.entries(metadata.toJSON())) {
    for (const value of values) bytes += name.length + value.length + entryBytes
  }
  return bytes
}
