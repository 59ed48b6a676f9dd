// Bytes of an entry and of the hard state, the same in the write-ahead log and in append messages.
// Frozen: golden bytes in log-codec.test.ts. All numbers big-endian.
//
//   entry       index u64 | term u64 | stampMs u64 | type u8 | dataBytes u32 | data
//   hard state  term u64 | votedFor u64 | commit u64
import { assert } from '../../base/index.ts'
import { entryDataBytesMax, entryTypeCodes } from '../core/entry.ts'
import type { Entry, EntryType, HardState } from '../core/entry.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'

const entryHeaderBytes = 29

/** Encoded size of a hard state. */
export const hardStateEncodedBytes = 24

/** `malformed`: not an entry; `too-large`: its data is above `entryDataBytesMax`. */
export type LogDecodeRefusal = 'malformed' | 'too-large'

/** An entry and where the next one begins, or what is wrong with the bytes. */
export type DecodeEntryResult =
  | { readonly ok: true; readonly entry: Entry; readonly nextOffset: number }
  | { readonly ok: false; readonly reason: LogDecodeRefusal }

/** A hard state and where the bytes go on, or what is wrong with them. */
export type DecodeHardStateResult =
  | { readonly ok: true; readonly hardState: HardState; readonly nextOffset: number }
  | { readonly ok: false; readonly reason: LogDecodeRefusal }

/** Encoded size of `entry`. */
export function entryEncodedBytes(entry: Entry): number {
  return entryHeaderBytes + entry.data.length
}

/** Appends `entry` to a writer that has room for `entryEncodedBytes(entry)`. */
export function writeEntry(writer: ByteWriter, entry: Entry): void {
  assert(entry.data.length <= entryDataBytesMax, 'entry data within entryDataBytesMax')
  writer.uint53(entry.index)
  writer.uint53(entry.term)
  writer.uint53(entry.stampMs)
  writer.uint8(entryTypeCodes[entry.type])
  writer.uint32(entry.data.length)
  writer.raw(entry.data)
}

/** Bytes of one entry. */
export function encodeEntry(entry: Entry): Uint8Array {
  const writer = new ByteWriter(entryEncodedBytes(entry))
  writeEntry(writer, entry)
  return writer.bytes
}

/** Reads the entry at `offset`. Its data is a window on `bytes`, not a copy. Never throws. */
export function decodeEntry(bytes: Uint8Array, offset = 0): DecodeEntryResult {
  const reader = new ByteReader(bytes, offset)
  const entry = readEntry(reader)
  if (typeof entry === 'string') return { ok: false, reason: entry }
  return { ok: true, entry, nextOffset: reader.offset }
}

/** Takes one entry off `reader`, or says why not. */
export function readEntry(reader: ByteReader): Entry | LogDecodeRefusal {
  const index = reader.uint53()
  const term = reader.uint53()
  const stampMs = reader.uint53()
  const type = entryTypeOf(reader.uint8())
  const dataBytes = reader.uint32()
  if (!reader.failed && dataBytes > entryDataBytesMax) return 'too-large'
  const data = reader.kept(dataBytes)
  if (reader.failed || type === undefined || index < 1 || term < 1) return 'malformed'
  return { index, term, type, stampMs, data }
}

function entryTypeOf(code: number): EntryType | undefined {
  switch (code) {
    case entryTypeCodes.noop:
      return 'noop'
    case entryTypeCodes.command:
      return 'command'
    case entryTypeCodes.config:
      return 'config'
    default:
      return undefined
  }
}

/** Bytes of a hard state. */
export function encodeHardState(hardState: HardState): Uint8Array {
  const writer = new ByteWriter(hardStateEncodedBytes)
  writer.uint53(hardState.term)
  writer.uint53(hardState.votedFor)
  writer.uint53(hardState.commit)
  return writer.bytes
}

/** Reads the hard state at `offset`. Never throws. */
export function decodeHardState(bytes: Uint8Array, offset = 0): DecodeHardStateResult {
  const reader = new ByteReader(bytes, offset)
  const hardState = { term: reader.uint53(), votedFor: reader.uint53(), commit: reader.uint53() }
  if (reader.failed) return { ok: false, reason: 'malformed' }
  return { ok: true, hardState, nextOffset: reader.offset }
}
