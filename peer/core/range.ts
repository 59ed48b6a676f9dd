// One byte range, as HTTP headers (`bytes=0-9`) and API v1's url_meta (`0-9`) write it.

/** A run of bytes; `lengthBytes` is at least 1. */
export interface ByteRange {
  readonly startBytes: number
  readonly lengthBytes: number
}

/** What a range text means. `suffix` is `-n`: the last n bytes. */
export type RangeText =
  | { readonly ok: true; readonly kind: 'bounded'; readonly range: ByteRange }
  | { readonly ok: true; readonly kind: 'from'; readonly startBytes: number }
  | { readonly ok: true; readonly kind: 'suffix'; readonly lengthBytes: number }
  | { readonly ok: false; readonly reason: 'no-range' | 'several-ranges' | 'malformed' }

/** Longest range text looked at, in characters. */
export const rangeTextLengthMax = 64

/** Reads `a-b`, `a-` or `-n`. */
export function parseRangeText(text: string): RangeText {
  const trimmed = text.trim()
  if (trimmed === '') return { ok: false, reason: 'no-range' }
  if (trimmed.includes(',')) return { ok: false, reason: 'several-ranges' }
  if (trimmed.length > rangeTextLengthMax) return { ok: false, reason: 'malformed' }
  const dash = trimmed.indexOf('-')
  if (dash < 0) return { ok: false, reason: 'malformed' }
  const first = trimmed.slice(0, dash).trim()
  const last = trimmed.slice(dash + 1).trim()
  const start = decimal(first)
  const end = decimal(last)
  if (first === '') {
    if (end === undefined || end === 0) return { ok: false, reason: 'malformed' }
    return { ok: true, kind: 'suffix', lengthBytes: end }
  }
  if (start === undefined) return { ok: false, reason: 'malformed' }
  if (last === '') return { ok: true, kind: 'from', startBytes: start }
  if (end === undefined || end < start) return { ok: false, reason: 'malformed' }
  return {
    ok: true,
    kind: 'bounded',
    range: { startBytes: start, lengthBytes: end - start + 1 },
  }
}

/** Reads a `Range` header; only the unit `bytes` is known. */
export function parseRangeHeader(header: string | undefined): RangeText {
  if (header === undefined || header.trim() === '') return { ok: false, reason: 'no-range' }
  const trimmed = header.trim()
  if (!trimmed.toLowerCase().startsWith('bytes=')) return { ok: false, reason: 'malformed' }
  return parseRangeText(trimmed.slice('bytes='.length))
}

/**
 * The range in a content of `contentLengthBytes`, cut at its end; undefined when it lies outside.
 */
export function resolveRange(text: RangeText, contentLengthBytes: number): ByteRange | undefined {
  if (!text.ok) return undefined
  let startBytes: number
  let endBytes = contentLengthBytes
  if (text.kind === 'bounded') {
    startBytes = text.range.startBytes
    endBytes = Math.min(endBytes, startBytes + text.range.lengthBytes)
  } else if (text.kind === 'from') {
    startBytes = text.startBytes
  } else {
    startBytes = Math.max(0, contentLengthBytes - text.lengthBytes)
  }
  if (startBytes >= endBytes) return undefined
  return { startBytes, lengthBytes: endBytes - startBytes }
}

/** The `Range` header value for a run of bytes. */
export function rangeHeader(range: ByteRange): string {
  return `bytes=${range.startBytes}-${range.startBytes + range.lengthBytes - 1}`
}

/** What a `Content-Range` header says; `totalBytes` is -1 for `*`. Undefined when malformed. */
export function parseContentRange(
  header: string | undefined,
): (ByteRange & { readonly totalBytes: number }) | undefined {
  if (header === undefined) return undefined
  const trimmed = header.trim()
  if (!trimmed.toLowerCase().startsWith('bytes ')) return undefined
  const slash = trimmed.indexOf('/')
  if (slash < 0) return undefined
  const range = parseRangeText(trimmed.slice('bytes '.length, slash))
  if (!range.ok || range.kind !== 'bounded') return undefined
  const total = trimmed.slice(slash + 1).trim()
  const totalBytes = total === '*' ? -1 : decimal(total)
  if (totalBytes === undefined) return undefined
  return { ...range.range, totalBytes }
}

/** A safe integer of decimal digits only; undefined otherwise. */
export function decimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 16) return undefined
  let value = 0
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return Number.isSafeInteger(value) ? value : undefined
}
