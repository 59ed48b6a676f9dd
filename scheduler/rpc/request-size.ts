// How large requests may be, method by method, judged by their bytes: taking a message apart costs
// far more than receiving it, half a million entries of a map some seconds in which a leader says
// nothing to its followers. No request but the announcement of a task may have megabytes, and of
// that only its pieces.
import type { ServiceDefinition } from '@grpc/grpc-js'
import { pieceCountMax } from '../core/index.ts'
import { requestBytesMax } from './limits.ts'

/** Stands for a request that is too large; whoever sees it must not hand it on. */
export const oversizedRequest = Object.freeze({ isOversized: true })

type Judge = (bytes: Uint8Array) => boolean

const isSmall: Judge = (bytes) => bytes.length <= requestBytesMax

/** Where announcements of tasks have their pieces: AnnounceTaskRequest and PiecePacket. */
const piecePacketField = 5
const pieceInfosField = 5

const isAnnouncement: Judge = (bytes) => {
  if (isSmall(bytes)) return true
  let pieces = 0
  let pieceBytes = 0
  const isRead = eachField(bytes, (packet, field) => {
    if (field !== piecePacketField) return true
    return eachField(packet, (piece, pieceField) => {
      if (pieceField !== pieceInfosField) return true
      pieces += 1
      pieceBytes += piece.length
      return pieces <= pieceCountMax
    })
  })
  return isRead && bytes.length - pieceBytes - pieces * pieceHeadBytes <= requestBytesMax
}

/** Field number and length before each piece, at least. */
const pieceHeadBytes = 2

const judges: ReadonlyMap<string, Judge> = new Map([
  ['/scheduler.Scheduler/AnnounceTask', isAnnouncement],
])

/** The same service, whose requests become `oversizedRequest` when they are too large. */
export function withSizedRequests<Service extends ServiceDefinition>(service: Service): Service {
  const methods = Object.entries(service).map(([name, method]) => {
    const isFine = judges.get(method.path) ?? isSmall
    const requestDeserialize = (bytes: Buffer): object =>
      isFine(bytes) ? method.requestDeserialize(bytes) : oversizedRequest
    return [name, { ...method, requestDeserialize }]
  })
  return Object.fromEntries(methods) as Service
}

/** Visits the length-delimited fields of a message; false when stopped or malformed. */
function eachField(
  bytes: Uint8Array,
  visit: (value: Uint8Array, field: number) => boolean,
): boolean {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at]!
      at += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
    return Infinity
  }
  while (at < bytes.length) {
    const tag = varint()
    const kind = tag % 8
    if (kind === 0) varint()
    else if (kind === 1) at += 8
    else if (kind === 5) at += 4
    else if (kind === 2) {
      const length = varint()
      if (at + length > bytes.length) return false
      if (!visit(bytes.subarray(at, at + length), Math.floor(tag / 8))) return false
      at += length
    } else return false
  }
  return true
}
