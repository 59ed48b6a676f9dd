// The way to one remote member: one stream that lives as long as it can, a bounded queue in front
// of it, and pauses between attempts. While it is down nothing is queued: the protocol above sends
// what still matters again, and it must hear at once that the remote is not reachable.
import { Metadata } from '@grpc/grpc-js'
import type { ChannelOptions, Client, ClientDuplexStream } from '@grpc/grpc-js'
import { BoundedQueue } from '../base/index.ts'
import type { Clock, Random, Timer } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { raftV1 } from '../proto/index.ts'
import { dial } from './grpc-raft-transport-dial.ts'
import { frameChecksum } from './grpc-raft-transport-frame.ts'
import {
  keepaliveMs,
  keepaliveTimeoutMs,
  raftBatchBytesMax,
  raftBatchMessagesMax,
  raftFrameBytesMax,
  raftQueueBytesMax,
  raftQueueMessagesMax,
  reconnectMsMax,
  reconnectMsMin,
  redialPauseMs,
  redialsMax,
} from './grpc-raft-transport-limits.ts'
import type { ConnectSecurity } from './grpc-tls.ts'

type Stream = ClientDuplexStream<raftV1.Frame, raftV1.Frame__Output>

/** Options of every client connection to a replication port. */
export const raftChannelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': raftFrameBytesMax,
  'grpc.max_send_message_length': raftFrameBytesMax,
  'grpc.keepalive_time_ms': keepaliveMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': reconnectMsMin,
  'grpc.max_reconnect_backoff_ms': reconnectMsMax,
  // Members talk to each other directly, whatever proxy the environment names.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  // A retry would keep every message of the stream in memory.
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
}

/**
 * `down` from a failure until the pause is over; `idle` waits for something to send; `connecting`
 * until the remote has answered; `open` afterwards.
 */
export type LinkState = 'idle' | 'connecting' | 'open' | 'down' | 'closed'

export interface LinkDeps {
  readonly clock: Clock
  readonly random: Random
}

export interface LinkOptions {
  readonly address: string
  readonly connect: ConnectSecurity
  /** The remote refused a message, in lower case. */
  readonly onRefusal: (reason: string) => void
  /** The remote answers on this stream, because it has no way of its own to us. */
  readonly onFrame: (frame: raftV1.Frame__Output) => void
  /** The open stream ended without a goodbye, and nobody listens at the address any more. */
  readonly onRefused: () => void
  /** The state changed; with `down` the reason is the system's, for people. */
  readonly onState: (state: LinkState, reason: string) => void
}

export class RaftLink {
  readonly #deps: LinkDeps
  readonly #options: LinkOptions
  readonly #queue = new BoundedQueue<Uint8Array>({
    itemsMax: raftQueueMessagesMax,
    bytesMax: raftQueueBytesMax,
  })
  #state: LinkState = 'idle'
  #client: Client | undefined
  #stream: Stream | undefined
  #isFlushDue = false
  #isBlocked = false
  #failures = 0
  #retry: Timer | undefined

  constructor(deps: LinkDeps, options: LinkOptions) {
    this.#deps = deps
    this.#options = options
  }

  get state(): LinkState {
    return this.#state
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Queues one encoded message; false when the link is down or full. */
  send(bytes: Uint8Array): boolean {
    if (this.#state === 'down' || this.#state === 'closed') return false
    if (!this.#queue.push(bytes, bytes.length)) return false
    if (this.#state === 'idle') this.#connect()
    if (!this.#isFlushDue && !this.#isBlocked) {
      this.#isFlushDue = true
      // After the caller's turn, so that everything it sends travels together.
      queueMicrotask(() => this.#flush())
    }
    return true
  }

  /** The remote has just been heard: no reason to wait any longer. */
  retryNow(): void {
    if (this.#state !== 'down') return
    this.#retry?.cancel()
    this.#failures = 0
    this.#setState('idle', '')
  }

  close(): void {
    if (this.#state === 'closed') return
    this.#retry?.cancel()
    this.#disconnect()
    this.#setState('closed', '')
  }

  #connect(): void {
    const { address, connect, onRefusal, onFrame } = this.#options
    this.#setState('connecting', '')
    const client = new (loadServices().raft)(address, connect.credentials, {
      ...raftChannelOptions,
      ...connect.options,
    })
    const stream: Stream = client.messages(new Metadata())
    this.#client = client
    this.#stream = stream
    this.#isBlocked = false
    const isCurrent = (): boolean => this.#stream === stream
    const lost = (reason: string): void => {
      if (!isCurrent()) return
      const isLoss = this.#state === 'open' && !hasSaidGoodbye
      this.#lost(reason)
      if (isLoss) void this.#redial()
    }
    let hasSaidGoodbye = false
    stream.on('metadata', () => {
      if (!isCurrent()) return
      this.#failures = 0
      this.#setState('open', '')
    })
    stream.on('data', (frame: raftV1.Frame__Output) => {
      if (frame.refusal !== '') onRefusal(frame.refusal)
      if (frame.messages.length > 0 && isCurrent()) onFrame(frame)
      // A remote that dies cannot say so; what follows is no news about it.
      if (frame.goodbye) {
        hasSaidGoodbye = true
        lost('closed by the remote')
      }
    })
    stream.on('drain', () => {
      if (!isCurrent()) return
      this.#isBlocked = false
      this.#flush()
    })
    stream.on('error', (error) => lost(error.message))
    stream.on('end', () => lost('ended by the remote'))
  }

  #flush(): void {
    this.#isFlushDue = false
    while (!this.#isBlocked && this.#stream !== undefined && this.#queue.length > 0) {
      const messages = this.#takeBatch()
      const frame: raftV1.Frame = { messages, crc32: frameChecksum(messages) }
      this.#isBlocked = !this.#stream.write(frame)
    }
  }

  #takeBatch(): Uint8Array[] {
    const messages: Uint8Array[] = []
    let bytes = 0
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      bytes += next.length
      if (messages.length > 0 && bytes > raftBatchBytesMax) break
      messages.push(next)
      this.#queue.shift()
      if (messages.length >= raftBatchMessagesMax) break
    }
    return messages
  }

  /**
   * Finds out whether the process at the other end is gone. A dying one loses its connections
   * before the port they came to, so an answer may come from a port that nobody is behind any more.
   */
  async #redial(): Promise<void> {
    const { address, onRefused } = this.#options
    const isOver = (): boolean => this.#state === 'open' || this.#state === 'closed'
    for (let attempt = 0; attempt < redialsMax; attempt += 1) {
      if (attempt > 0) await this.#deps.clock.sleep(redialPauseMs * 2 ** (attempt - 1))
      if (isOver()) return
      const outcome = await dial(address)
      if (isOver()) return
      if (outcome === 'refused') {
        onRefused()
        return
      }
    }
  }

  #lost(reason: string): void {
    this.#disconnect()
    const pauseMs = Math.min(reconnectMsMin * 2 ** Math.min(this.#failures, 10), reconnectMsMax)
    const half = Math.floor(pauseMs / 2)
    this.#failures += 1
    this.#retry = this.#deps.clock.setTimer(
      half + this.#deps.random.below(half + 1),
      () => this.#setState('idle', ''),
      { keepAlive: false },
    )
    this.#setState('down', reason)
  }

  #disconnect(): void {
    const stream = this.#stream
    this.#stream = undefined
    this.#queue.drain()
    // The stream still reports its own cancellation, which nobody needs to hear.
    stream?.on('error', () => {})
    stream?.cancel()
    this.#client?.close()
    this.#client = undefined
  }

  #setState(state: LinkState, reason: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(state, reason)
  }
}
