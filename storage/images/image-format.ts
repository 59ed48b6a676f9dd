// An image: a whole replicated state as bytes, the same on the wire, in `tmp/` and in a file that
// an operator keeps. Frozen: golden bytes in image-format.test.ts. All numbers big-endian.
//
//   magic "DMSLYIMG"
//   block  type u32 | payloadBytes u32 | payload | check u32
//   …      exactly one head first, then rows, exactly one end last, nothing behind it
//
//   head (1)  format u32 (1) | clusterId 16 bytes | index u64 | term u64 | clusterClockMs u64
//             | digest 16 bytes | configuration
//             configuration: id u64 | highestId u64 | autoLeave u8 | voters | votersOutgoing
//             | learners | learnersNext, each count u16 | count x id u64
//   rows (2)  count u32 | count x (keyBytes u32 | valueBytes u32 | key | value)
//             keys rise over all blocks, as bytes
//   end (3)   rows u64 | digest 16 bytes
//
// `check` is the CRC-32C of type, length and payload of this block and of every block before it, so
// that the last one vouches for the whole. `digest` is the state's own, over its rows.
import { assert, concatBytes, crc32c, fromHex, toHex, utf8Encode } from '../../base/index.ts'
import { ByteReader, ByteWriter, membersMax } from '../../raft/index.ts'
import type { Configuration } from '../../raft/index.ts'
import type { StateRow } from '../state/state-store.ts'

/** Format number of an image; another one is refused. */
export const imageFormat = 1

export const imageMagic = utf8Encode('DMSLYIMG')

const imageDigestBytes = 16

/** Bytes of a block's type and length. */
export const blockHeaderBytes = 8

/** Bytes of a block's check. */
export const blockCheckBytes = 4

/** Numbers of the block types. Frozen. */
const blockTypes = { head: 1, rows: 2, end: 3 } as const

export type BlockType = keyof typeof blockTypes

/** What an image says about itself. */
export interface ImageHead extends ImageContent {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
}

/** What a state is: it shows everything up to the entry (index, term) and nothing later. */
export interface ImageContent {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
  /** Stamp of the last entry it covers, ms of the cluster clock. */
  readonly clusterClockMs: number
  /** `imageDigestBytes` bytes: the digest of its rows, by the state's own rule. */
  readonly digest: Uint8Array
}

/** What the last block says. */
export interface ImageEnd {
  readonly rows: number
  readonly digest: Uint8Array
}

/** A block, and the check that the next one continues from. */
export interface EncodedBlock {
  readonly bytes: Uint8Array
  readonly check: number
}

/** The block of `payload` after one whose check was `previous` (0 for the first). */
export function encodeBlock(type: BlockType, payload: Uint8Array, previous: number): EncodedBlock {
  const header = new ByteWriter(blockHeaderBytes)
  header.uint32(blockTypes[type])
  header.uint32(payload.length)
  const check = crc32c(payload, crc32c(header.bytes, previous))
  const footer = new ByteWriter(blockCheckBytes)
  footer.uint32(check)
  return { bytes: concatBytes([header.bytes, payload, footer.bytes]), check }
}

export function encodeHead({ clusterId, ...content }: ImageHead): Uint8Array {
  const id = fromHex(clusterId)
  const { configuration, digest } = content
  assert(id?.length === 16 && digest.length === imageDigestBytes, 'an id and a digest of 16 bytes')
  const { voters, votersOutgoing, learners, learnersNext } = configuration
  const lists = [voters, votersOutgoing, learners, learnersNext]
  const ids = lists.reduce((sum, list) => sum + list.length, 0)
  const writer = new ByteWriter(4 + 16 + 24 + 16 + 17 + lists.length * 2 + ids * 8)
  writer.uint32(imageFormat)
  writer.raw(id)
  writer.uint53(content.index)
  writer.uint53(content.term)
  writer.uint53(content.clusterClockMs)
  writer.raw(digest)
  writer.uint53(configuration.id)
  writer.uint53(configuration.highestId)
  writer.uint8(configuration.autoLeave ? 1 : 0)
  for (const list of lists) {
    writer.uint16(list.length)
    for (const member of list) writer.uint53(member)
  }
  return writer.bytes
}

