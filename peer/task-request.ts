// What a caller asks for, checked once at the edge.
import { createHash } from 'node:crypto'
import { CodedError } from '../base/index.ts'
import type { commonV1 } from '../proto/index.ts'
import { parseRangeText, taskIdOf } from './core/index.ts'
import type { TaskType, TaskUrlMeta } from './store/index.ts'

/** A content as this peer names it. */
export interface TaskRequest {
  readonly taskId: string
  readonly url: string
  readonly urlMeta: TaskUrlMeta
  readonly type: TaskType
}

/** Characters of a URL. */
export const urlLengthMax = 8_192
/** Characters of a digest, tag, application or range. */
export const metaTextLengthMax = 1_024
/** Characters of a filter. */
export const filterLengthMax = 8_192
/** Request headers of one task, and characters of a name and a value. */
export const headersMax = 128
export const headerNameLengthMax = 256
export const headerValueLengthMax = 8_192

const digestLengths: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha256: 64,
  sha512: 128,
}

/** Scheme of contents that exist only in peers. */
const cacheScheme = 'd7y:'

/** Checks a wire request and computes its task id. PEER_REQUEST_INVALID, PEER_DIGEST_INVALID. */
export function taskRequest(url: string, wire: commonV1.UrlMeta__Output | null): TaskRequest {
  requireText('url', url, urlLengthMax)
  if (!URL.canParse(url)) throw invalid('url', 'must be an absolute URL')
  const urlMeta: TaskUrlMeta = {
    digest: wire?.digest ?? '',
    tag: wire?.tag ?? '',
    range: wire?.range ?? '',
    filter: wire?.filter ?? '',
    application: wire?.application ?? '',
    header: wire?.header ?? {},
    priority: priorityNumber(wire?.priority),
  }
  optionalText('tag', urlMeta.tag, metaTextLengthMax)
  optionalText('application', urlMeta.application, metaTextLengthMax)
  optionalText('filter', urlMeta.filter, filterLengthMax)
  checkDigest(urlMeta.digest)
  checkHeader(urlMeta.header)
  if (urlMeta.range !== '' && !parseRangeText(urlMeta.range).ok) {
    throw invalid('range', 'must be one range such as 0-99')
  }
  return {
    taskId: taskIdOf(sha256Hex, url, urlMeta),
    url,
    urlMeta,
    type: url.startsWith(cacheScheme) ? 'dfcache' : 'standard',
  }
}

/** The wire form of a task's meta. */
export function wireUrlMeta(meta: TaskUrlMeta): commonV1.UrlMeta {
  const { digest, tag, range, filter, application } = meta
  return {
    digest,
    tag,
    range,
    filter,
    application,
    header: { ...meta.header },
    priority: `LEVEL${Math.min(meta.priority, 6) as 0 | 1 | 2 | 3 | 4 | 5 | 6}`,
  }
}

/** Requires `algorithm:hex` of a known algorithm, or nothing. PEER_DIGEST_INVALID. */
export function checkDigest(digest: string): void {
  if (digest === '') return
  const colon = digest.indexOf(':')
  const length = digestLengths[digest.slice(0, Math.max(colon, 0))]
  const hex = digest.slice(colon + 1)
  if (length === undefined || hex.length !== length || !/^[0-9a-f]+$/i.test(hex)) {
    const known = Object.keys(digestLengths).join(', ')
    throw new CodedError(
      'PEER_DIGEST_INVALID',
      `the digest must be algorithm:hex with one of ${known}: ${digest.slice(0, 160)}`,
    )
  }
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function priorityNumber(priority: string | number | undefined): number {
  if (typeof priority === 'number') throw invalid('priority', 'must be LEVEL0 to LEVEL6')
  return priority === undefined ? 0 : Number(priority.slice('LEVEL'.length))
}

function checkHeader(header: Readonly<Record<string, string>>): void {
  const entries = Object.entries(header)
  if (entries.length > headersMax) throw invalid('header', `has over ${headersMax} entries`)
  for (const [name, value] of entries) {
    const isName = name.length <= headerNameLengthMax && /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)
    if (!isName) throw invalid('header', 'has a name that is none')
    // A line break would let a caller add headers of its own making behind this one.
    const isValue = value.length <= headerValueLengthMax && !/[\0\r\n]/.test(value)
    if (!isValue) throw invalid('header', `has a bad value for ${name}`)
  }
}

function requireText(name: string, text: string, lengthMax: number): void {
  if (text === '') throw invalid(name, 'must be given')
  optionalText(name, text, lengthMax)
}

function optionalText(name: string, text: string, lengthMax: number): void {
  if (text.length > lengthMax) throw invalid(name, `has over ${lengthMax} characters`)
}

function invalid(name: string, rule: string): CodedError {
  return new CodedError('PEER_REQUEST_INVALID', `${name} ${rule}`)
}
