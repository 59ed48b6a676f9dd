// What an http(s) origin has and how to read it. One request at a time; attempts, pieces and
// workers are the business of download-from-source.ts.
import { isCoded } from '../../../base/index.ts'
import type { CancelSignal, Http, HttpResponse } from '../../../base/index.ts'
import {
  contentLengthBytesMax,
  decimal,
  lengthUnknown,
  parseContentRange,
  parseRangeText,
  rangeHeader,
  resolveRange,
} from '../../core/index.ts'
import type { ByteRange, RangeText } from '../../core/index.ts'
import type { SourceValidator } from '../../store/index.ts'
import { SourceError } from '../errors.ts'
import {
  sourceBodyIdleTimeoutMs,
  sourceHeadersTimeoutMs,
  sourceHeaderValueBytesMax,
  sourceRedirectsMax,
} from '../limits.ts'

/** A content at an origin. */
export interface SourceRequest {
  readonly url: string
  /** Headers to send along (dfget --header). */
  readonly header: Readonly<Record<string, string>>
  /** Part of the URL's content that is the task's content, as url_meta writes it; empty: all. */
  readonly range: string
  readonly signal?: CancelSignal
}

/** What the origin says about the content. */
export interface SourceInfo {
  /** Bytes of the task's content; -1 when the origin does not say. */
  readonly contentLengthBytes: number
  /** Where the task's content begins in the URL's content. */
  readonly baseBytes: number
  readonly supportsRanges: boolean
  readonly validator: SourceValidator
  /** Headers worth passing on to other peers. */
  readonly header: Readonly<Record<string, string>>
  /** An answer that holds the whole content, when asking already brought it; use or discard it. */
  readonly opened: HttpResponse | undefined
}

/** Headers the peer sets itself or that belong to one connection. */
const ownHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'if-range',
  'keep-alive',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const passedOnHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'etag',
  'expires',
  'last-modified',
] as const

/** Tells whether there is a source client for the URL. `d7y:` contents live in peers only. */
export function isSourceUrl(url: string): boolean {
  const lower = url.slice(0, 8).toLowerCase()
  return (lower.startsWith('http://') || lower.startsWith('https://')) && URL.canParse(url)
}

export class SourceClient {
  readonly #http: Http

  constructor(deps: { readonly http: Http }) {
    this.#http = deps.http
  }

  /**
   * Asks for length, range support and version: by HEAD, and when that does not tell, by a GET of
   * the first byte (signed URLs often allow nothing but GET).
   */
  async probe(request: SourceRequest): Promise<SourceInfo> {
    if (!isSourceUrl(request.url)) {
      throw new SourceError('PEER_SOURCE_UNSUPPORTED', `no origin to ask for ${request.url}`, {
        isTemporary: false,
      })
    }
    const wanted = request.range === '' ? undefined : parseRangeText(request.range)
    if (wanted?.ok === false) throw unsupportedRange(`the range ${request.range} is malformed`)
    const head = await this.#head(request)
    if (head !== undefined && head.totalBytes === 0) return sourceInfo(head, wanted)
    if (head !== undefined && head.totalBytes > 0 && head.acceptRanges === 'bytes') {
      return sourceInfo(head, wanted)
    }
    const isHopeless = head !== undefined && head.acceptRanges === 'none'
    if (isHopeless && wanted === undefined) return sourceInfo(head, wanted)
    return sourceInfo(await this.#firstByte(request), wanted)
  }

  /** The task's content from its start, whole. The answer's status is 200 (206 of a range task). */
  async openWhole(request: SourceRequest, info: SourceInfo): Promise<HttpResponse> {
    if (request.range !== '') {
      const range = { startBytes: 0, lengthBytes: info.contentLengthBytes }
      return await this.openRange(request, info, range)
    }
    const response = await this.#send('GET', request, undefined)
    await expectStatus(response, [200])
    await expectVersion(response, info)
    const length = decimal(response.headers['content-length'] ?? '')
    if (
      length !== undefined &&
      info.contentLengthBytes >= 0 &&
      length !== info.contentLengthBytes
    ) {
      await response.discard()
      throw changed(`the origin's content has ${length} bytes now`)
    }
    return response
  }

  /** A part of the task's content. PEER_SOURCE_WRONG_RANGE when the origin sends another one. */
  async openRange(
    request: SourceRequest,
    info: SourceInfo,
    part: ByteRange,
  ): Promise<HttpResponse> {
    const range = { startBytes: info.baseBytes + part.startBytes, lengthBytes: part.lengthBytes }
    const response = await this.#send('GET', request, range)
    await expectStatus(response, [200, 206])
    await expectVersion(response, info)
    const isWholeContent = response.status === 200
    const found = parseContentRange(response.headers['content-range'])
    const isRight =
      !isWholeContent &&
      found !== undefined &&
      found.startBytes === range.startBytes &&
      found.lengthBytes === range.lengthBytes
    if (isRight) return response
    await response.discard()
    const what = isWholeContent
      ? 'the whole content'
      : (response.headers['content-range'] ?? 'none')
    throw new SourceError(
      'PEER_SOURCE_WRONG_RANGE',
      `asked for ${rangeHeader(range)}, the origin sent ${what}`,
      {
        isTemporary: !isWholeContent,
        answer: { status: response.status, header: response.headers },
      },
    )
  }

  /** Undefined when the origin does not answer HEAD as it would GET. */
  async #head(request: SourceRequest): Promise<Answer | undefined> {
    let response: HttpResponse
    try {
      response = await this.#send('HEAD', request, undefined)
    } catch (error) {
      // Some origins close the connection on HEAD; a GET then says whether they are there at all.
      if (isCoded(error, 'PEER_SOURCE_UNREACHABLE')) return undefined
      throw error
    }
    await response.discard()
    if (response.status !== 200) return undefined
    const totalBytes = decimal(response.headers['content-length'] ?? '') ?? lengthUnknown
    return { ...answerOf(response), totalBytes, opened: undefined }
  }

