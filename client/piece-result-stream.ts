// One ReportPieceResult stream: piece results go out, parents come in.
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import { fromWireStatus, StatusError } from '../proto/index.ts'
import type { DfError, schedulerV1 } from '../proto/index.ts'
import { clientStreamMessagesMax } from './limits.ts'
import { leaderHint } from './unary-caller.ts'
import type { MemberList } from './member-list.ts'

/** What a stream tells its owner, on the event loop's own turn. */
export interface PieceStreamListener {
  onPacket(packet: schedulerV1.PeerPacket__Output): void
  /**
   * Called exactly once, last. Without an error the scheduler ended the stream in good order.
   * `isRetryable(error)` tells whether to register again (another member will be chosen).
   */
  onEnd(error: DfError | StatusError | undefined): void
}

export interface PieceStreamDeps {
  readonly call: ClientDuplexStream<schedulerV1.PieceResult, schedulerV1.PeerPacket__Output>
  /** The member at the other end. */
  readonly address: string
  readonly members: MemberList
  readonly nowMs: () => number
}

/** An open piece-result stream. */
export class PieceResultStream {
  /** The member at the other end, host:port. */
  readonly address: string
  readonly #call: PieceStreamDeps['call']
  #isOpen = true

  constructor(deps: PieceStreamDeps, listener: PieceStreamListener) {
    this.address = deps.address
    this.#call = deps.call
    let failure: DfError | StatusError | undefined
    const end = (): void => {
      if (!this.#isOpen) return
      this.#isOpen = false
      if (failure instanceof StatusError && failure.grpcStatus === status.UNAVAILABLE) {
        deps.members.failed(deps.address, deps.nowMs())
      }
      listener.onEnd(failure)
    }
    this.#call.on('metadata', (metadata) => {
      const hint = leaderHint(metadata)
      if (hint !== undefined) deps.members.learn(hint.leader, hint.term)
    })
    this.#call.on('data', (packet: schedulerV1.PeerPacket__Output) => listener.onPacket(packet))
    this.#call.on('error', (error: unknown) => {
      failure = fromWireStatus(error)
      // grpc-js reports a status after every error; a failed write of its own has none.
      end()
    })
    this.#call.on('status', (result: { readonly code: status }) => {
      if (result.code === status.OK) end()
    })
  }

  /** Sends one result; false when the stream has ended or too many results wait. */
  write(result: schedulerV1.PieceResult): boolean {
    if (!this.#isOpen || this.#call.writableLength >= clientStreamMessagesMax) return false
    this.#call.write(result)
    return true
  }

  /** Tells the scheduler that nothing more will come; packets may still arrive. */
  end(): void {
    if (this.#isOpen) this.#call.end()
  }

  /** Ends the stream at once; `onEnd` gets status CANCELLED. */
  cancel(): void {
    this.#call.cancel()
  }
}
