// How many calls and streams of which method came, how they ended and how long they took: named as
// go-grpc-prometheus names them. An interceptor counts, so that every service of the port is in,
// whatever its handler does: health, reflection and methods without a handler included.
import { ServerInterceptingCall, status } from '@grpc/grpc-js'
import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js'
import type { Clock } from '../../base/index.ts'
import { histogramSamples } from '../metrics.ts'
import type { Family, Sample } from '../metrics.ts'
import { counterFamily } from './label-counts.ts'

/** Upper bounds of the durations, those of Prometheus clients, milliseconds. */
const boundsMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] as const

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0]
type Ending = Parameters<ServerInterceptingCallInterface['sendStatus']>[0]
type Method = Parameters<ServerInterceptor>[0]

/** What is counted of one method. */
interface MethodCounts {
  readonly labels: Readonly<Record<string, string>>
  started: number
  messagesReceived: number
  messagesSent: number
  /** By status code. */
  readonly handled: Map<number, number>
  /** The last one: everything above the last bound. */
  readonly durations: number[]
  durationSumMs: number
}

/** Counts of all methods; there are as many as the services have. */
export class CallCounts {
  readonly #clock: Pick<Clock, 'nowMs' | 'wallMs'>
  readonly #methods = new Map<string, MethodCounts>()

  constructor(deps: { readonly clock: Pick<Clock, 'nowMs' | 'wallMs'> }) {
    this.#clock = deps.clock
  }

  /** For the server's list of interceptors. */
  readonly interceptor: ServerInterceptor = (method, call) =>
    new CountedCall(call, this.#of(method), this.#clock)

  families(): readonly Family[] {
    const methods = [...this.#methods.values()]
    const each = (count: 'started' | 'messagesReceived' | 'messagesSent'): readonly Sample[] =>
      methods.map((method) => ({ labels: method.labels, value: method[count] }))
    const handled = methods.flatMap(({ labels, handled: counts }) =>
      Array.from(counts, ([code, value]) => ({
        labels: { ...labels, grpc_code: codeNames[code] ?? 'Unknown' },
        value,
      })),
    )
    const durations = methods.flatMap((method) =>
      histogramSamples(boundsMs, method.durations, method.durationSumMs).map((sample) => ({
        ...sample,
        labels: { ...method.labels, ...sample.labels },
      })),
    )
    return [
      counterFamily('grpc_server_started_total', 'Calls that came', each('started')),
      counterFamily('grpc_server_handled_total', 'Calls that ended, by their code', handled),
      counterFamily(
        'grpc_server_msg_received_total',
        'Messages that came',
        each('messagesReceived'),
      ),
      counterFamily('grpc_server_msg_sent_total', 'Messages that went out', each('messagesSent')),
      {
        prefix: '',
        name: 'grpc_server_handling_seconds',
        type: 'histogram',
        help: 'How long calls took, streams from their opening to their end',
        samples: durations,
      },
    ]
  }

  #of(method: Method): MethodCounts {
    const known = this.#methods.get(method.path)
    if (known !== undefined) return known
    const [, service = '', name = ''] = method.path.split('/')
    const counts: MethodCounts = {
      labels: { grpc_type: typeOf(method), grpc_service: service, grpc_method: name },
      started: 0,
      messagesReceived: 0,
      messagesSent: 0,
      handled: new Map(),
      durations: Array.from({ length: boundsMs.length + 1 }, () => 0),
      durationSumMs: 0,
    }
    this.#methods.set(method.path, counts)
    return counts
  }
}

/** Passes everything on at once: nothing of grpc-js's own queueing is needed here. */
class CountedCall extends ServerInterceptingCall {
  readonly #next: ServerInterceptingCallInterface
  readonly #counts: MethodCounts
  readonly #clock: Pick<Clock, 'nowMs' | 'wallMs'>
  readonly #startMs: number
  #isEnded = false

  constructor(
    next: ServerInterceptingCallInterface,
    counts: MethodCounts,
    clock: Pick<Clock, 'nowMs' | 'wallMs'>,
  ) {
    super(next)
    this.#next = next
    this.#counts = counts
    this.#clock = clock
    this.#startMs = clock.nowMs()
    counts.started += 1
  }

  override start(listener: Listener): void {
    this.#next.start({
      onReceiveMetadata: (metadata) => listener.onReceiveMetadata(metadata),
      onReceiveMessage: (message) => {
        this.#counts.messagesReceived += 1
        listener.onReceiveMessage(message)
      },
      onReceiveHalfClose: () => listener.onReceiveHalfClose(),
      onCancel: () => {
        // Also told after every end; only a call that has none was cancelled.
        if (!this.#isEnded) this.#ended(this.#codeOfCancelled())
        listener.onCancel()
      },
    })
  }

  override sendMetadata(metadata: Metadata): void {
    this.#next.sendMetadata(metadata)
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#counts.messagesSent += 1
    this.#next.sendMessage(message, callback)
  }

  override sendStatus(end: Ending): void {
    if (!this.#isEnded) this.#ended(end.code ?? status.UNKNOWN)
    this.#next.sendStatus(end)
  }

  /** grpc-js ends a call at its deadline below its interceptors. */
  #codeOfCancelled(): number {
    const deadline = this.#next.getDeadline()
    const deadlineMs = deadline instanceof Date ? deadline.getTime() : deadline
    return deadlineMs <= this.#clock.wallMs() ? status.DEADLINE_EXCEEDED : status.CANCELLED
  }

  #ended(code: number): void {
    this.#isEnded = true
    const counts = this.#counts
    const durationMs = this.#clock.nowMs() - this.#startMs
    counts.handled.set(code, (counts.handled.get(code) ?? 0) + 1)
    const bucket = boundsMs.findIndex((boundMs) => durationMs <= boundMs)
    const i = bucket < 0 ? boundsMs.length : bucket
    counts.durations[i] = (counts.durations[i] ?? 0) + 1
    counts.durationSumMs += durationMs
  }
}

function typeOf({ requestStream, responseStream }: Method): string {
  if (requestStream) return responseStream ? 'bidi_stream' : 'client_stream'
  return responseStream ? 'server_stream' : 'unary'
}

/** Codes as Go prints them, at the place of their numbers. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const
