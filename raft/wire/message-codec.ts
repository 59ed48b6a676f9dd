// Bytes of one message between replicas: header, type, body. Checksums are the transport's job.
// Frozen: golden bytes in message-codec.test.ts. All numbers big-endian. Fields after the known
// ones are skipped, so that newer versions may append to a body.
//
//   header | type u8 | body
//   vote, pre-vote                lastIndex u64 | lastTerm u64 | transfer u8 | committed
//   vote-reply, pre-vote-reply    granted u8 | committed
//   committed                     index u64 | term u64 (0, 0 = none)
//   append                        prevIndex u64 | prevTerm u64 | commit u64 | matchedByAll u64
//                                 | count u32 | count x entry (log-codec.ts)
//   append-reply                  index u64 | rejected u8 | hintIndex u64 | hintTerm u64
//                                 | digestIndex u64 | digest 16 (zeros when digestIndex is 0)
//   heartbeat                     commit u64 | readPosition u64 | matchedByAll u64
//   heartbeat-reply               readPosition u64 | lacksState u8
//   timeout-now                   nothing
//   removed                       configurationId u64
//   image-chunk                   imageId u64 | seq u64 | isLast u8 | checksum u32
//                                 | snapshot (configuration-codec.ts) | dataBytes u32 | data
//   image-reply                   imageId u64 | nextSeq u64 | refusal u8
//   proposal                      requestId u64 | dataBytes u32 | data
//   proposal-reply                requestId u64 | index u64 | entryTerm u64 | refusal u8
//                                 | leader u64
//   read                          requestId u64
//   read-reply                    requestId u64 | index u64 | refusal u8 | leader u64
import { assert, unreachable } from '../../base/index.ts'
import { entryDataBytesMax } from '../core/entry.ts'
import type { Entry } from '../core/entry.ts'
import { entriesPerMessageMax, messageTypeCodes } from '../core/message.ts'
import type { ImageChunk, Message } from '../core/message.ts'
import { imageChunkBytesMax } from '../images.ts'
import type { LogMark } from '../log-storage.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'
import { snapshotEncodedBytes, writeSnapshot } from './configuration-codec.ts'
import { headerBytes, protocolVersion, readHeader, writeHeader } from './header.ts'
import type { MessageHeader } from './header.ts'
import { entryEncodedBytes, writeEntry } from './log-codec.ts'
import { readBody } from './message-body.ts'
import { imageRefusalCode, refusalCode } from './refusal-code.ts'

const noDigest = new Uint8Array(16)

/** Why bytes are not a message. */
export type DecodeRefusal =
  | 'malformed'
  /** A limit is passed: entries per message, or bytes of an entry, a proposal, an image chunk. */
  | 'too-large'
  /** The header is readable and speaks another version. */
  | 'protocol-version'
  | 'unknown-type'

/** A message that is whole and within its limits, or why it is dropped. */
export type DecodeResult =
  | { readonly ok: true; readonly header: MessageHeader; readonly message: Message }
  | { readonly ok: false; readonly reason: DecodeRefusal }

/** Bytes of `message` behind `header`; both must name the same sender, receiver and term. */
export function encodeMessage(header: MessageHeader, message: Message): Uint8Array {
  assert(header.from.replicaId === message.from, 'header and message name the same sender')
  assert(header.to.replicaId === message.to, 'header and message name the same receiver')
  assert(header.term === message.term, 'header and message name the same term')
  const writer = new ByteWriter(headerBytes + 1 + bodyBytes(message))
  writeHeader(writer, header)
  writer.uint8(messageTypeCodes[message.type])
  writeBody(writer, message)
  return writer.bytes
}

/**
 * Reads one message; everything in it is bounded and structurally sound afterwards (entries follow
 * `prevIndex` without gaps, in terms that never fall or pass the sender's; the lists of an image's
 * configuration fit together). Entry and image data are windows on `bytes`. Never throws.
 */
export function decodeMessage(bytes: Uint8Array): DecodeResult {
  const reader = new ByteReader(bytes)
  const header = readHeader(reader)
  if (header === undefined) return { ok: false, reason: 'malformed' }
  if (header.protocolVersion !== protocolVersion) return { ok: false, reason: 'protocol-version' }
  const message = readBody(reader, {
    from: header.from.replicaId,
    to: header.to.replicaId,
    term: header.term,
  })
  if (typeof message === 'string') return { ok: false, reason: message }
  return { ok: true, header, message }
}

