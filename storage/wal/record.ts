// Form of the log's records. Frozen: golden bytes in format.test.ts. All numbers big-endian.
//
//   offset 0   lengthBytes u32   of the payload
//          4   headCheck   u32   CRC-32 of lengthBytes and the record's offset, salted by segment
//          8   chain       u32   CRC-32 of all other bytes, continued from the record before
//         12   type        u8    see recordTypes
//         13   zero        u8
//         14   group       u16   Raft group; 0
//         16   syncedBytes u32   how far this segment was durable when the record was written
//         20   zero        u32
//         24   payload
//              filling     1 … 8 bytes up to a multiple of 8; the last one is 0xa0 + their count
//
// Why so: a disk writes sectors of 512 bytes wholly or not at all, and a segment is zeros before it
// is written. So after a power cut every sector of an unsynced record is either right or zero.
//  - The first 8 bytes never straddle sectors: they are zero or right. Anything else is damage, and
//    a right headCheck makes the extent of the record certain.
//  - A record whose chain is wrong was torn only if one of its sectors is zero. The last sector is
//    never zero when written, nor after one flipped bit, because of the filling; a payload with a
//    sector that is or could become zero is told by `couldLookTorn` and gets the witness on top
//    (see witness.ts).
//  - `syncedBytes` of any later record proves that everything before that offset was durable, so
//    a hole there is damage and not a torn tail.
import { crc32 } from 'node:zlib'
import { assert } from '../../base/index.ts'
import { logRecordBytesMax } from '../limits.ts'

/**
 * Numbers of the record types. Frozen. 5 is kept for a configuration note; a reader that meets a
 * number it does not know refuses the log.
 */
const recordTypes = { group: 1, compaction: 2, seal: 3, image: 4 } as const

export type RecordType = keyof typeof recordTypes

export const recordHeaderBytes = 24

/** Two bits, so that one flipped bit does not make the last byte zero. */
const fillingMark = 0xa0

/** Unit that a disk writes wholly or not at all. */
export const sectorBytes = 512

/** Bytes of the record that carries `payloadBytes`. */
export function recordBytes(payloadBytes: number): number {
  const unfilled = recordHeaderBytes + payloadBytes
  return unfilled + 8 - (unfilled % 8)
}

/** What a record says about itself. */
export interface RecordHead {
  readonly type: RecordType
  readonly payloadBytes: number
  readonly syncedBytes: number
}

/** Where a record stands: what its checks depend on. */
export interface RecordPlace {
  /** From the start of the segment. */
  readonly offset: number
  /** Differs for every segment of every incarnation. */
  readonly salt: number
  /** Chain value of the record before. */
  readonly chain: number
}

/**
 * Completes the record that fills `bytes`, whose payload is already in place, and returns its
 * chain value.
 */
export function finishRecord(bytes: Uint8Array, head: RecordHead, place: RecordPlace): number {
  assert(head.payloadBytes <= logRecordBytesMax, 'a record within logRecordBytesMax')
  assert(bytes.length === recordBytes(head.payloadBytes), 'a record fills its bytes')
  const view = viewOf(bytes)
  view.setUint32(0, head.payloadBytes)
  view.setUint32(4, headCheck(bytes, place.offset, place.salt))
  view.setUint8(12, recordTypes[head.type])
  view.setUint32(16, head.syncedBytes)
  bytes[bytes.length - 1] = fillingMark + bytes.length - recordHeaderBytes - head.payloadBytes
  const chain = chainOf(bytes, place.chain)
  view.setUint32(8, chain)
  return chain
}

