// An origin that counts the body bytes it hands out, with and without ranges.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export class Origin {
  readonly #server: Server
  readonly #content: Buffer
  /** Bytes of bodies that left this origin. */
  bodyBytes = 0
  requests = 0

  private constructor(content: Buffer) {
    this.#content = content
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start(content: Buffer): Promise<Origin> {
    const origin = new Origin(content)
    await new Promise<void>((resolve) => {
      origin.#server.listen(0, '127.0.0.1', resolve)
    })
    return origin
  }

  url(path = '/file.bin'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1
    const size = this.#content.length
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
    const first = range === null ? 0 : Number(range[1])
    const last = range === null || range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1)
    const headers: Record<string, string> = {
      'accept-ranges': 'bytes',
      'content-length': String(last - first + 1),
      etag: '"1"',
    }
    if (range !== null) headers['content-range'] = `bytes ${first}-${last}/${size}`
    response.writeHead(range === null ? 200 : 206, headers)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    this.#send(response, first, last + 1)
  }

  /** In small steps, so that what a broken connection never took is not counted. */
  #send(response: ServerResponse, at: number, end: number): void {
    let next = at
    const more = (): void => {
      while (next < end) {
        const chunk = this.#content.subarray(next, Math.min(next + 64 * 1024, end))
        next += chunk.length
        this.bodyBytes += chunk.length
        if (!response.write(chunk)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  }
}
