// Small files that a person may read and that nothing may change unnoticed: one line of JSON whose
// last field is the CRC-32 of all before it. Reading demands the very bytes that writing would
// make, so any flipped bit, in a value, a name or the white space, is found.
//
//   {"format":1, …fields…, "crc32":"0123abcd"}\n
import { crc32 } from 'node:zlib'
import { equalBytes } from '../base/index.ts'
import { addressLengthMax } from './limits.ts'

/** A value that JSON keeps exactly. */
export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[]
export interface JsonObject {
  readonly [name: string]: JsonValue
}

export type SealedJson =
  | { readonly ok: true; readonly fields: JsonObject }
  /** `damaged`: not what was written. `format`: intact, of a format this release does not know. */
  | { readonly ok: false; readonly reason: 'damaged' }
  | { readonly ok: false; readonly reason: 'format'; readonly format: number }

/** Bytes of a sealed file of `format`. Field order is part of the content. */
export function encodeSealedJson(format: number, fields: JsonObject): Uint8Array {
  const body = JSON.stringify({ format, ...fields }).slice(0, -1)
  return Buffer.from(`${body},"crc32":"${checksum(body)}"}\n`, 'utf8')
}

/** Reads a sealed file, believing nothing. */
export function decodeSealedJson(format: number, bytes: Uint8Array): SealedJson {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return { ok: false, reason: 'damaged' }
  }
  if (typeof parsed !== 'object' || parsed === null) return { ok: false, reason: 'damaged' }
  const { format: foundFormat, crc32: _, ...fields } = parsed as JsonObject
  if (typeof foundFormat !== 'number') return { ok: false, reason: 'damaged' }
  if (!equalBytes(encodeSealedJson(foundFormat, fields), bytes)) {
    return { ok: false, reason: 'damaged' }
  }
  if (foundFormat !== format) return { ok: false, reason: 'format', format: foundFormat }
  return { ok: true, fields }
}

function checksum(text: string): string {
  return crc32(Buffer.from(text, 'utf8')).toString(16).padStart(8, '0')
}

/** A cluster id, incarnation or boot id: 32 lower-case hex characters. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
}

/** A replica id or log index: a safe integer from 1. */
export function isReplicaId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** An address or host id: 1 … `addressLengthMax` characters. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= addressLengthMax
}
