// The one configured msgpack codec of the state. What is decoded is scanned first: only the forms
// that `Wire` has, within limits, with valid UTF-8 - so that every replica, whatever optional
// native parts its msgpack library found, reads the same values or refuses the same bytes.
import { Packr } from 'msgpackr'

import { wireDepthMax, wireValuesMax } from './limits.ts'
import type { Wire } from './wire.ts'

const packr = new Packr({
  useRecords: false,
  moreTypes: false,
  mapsAsObjects: true,
  variableMapSize: true,
  copyBuffers: true,
  encodeUndefinedAsNil: false,
  useBigIntExtension: false,
})

/**
 * Msgpack bytes of `value`: part of a pool, which lives as long as any part of it. Copy what is
 * kept for long.
 */
export function pack(value: Wire): Uint8Array {
  const packed = packr.pack(value) as Uint8Array
  // Not the library's own array type: a `slice` of that one is no copy.
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.length)
}

/** The value in `bytes`; undefined when it is not exactly one acceptable value. */
export function unpack(bytes: Uint8Array): Wire | undefined {
  if (!isAcceptable(bytes)) return undefined
  // The library leaves a property on the array it reads: give it a view, not the caller's own.
  return packr.unpack(bytes.subarray()) as Wire
}

/** Bytes of a command's result, the caller's own: plain data, which may hold objects. */
export function packResult(result: unknown): Uint8Array {
  return new Uint8Array(packr.pack(result ?? null))
}

/** Inverse of `packResult`; only for bytes that this module wrote. */
export function unpackResult(bytes: Uint8Array): unknown {
  return packr.unpack(bytes.subarray()) as unknown
}

/** Tells whether `bytes` are exactly one value made of the forms of `Wire`, within the limits. */
export function isAcceptable(bytes: Uint8Array): boolean {
  const scan = { bytes, at: 0, values: 0 }
  return scanValue(scan, 0) && scan.at === bytes.length
}

interface Scan {
  readonly bytes: Uint8Array
  at: number
  values: number
}

function scanValue(scan: Scan, depth: number): boolean {
  scan.values += 1
  if (scan.values > wireValuesMax || scan.at >= scan.bytes.length) return false
  const form = scan.bytes[scan.at]!
  scan.at += 1
  if (form < 0x80 || form >= 0xe0) return true
  if (form < 0x90) return false
  if (form < 0xa0) return scanArray(scan, form & 0x0f, depth)
  if (form < 0xc0) return scanText(scan, form & 0x1f)
  switch (form) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return true
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return skip(scan, readLength(scan, 1 << (form - 0xc4)))
    case 0xcb:
      return skip(scan, 8)
    case 0xcc:
    case 0xcd:
    case 0xce:
      return skip(scan, 1 << (form - 0xcc))
    case 0xd0:
    case 0xd1:
    case 0xd2:
      return skip(scan, 1 << (form - 0xd0))
    case 0xd9:
    case 0xda:
    case 0xdb:
      return scanText(scan, readLength(scan, 1 << (form - 0xd9)))
    case 0xdc:
    case 0xdd:
      return scanArray(scan, readLength(scan, 2 << (form - 0xdc)), depth)
    default:
      return false
  }
}

function scanArray(scan: Scan, length: number, depth: number): boolean {
  if (length < 0 || length > scan.bytes.length - scan.at || depth >= wireDepthMax) return false
  for (let i = 0; i < length; i += 1) if (!scanValue(scan, depth + 1)) return false
  return true
}

/** Length of `width` bytes; -1 when the input ends. */
function readLength(scan: Scan, width: number): number {
  if (scan.at + width > scan.bytes.length) return -1
  let length = 0
  for (let i = 0; i < width; i += 1) length = length * 256 + scan.bytes[scan.at + i]!
  scan.at += width
  return length
}

function skip(scan: Scan, length: number): boolean {
  if (length < 0 || length > scan.bytes.length - scan.at) return false
  scan.at += length
  return true
}

function scanText(scan: Scan, length: number): boolean {
  const start = scan.at
  return skip(scan, length) && isUtf8(scan.bytes, start, scan.at)
}

/** Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const first = bytes[at]!
    if (first < 0x80) {
      at += 1
      continue
    }
    const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    if (first < 0xc2 || first > 0xf4 || at + length > end) return false
    const second = bytes[at + 1]!
    if (first === 0xe0 && second < 0xa0) return false
    if (first === 0xed && second > 0x9f) return false
    if (first === 0xf0 && second < 0x90) return false
    if (first === 0xf4 && second > 0x8f) return false
    for (let i = 1; i < length; i += 1) if ((bytes[at + i]! & 0xc0) !== 0x80) return false
    at += length
  }
  return true
}
