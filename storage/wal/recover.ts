// Reads a log without changing anything and says what it holds, where it ends, and whether a torn
// tail has to be cut. A tail may be cut only if it is torn in form (see record.ts) and nothing
// proves that it was durable: no later record, no later segment, not the witness, and (checked by
// the caller) not the state. All else is damage and is refused with the file and the offset.
import type { Disk } from '../../base/index.ts'
import type { LogContents } from '../../raft/index.ts'
import { StorageCorruptError, StorageRefusedError } from '../errors.ts'
import type { StorageCorruptCode } from '../errors.ts'
import { logRecordBytesMax, logSegmentBytesDefault } from '../limits.ts'
import { LogBuilder } from './log-builder.ts'
import type { LogIdentity } from './log-identity.ts'
import { decodeCompactionPayload, decodeGroupPayload, decodeImagePayload } from './payload.ts'
import { isZero, readRecord, sectorBytes, syncedBytesClaimedAfter } from './record.ts'
import type { ReadRecord } from './record.ts'
import {
  decodeSegmentHeader,
  isSegmentName,
  segmentHeaderBytes,
  segmentName,
  segmentSalt,
} from './segment-header.ts'
import type { SegmentHeader } from './segment-header.ts'
import { readWitness, witnessFileBytes, witnessName } from './witness.ts'
import type { WitnessSlot } from './witness.ts'

/** Largest segment file that is read. */
const segmentFileBytesMax = 2 * logRecordBytesMax + logSegmentBytesDefault

/** A segment that stays. */
export interface SegmentInfo {
  readonly name: string
  readonly header: SegmentHeader
}

/** A tail that was never durable. */
export interface TornTail {
  /** Where it begins: the end of the log. */
  readonly offset: number
  /** Its bytes up to the last one that is not zero. */
  readonly bytes: Uint8Array
}

/** What recovery found. */
export interface RecoveredLog {
  readonly contents: LogContents
  /** Oldest first; the last one is appended to. */
  readonly segments: readonly SegmentInfo[]
  /** End of the last valid record in the last segment, and its chain value. */
  readonly endOffset: number
  readonly chain: number
  readonly lastTerm: number
  /** Size of the last segment's file; it is zero from `endOffset` on, once `torn` is cut. */
  readonly fileBytes: number
  readonly torn: TornTail | undefined
  /** A segment that was begun and never used: to be removed. */
  readonly unusedSegment: string | undefined
  readonly witness: WitnessSlot
  readonly isWitnessSlotDamaged: boolean
}

