// The Http port over undici. Redirects are followed here, bounded, and only to http and https.
import { Agent, errors as undiciErrors } from 'undici'
import type { Dispatcher } from 'undici'
import { CodedError, messageOf } from '../base/index.ts'
import type { Http, HttpRequest, HttpResponse } from '../base/index.ts'

/** Connections kept per origin. */
const connectionsMax = 64

/** Bytes of response headers taken from one answer. */
const headersBytesMax = 64 * 1024

/** Headers that must not follow a redirect to another origin. */
const originBoundHeaders = new Set(['authorization', 'cookie', 'proxy-authorization'])

export class UndiciHttp implements Http {
  readonly #agent: Agent

  /** `connectTimeoutMs` bounds name lookup, TCP and TLS of one connection. @default 10 s */
  constructor(options: { readonly connectTimeoutMs?: number } = {}) {
    this.#agent = new Agent({
      connections: connectionsMax,
      connect: { timeout: options.connectTimeoutMs ?? 10_000 },
      maxHeaderSize: headersBytesMax,
    })
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    let url = httpUrl(request.url)
    let headers = request.headers
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#once(url, headers, request)
      const location = redirectTarget(response, url)
      if (location === undefined || redirects >= (request.redirectsMax ?? 0)) return response
      await response.discard()
      if (location.origin !== url.origin) {
        headers = Object.fromEntries(
          Object.entries(headers).filter(([name]) => !originBoundHeaders.has(name.toLowerCase())),
        )
      }
      url = location
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #once(
    url: URL,
    headers: Readonly<Record<string, string>>,
    request: HttpRequest,
  ): Promise<HttpResponse> {
    let response: Dispatcher.ResponseData
    try {
      response = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers,
        headersTimeout: request.headersTimeoutMs,
        bodyTimeout: request.bodyIdleTimeoutMs,
        signal: request.signal,
      })
    } catch (error) {
      throw httpError(error, url, request)
    }
    const flat: Record<string, string> = {}
    for (const [name, value] of Object.entries(response.headers)) {
      if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
    }
    const { body } = response
    return {
      status: response.statusCode,
      headers: flat,
      body: chunks(body, url, request),
      discard: async () => {
        body.on('error', () => {})
        body.destroy()
      },
    }
  }
}

async function* chunks(
  body: Dispatcher.ResponseData['body'],
  url: URL,
  request: HttpRequest,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array
  } catch (error) {
    throw httpError(error, url, request)
  } finally {
    if (!body.readableEnded) {
      body.on('error', () => {})
      body.destroy()
    }
  }
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CodedError('PEER_SOURCE_UNSUPPORTED', `not an http or https URL: ${text}`)
  }
  return url
}

function redirectTarget(response: HttpResponse, from: URL): URL | undefined {
  const location = response.headers['location']
  if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined)
    return undefined
  return URL.canParse(location, from.href) ? httpUrl(new URL(location, from).href) : undefined
}

function httpError(error: unknown, url: URL, request: HttpRequest): Error {
  if (request.signal?.aborted === true) {
    const { reason } = request.signal
    return reason instanceof Error ? reason : new CodedError('PEER_CANCELLED', String(reason))
  }
  if (error instanceof CodedError) return error
  const isTimeout =
    error instanceof undiciErrors.HeadersTimeoutError ||
    error instanceof undiciErrors.BodyTimeoutError ||
    error instanceof undiciErrors.ConnectTimeoutError
  const code = isTimeout ? 'PEER_SOURCE_TIMEOUT' : 'PEER_SOURCE_UNREACHABLE'
  return new CodedError(code, `${url.origin}: ${messageOf(error)}`, { cause: error })
}
