// A command's connection to the daemon on this machine, over its unix socket.
import { credentials, Metadata, status } from '@grpc/grpc-js'
import type {
  CallOptions,
  ClientReadableStream,
  requestCallback,
  ServiceError,
} from '@grpc/grpc-js'
import { CodedError, secondMs } from '../../base/index.ts'
import type { Clock, Disk } from '../../base/index.ts'
import {
  codeTrailer,
  DfError,
  fromWireStatus,
  loadServices,
  StatusError,
} from '../../proto/index.ts'
import type { dfdaemonV1, Services } from '../../proto/index.ts'
import { TaskError, toTaskError } from '../errors.ts'
import { contentLengthHeader, noteTrailer } from '../rpc/headers.ts'

/**
 * Longest wait for a daemon whose socket takes connections to say that it is there. Nobody at the
 * socket is known at once; silence may only mean that the machine is busy.
 */
export const checkHealthTimeoutMs = 10 * secondMs

type DaemonClient = InstanceType<Services['daemonV1']>

/** What a Download stream tells. */
export type DownloadEvent =
  | { readonly kind: 'length'; readonly contentLengthBytes: number }
  | { readonly kind: 'progress'; readonly completedBytes: number }
  | { readonly kind: 'done'; readonly taskId: string; readonly completedBytes: number }
  | { readonly kind: 'note'; readonly text: string }

/** Connects; undefined when no daemon serves at `socketPath`. */
export async function connectDaemon(
  deps: { readonly disk: Disk; readonly clock: Clock },
  socketPath: string,
): Promise<DaemonConnection | undefined> {
  // Without the file there is nobody to wait for.
  if ((await deps.disk.stat(socketPath)) === undefined) return undefined
  const services = loadServices()
  const client = new services.daemonV1(`unix:${socketPath}`, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  })
  const connection = new DaemonConnection(client, deps.clock)
  try {
    await connection.checkHealth()
    return connection
  } catch (error) {
    connection.close()
    if (isNotServing(error)) return undefined
    throw error
  }
}

/** The failure when `connectDaemon` found nobody. */
export function daemonNotRunning(socketPath: string): CodedError {
  return new CodedError('PEER_DAEMON_NOT_RUNNING', `no daemon is running at ${socketPath}`)
}

/** Whether a failure means that the daemon went away or never was there. */
export function isNotServing(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    (error.grpcStatus === status.UNAVAILABLE || error.grpcStatus === status.DEADLINE_EXCEEDED)
  )
}

export class DaemonConnection {
  readonly #client: DaemonClient
  readonly #clock: Clock

  constructor(client: DaemonClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  async checkHealth(): Promise<void> {
    await this.#unary(checkHealthTimeoutMs, (metadata, options, done) =>
      this.#client.checkHealth({}, metadata, options, done),
    )
  }

  /** `timeoutMs` 0 waits without limit, here and below. */
  async statTask(request: dfdaemonV1.StatTaskRequest, timeoutMs: number): Promise<void> {
    await this.#unary(timeoutMs, (metadata, options, done) =>
      this.#client.statTask(request, metadata, options, done),
    )
  }

  async importTask(request: dfdaemonV1.ImportTaskRequest, timeoutMs: number): Promise<void> {
    await this.#unary(timeoutMs, (metadata, options, done) =>
      this.#client.importTask(request, metadata, options, done),
    )
  }

  async exportTask(request: dfdaemonV1.ExportTaskRequest, timeoutMs: number): Promise<void> {
    await this.#unary(timeoutMs, (metadata, options, done) =>
      this.#client.exportTask(request, metadata, options, done),
    )
  }

  async deleteTask(request: dfdaemonV1.DeleteTaskRequest, timeoutMs: number): Promise<void> {
    await this.#unary(timeoutMs, (metadata, options, done) =>
      this.#client.deleteTask(request, metadata, options, done),
    )
  }

  /** Downloads through the daemon; `headers` are added to the call. */
  async *download(
    request: dfdaemonV1.DownRequest,
    headers: Readonly<Record<string, string>>,
    timeoutMs: number,
  ): AsyncGenerator<DownloadEvent> {
    const metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    const call = this.#client.download(request, metadata, this.#options(timeoutMs))
    let length: number | undefined
    let note: string | undefined
    // The loop below hears of failures; one after it has ended (a cancel) has no other listener.
    call.on('error', () => {})
    call.on('metadata', (initial: Metadata) => {
      const value = Number(initial.get(contentLengthHeader)[0] ?? Number.NaN)
      if (Number.isSafeInteger(value) && value >= 0) length = value
    })
    call.on('status', (end) => {
      const value = end.metadata.get(noteTrailer)[0]
      if (typeof value === 'string') note = decodeURIComponent(value)
    })
    yield* this.#events(call, () => {
      const known = length
      length = undefined
      return known
    })
    if (note !== undefined) yield { kind: 'note', text: note }
  }

  close(): void {
    this.#client.close()
  }

  async *#events(
    call: ClientReadableStream<dfdaemonV1.DownResult__Output>,
    takeLength: () => number | undefined,
  ): AsyncGenerator<DownloadEvent> {
    try {
      for await (const message of call as AsyncIterable<dfdaemonV1.DownResult__Output>) {
        const contentLengthBytes = takeLength()
        if (contentLengthBytes !== undefined) yield { kind: 'length', contentLengthBytes }
        const completedBytes = message.completedLength
        if (message.done) yield { kind: 'done', taskId: message.taskId, completedBytes }
        else yield { kind: 'progress', completedBytes }
      }
    } catch (error) {
      throw fromDaemon(error)
    } finally {
      call.cancel()
    }
  }

  #options(timeoutMs: number): CallOptions {
    return timeoutMs === 0 ? {} : { deadline: this.#clock.wallMs() + timeoutMs }
  }

  #unary<Reply>(
    timeoutMs: number,
    start: (metadata: Metadata, options: CallOptions, done: requestCallback<Reply>) => unknown,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      start(new Metadata(), this.#options(timeoutMs), (error, reply) => {
        if (error === null && reply !== undefined) resolve(reply)
        else reject(fromDaemon(error))
      })
    })
  }
}

/** The daemon's failure with the stable code it put beside API v1's number. */
function fromDaemon(error: unknown): Error {
  const failure = fromWireStatus(error)
  if (!(failure instanceof DfError)) return failure
  const code = (error as ServiceError).metadata.get(codeTrailer)[0]
  if (typeof code !== 'string' || !code.startsWith('PEER_')) return toTaskError(failure)
  return new TaskError(code, failure.dfCode, failure.message, { cause: failure })
}
