// A stream to one member: messages go out, messages come in, and the end says what to do next.
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { fromWireStatus } from '../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../proto/index.ts'
import { clientStreamMessagesMax } from './limits.ts'
import type { MemberDirectory } from './member-directory.ts'
import { judge, mayOpenAgain } from './outcomes.ts'
import type { Failure } from './outcomes.ts'
import { leaderHint } from './unary-caller.ts'

/**
 * How a stream ended. `ended`: by the scheduler, in good order. `cancelled`: by `cancel`, or as the
 * client was closed. `lost`: the member is gone or does not serve now. `refused`: for good.
 */
export interface StreamEnd {
  readonly reason: 'ended' | 'cancelled' | 'lost' | 'refused'
  /** Whether to register again: the client then chooses another member. True only when lost. */
  readonly isRetryable: boolean
  /** What the scheduler or the connection said; absent when it ended in good order. */
  readonly error: Failure | undefined
}

/** What a stream tells its owner, on the event loop's own turn. */
export interface StreamListener<In> {
  onMessage(message: In): void
  /** Called exactly once, last. */
  onEnd(end: StreamEnd): void
}

export interface MemberStreamDeps<Out, In> {
  readonly call: ClientDuplexStream<Out, In>
  /** The member at the other end. */
  readonly address: string
  readonly directory: Pick<MemberDirectory, 'members' | 'learn'>
  readonly nowMs: () => number
  /** Called when it has ended, before its listener. */
  readonly onClosed: () => void
}

/** An open stream; nothing of it is repeated by the client. */
export class MemberStream<Out, In> {
  /** The member at the other end, host:port. */
  readonly address: string
  readonly #deps: MemberStreamDeps<Out, In>
  readonly #listener: StreamListener<In>
  #isOpen = true
  #isCancelled = false

  constructor(deps: MemberStreamDeps<Out, In>, listener: StreamListener<In>) {
    this.address = deps.address
    this.#deps = deps
    this.#listener = listener
    deps.call.on('metadata', (metadata) => {
      const hint = leaderHint(metadata)
      if (hint !== undefined) deps.directory.learn(hint.leader, hint.term)
    })
    deps.call.on('data', (message: In) => listener.onMessage(message))
    // grpc-js reports a status after every error; a failed write of its own has none.
    deps.call.on('error', (error: unknown) => this.#end(fromWireStatus(error)))
    deps.call.on('status', (result: { readonly code: number }) => {
      if (result.code === 0) this.#end(undefined)
    })
  }

  /** Sends one message; false when the stream has ended or too many messages wait. */
  write(message: Out): boolean {
    const { call } = this.#deps
    if (!this.#isOpen || call.writableEnded) return false
    if (call.writableLength >= clientStreamMessagesMax) return false
    call.write(message)
    return true
  }

  /** Tells the scheduler that nothing more will come; messages may still arrive. */
  end(): void {
    if (this.#isOpen) this.#deps.call.end()
  }

  /** Ends the stream at once; `onEnd` hears of it. */
  cancel(): void {
    this.#isCancelled = true
    this.#deps.call.cancel()
  }

  #end(error: Failure | undefined): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { address, directory, nowMs, onClosed } = this.#deps
    onClosed()
    if (error === undefined) {
      directory.members.answered(address)
      this.#listener.onEnd({ reason: 'ended', isRetryable: false, error })
      return
    }
    if (this.#isCancelled) {
      this.#listener.onEnd({ reason: 'cancelled', isRetryable: false, error })
      return
    }
    judge(directory.members, { address, nowMs: nowMs() }, error)
    const isRetryable = mayOpenAgain(error)
    this.#listener.onEnd({ reason: isRetryable ? 'lost' : 'refused', isRetryable, error })
  }
}

/** API v1: piece results go out, parents come in. */
export type PieceResultStream = MemberStream<
  schedulerV1.PieceResult,
  schedulerV1.PeerPacket__Output
>

/** API v2: what happens to a download goes out, parents come in. */
export type AnnouncePeerStream = MemberStream<
  schedulerV2.AnnouncePeerRequest,
  schedulerV2.AnnouncePeerResponse__Output
>
