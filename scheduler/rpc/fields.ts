// Field rules of requests. A broken rule is INVALID_ARGUMENT; its text names field and rule and
// never repeats the value.
import { isIP } from 'node:net'
import { CodedError, compareUtf8 } from '../../base/index.ts'
import {
  contentLengthMax,
  headersMax,
  headerValueLengthMax,
  idLengthMax,
  labelLengthMax,
  urlLengthMax,
} from '../core/index.ts'
import type { Priority } from '../core/index.ts'
import { peerPortMax, peerPortMin } from './limits.ts'

/** A request breaks the rule of a field. Code `PROTO_FIELD_INVALID`. */
export class FieldError extends CodedError {
  override readonly name = 'FieldError'
  declare readonly code: 'PROTO_FIELD_INVALID'
  /** Path in the request, as the .proto files spell it. */
  readonly field: string

  constructor(field: string, rule: string) {
    super('PROTO_FIELD_INVALID', `${field}: ${rule}`)
    this.field = field
  }
}

/** A message that must be there. */
export function present<Value>(value: Value | null | undefined, field: string): Value {
  if (value === null || value === undefined) throw new FieldError(field, 'is required')
  return value
}

/** A text of at most `lengthMax` UTF-16 units without control characters; may be empty. */
export function text(value: string, field: string, lengthMax: number): string {
  if (value.length > lengthMax) {
    throw new FieldError(field, `must have at most ${lengthMax} characters`)
  }
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) {
      throw new FieldError(field, 'must not contain control characters')
    }
  }
  return value
}

/** The value of an HTTP header: as `text`, but tabs are allowed (RFC 9110, 5.5). */
export function headerValue(value: string, field: string, lengthMax: number): string {
  text(value.replaceAll('\t', ' '), field, lengthMax)
  return value
}

/** The headers of a task's request, sorted by name. */
export function headerList(
  headers: Readonly<Record<string, string>>,
  field: string,
): readonly (readonly [string, string])[] {
  const entries = Object.entries(headers)
  if (entries.length > headersMax) {
    throw new FieldError(field, `must have at most ${headersMax} entries`)
  }
  for (const [name, value] of entries) {
    requiredText(name, field, labelLengthMax)
    headerValue(value, field, headerValueLengthMax)
  }
  return entries.sort(([a], [b]) => compareUtf8(a, b))
}

/** As `text`, but not empty. */
export function requiredText(value: string, field: string, lengthMax: number): string {
  if (value === '') throw new FieldError(field, 'must not be empty')
  return text(value, field, lengthMax)
}

/** The URL of a task: with a scheme, as upstream wants it; what follows is the source's. */
export function absoluteUrl(value: string, field: string): string {
  requiredText(value, field, urlLengthMax)
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value)) {
    throw new FieldError(field, 'must be an absolute URL, for example https://host/path')
  }
  return value
}

/** A task, peer or host id. */
export function id(value: string, field: string): string {
  return requiredText(value, field, idLengthMax)
}

/** A safe integer in [min, max]; larger 64-bit numbers arrive rounded and are refused. */
export function integer(
  value: number,
  field: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new FieldError(field, `must be an integer from ${min} to ${max}`)
  }
  return value
}

/** A statistic: what does not fit is cut, because no request should fail for it. */
export function statistic(value: number): number {
  if (!(value > 0)) return 0
  return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER)
}

/** A port a peer listens on. */
export function port(value: number, field: string): number {
  return integer(value, field, peerPortMin, peerPortMax)
}

/** A port that may be absent. */
export function portOrNone(value: number, field: string): number {
  return value === 0 ? 0 : port(value, field)
}

/** The port of a peer's proxy, which upstream does not check: any, or 0 = none. */
export function proxyPort(value: number, field: string): number {
  return integer(value, field, 0, portMax)
}

/** A literal address. */
export function ip(value: string, field: string): string {
  if (isIP(value) === 0) throw new FieldError(field, 'must be an IP address')
  return value
}

const portMax = 65_535

const digestLengths: ReadonlyMap<string, readonly number[]> = new Map([
  ['md5', [32]],
  ['sha1', [40]],
  ['sha256', [64]],
  ['sha512', [128]],
  ['blake3', [64]],
  // Hex, or as decimal numbers with leading zeros, which is how newer clients write it.
  ['crc32', [8, 10]],
])

/** '' or `algorithm:hex` with the length the algorithm has. */
export function digest(value: string, field: string): string {
  if (value === '') return value
  const colon = value.indexOf(':')
  const lengths = digestLengths.get(value.slice(0, Math.max(colon, 0)))
  const hex = value.slice(colon + 1)
  if (lengths === undefined || !lengths.includes(hex.length) || !/^[0-9a-fA-F]+$/.test(hex)) {
    throw new FieldError(field, 'must be algorithm:hex, for example sha256 and 64 digits')
  }
  return value
}

/** '', 16 or 32 hex digits: the MD5 of a piece. */
export function pieceMd5(value: string, field: string): string {
  if (value === '' || /^(?:[0-9a-fA-F]{16}|[0-9a-fA-F]{32})$/.test(value)) return value
  throw new FieldError(field, 'must be 16 or 32 hex digits')
}

/** '' or `start-end`, `start-`. */
export function range(value: string, field: string): string {
  if (value === '') return value
  const [, start, end] = (value.length <= 40 && /^(\d+)-(\d*)$/.exec(value)) || []
  const isForward = start !== undefined && (end === '' || Number(end) >= Number(start))
  if (!isForward) throw new FieldError(field, 'must be start-end')
  return value
}

/** A word of a closed set; the loader hands unknown ones over as numbers. */
export function word<Word extends string>(
  value: string | number,
  field: string,
  words: readonly Word[],
): Word {
  for (const candidate of words) if (candidate === value) return candidate
  throw new FieldError(field, `must be one of ${words.join(', ')}`)
}

const priorityWords = [
  'LEVEL0',
  'LEVEL1',
  'LEVEL2',
  'LEVEL3',
  'LEVEL4',
  'LEVEL5',
  'LEVEL6',
] as const

/** A priority: both protocols use the same words. */
export function priorityLevel(value: string | number, field: string): Priority {
  return priorityWords.indexOf(word(value, field, priorityWords)) as Priority
}

/** The word of a priority. */
export function priorityWord(priority: Priority): (typeof priorityWords)[number] {
  return priorityWords[priority]
}

/** A range of API v2 as the text that is stored: `start-end`, both included. */
export function rangeText(
  value: { readonly start: number; readonly length: number },
  field: string,
): string {
  const start = integer(value.start, `${field}.start`, 0, contentLengthMax - 1)
  const length = integer(value.length, `${field}.length`, 1, contentLengthMax - start)
  return `${start}-${start + length - 1}`
}

/** Inverse of `rangeText`; undefined for a text that names no end. */
export function rangeOfText(
  text: string,
): { readonly start: number; readonly length: number } | undefined {
  const dash = text.indexOf('-')
  if (dash < 1 || dash === text.length - 1) return undefined
  const start = Number(text.slice(0, dash))
  const length = Number(text.slice(dash + 1)) - start + 1
  return Number.isSafeInteger(length) && length > 0 ? { start, length } : undefined
}