function bodyBytes(message: Message): number {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      return 33
    case 'vote-reply':
    case 'pre-vote-reply':
      return 17
    case 'append':
      return 36 + entriesBytes(message.entries)
    case 'append-reply':
      return 49
    case 'heartbeat':
      return 24
    case 'heartbeat-reply':
      return 9
    case 'read':
    case 'removed':
      return 8
    case 'timeout-now':
      return 0
    case 'proposal':
      return 12 + message.data.length
    case 'proposal-reply':
      return 33
    case 'read-reply':
      return 25
    case 'image-chunk':
      return 25 + snapshotEncodedBytes(message.snapshot) + message.data.length
    case 'image-reply':
      return 17
    default:
      return unreachable(message)
  }
}

function entriesBytes(entries: readonly Entry[]): number {
  let sum = 0
  for (const entry of entries) sum += entryEncodedBytes(entry)
  return sum
}

function writeBody(writer: ByteWriter, message: Message): void {
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      writer.uint53(message.lastIndex)
      writer.uint53(message.lastTerm)
      writer.uint8(message.transfer ? 1 : 0)
      return writeCommitted(writer, message.committed)
    case 'vote-reply':
    case 'pre-vote-reply':
      writer.uint8(message.granted ? 1 : 0)
      return writeCommitted(writer, message.committed)
    case 'append':
      assert(message.entries.length <= entriesPerMessageMax, 'entries within entriesPerMessageMax')
      writer.uint53(message.prevIndex)
      writer.uint53(message.prevTerm)
      writer.uint53(message.commit)
      writer.uint53(message.matchedByAll)
      writer.uint32(message.entries.length)
      for (const entry of message.entries) writeEntry(writer, entry)
      return
    case 'append-reply':
      assert(message.digest.digest.length === (message.digest.index === 0 ? 0 : 16), 'digest size')
      writer.uint53(message.index)
      writer.uint8(message.rejected ? 1 : 0)
      writer.uint53(message.hintIndex)
      writer.uint53(message.hintTerm)
      writer.uint53(message.digest.index)
      return writer.raw(message.digest.index === 0 ? noDigest : message.digest.digest)
    case 'heartbeat':
      writer.uint53(message.commit)
      writer.uint53(message.readPosition)
      return writer.uint53(message.matchedByAll)
    case 'heartbeat-reply':
      writer.uint53(message.readPosition)
      return writer.uint8(message.lacksState ? 1 : 0)
    case 'timeout-now':
      return
    case 'removed':
      return writer.uint53(message.configurationId)
    case 'image-chunk':
      return writeImageChunk(writer, message)
    case 'image-reply':
      writer.uint53(message.imageId)
      writer.uint53(message.nextSeq)
      return writer.uint8(imageRefusalCode(message.refusal))
    case 'proposal':
      assert(message.data.length <= entryDataBytesMax, 'proposal data within entryDataBytesMax')
      writer.uint53(message.requestId)
      writer.uint32(message.data.length)
      return writer.raw(message.data)
    case 'proposal-reply':
      writer.uint53(message.requestId)
      writer.uint53(message.index)
      writer.uint53(message.entryTerm)
      writer.uint8(refusalCode(message.refusal))
      return writer.uint53(message.leader)
    case 'read':
      return writer.uint53(message.requestId)
    case 'read-reply':
      writer.uint53(message.requestId)
      writer.uint53(message.index)
      writer.uint8(refusalCode(message.refusal))
      return writer.uint53(message.leader)
    default:
      return unreachable(message)
  }
}

function writeCommitted(writer: ByteWriter, committed: LogMark | undefined): void {
  writer.uint53(committed?.index ?? 0)
  writer.uint53(committed?.term ?? 0)
}

function writeImageChunk(writer: ByteWriter, message: ImageChunk): void {
  assert(message.data.length <= imageChunkBytesMax, 'image data within imageChunkBytesMax')
  writer.uint53(message.imageId)
  writer.uint53(message.seq)
  writer.uint8(message.isLast ? 1 : 0)
  writer.uint32(message.checksum)
  writeSnapshot(writer, message.snapshot)
  writer.uint32(message.data.length)
  writer.raw(message.data)
}
