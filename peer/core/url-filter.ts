// Drops query parameters from a URL before it is hashed, to the byte as Go's net/url of Dragonfly
// v2.3.4 does: parse, delete, encode sorted by key, print. Works on text, because Go keeps bytes
// (a value may be broken UTF-8) and leaves alone what a WHATWG parser would normalise.
// Byte strings are texts of characters 0 … 255 here.
import { utf8Decode, utf8Encode } from '../../base/index.ts'

/** The URL without the named query parameters; undefined when Go could not parse it. */
export function filterQuery(url: string, names: readonly string[]): string | undefined {
  const parsed = parseUrl(toByteText(url))
  if (parsed === undefined) return undefined
  const hidden = new Set(names.map(toByteText))
  const pairs = parseQuery(parsed.query).filter(([key]) => !hidden.has(key))
  // Sorting is by key alone; values of one key keep their order (the sort is stable).
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const query = pairs.map(([key, value]) => `${escapeQuery(key)}=${escapeQuery(value)}`).join('&')
  const mark = query !== '' || parsed.forceQuery ? '?' : ''
  const fragment = parsed.fragment === '' ? '' : `#${parsed.fragment}`
  return fromByteText(parsed.front + mark + query + fragment)
}

/** Go's url.QueryEscape: letters, digits and `-_.~` stay, a space becomes `+`, the rest `%XX`. */
export function queryEscape(text: string): string {
  return escapeQuery(toByteText(text))
}

interface ParsedUrl {
  /** Scheme, authority and path as Go prints them. */
  readonly front: string
  readonly query: string
  /** The URL ended in a single, empty `?`, which Go keeps. */
  readonly forceQuery: boolean
  readonly fragment: string
}

function parseUrl(url: string): ParsedUrl | undefined {
  for (let i = 0; i < url.length; i += 1) {
    const code = url.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return undefined
  }
  const hash = url.indexOf('#')
  const fragmentText = hash < 0 ? '' : url.slice(hash + 1)
  const fragment = printed(fragmentText, isFragmentByte, isFragmentByteEscaped)
  const scheme = splitScheme(hash < 0 ? url : url.slice(0, hash))
  if (scheme === undefined || fragment === undefined) return undefined
  let rest = scheme.rest
  let query = ''
  const mark = rest.indexOf('?')
  const forceQuery = mark >= 0 && mark === rest.length - 1
  if (mark >= 0) {
    query = rest.slice(mark + 1)
    rest = rest.slice(0, mark)
  }
  const prefix = scheme.scheme === '' ? '' : `${scheme.scheme}:`
  if (!rest.startsWith('/')) {
    // `mailto:x` is opaque and printed as it is; `a:b` without a scheme is refused.
    if (scheme.scheme !== '') return { front: prefix + rest, query, forceQuery, fragment }
    const slash = rest.indexOf('/')
    if ((slash < 0 ? rest : rest.slice(0, slash)).includes(':')) return undefined
  }
  const front = frontOf(prefix, rest, scheme.scheme !== '')
  return front === undefined ? undefined : { front, query, forceQuery, fragment }
}

function frontOf(prefix: string, rest: string, hasScheme: boolean): string | undefined {
  let authority = ''
  let path = rest
  const hasAuthority = (hasScheme || !rest.startsWith('///')) && rest.startsWith('//')
  if (hasAuthority) {
    const end = rest.indexOf('/', 2)
    const text = end < 0 ? rest.slice(2) : rest.slice(2, end)
    path = end < 0 ? '' : rest.slice(end)
    if (!isAuthority(text)) return undefined
    authority = `//${text}`
  }
  const printedPath = printed(path, isPathByte, isPathByteEscaped)
  return printedPath === undefined ? undefined : prefix + authority + printedPath
}

function splitScheme(text: string): { scheme: string; rest: string } | undefined {
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]!
    if (isLetter(char)) continue
    if (isDigit(char) || '+-.'.includes(char)) {
      if (i === 0) return { scheme: '', rest: text }
    } else if (char === ':') {
      if (i === 0) return undefined
      return { scheme: text.slice(0, i).toLowerCase(), rest: text.slice(i + 1) }
    } else {
      return { scheme: '', rest: text }
    }
  }
  return { scheme: '', rest: text }
}

