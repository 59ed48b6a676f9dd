// Fetches one piece from a parent's upload server into a copy. What the parent or the way to it did
// wrong comes back as an outcome with API v1's code; what this host did wrong (disk, deleted task)
// is thrown.
import { isCoded, messageOf } from '../../base/index.ts'
import type { CancelSignal, Clock, Http, HttpResponse } from '../../base/index.ts'
import { rangeHeader } from '../core/index.ts'
import type { OfferedPiece } from '../core/index.ts'
import type { PieceRecord, TaskCopy } from '../store/index.ts'
import { pieceHeadersTimeoutMs, pieceTimeoutMs } from './limits.ts'
import { throwIfAborted } from './rate-limiter.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** API v1 codes of failed piece transfers. */
export const pieceFailureCodes = {
  /** The parent answered, but not with the piece. */
  'download-failed': 4005,
  /** The parent could not be reached in time. */
  'connection-failed': 4007,
  /** The parent says that it has no such piece. */
  'piece-not-found': 4404,
} as const

export type PieceFailure = keyof typeof pieceFailureCodes

/** How a transfer ended. Times are wall milliseconds for the report, the cost is monotonic. */
export type PieceOutcome =
  | {
      readonly ok: true
      readonly piece: PieceRecord
      readonly beginWallMs: number
      readonly endWallMs: number
      readonly costMs: number
    }
  | {
      readonly ok: false
      readonly reason: PieceFailure
      /** The number API v1 reports for `reason`. */
      readonly code: number
      readonly message: string
      readonly beginWallMs: number
      readonly endWallMs: number
    }

export interface PieceDownloadRequest {
  readonly copy: TaskCopy
  readonly piece: OfferedPiece
  /** Peer id under which the parent offers the task. */
  readonly parentId: string
  /** Upload address of the parent, `ip:port`. */
  readonly parentAddress: string
  readonly signal?: CancelSignal
}

export interface PieceDownloaderDeps {
  readonly http: Http
  readonly clock: Clock
  /** All of them are acquired for every chunk (the host's and the download's own). */
  readonly limiters: readonly RateLimiter[]
}

export class PieceDownloader {
  readonly #deps: PieceDownloaderDeps
  readonly #pieceTimeoutMs: number

  /** `timeoutMs` bounds one whole piece. @default 30 s */
  constructor(deps: PieceDownloaderDeps, options: { readonly timeoutMs?: number } = {}) {
    this.#deps = deps
    this.#pieceTimeoutMs = options.timeoutMs ?? pieceTimeoutMs
  }

  /** Rejects with the signal's reason, with the copy's own failures, never for the parent's. */
  async download(request: PieceDownloadRequest): Promise<PieceOutcome> {
    const { clock } = this.#deps
    const { signal } = request
    throwIfAborted(signal)
    const beginWallMs = clock.wallMs()
    const beginMs = clock.nowMs()
    const abort = new AbortController()
    const onAbort = (): void => abort.abort(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const timer = clock.setTimer(this.#pieceTimeoutMs, () => {
      abort.abort(new Error(`the piece did not arrive in ${this.#pieceTimeoutMs} ms`))
    })
    try {
      const ended = await this.#transfer(request, abort.signal, () => clock.nowMs() - beginMs)
      const endWallMs = clock.wallMs()
      if (!ended.ok) throwIfAborted(signal)
      if (!ended.ok) return { ...ended, beginWallMs, endWallMs }
      return { ...ended, beginWallMs, endWallMs, costMs: ended.piece.costMs }
    } finally {
      timer.cancel()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async #transfer(
    request: PieceDownloadRequest,
    signal: AbortSignal,
    elapsedMs: () => number,
  ): Promise<{ ok: true; piece: PieceRecord } | Failure> {
    const { copy, piece } = request
    const url = pieceUrl(copy.taskId, request.parentId, request.parentAddress)
    if (url === undefined) return failure('connection-failed', 'the parent has no usable address')
    let response: HttpResponse
    try {
      response = await this.#deps.http.request({
        method: 'GET',
        url,
        headers: {
          range: rangeHeader({ startBytes: piece.offsetBytes, lengthBytes: piece.lengthBytes }),
        },
        headersTimeoutMs: pieceHeadersTimeoutMs,
        bodyIdleTimeoutMs: this.#pieceTimeoutMs,
        signal,
      })
    } catch (error) {
      return failure('connection-failed', messageOf(error))
    }
    const refused = refusalOf(response, piece)
    if (refused !== undefined) {
      await response.discard()
      return refused
    }
    const body = new ParentBody(response, this.#deps.limiters, signal)
    try {
      const written = await copy.writePiece(piece.num, body.chunks(), {
        md5: piece.md5,
        origin: 'parent',
        costMs: elapsedMs,
      })
      return { ok: true, piece: written }
    } catch (error) {
      await response.discard()
      if (body.failure !== undefined)
        return failure('download-failed', messageOf(body.failure.error))
      const isBadContent =
        isCoded(error, 'PEER_PIECE_DIGEST_MISMATCH') || isCoded(error, 'PEER_PIECE_LENGTH')
      if (isBadContent) return failure('download-failed', messageOf(error))
      throw error
    }
  }
}

interface Failure {
  readonly ok: false
  readonly reason: PieceFailure
  readonly code: number
  readonly message: string
}

function failure(reason: PieceFailure, message: string): Failure {
  return { ok: false, reason, code: pieceFailureCodes[reason], message }
}

/** Unmodified parents answer 200 to a range; 206 is as good. */
function refusalOf(response: HttpResponse, piece: OfferedPiece): Failure | undefined {
  const { status, headers } = response
  if (status === 404) return failure('piece-not-found', 'the parent has no such piece')
  if (status !== 200 && status !== 206) {
    return failure('download-failed', `the parent answered with status ${status}`)
  }
  const length = headers['content-length']
  if (length === undefined || length === String(piece.lengthBytes)) return undefined
  return failure('download-failed', `the parent sends ${length} bytes of ${piece.lengthBytes}`)
}

/** The body on its way into the copy; remembers whether it was the body that failed. */
class ParentBody {
  readonly #response: HttpResponse
  readonly #limiters: readonly RateLimiter[]
  readonly #signal: CancelSignal
  failure: { readonly error: unknown } | undefined

  constructor(response: HttpResponse, limiters: readonly RateLimiter[], signal: CancelSignal) {
    this.#response = response
    this.#limiters = limiters
    this.#signal = signal
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#response.body) {
        for (const limiter of this.#limiters) await limiter.acquire(chunk.length, this.#signal)
        yield chunk
      }
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

/** Undefined when the address is no `host:port`. */
function pieceUrl(taskId: string, parentId: string, address: string): string | undefined {
  const colon = address.lastIndexOf(':')
  const port = address.slice(colon + 1)
  const host = address.slice(0, Math.max(colon, 0))
  if (host === '' || !/^[0-9]{1,5}$/.test(port)) return undefined
  const isBareIpv6 = host.includes(':') && !host.startsWith('[')
  const base = `http://${isBareIpv6 ? `[${host}]` : host}:${port}`
  if (!/^[A-Za-z0-9.:_%[\]-]+$/.test(host) || !URL.canParse(base)) return undefined
  const url = new URL(base)
  url.pathname = `/download/${taskId.slice(0, 3)}/${taskId}`
  url.searchParams.set('peerId', parentId)
  return url.href
}
