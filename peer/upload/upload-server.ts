// Serves finished pieces to other peers over HTTP, as API v1 has it: GET with one range, answered
// by
// 200. What is served comes from the piece store by task id only, so no request reaches another
// file.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import type { PieceStore, TaskCopy } from '../store/index.ts'
import type { RateLimiter } from '../transfer/index.ts'
import { UploadError } from './errors.ts'
import {
  connectionsMax,
  drainTimeoutMs,
  keepAliveTimeoutMs,
  requestHeadersBytesMax,
  requestHeadersTimeoutMs,
  slowReaderTimeoutMs,
  uploadsMaxDefault,
} from './limits.ts'
import { readUploadRequest } from './request.ts'
import type { UploadRequest } from './request.ts'

export interface UploadServerDeps {
  readonly store: PieceStore
  readonly clock: Clock
  readonly logger: Logger
  /** Shared by all uploads. */
  readonly limiter: RateLimiter
}

export interface UploadServerOptions {
  /** Address to listen on. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Pieces sent at once. @default 256 */
  readonly uploadsMax?: number
  /** Longest time a reader may take for one chunk. @default 30 s */
  readonly slowReaderTimeoutMs?: number
}

/** What the server did since its start. */
export interface UploadCounters {
  readonly requests: number
  readonly failures: number
  readonly sentBytes: number
  readonly running: number
}

export class UploadServer {
  readonly name = 'upload'
  readonly #deps: UploadServerDeps
  readonly #options: UploadServerOptions
  readonly #server: Server
  readonly #running = new Set<ServerResponse>()
  #idle: (() => void) | undefined
  #requests = 0
  #failures = 0
  #sentBytes = 0
  #isStopping = false

