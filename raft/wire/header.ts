// The header in front of every message between replicas, and who may speak to whom.
// It carries its own length, so that newer versions append fields that older ones skip.
// Frozen: golden bytes in header.test.ts. All numbers big-endian.
//
//   headerBytes u16 (what follows) | protocolVersion u16 | group u32 | clusterId 16
//   | from.replicaId u64 | from.incarnation 16 | from.bootId 16
//   | to.replicaId u64 | to.incarnation 16 | term u64
import { assert, fromHex, toHex } from '../../base/index.ts'
import type { Message } from '../core/message.ts'
import type { ByteReader, ByteWriter } from './byte-cursor.ts'

/** Version of the message format this code speaks. */
export const protocolVersion = 1

/** Bytes of the header fields this version knows, after the length. */
const headerFieldsBytes = 94

/** Bytes of a whole header as this version writes it. */
export const headerBytes = 2 + headerFieldsBytes

/** clusterId, incarnation and bootId are 32 lower-case hex characters. */
export interface MessageHeader {
  readonly protocolVersion: number
  readonly clusterId: string
  /** Raft group; 0 is the only one. */
  readonly group: number
  readonly from: {
    readonly replicaId: number
    readonly incarnation: string
    readonly bootId: string
  }
  readonly to: { readonly replicaId: number; readonly incarnation: string }
  readonly term: number
}

/** Why a message is not for us. Counted by the transport, answered by silence. */
export type HeaderRefusal =
  | 'protocol-version'
  | 'wrong-cluster'
  /** Another replica or another group. */
  | 'wrong-target'
  /** We, or the sender, were another incarnation when this was written. */
  | 'wrong-incarnation'
  /** No member, and not one of the messages that are taken from strangers. */
  | 'unknown-sender'

/** Who we are, for `checkHeader`. */
export interface HeaderSelf {
  readonly clusterId: string
  readonly group: number
  readonly replicaId: number
  readonly incarnation: string
}

export type HeaderCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: HeaderRefusal }

/**
 * What a replica may say that we have no member row for, so that its incarnation cannot be checked.
 * Rows follow the configuration we have applied, which may be older than the sender's: it can be a
 * voter, or the leader, whose admission we have yet to hear of, and refusing it would leave us
 * behind for ever. Or it is newer than the sender's, which was removed and has to be told
 * or still hands its leadership over. The core knows the configuration and
 * decides. Answers and forwarded requests are refused: we asked members only.
 */
const strangersMessages: ReadonlySet<Message['type']> = new Set([
  'pre-vote',
  'vote',
  'append',
  'heartbeat',
  'timeout-now',
  'removed',
  'image-chunk',
])

/**
 * Compares a header with who we are and who the members are (by replicaId). Without the `type` of
 * the message that follows, every sender that is no member is refused.
 */
export function checkHeader(
  header: MessageHeader,
  self: HeaderSelf,
  members: ReadonlyMap<number, { readonly incarnation: string }>,
  type?: Message['type'],
): HeaderCheck {
  const reason = refusalOfSelf(header, self) ?? refusalOfSender(header, members, type)
  return reason === undefined ? { ok: true } : { ok: false, reason }
}

function refusalOfSelf(header: MessageHeader, self: HeaderSelf): HeaderRefusal | undefined {
  if (header.protocolVersion !== protocolVersion) return 'protocol-version'
  if (header.clusterId !== self.clusterId) return 'wrong-cluster'
  if (header.group !== self.group || header.to.replicaId !== self.replicaId) return 'wrong-target'
  if (header.to.incarnation !== self.incarnation) return 'wrong-incarnation'
  return header.from.replicaId === self.replicaId ? 'unknown-sender' : undefined
}

function refusalOfSender(
  { from }: MessageHeader,
  members: ReadonlyMap<number, { readonly incarnation: string }>,
  type: Message['type'] | undefined,
): HeaderRefusal | undefined {
  const sender = members.get(from.replicaId)
  if (sender !== undefined) {
    return sender.incarnation === from.incarnation ? undefined : 'wrong-incarnation'
  }
  return type !== undefined && strangersMessages.has(type) ? undefined : 'unknown-sender'
}

/** Appends `header` to a writer that has room for `headerBytes`. */
export function writeHeader(writer: ByteWriter, header: MessageHeader): void {
  writer.uint16(headerFieldsBytes)
  writer.uint16(header.protocolVersion)
  writer.uint32(header.group)
  writer.raw(idBytes(header.clusterId))
  writer.uint53(header.from.replicaId)
  writer.raw(idBytes(header.from.incarnation))
  writer.raw(idBytes(header.from.bootId))
  writer.uint53(header.to.replicaId)
  writer.raw(idBytes(header.to.incarnation))
  writer.uint53(header.term)
}

/** Takes a header off `reader`, skipping fields of newer versions; undefined when malformed. */
export function readHeader(reader: ByteReader): MessageHeader | undefined {
  const fieldsBytes = reader.uint16()
  const end = reader.offset + fieldsBytes
  if (reader.failed || fieldsBytes < headerFieldsBytes || end > reader.end) return undefined
  const version = reader.uint16()
  const group = reader.uint32()
  const clusterId = toHex(reader.raw(16))
  const from = {
    replicaId: reader.uint53(),
    incarnation: toHex(reader.raw(16)),
    bootId: toHex(reader.raw(16)),
  }
  const to = { replicaId: reader.uint53(), incarnation: toHex(reader.raw(16)) }
  const term = reader.uint53()
  if (reader.failed || from.replicaId < 1 || to.replicaId < 1) return undefined
  reader.offset = end
  return { protocolVersion: version, clusterId, group, from, to, term }
}

function idBytes(text: string): Uint8Array {
  const bytes = fromHex(text)
  assert(bytes?.length === 16, 'an id is 32 lower-case hex characters')
  return bytes
}
