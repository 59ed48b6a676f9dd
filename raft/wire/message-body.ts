// The reading half of the message codec: bounded, and structurally checked so that the core may
// trust what it gets. The layout stands in message-codec.ts.
import { entryDataBytesMax } from '../core/entry.ts'
import type { Entry } from '../core/entry.ts'
import { entriesPerMessageMax, messageTypeCodes } from '../core/message.ts'
import type { DigestMark, Message } from '../core/message.ts'
import { imageChunkBytesMax } from '../images.ts'
import type { LogMark } from '../log-storage.ts'
import type { ByteReader } from './byte-cursor.ts'
import { readSnapshot } from './configuration-codec.ts'
import { readEntry } from './log-codec.ts'
import { imageRefusalOf, refusalOf } from './refusal-code.ts'

/** Why a body is not a message. */
export type BodyRefusal = 'malformed' | 'too-large' | 'unknown-type'

/**
 * What the header says about the message. It is spread last: fields added after a spread cost V8 a
 * slow path of a microsecond each.
 */
interface Address {
  readonly from: number
  readonly to: number
  readonly term: number
}

const noDigest: DigestMark = { index: 0, digest: new Uint8Array(0) }

const typeNames = new Map<number, Message['type']>(
  Object.entries(messageTypeCodes).map(([name, code]) => [code, name as Message['type']]),
)

/** Takes type and body off `reader`, or says why not. */
export function readBody(reader: ByteReader, address: Address): Message | BodyRefusal {
  const code = reader.uint8()
  if (reader.failed) return 'malformed'
  const type = typeNames.get(code)
  if (type === undefined) return 'unknown-type'
  const message = readTyped(reader, address, type)
  return reader.failed ? 'malformed' : message
}

function readTyped(
  reader: ByteReader,
  address: Address,
  type: Message['type'],
): Message | BodyRefusal {
  switch (type) {
    case 'vote':
    case 'pre-vote': {
      const lastIndex = reader.uint53()
      const lastTerm = reader.uint53()
      const transfer = reader.flag()
      return { type, lastIndex, lastTerm, transfer, ...readCommitted(reader), ...address }
    }
    case 'vote-reply':
    case 'pre-vote-reply':
      return { type, granted: reader.flag(), ...readCommitted(reader), ...address }
    case 'append':
      return readAppend(reader, address)
    case 'append-reply':
      return readAppendReply(reader, address)
    case 'heartbeat': {
      const commit = reader.uint53()
      const readPosition = reader.uint53()
      return { type, commit, readPosition, matchedByAll: reader.uint53(), ...address }
    }
    case 'heartbeat-reply': {
      const readPosition = reader.uint53()
      return { type, readPosition, lacksState: reader.flag(), ...address }
    }
    case 'timeout-now':
      return { type, ...address }
    case 'read':
      return { type, requestId: reader.uint53(), ...address }
    case 'proposal':
      return readProposal(reader, address)
    case 'proposal-reply':
    case 'read-reply':
      return readForwardReply(reader, address, type)
    case 'removed':
      return { type, configurationId: reader.uint53(), ...address }
    case 'image-chunk':
      return readImageChunk(reader, address)
    case 'image-reply':
      return readImageReply(reader, address)
  }
}

function readCommitted(reader: ByteReader): { readonly committed?: LogMark } {
  const index = reader.uint53()
  const term = reader.uint53()
  return index === 0 ? {} : { committed: { index, term } }
}

function readAppend(reader: ByteReader, address: Address): Message | BodyRefusal {
  const prevIndex = reader.uint53()
  const prevTerm = reader.uint53()
  const commit = reader.uint53()
  const matchedByAll = reader.uint53()
  const count = reader.uint32()
  if (reader.failed) return 'malformed'
  if (count > entriesPerMessageMax) return 'too-large'
  const entries: Entry[] = []
  let lastTerm = prevTerm
  for (let i = 0; i < count; i += 1) {
    const entry = readEntry(reader)
    if (typeof entry === 'string') return entry
    // A log whose indexes jump or whose terms fall would trip assertions far from the cause.
    if (entry.index !== prevIndex + 1 + i || entry.term < lastTerm) return 'malformed'
    lastTerm = entry.term
    entries.push(entry)
  }
  if (lastTerm > address.term) return 'malformed'
  return { type: 'append', prevIndex, prevTerm, entries, commit, matchedByAll, ...address }
}

function readAppendReply(reader: ByteReader, address: Address): Message {
  const index = reader.uint53()
  const rejected = reader.flag()
  const hintIndex = reader.uint53()
  const hintTerm = reader.uint53()
  const digestIndex = reader.uint53()
  const digest = copyDigest(digestIndex, reader.raw(16))
  return { type: 'append-reply', index, rejected, hintIndex, hintTerm, digest, ...address }
}

/** A copy: a kept digest must not keep a whole frame alive. */
function copyDigest(index: number, bytes: Uint8Array): DigestMark {
  if (index === 0) return noDigest
  const digest = new Uint8Array(16)
  digest.set(bytes)
  return { index, digest }
}

function readProposal(reader: ByteReader, address: Address): Message | BodyRefusal {
  const requestId = reader.uint53()
  const dataBytes = reader.uint32()
  if (!reader.failed && dataBytes > entryDataBytesMax) return 'too-large'
  return { type: 'proposal', requestId, data: reader.kept(dataBytes), ...address }
}

function readForwardReply(
  reader: ByteReader,
  address: Address,
  type: 'proposal-reply' | 'read-reply',
): Message | BodyRefusal {
  const requestId = reader.uint53()
  const index = reader.uint53()
  const entryTerm = type === 'proposal-reply' ? reader.uint53() : 0
  const { known, refusal } = refusalOf(reader.uint8())
  const leader = reader.uint53()
  if (!known) return 'malformed'
  if (type === 'read-reply') return { type, requestId, index, refusal, leader, ...address }
  return { type, requestId, index, entryTerm, refusal, leader, ...address }
}

function readImageChunk(reader: ByteReader, address: Address): Message | BodyRefusal {
  const imageId = reader.uint53()
  const seq = reader.uint53()
  const isLast = reader.flag()
  const checksum = reader.uint32()
  const snapshot = readSnapshot(reader)
  const dataBytes = reader.uint32()
  // An image covers committed entries, and none of those is of a later term than its leader.
  if (snapshot === undefined || snapshot.term > address.term) return 'malformed'
  if (!reader.failed && dataBytes > imageChunkBytesMax) return 'too-large'
  const data = reader.raw(dataBytes)
  return { type: 'image-chunk', imageId, snapshot, seq, data, checksum, isLast, ...address }
}

function readImageReply(reader: ByteReader, address: Address): Message | BodyRefusal {
  const imageId = reader.uint53()
  const nextSeq = reader.uint53()
  const { known, refusal } = imageRefusalOf(reader.uint8())
  if (!known) return 'malformed'
  return { type: 'image-reply', imageId, nextSeq, refusal, ...address }
}