interface Segment extends SegmentInfo {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Where a segment's valid records end. */
interface ScanEnd {
  readonly offset: number
  readonly chain: number
  readonly isSealed: boolean
  /** What was read there; a segment that ends in its seal has `nothing` behind it. */
  readonly found: ReadRecord
}

/** Reads the log of `identity` in `directory`. Rejects with `StorageCorruptError` on damage. */
export async function recoverLog(
  disk: Disk,
  { directory, identity }: { readonly directory: string; readonly identity: LogIdentity },
): Promise<RecoveredLog> {
  const segments = await readSegments(disk, directory, identity)
  const { slot, isOneSlotDamaged } = await readWitnessFile(disk, directory, identity)
  const builder = new LogBuilder(segments[0]!.header)
  const kept: Segment[] = []
  let end: ScanEnd | undefined
  let unusedSegment: Segment | undefined
  for (const segment of segments) {
    const previous = kept.at(-1)
    if (previous !== undefined && end !== undefined) {
      if (isUnused(segment, segments) && !end.isSealed) {
        unusedSegment = segment
        break
      }
      checkContinues(segment, { previous, end, builder })
      builder.continueWith(segment.header)
    }
    kept.push(segment)
    end = scan(segment, identity, builder)
  }
  const last = kept.at(-1)!
  const torn = judgeEnd(last, { end: end!, identity, witness: slot, unusedSegment, builder })
  const finished = builder.finish()
  if ('complaint' in finished) throw corrupt(segments[0]!.path, finished.complaint)
  return {
    contents: finished.contents,
    segments: kept.map(({ name, header }) => ({ name, header })),
    endOffset: end!.offset,
    chain: end!.chain,
    lastTerm: builder.lastTerm,
    fileBytes: last.bytes.length,
    torn,
    unusedSegment: unusedSegment?.name,
    witness: slot,
    isWitnessSlotDamaged: isOneSlotDamaged,
  }
}

async function readSegments(
  disk: Disk,
  directory: string,
  identity: LogIdentity,
): Promise<readonly Segment[]> {
  const names = (await disk.stat(directory)) === undefined ? [] : await disk.list(directory)
  const segments: Segment[] = []
  for (const name of names.filter(isSegmentName)) {
    const path = `${directory}/${name}`
    const bytes = await disk.readFile(path, segmentFileBytesMax)
    const decoded = decodeSegmentHeader(bytes)
    if (!decoded.ok) {
      if (decoded.reason === 'damaged') throw corrupt(path, 'a segment header is damaged', 0)
      throw new StorageRefusedError('STORE_FORMAT_UNSUPPORTED', 'unknown format of the log', path)
    }
    const { header } = decoded
    checkOwner(path, decoded.identity, identity)
    if (segmentName(header) !== name) throw corrupt(path, 'a segment has the wrong name', 0)
    const expected = (segments.at(-1)?.header.segmentNumber ?? header.segmentNumber - 1) + 1
    if (header.segmentNumber !== expected) throw corrupt(path, `segment ${expected} is missing`)
    segments.push({ name, path, header, bytes })
  }
  if (segments.length === 0) {
    throw corrupt(directory, 'the log has no segment', undefined, 'STORE_LOG_MISSING')
  }
  return segments
}

async function readWitnessFile(disk: Disk, directory: string, identity: LogIdentity) {
  const path = `${directory}/${witnessName}`
  if ((await disk.stat(path)) === undefined) {
    throw corrupt(path, 'the witness of the log is missing', undefined, 'STORE_LOG_MISSING')
  }
  const witness = readWitness(await disk.readFile(path, witnessFileBytes))
  if (!witness.ok) throw corrupt(path, 'the witness is damaged', 0)
  checkOwner(path, witness.slot.identity, identity)
  return witness
}

function checkOwner(path: string, found: LogIdentity, expected: LogIdentity): void {
  if (found.clusterId !== expected.clusterId) {
    const message = `it belongs to cluster ${found.clusterId}`
    throw new StorageRefusedError('STORE_WRONG_CLUSTER', message, path)
  }
  if (found.replicaId !== expected.replicaId || found.incarnation !== expected.incarnation) {
    const message = `it belongs to replica ${found.replicaId}, incarnation ${found.incarnation}`
    throw new StorageRefusedError('STORE_WRONG_IDENTITY', message, path)
  }
}

/** A last segment without a record: its predecessor's seal may not have been written yet. */
function isUnused(segment: Segment, segments: readonly Segment[]): boolean {
  const { bytes } = segment
  return segment === segments.at(-1) && isZero(bytes, segmentHeaderBytes, bytes.length)
}

function checkContinues(
  segment: Segment,
  before: { readonly previous: Segment; readonly end: ScanEnd; readonly builder: LogBuilder },
): void {
  const { previous, end, builder } = before
  if (!end.isSealed) throw corrupt(previous.path, 'a segment ends without its seal', end.offset)
  if (segment.header.chain !== end.chain || !builder.isContinuedBy(segment.header)) {
    throw corrupt(segment.path, 'a segment does not continue the one before', 0)
  }
}

/** Adds all valid records of a segment to `builder`. */
function scan(segment: Segment, identity: LogIdentity, builder: LogBuilder): ScanEnd {
  const { bytes, header, path } = segment
  const salt = segmentSalt(identity, header.segmentNumber)
  let offset = segmentHeaderBytes
  let { chain } = header
  for (;;) {
    const found = readRecord(bytes, { offset, salt, chain })
    if (found.kind !== 'record') return { offset, chain, isSealed: false, found }
    const complaint = addRecord(builder, found)
    if (complaint !== undefined) throw corrupt(path, complaint, offset)
    offset = found.endOffset
    chain = found.chain
    if (found.type === 'seal') {
      return { offset, chain, isSealed: true, found: { kind: 'nothing' } }
    }
  }
}

function addRecord(
  builder: LogBuilder,
  record: ReadRecord & { readonly kind: 'record' },
): string | undefined {
  switch (record.type) {
    case 'group': {
      const group = decodeGroupPayload(record.payload)
      return group === undefined ? 'a group does not decode' : builder.addGroup(group)
    }
    case 'compaction': {
      const mark = decodeCompactionPayload(record.payload)
      return mark === undefined ? 'a mark does not decode' : builder.addCompaction(mark)
    }
    case 'image': {
      const image = decodeImagePayload(record.payload)
      return image === undefined ? 'an image record does not decode' : builder.addImage(image)
    }
    case 'seal':
      return record.payload.length === 0 ? undefined : 'a seal has a payload'
  }
}

/** Decides whether what follows the last valid record is nothing, a torn tail, or damage. */
function judgeEnd(
  last: Segment,
  facts: {
    readonly end: ScanEnd
    readonly identity: LogIdentity
    readonly witness: WitnessSlot
    readonly unusedSegment: Segment | undefined
    readonly builder: LogBuilder
  },
): TornTail | undefined {
  const { end, identity, witness, unusedSegment, builder } = facts
  const { bytes, header, path } = last
  const { offset, found } = end
  if (end.isSealed) throw corrupt(path, 'the segment after this one is missing', offset)
  if (found.kind === 'damaged') throw corrupt(path, found.what, offset)
  if (unusedSegment !== undefined && !builder.isContinuedBy(unusedSegment.header)) {
    throw corrupt(path, 'a segment ends before the next one begins', offset)
  }
  const isClean = found.kind === 'nothing' && isZero(bytes, offset, bytes.length)
  const sectorEnd = Math.min(bytes.length, offset - (offset % sectorBytes) + sectorBytes)
  if (!isClean && found.kind === 'nothing' && !isZero(bytes, offset, sectorEnd)) {
    throw corrupt(path, 'bytes follow the end of the log', offset)
  }
  const salt = segmentSalt(identity, header.segmentNumber)
  if (!isClean && syncedBytesClaimedAfter(bytes, offset, salt) > offset) {
    throw corrupt(path, 'a record in the middle of the log is gone', offset)
  }
  const { mark } = witness
  const isBeforeWitness =
    header.segmentNumber < mark.segmentNumber ||
    (header.segmentNumber === mark.segmentNumber && offset < mark.endOffset)
  if (isBeforeWitness && !isClean) throw corrupt(path, 'a durable record is damaged', offset)
  const { term, votedFor } = builder.hardState
  const isVoteOlder =
    term < mark.term || (term === mark.term && mark.votedFor !== 0 && votedFor !== mark.votedFor)
  if (isBeforeWitness || isVoteOlder) {
    const message = `the log ends before its witness (segment ${mark.segmentNumber})`
    throw corrupt(path, message, offset, 'STORE_LOG_ROLLED_BACK')
  }
  return isClean ? undefined : { offset, bytes: withoutZeros(bytes.subarray(offset)) }
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const last = bytes.findLastIndex((byte) => byte !== 0)
  return bytes.subarray(0, last + 1)
}

function corrupt(
  path: string,
  message: string,
  offsetBytes?: number,
  code: StorageCorruptCode = 'STORE_LOG_CORRUPT',
): StorageCorruptError {
  const where = offsetBytes === undefined ? { path } : { path, offsetBytes }
  return new StorageCorruptError(code, message, where)
}
