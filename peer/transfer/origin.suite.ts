// An origin that does what a test wants, on a free port, and counts what it sends.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CancelSignal, Clock, Timer } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'

/** A request as the origin saw it. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly range: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Answers a request itself (true), or leaves it to the usual way (false). */
export type Script = (request: SeenRequest, response: ServerResponse) => boolean

export class Origin {
  content: Uint8Array
  etag = ''
  supportsRanges = true
  /** Says nothing of the length and sends chunks. */
  isChunked = false
  script: Script = () => false
  readonly seen: SeenRequest[] = []
  bodyBytes = 0
  readonly #server: Server
  #port = 0

  constructor(content: Uint8Array) {
    this.content = content
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/file`
  }

  /** `METHOD range` of every request. */
  get log(): string[] {
    return this.seen.map(({ method, range }) => `${method} ${range ?? 'whole'}`)
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  /** The usual answer to `request`. */
  serve(request: SeenRequest, response: ServerResponse): void {
    const range = this.supportsRanges ? rangeOf(request.range, this.content.length) : undefined
    const headers: Record<string, string | number> = {}
    if (this.etag !== '') headers['etag'] = this.etag
    if (this.supportsRanges) headers['accept-ranges'] = 'bytes'
    const body = range === undefined ? this.content : this.content.subarray(range.start, range.end)
    if (!this.isChunked) headers['content-length'] = body.length
    if (range !== undefined) {
      headers['content-range'] = `bytes ${range.start}-${range.end - 1}/${this.content.length}`
    }
    response.writeHead(range === undefined ? 200 : 206, headers)
    if (request.method === 'HEAD') response.end()
    else this.send(response, body, true)
  }

  /** Sends `bytes` and counts them. */
  send(response: ServerResponse, bytes: Uint8Array, isEnd: boolean): void {
    this.bodyBytes += bytes.length
    if (isEnd) response.end(bytes)
    else response.write(bytes)
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    const request: SeenRequest = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      range: incoming.headers.range,
      headers: incoming.headers,
    }
    this.seen.push(request)
    if (!this.script(request, response)) this.serve(request, response)
  }
}

function rangeOf(
  header: string | undefined,
  length: number,
): { readonly start: number; readonly end: number } | undefined {
  const found = /^bytes=(\d+)-(\d+)$/.exec(header ?? '')
  if (found === null) return undefined
  return { start: Number(found[1]), end: Math.min(length, Number(found[2]) + 1) }
}

/** Sleeps take no real time but are counted; timers and clocks are real. */
export class PatientClock implements Clock {
  readonly #clock = new SystemClock()
  #skippedMs = 0
  readonly sleeps: number[] = []

  nowMs(): number {
    return this.#clock.nowMs() + this.#skippedMs
  }

  wallMs(): number {
    return this.#clock.wallMs() + this.#skippedMs
  }

  setTimer(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer {
    return this.#clock.setTimer(delayMs, callback, options)
  }

  async sleep(delayMs: number, signal?: CancelSignal): Promise<void> {
    this.sleeps.push(delayMs)
    this.#skippedMs += delayMs
    await this.#clock.sleep(0, signal)
  }
}