/** A host with optional user and port that Go accepts and prints unchanged. */
function isAuthority(text: string): boolean {
  const at = text.lastIndexOf('@')
  const host = at < 0 ? text : text.slice(at + 1)
  const user = at < 0 ? '' : text.slice(0, at)
  if (unescape(user, false) === undefined) return false
  for (const char of user) {
    if (!isLetter(char) && !isDigit(char) && !"-._:~!$&'()*+,;=%@".includes(char)) return false
  }
  const bracket = host.lastIndexOf(']')
  if (host.startsWith('[') !== bracket >= 0) return false
  const colon = host.indexOf(':', bracket < 0 ? 0 : bracket)
  if (bracket >= 0 && colon !== bracket + 1 && bracket !== host.length - 1) return false
  const port = colon < 0 ? '' : host.slice(colon + 1)
  if (![...port].every(isDigit)) return false
  const name = colon < 0 ? host : host.slice(0, colon)
  for (const char of name) {
    const isPlain = isLetter(char) || isDigit(char) || char.charCodeAt(0) >= 0x80
    if (!isPlain && !'-_.~!$&\'()*+,;=:[]<>"'.includes(char)) return false
  }
  return true
}

type ByteClass = (char: string) => boolean

/**
 * How Go prints a path or fragment: as written when every byte may stand there, else decoded and
 * escaped anew. Undefined when an escape is broken.
 */
function printed(text: string, mayStand: ByteClass, staysPlain: ByteClass): string | undefined {
  const decoded = unescape(text, false)
  if (decoded === undefined) return undefined
  if ([...text].every((char) => char === '%' || mayStand(char))) return text
  let out = ''
  for (const char of decoded) out += staysPlain(char) ? char : percent(char)
  return out
}

const isUnreserved: ByteClass = (char) => isLetter(char) || isDigit(char) || '-_.~'.includes(char)
const isPathByteEscaped: ByteClass = (char) => isUnreserved(char) || '$&+,/:;=@'.includes(char)
const isPathByte: ByteClass = (char) => isPathByteEscaped(char) || "!'()*[]".includes(char)
const isFragmentByteEscaped: ByteClass = (char) =>
  isUnreserved(char) || '$&+,/:;=?@!()*'.includes(char)
const isFragmentByte: ByteClass = (char) => isFragmentByteEscaped(char) || "'[]".includes(char)

/** Pairs of a query in order; Go drops those with a `;` or a broken escape. */
function parseQuery(query: string): [key: string, value: string][] {
  const pairs: [string, string][] = []
  for (const part of query.split('&')) {
    if (part === '' || part.includes(';')) continue
    const equals = part.indexOf('=')
    const key = unescape(equals < 0 ? part : part.slice(0, equals), true)
    const value = unescape(equals < 0 ? '' : part.slice(equals + 1), true)
    if (key !== undefined && value !== undefined) pairs.push([key, value])
  }
  return pairs
}

function unescape(text: string, plusIsSpace: boolean): string | undefined {
  let out = ''
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]!
    if (char === '%') {
      const high = hexValue(text[i + 1])
      const low = hexValue(text[i + 2])
      if (high < 0 || low < 0) return undefined
      out += String.fromCharCode(high * 16 + low)
      i += 2
    } else {
      out += char === '+' && plusIsSpace ? ' ' : char
    }
  }
  return out
}

function escapeQuery(byteText: string): string {
  let out = ''
  for (const char of byteText) {
    out += char === ' ' ? '+' : isUnreserved(char) ? char : percent(char)
  }
  return out
}

const upperHexDigits = '0123456789ABCDEF'

function percent(char: string): string {
  const code = char.charCodeAt(0)
  return `%${upperHexDigits[code >> 4]!}${upperHexDigits[code & 15]!}`
}

function hexValue(char: string | undefined): number {
  return char === undefined ? -1 : upperHexDigits.indexOf(char.toUpperCase())
}

function isLetter(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z')
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9'
}

function toByteText(text: string): string {
  let out = ''
  for (const byte of utf8Encode(text)) out += String.fromCharCode(byte)
  return out
}

function fromByteText(byteText: string): string {
  const bytes = new Uint8Array(byteText.length)
  for (let i = 0; i < byteText.length; i += 1) bytes[i] = byteText.charCodeAt(i)
  return utf8Decode(bytes)
}