/** Reads a head; `damaged` when it is none, `format` when it is one of another format. */
export function decodeHead(payload: Uint8Array): ImageHead | 'damaged' | 'format' {
  const reader = new ByteReader(payload)
  const format = reader.uint32()
  if (!reader.failed && format !== imageFormat) return 'format'
  const clusterId = toHex(reader.raw(16))
  const index = reader.uint53()
  const term = reader.uint53()
  const clusterClockMs = reader.uint53()
  const digest = reader.raw(imageDigestBytes).slice()
  const configuration = {
    id: reader.uint53(),
    highestId: reader.uint53(),
    autoLeave: reader.flag(),
    voters: readIds(reader),
    votersOutgoing: readIds(reader),
    learners: readIds(reader),
    learnersNext: readIds(reader),
  }
  if (reader.failed || reader.offset !== payload.length || index < 1 || term < 1) return 'damaged'
  return { clusterId, index, term, clusterClockMs, digest, configuration }
}

/** Bytes of an image that tell its format. */
export const imageFormatPrefixBytes = imageMagic.length + blockHeaderBytes + 4

/**
 * Format of the image that begins with `prefix`, without any proof yet that it is one; undefined
 * when there are too few bytes.
 */
export function formatOfPrefix(prefix: Uint8Array): number | undefined {
  if (prefix.length < imageFormatPrefixBytes) return undefined
  return new ByteReader(prefix.subarray(imageMagic.length + blockHeaderBytes)).uint32()
}

function readIds(reader: ByteReader): number[] {
  const count = reader.uint16()
  const ids: number[] = []
  if (count > membersMax) reader.failed = true
  for (let i = 0; i < count && !reader.failed; i += 1) ids.push(reader.uint53())
  return ids
}

/** Bytes a row takes in a block of rows. */
export function rowBytes([key, value]: StateRow): number {
  return 8 + key.length + value.length
}

export function encodeRows(rows: readonly StateRow[]): Uint8Array {
  const writer = new ByteWriter(4 + rows.reduce((sum, row) => sum + rowBytes(row), 0))
  writer.uint32(rows.length)
  for (const [key, value] of rows) {
    writer.uint32(key.length)
    writer.uint32(value.length)
    writer.raw(key)
    writer.raw(value)
  }
  return writer.bytes
}

/** Reads a block of rows, windows on `payload`; undefined when it is none. */
export function decodeRows(payload: Uint8Array): StateRow[] | undefined {
  const reader = new ByteReader(payload)
  const count = reader.uint32()
  const rows: StateRow[] = []
  for (let i = 0; i < count && !reader.failed; i += 1) {
    const keyBytes = reader.uint32()
    const valueBytes = reader.uint32()
    rows.push([reader.raw(keyBytes), reader.raw(valueBytes)])
  }
  if (reader.failed || reader.offset !== payload.length || count === 0) return undefined
  return rows
}

export function encodeEnd({ rows, digest }: ImageEnd): Uint8Array {
  assert(digest.length === imageDigestBytes, 'a digest of 16 bytes')
  const writer = new ByteWriter(8 + imageDigestBytes)
  writer.uint53(rows)
  writer.raw(digest)
  return writer.bytes
}

/** Reads an end; undefined when it is none. */
export function decodeEnd(payload: Uint8Array): ImageEnd | undefined {
  const reader = new ByteReader(payload)
  const end = { rows: reader.uint53(), digest: reader.raw(imageDigestBytes).slice() }
  return reader.failed || reader.offset !== payload.length ? undefined : end
}

/** The type with this number; undefined when there is none. */
export function blockTypeOf(code: number): BlockType | undefined {
  switch (code) {
    case blockTypes.head:
      return 'head'
    case blockTypes.rows:
      return 'rows'
    case blockTypes.end:
      return 'end'
    default:
      return undefined
  }
}
