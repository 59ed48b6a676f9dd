// What a call to a seed host has in common in both protocols: the connection, how long it may take
// and be silent, and what an error says about the seed.
import { connectivityState, credentials, status } from '@grpc/grpc-js'
import type { Client, ClientReadableStream } from '@grpc/grpc-js'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { DfError, fromWireStatus, StatusError } from '../../proto/index.ts'
import type { FinishSeed, OutboxRow, TaskRow } from '../replication/commands/index.ts'
import { seedConnectMsMax, seedReceiveBytesMax, seedSilenceMsMax } from './limits.ts'
import type { CommandPort } from './ports.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { sourceErrorInput } from './wire-v1.ts'

/** How a conversation ended. */
export type SeedEnd =
  /** `peerId`: '' when the seed named none, or tells about it by itself. */
  | { readonly peerId: string; readonly outcome: FinishSeed['outcome'] }
  /** The seed does not know the protocol. */
  | 'unimplemented'
  /** The state wants no more of it. */
  | 'unwanted'

/** A call in one protocol; tells its end once, unless it is cancelled before. */
export interface SeedConversation {
  cancel(): void
}

export interface SeedConversationDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: CommandPort
  readonly metrics: RequestMetrics
}

export interface SeedConversationOptions {
  readonly item: OutboxRow
  readonly task: TaskRow
  /** host:port of the seed's gRPC service. */
  readonly address: string
  /** Of the start-seed result. */
  readonly term: number
  readonly onEnd: (end: SeedEnd) => void
}

/** Options of the gRPC client: its own connection, and no names but the literal address. */
export const seedClientOptions = {
  'grpc.max_receive_message_length': seedReceiveBytesMax,
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
} as const

/** Seeds are called in the clear, as upstream does without `seedPeer.tls`. */
export const seedCredentials = (): ReturnType<typeof credentials.createInsecure> =>
  credentials.createInsecure()

type Failure = Extract<SeedEnd, object>['outcome']

/** Watches one call: whether it connects, whether it says something. */
export class SeedWatch {
  readonly #clock: Clock
  readonly #client: Client
  readonly #call: ClientReadableStream<unknown>
  readonly #connectTimer: Timer
  readonly #onSilence: (failure: Failure) => void
  #silenceTimer: Timer | undefined
  /** The seed has answered in whatever way. */
  #isAnswered = false

  /** `onSilence`: it took too long; the call is cancelled already. */
  constructor(
    deps: { readonly clock: Clock },
    options: {
      readonly client: Client
      readonly call: ClientReadableStream<unknown>
      readonly onSilence: (failure: Failure) => void
    },
  ) {
    const { client, call, onSilence } = options
    this.#clock = deps.clock
    this.#client = client
    this.#call = call
    this.#onSilence = onSilence
    call.once('metadata', () => {
      this.#isAnswered = true
    })
    this.#connectTimer = this.#clock.setTimer(
      seedConnectMsMax,
      () => {
        if (!this.#isConnected()) this.#giveUp({ type: 'unreachable' })
      },
      { keepAlive: false },
    )
    this.heard()
  }

  /** Something came: the silence begins anew. */
  heard(): void {
    this.#silenceTimer?.cancel()
    this.#silenceTimer = this.#clock.setTimer(
      seedSilenceMsMax,
      () => this.#giveUp({ type: 'failed', retry: true, sourceError: null }),
      { keepAlive: false },
    )
  }

  /** What an error of the call says about the seed. */
  failure(error: unknown): Failure | 'unimplemented' {
    const failure = fromWireStatus(error)
    const code = failure instanceof StatusError ? failure.grpcStatus : status.UNKNOWN
    if (code === status.UNIMPLEMENTED) return 'unimplemented'
    if (code === status.UNAVAILABLE && !this.#isConnected()) return { type: 'unreachable' }
    const sourceError =
      failure instanceof DfError ? sourceErrorInput(failure.sourceError ?? null) : null
    const isTransient = code === status.UNAVAILABLE || code === status.RESOURCE_EXHAUSTED
    return { type: 'failed', retry: isTransient && sourceError === null, sourceError }
  }

  stop(): void {
    this.#connectTimer.cancel()
    this.#silenceTimer?.cancel()
  }

  #giveUp(failure: Failure): void {
    this.stop()
    this.#call.cancel()
    this.#onSilence(failure)
  }

  /** A connection that broke was one: only a seed that never answered is not there. */
  #isConnected(): boolean {
    if (this.#isAnswered) return true
    return this.#client.getChannel().getConnectivityState(false) === connectivityState.READY
  }
}
