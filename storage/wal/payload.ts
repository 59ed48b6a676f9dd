// Payloads of the log's records. Frozen: golden bytes in format.test.ts. Big-endian.
//
//   group       hard state (24 bytes) | entry count u32 | entries
//   compaction  index u64 | term u64
//   seal        nothing
import {
  ByteReader,
  decodeEntry,
  decodeHardState,
  encodeHardState,
  entryEncodedBytes,
  hardStateEncodedBytes,
  writeEntry,
} from '../../raft/index.ts'
import type { ByteWriter, Entry, HardState } from '../../raft/index.ts'

/** The last entry that is no longer needed. */
export interface CompactionMark {
  readonly index: number
  readonly term: number
}

/** What a group record holds. */
export interface GroupPayload {
  readonly hardState: HardState
  readonly entries: readonly Entry[]
}

export const compactionPayloadBytes = 16

const groupHeaderBytes = hardStateEncodedBytes + 4

/** Bytes of a group's payload. */
export function groupPayloadBytes(entries: readonly Entry[]): number {
  let bytes = groupHeaderBytes
  for (const entry of entries) bytes += entryEncodedBytes(entry)
  return bytes
}

/** Appends a group's payload to a writer that has room for it. */
export function writeGroupPayload(writer: ByteWriter, { hardState, entries }: GroupPayload): void {
  writer.raw(encodeHardState(hardState))
  writer.uint32(entries.length)
  for (const entry of entries) writeEntry(writer, entry)
}

/** Reads a group's payload; undefined when it is not one. Entry data are windows on `payload`. */
export function decodeGroupPayload(payload: Uint8Array): GroupPayload | undefined {
  const head = decodeHardState(payload)
  if (!head.ok) return undefined
  const reader = new ByteReader(payload, head.nextOffset)
  const count = reader.uint32()
  const entries: Entry[] = []
  let offset = reader.offset
  for (let i = 0; i < count; i += 1) {
    const decoded = decodeEntry(payload, offset)
    if (!decoded.ok) return undefined
    entries.push(decoded.entry)
    offset = decoded.nextOffset
  }
  if (reader.failed || offset !== payload.length) return undefined
  return { hardState: head.hardState, entries }
}

/** Appends a compaction mark to a writer that has room for it. */
export function writeCompactionPayload(writer: ByteWriter, mark: CompactionMark): void {
  writer.uint53(mark.index)
  writer.uint53(mark.term)
}

/** Reads a compaction mark; undefined when it is not one. */
export function decodeCompactionPayload(payload: Uint8Array): CompactionMark | undefined {
  const reader = new ByteReader(payload)
  const mark = { index: reader.uint53(), term: reader.uint53() }
  if (reader.failed || payload.length !== compactionPayloadBytes) return undefined
  return mark
}
