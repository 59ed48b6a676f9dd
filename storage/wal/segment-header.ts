// The first sector of a segment: whose it is and where the log stood when it began, so that the
// segments before it may be removed. Frozen: golden bytes in format.test.ts. Big-endian.
//
//   0   magic "DMSLYWAL"          48  segmentNumber u64    96   compacted.index u64
//   8   format u32                56  firstIndex u64       104  compacted.term u64
//   12  group u32                 64  previousTerm u64     112  chain u32
//   16  clusterId 16 bytes        72  term u64             116  zeros
//   32  incarnation 16 bytes      80  votedFor u64         500  replicaId u64
//                                 88  commit u64           508  CRC-32 of all before
import { crc32 } from 'node:zlib'
import { assert, fromHex, toHex, utf8Encode } from '../../base/index.ts'
import { ByteReader, ByteWriter } from '../../raft/index.ts'
import type { HardState } from '../../raft/index.ts'
import { sectorBytes } from './record.ts'
import type { LogIdentity } from './log-identity.ts'

export const segmentHeaderBytes = sectorBytes

/** Format number of the log; another one is refused. */
export const logFormat = 1

const magic = utf8Encode('DMSLYWAL')
const replicaIdOffset = 500
const checkOffset = 508

/** Where the log stood when the segment began. */
export interface SegmentHeader {
  /** From 1, without gaps. */
  readonly segmentNumber: number
  /** Index right after the last entry of the log. */
  readonly firstIndex: number
  /** Term of the entry before `firstIndex`; 0 when there is none. */
  readonly previousTerm: number
  readonly hardState: HardState
  /** The newest compaction mark. */
  readonly compacted: { readonly index: number; readonly term: number }
  /** Chain value of the record before the segment's first one. */
  readonly chain: number
}

export type DecodeHeaderResult =
  | { readonly ok: true; readonly header: SegmentHeader; readonly identity: LogIdentity }
  | { readonly ok: false; readonly reason: 'damaged' | 'format' }

/** Bytes of a segment's first sector. */
export function encodeSegmentHeader(header: SegmentHeader, identity: LogIdentity): Uint8Array {
  const clusterId = fromHex(identity.clusterId)
  const incarnation = fromHex(identity.incarnation)
  assert(clusterId?.length === 16 && incarnation?.length === 16, 'ids are 16 bytes')
  const writer = new ByteWriter(segmentHeaderBytes)
  writer.raw(magic)
  writer.uint32(logFormat)
  writer.uint32(0)
  writer.raw(clusterId)
  writer.raw(incarnation)
  writer.uint53(header.segmentNumber)
  writer.uint53(header.firstIndex)
  writer.uint53(header.previousTerm)
  writer.uint53(header.hardState.term)
  writer.uint53(header.hardState.votedFor)
  writer.uint53(header.hardState.commit)
  writer.uint53(header.compacted.index)
  writer.uint53(header.compacted.term)
  writer.uint32(header.chain)
  writer.offset = replicaIdOffset
  writer.uint53(identity.replicaId)
  writer.uint32(crc32(writer.bytes.subarray(0, checkOffset)))
  return writer.bytes
}

/** Reads a segment's first sector, believing nothing. */
export function decodeSegmentHeader(bytes: Uint8Array): DecodeHeaderResult {
  if (bytes.length < segmentHeaderBytes) return { ok: false, reason: 'damaged' }
  const tail = new ByteReader(bytes, replicaIdOffset)
  const replicaId = tail.uint53()
  if (tail.uint32() !== crc32(bytes.subarray(0, checkOffset))) {
    return { ok: false, reason: 'damaged' }
  }
  const reader = new ByteReader(bytes)
  const foundMagic = toHex(reader.raw(magic.length))
  if (foundMagic !== toHex(magic)) return { ok: false, reason: 'damaged' }
  if (reader.uint32() !== logFormat || reader.uint32() !== 0) return { ok: false, reason: 'format' }
  const clusterId = toHex(reader.raw(16))
  const incarnation = toHex(reader.raw(16))
  const header: SegmentHeader = {
    segmentNumber: reader.uint53(),
    firstIndex: reader.uint53(),
    previousTerm: reader.uint53(),
    hardState: { term: reader.uint53(), votedFor: reader.uint53(), commit: reader.uint53() },
    compacted: { index: reader.uint53(), term: reader.uint53() },
    chain: reader.uint32(),
  }
  if (reader.failed || tail.failed) return { ok: false, reason: 'damaged' }
  return { ok: true, header, identity: { clusterId, replicaId, incarnation } }
}

/** What a segment's record heads are salted with, so that no other segment's pass for them. */
export function segmentSalt(identity: LogIdentity, segmentNumber: number): number {
  const bytes = Buffer.from(identity.clusterId + identity.incarnation, 'hex')
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(segmentNumber))
  return crc32(number, crc32(bytes))
}

/** File name of a segment: number and first index, 16 hex digits each, so that names sort. */
export function segmentName({ segmentNumber, firstIndex }: SegmentHeader): string {
  return `${hex16(segmentNumber)}-${hex16(firstIndex)}.wal`
}

/** Tells whether a file name is that of a segment. */
export function isSegmentName(name: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/.test(name)
}

function hex16(value: number): string {
  return value.toString(16).padStart(16, '0')
}