  constructor(deps: UploadServerDeps, options: UploadServerOptions) {
    this.#deps = deps
    this.#options = options
    this.#server = createServer(
      {
        maxHeaderSize: requestHeadersBytesMax,
        headersTimeout: requestHeadersTimeoutMs,
        requestTimeout: requestHeadersTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
      },
      (request, response) => void this.#handle(request, response),
    )
    this.#server.maxConnections = connectionsMax
    this.#server.on('error', (error) => deps.logger.warn({ err: error }, 'upload server error'))
  }

  /** The port in use; only while started. */
  get port(): number {
    const address = this.#server.address()
    assert(address !== null && typeof address === 'object', 'the server listens')
    return (address satisfies AddressInfo).port
  }

  get counters(): UploadCounters {
    return {
      requests: this.#requests,
      failures: this.#failures,
      sentBytes: this.#sentBytes,
      running: this.#running.size,
    }
  }

  /** PEER_PORT_IN_USE, PEER_LISTEN_FAILED. */
  async start(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        const isInUse = error.code === 'EADDRINUSE'
        const code = isInUse ? 'PEER_PORT_IN_USE' : 'PEER_LISTEN_FAILED'
        const what = isInUse ? 'is in use' : `cannot be listened on: ${error.message}`
        reject(new UploadError(code, `upload address ${host}:${port} ${what}`, error))
      }
      this.#server.once('error', onError)
      this.#server.listen(port, host, () => {
        this.#server.off('error', onError)
        resolve()
      })
    })
  }

  /** Lets running uploads end for up to 5 s, then closes every connection. */
  async stop(): Promise<void> {
    if (this.#isStopping || !this.#server.listening) return
    this.#isStopping = true
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#deps.clock.setTimer(drainTimeoutMs, resolve)
        this.#idle = () => {
          timer.cancel()
          resolve()
        }
      })
    }
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requests += 1
    // A request has no body here; what is sent all the same is dropped.
    request.resume()
    const asked = readUploadRequest({
      method: request.method ?? '',
      target: request.url ?? '',
      range: request.headers.range,
    })
    try {
      await this.#answer(asked, response)
    } catch (error) {
      this.#failures += 1
      this.#deps.logger.debug({ err: error }, 'upload failed')
      // After the head only a broken connection can tell the reader that the body is not whole.
      if (response.headersSent) response.destroy()
      else sendError(response, 500, isCoded(error) ? error.code : messageOf(error))
    }
  }

  async #answer(asked: UploadRequest, response: ServerResponse): Promise<void> {
    if (asked.kind === 'refused') {
      this.#failures += 1
      sendError(response, asked.status, asked.message)
    } else if (asked.kind === 'healthy') {
      send(response, 200, 'application/json', '"OK"')
    } else if (asked.kind === 'metrics') {
      send(response, 200, 'text/plain; version=0.0.4', metricsText(this.counters))
    } else {
      await this.#upload(asked, response)
    }
  }

  async #upload(
    asked: UploadRequest & { readonly kind: 'piece' },
    response: ServerResponse,
  ): Promise<void> {
    const uploadsMax = this.#options.uploadsMax ?? uploadsMaxDefault
    if (this.#running.size >= uploadsMax || this.#isStopping) {
      this.#failures += 1
      sendError(response, 503, 'too many uploads')
      return
    }
    const copy = this.#deps.store.open(asked.taskId)
    if (copy === undefined) throw new Error('no such task')
    this.#running.add(response)
    try {
      if (copy.info().peerId !== asked.peerId) throw new Error('no such peer for the task')
      await this.#stream(copy, asked, response)
    } finally {
      this.#running.delete(response)
      if (this.#running.size === 0) this.#idle?.()
      await copy.release()
    }
  }

  async #stream(
    copy: TaskCopy,
    asked: UploadRequest & { readonly kind: 'piece' },
    response: ServerResponse,
  ): Promise<void> {
    const { startBytes, lengthBytes } = asked.range
    const chunks = copy.read(startBytes, lengthBytes)[Symbol.asyncIterator]()
    try {
      // The first chunk decides between an answer and an error.
      let next = await chunks.next()
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': lengthBytes,
      })
      // Readers give an answer's head little time; the wait for the limiter comes after it.
      response.flushHeaders()
      while (next.done !== true && !response.destroyed) {
        await this.#deps.limiter.acquire(next.value.length)
        // The next chunk is read while this one is on its way.
        const [following] = await Promise.all([chunks.next(), this.#write(response, next.value)])
        next = following
      }
      response.end()
    } finally {
      await chunks.return?.()
    }
  }

  /** Resolves when the connection takes more, or is gone; a reader that is too slow is cut off. */
  async #write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
    this.#sentBytes += chunk.length
    if (response.destroyed || response.write(chunk)) return
    const timeoutMs = this.#options.slowReaderTimeoutMs ?? slowReaderTimeoutMs
    await new Promise<void>((resolve) => {
      const onEnd = (): void => {
        timer.cancel()
        response.off('drain', onEnd)
        response.off('close', onEnd)
        resolve()
      }
      const timer = this.#deps.clock.setTimer(timeoutMs, () => {
        this.#failures += 1
        this.#deps.logger.debug({ timeoutMs }, 'slow reader cut off')
        response.destroy()
        onEnd()
      })
      response.on('drain', onEnd)
      response.on('close', onEnd)
    })
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function sendError(response: ServerResponse, status: number, message: string): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify({ errors: message }))
}

function metricsText(counters: UploadCounters): string {
  const prefix = 'dragonfly_dfdaemon_upload'
  const lines = [
    `# TYPE ${prefix}_requests_total counter`,
    `${prefix}_requests_total ${counters.requests}`,
    `# TYPE ${prefix}_failures_total counter`,
    `${prefix}_failures_total ${counters.failures}`,
    `# TYPE ${prefix}_traffic_bytes_total counter`,
    `${prefix}_traffic_bytes_total ${counters.sentBytes}`,
    `# TYPE ${prefix}_running gauge`,
    `${prefix}_running ${counters.running}`,
  ]
  return `${lines.join('\n')}\n`
}