  async #firstByte(request: SourceRequest): Promise<Answer> {
    const response = await this.#send('GET', request, { startBytes: 0, lengthBytes: 1 })
    const { status, headers } = response
    if (status === 200) {
      const totalBytes = decimal(headers['content-length'] ?? '') ?? lengthUnknown
      return { ...answerOf(response), totalBytes, acceptRanges: 'none', opened: response }
    }
    await response.discard()
    if (status === 206) {
      const totalBytes = parseContentRange(headers['content-range'])?.totalBytes ?? lengthUnknown
      return { ...answerOf(response), totalBytes, acceptRanges: 'bytes', opened: undefined }
    }
    // The first byte of an empty content does not exist.
    if (status === 416 && (headers['content-range'] ?? '').trim() === 'bytes */0') {
      return { ...answerOf(response), totalBytes: 0, acceptRanges: 'bytes', opened: undefined }
    }
    throw statusError(response)
  }

  async #send(
    method: 'GET' | 'HEAD',
    request: SourceRequest,
    range: ByteRange | undefined,
  ): Promise<HttpResponse> {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.header)) {
      if (!ownHeaders.has(name.toLowerCase())) headers[name] = value
    }
    // Pieces are of the bytes as they are; a compressed answer would have other lengths.
    headers['accept-encoding'] = 'identity'
    if (range !== undefined) headers['range'] = rangeHeader(range)
    return await this.#http.request({
      method,
      url: request.url,
      headers,
      headersTimeoutMs: sourceHeadersTimeoutMs,
      bodyIdleTimeoutMs: sourceBodyIdleTimeoutMs,
      redirectsMax: sourceRedirectsMax,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    })
  }
}

interface Answer {
  /** Bytes of the URL's content; -1 unknown. */
  readonly totalBytes: number
  readonly acceptRanges: 'bytes' | 'none' | 'unsaid'
  readonly validator: SourceValidator
  readonly header: Readonly<Record<string, string>>
  readonly opened: HttpResponse | undefined
}

function answerOf(response: HttpResponse): Pick<Answer, 'acceptRanges' | 'validator' | 'header'> {
  const said = (response.headers['accept-ranges'] ?? '').trim().toLowerCase()
  const acceptRanges = said === 'bytes' ? 'bytes' : said === 'none' ? 'none' : 'unsaid'
  const header: Record<string, string> = {}
  for (const name of passedOnHeaders) {
    const value = response.headers[name]
    if (value !== undefined && value.length <= sourceHeaderValueBytesMax) header[name] = value
  }
  return { acceptRanges, validator: validatorOf(response), header }
}

/** Weak entity tags name a meaning, not bytes; they say nothing about pieces. */
function validatorOf(response: HttpResponse): SourceValidator {
  const etag = response.headers['etag'] ?? ''
  const lastModified = response.headers['last-modified'] ?? ''
  return { etag: etag.startsWith('W/') ? '' : etag, lastModified }
}

/** The task's content out of the URL's content. */
async function sourceInfo(answer: Answer, wanted: RangeText | undefined): Promise<SourceInfo> {
  const { totalBytes, validator, header, opened } = answer
  const supportsRanges = answer.acceptRanges === 'bytes'
  if (totalBytes > contentLengthBytesMax) {
    await opened?.discard()
    const message = `the content has ${totalBytes} bytes, over ${contentLengthBytesMax}`
    throw new SourceError('PEER_SOURCE_TOO_LARGE', message, { isTemporary: false })
  }
  const whole = { contentLengthBytes: totalBytes, baseBytes: 0, supportsRanges, validator, header }
  if (wanted === undefined) return { ...whole, opened }
  await opened?.discard()
  if (!supportsRanges || totalBytes < 0) {
    throw unsupportedRange('the origin does not serve ranges of this content')
  }
  const part = resolveRange(wanted, totalBytes)
  if (part === undefined) throw unsupportedRange('the range lies outside of the content')
  const { startBytes, lengthBytes } = part
  return { ...whole, baseBytes: startBytes, contentLengthBytes: lengthBytes, opened: undefined }
}

function unsupportedRange(message: string): SourceError {
  return new SourceError('PEER_SOURCE_RANGE_UNSUPPORTED', message, { isTemporary: false })
}

function changed(message: string): SourceError {
  return new SourceError('PEER_SOURCE_CHANGED', message, { isTemporary: false })
}

async function expectStatus(response: HttpResponse, allowed: readonly number[]): Promise<void> {
  if (allowed.includes(response.status)) return
  await response.discard()
  throw statusError(response)
}

async function expectVersion(response: HttpResponse, info: SourceInfo): Promise<void> {
  const { etag, lastModified } = validatorOf(response)
  const isSame =
    (info.validator.etag === '' || etag === '' || etag === info.validator.etag) &&
    (info.validator.lastModified === '' ||
      lastModified === '' ||
      lastModified === info.validator.lastModified)
  if (isSame) return
  await response.discard()
  throw changed('the content changed at the origin while it was downloaded')
}

const temporaryStatuses: readonly number[] = [408, 425, 429, 500, 502, 503, 504]

function statusError(response: HttpResponse): SourceError {
  const { status, headers } = response
  return new SourceError('PEER_SOURCE_STATUS', `the origin answered with status ${status}`, {
    isTemporary: temporaryStatuses.includes(status),
    answer: { status, header: headers },
  })
}