/** One step of reading a segment. */
export type ReadRecord =
  | {
      readonly kind: 'record'
      readonly type: RecordType
      readonly payload: Uint8Array
      readonly chain: number
      readonly endOffset: number
    }
  /** Eight zero bytes, or the end of the file: nothing was written here, or it was torn away. */
  | { readonly kind: 'nothing' }
  /** Some of its sectors were never written. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged'; readonly what: string }

/** Reads the record at `place.offset` of a whole segment. */
export function readRecord(segment: Uint8Array, place: RecordPlace): ReadRecord {
  const { offset } = place
  if (segment.length - offset < 8 || isZero(segment, offset, offset + 8)) {
    return { kind: 'nothing' }
  }
  const view = viewOf(segment)
  const payloadBytes = view.getUint32(offset)
  const head = segment.subarray(offset, offset + 8)
  if (view.getUint32(offset + 4) !== headCheck(head, offset, place.salt)) {
    return { kind: 'damaged', what: 'the head of a record is not what was written' }
  }
  if (payloadBytes > logRecordBytesMax) return { kind: 'damaged', what: 'a record is too large' }
  const endOffset = offset + recordBytes(payloadBytes)
  if (endOffset > segment.length) return { kind: 'torn' }
  const bytes = segment.subarray(offset, endOffset)
  const chain = chainOf(bytes, place.chain)
  if (view.getUint32(offset + 8) !== chain) {
    if (looksTorn(bytes, offset)) return { kind: 'torn' }
    return { kind: 'damaged', what: 'a record is not what was written' }
  }
  const type = typeOf(view.getUint8(offset + 12))
  if (type === undefined || view.getUint16(offset + 14) !== 0) {
    return { kind: 'damaged', what: 'a record is of an unknown type or group' }
  }
  const payload = bytes.subarray(recordHeaderBytes, recordHeaderBytes + payloadBytes)
  return { kind: 'record', type, payload, chain, endOffset }
}

/** Tells whether a sector of the record `bytes`, which stands at `offset`, is zero. */
function looksTorn(bytes: Uint8Array, offset: number): boolean {
  return someSector(bytes, offset, (from, to) => isZero(bytes, from, to))
}

/** Tells whether the record would look torn with at most one of its bits flipped. */
export function couldLookTorn(bytes: Uint8Array, offset: number): boolean {
  return someSector(bytes, offset, (from, to) => isNearlyZero(bytes, from, to))
}

function someSector(
  bytes: Uint8Array,
  offset: number,
  is: (from: number, to: number) => boolean,
): boolean {
  for (let at = 0; at < bytes.length;) {
    const next = Math.min(bytes.length, at + sectorBytes - ((offset + at) % sectorBytes))
    if (is(at, next)) return true
    at = next
  }
  return false
}

function isNearlyZero(bytes: Uint8Array, from: number, to: number): boolean {
  let isBitSeen = false
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i]!
    if (byte === 0) continue
    const isOneBit = (byte & (byte - 1)) === 0
    if (isBitSeen || !isOneBit) return false
    isBitSeen = true
  }
  return true
}

/**
 * The furthest `syncedBytes` that any record after `offset` claims, as far as its bytes are there;
 * 0 when there is none.
 */
export function syncedBytesClaimedAfter(segment: Uint8Array, offset: number, salt: number): number {
  const view = viewOf(segment)
  let claimed = 0
  for (let at = offset; at + recordHeaderBytes <= segment.length; at += 8) {
    if (view.getUint32(at) === 0 && view.getUint32(at + 4) === 0) continue
    const head = segment.subarray(at, at + 8)
    if (view.getUint32(at + 4) !== headCheck(head, at, salt)) continue
    claimed = Math.max(claimed, view.getUint32(at + 16))
  }
  return claimed
}

/** Tells whether [from, to) holds only zeros. */
export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (bytes[i] !== 0) return false
  return true
}

function headCheck(bytes: Uint8Array, offset: number, salt: number): number {
  const scratch = new Uint8Array(8)
  scratch.set(bytes.subarray(0, 4))
  viewOf(scratch).setUint32(4, offset)
  return crc32(scratch, salt)
}

function chainOf(bytes: Uint8Array, previous: number): number {
  return crc32(bytes.subarray(12), crc32(bytes.subarray(0, 8), previous))
}

function typeOf(code: number): RecordType | undefined {
  switch (code) {
    case recordTypes.group:
      return 'group'
    case recordTypes.compaction:
      return 'compaction'
    case recordTypes.seal:
      return 'seal'
    case recordTypes.image:
      return 'image'
    default:
      return undefined
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
