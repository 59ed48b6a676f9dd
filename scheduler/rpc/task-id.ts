// Task ids of API v1, for requests that leave them to the scheduler. The rule is that of upstream
// up to v2.3.4: a blank filter leaves the URL untouched, a filter re-encodes the query sorted.
import { createHash } from 'node:crypto'

/** What names a content besides its URL. */
export interface TaskIdMeta {
  readonly digest: string
  readonly range: string
  readonly tag: string
  readonly application: string
  /** Names of query parameters, joined by `&`. */
  readonly filter: string
}

/** SHA-256 (lower-case hex) of filtered URL, digest, range, tag and application in that order. */
export function taskIdV1(url: string, meta: TaskIdMeta): string {
  const hash = createHash('sha256')
  hash.update(meta.filter.trim() === '' ? url : filterQuery(url, meta.filter.split('&')))
  hash.update(meta.digest + meta.range + meta.tag + meta.application)
  return hash.digest('hex')
}

function filterQuery(url: string, names: readonly string[]): string {
  const hash = url.indexOf('#')
  const fragment = hash < 0 ? '' : url.slice(hash)
  const rest = hash < 0 ? url : url.slice(0, hash)
  const mark = rest.indexOf('?')
  if (mark < 0) return url
  const hidden = new Set(names)
  // Pairs that cannot be decoded are dropped, as Go does.
  const pairs = rest
    .slice(mark + 1)
    .split('&')
    .flatMap((pair) => decodePair(pair))
    .filter(([name]) => !hidden.has(name))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const query = pairs.map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`).join('&')
  return rest.slice(0, mark) + (query === '' ? '' : `?${query}`) + fragment
}

function decodePair(pair: string): readonly [string, string][] {
  if (pair === '' || pair.includes(';')) return []
  const equals = pair.indexOf('=')
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
  try {
    return [[decodeText(name), decodeText(value)]]
  } catch {
    return []
  }
}

function decodeText(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '))
}

/** Letters, digits and `-_.~` stay, a space becomes `+`. */
function escapeText(value: string): string {
  return encodeURIComponent(value)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
