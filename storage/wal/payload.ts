// Payloads of the log's records. Frozen: golden bytes in format.test.ts. Big-endian.
//
//   group       hard state (24 bytes) | entry count u32 | entries
//   compaction  index u64 | term u64
//   seal        nothing
//   image       phase u32 | index u64 | term u64 | hard state (24 bytes)
//               phase 1: an image that ends there is about to become the state; the hard state is
//               the one in force. Phase 2: it is the state; the log is empty and goes on after it.
import {
  ByteReader,
  decodeEntry,
  decodeHardState,
  encodeHardState,
  entryEncodedBytes,
  hardStateEncodedBytes,
  writeEntry,
} from '../../raft/index.ts'
import type { ByteWriter, Entry, HardState, LogMark } from '../../raft/index.ts'

/** The last entry that is no longer needed. */
export type CompactionMark = LogMark

/** What a group record holds. */
export interface GroupPayload {
  readonly hardState: HardState
  readonly entries: readonly Entry[]
}

/** What an image record says. */
export interface ImagePayload {
  readonly phase: ImagePhase
  readonly mark: LogMark
  readonly hardState: HardState
}

/** `announced`: the state is about to be replaced. `installed`: it was, and the log is reset. */
export type ImagePhase = 'announced' | 'installed'

const imagePhases: readonly ImagePhase[] = ['announced', 'installed']

export const compactionPayloadBytes = 16
export const imagePayloadBytes = 20 + hardStateEncodedBytes

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

/** Appends what an image record says to a writer that has room for it. */
export function writeImagePayload(writer: ByteWriter, payload: ImagePayload): void {
  const { phase, mark, hardState } = payload
  writer.uint32(imagePhases.indexOf(phase) + 1)
  writer.uint53(mark.index)
  writer.uint53(mark.term)
  writer.raw(encodeHardState(hardState))
}

/** Reads what an image record says; undefined when it is not one. */
export function decodeImagePayload(payload: Uint8Array): ImagePayload | undefined {
  if (payload.length !== imagePayloadBytes) return undefined
  const reader = new ByteReader(payload)
  const phase = imagePhases[reader.uint32() - 1]
  const mark = { index: reader.uint53(), term: reader.uint53() }
  if (reader.failed || phase === undefined) return undefined
  const decoded = decodeHardState(payload.subarray(reader.offset))
  if (!decoded.ok || mark.index === 0 || mark.term === 0) return undefined
  return { phase, mark, hardState: decoded.hardState }
}
