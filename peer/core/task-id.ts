// Task ids of API v1: SHA-256 over what names a content. Every peer must come to the same id.
import { filterQuery, queryEscape } from './url-filter.ts'

/** What names a content besides its URL. Empty and absent are the same. */
export interface TaskIdMeta {
  readonly digest?: string
  readonly tag?: string
  /** `start-end`, without `bytes=`. */
  readonly range?: string
  /** Query parameters to leave out, joined by `&`; blank leaves the URL untouched. */
  readonly filter?: string
  readonly application?: string
}

/** SHA-256 of a text's UTF-8 bytes as lower-case hex. */
export type Sha256Hex = (text: string) => string

/** The task id of a content. A URL that cannot be parsed counts as empty, as upstream has it. */
export function taskIdOf(sha256Hex: Sha256Hex, url: string, meta: TaskIdMeta = {}): string {
  return sha256Hex(nameOf(url, meta, meta.range ?? ''))
}

/** The id of the whole content a range belongs to: as `taskIdOf` without the range. */
export function parentTaskIdOf(sha256Hex: Sha256Hex, url: string, meta: TaskIdMeta = {}): string {
  return sha256Hex(nameOf(url, meta, ''))
}

/** The URL dfcache gives a content: `d7y:/` and the escaped id. */
export function cacheUrlOf(contentId: string): string {
  return `d7y:/${queryEscape(contentId)}`
}

function nameOf(url: string, meta: TaskIdMeta, range: string): string {
  const filter = meta.filter ?? ''
  const filtered = filter.trim() === '' ? url : (filterQuery(url, filter.split('&')) ?? '')
  return filtered + (meta.digest ?? '') + range + (meta.tag ?? '') + (meta.application ?? '')
}
