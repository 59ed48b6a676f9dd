// The witness says, outside the log, how far the log was durable. Frozen: golden bytes in
// format.test.ts. Two slots of one sector each, 4,096 bytes apart, written in turn; the valid one
// with the higher sequence counts. Big-endian.
//
//   0   magic "DMSLYWIT"   24  segmentNumber u64   48  votedFor u64
//   8   format u32         32  endOffset u64       56  lastIndex u64
//   12  CRC-32             40  term u64            64  clusterId, incarnation (16 bytes each)
//   16  sequence u64                               96  replicaId u64
//
// A record vouches for everything synced before it (see record.ts), so the witness is needed only
// for what comes last. It is written, always after the sync it tells of:
//  - in the same window, before the caller hears of it: a change of term or vote, and a record
//    with a sector of zeros, which could therefore pass for a torn one;
//  - every `witnessSyncInterval` syncs, when a segment begins, and at close.
import { crc32 } from 'node:zlib'
import { assert, fromHex, toHex, utf8Encode } from '../../base/index.ts'
import type { Disk, DiskFile } from '../../base/index.ts'
import { ByteReader, ByteWriter } from '../../raft/index.ts'
import { logFormat } from './segment-header.ts'
import type { LogIdentity } from './log-identity.ts'

const slotBytes = 104
const slotDistanceBytes = 4096
const checkOffset = 12
const magic = utf8Encode('DMSLYWIT')

export const witnessName = 'witness'

/** Largest witness file that is read. */
export const witnessFileBytes = slotDistanceBytes * 2

/** Where the log was durable, and with what. */
export interface WitnessMark {
  readonly segmentNumber: number
  /** End of the last durable record in that segment. */
  readonly endOffset: number
  readonly term: number
  readonly votedFor: number
  /** Last log index; for people, since entries may be overwritten by fewer. */
  readonly lastIndex: number
}

/** One slot as it was read. */
export interface WitnessSlot {
  readonly sequence: number
  readonly mark: WitnessMark
  readonly identity: LogIdentity
}

export type ReadWitness =
  | { readonly ok: true; readonly slot: WitnessSlot; readonly isOneSlotDamaged: boolean }
  | { readonly ok: false; readonly reason: 'damaged' }

/** Bytes of one slot. */
export function encodeSlot({ sequence, mark, identity }: WitnessSlot): Uint8Array {
  const clusterId = fromHex(identity.clusterId)
  const incarnation = fromHex(identity.incarnation)
  assert(clusterId?.length === 16 && incarnation?.length === 16, 'ids are 16 bytes')
  const writer = new ByteWriter(slotBytes)
  writer.raw(magic)
  writer.uint32(logFormat)
  writer.uint32(0)
  writer.uint53(sequence)
  writer.uint53(mark.segmentNumber)
  writer.uint53(mark.endOffset)
  writer.uint53(mark.term)
  writer.uint53(mark.votedFor)
  writer.uint53(mark.lastIndex)
  writer.raw(clusterId)
  writer.raw(incarnation)
  writer.uint53(identity.replicaId)
  writer.view.setUint32(checkOffset, slotCheck(writer.bytes))
  return writer.bytes
}

/** Reads one slot; undefined when it is not what was written. */
export function decodeSlot(bytes: Uint8Array): WitnessSlot | undefined {
  if (bytes.length < slotBytes) return undefined
  const slot = bytes.subarray(0, slotBytes)
  const reader = new ByteReader(slot)
  if (toHex(reader.raw(magic.length)) !== toHex(magic)) return undefined
  if (reader.uint32() !== logFormat || reader.uint32() !== slotCheck(slot)) return undefined
  const sequence = reader.uint53()
  const mark: WitnessMark = {
    segmentNumber: reader.uint53(),
    endOffset: reader.uint53(),
    term: reader.uint53(),
    votedFor: reader.uint53(),
    lastIndex: reader.uint53(),
  }
  const clusterId = toHex(reader.raw(16))
  const incarnation = toHex(reader.raw(16))
  const identity: LogIdentity = { clusterId, incarnation, replicaId: reader.uint53() }
  return reader.failed ? undefined : { sequence, mark, identity }
}

/** The newest valid slot of a witness file. */
export function readWitness(bytes: Uint8Array): ReadWitness {
  const slots = [decodeSlot(bytes), decodeSlot(bytes.subarray(slotDistanceBytes))]
  const valid = slots.filter((slot) => slot !== undefined)
  const newest = valid.sort((a, b) => b.sequence - a.sequence)[0]
  if (newest === undefined) return { ok: false, reason: 'damaged' }
  return { ok: true, slot: newest, isOneSlotDamaged: valid.length === 1 }
}

function slotCheck(bytes: Uint8Array): number {
  return crc32(bytes.subarray(checkOffset + 4), crc32(bytes.subarray(0, checkOffset)))
}

/** The open witness of a log. */
export class WitnessFile {
  readonly #file: DiskFile
  readonly #identity: LogIdentity
  #sequence: number

  constructor(file: DiskFile, identity: LogIdentity, sequence: number) {
    this.#file = file
    this.#identity = identity
    this.#sequence = sequence
  }

  /** Creates the witness of a new log with both slots valid. */
  static async create(
    disk: Disk,
    path: string,
    first: { readonly identity: LogIdentity; readonly mark: WitnessMark },
  ): Promise<WitnessFile> {
    const file = await disk.open(path, 'create')
    const witness = new WitnessFile(file, first.identity, 0)
    await witness.write(first.mark)
    await witness.write(first.mark)
    return witness
  }

  /** Resolves when the mark is durable. A rejection means: stop. */
  async write(mark: WitnessMark): Promise<void> {
    const sequence = this.#sequence + 1
    this.#sequence = sequence
    const bytes = encodeSlot({ sequence, mark, identity: this.#identity })
    await this.#file.write((sequence % 2) * slotDistanceBytes, [bytes])
    await this.#file.sync()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
