// Data of a log entry: a batch of commands that one member proposed in one session. Frozen:
//   [formatVersion = 1, wallMs (always a float64, at a fixed offset), sessionId, commands]
//   command = [version = 1, kind, kindVersion, seq, notAfterMs, actor, opId, body]
// Wall time and session stand once for all commands, because an entry has one leader that stamps
// it and one member that made it.
import { assert, concatBytes } from '../../base/index.ts'
import { actorLengthMax, batchBytesMax, batchCommandsMax } from './limits.ts'
import { pack, unpack } from './msgpack.ts'
import { FieldReader, isArray, WireFormatError } from './wire.ts'
import type { Wire } from './wire.ts'

const batchFormatVersion = 1
const commandVersion = 1
const wallMsOffset = 3

/** A command as it travels in the log. */
export interface Envelope {
  readonly kind: number
  readonly kindVersion: number
  /** Position in its session, from 1 without gaps; 0 outside sessions. */
  readonly seq: number
  /** Cluster time after which it is applied as `expired`; 0 = never expires. */
  readonly notAfterMs: number
  /** Who asked; '' = the member itself. */
  readonly actor: string
  /** Natural id of the client operation; '' = none. */
  readonly opId: string
  readonly body: readonly Wire[]
}

/** Commands of one entry. */
export interface Batch {
  /** The leader's wall clock when it appended the entry; 0 before. */
  readonly wallMs: number
  /** 0 for commands outside sessions. */
  readonly sessionId: number
  readonly commands: readonly Envelope[]
}

/** Why bytes are not a batch: `unsupported` was written by a newer version. */
export type BatchRefusal = 'malformed' | 'unsupported' | 'too-large'

/** Bytes of one command, for `joinBatch`. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return encodeEnvelopeAround(envelope, pack(envelope.body))
}

/** The same with the packed body at hand, so that a large one is packed once. */
export function encodeEnvelopeAround(
  envelope: Omit<Envelope, 'body'>,
  packedBody: Uint8Array,
): Uint8Array {
  const { kind, kindVersion, seq, notAfterMs, actor, opId } = envelope
  const head = pack([commandVersion, kind, kindVersion, seq, notAfterMs, actor, opId])
  // An array of 7 becomes one of 8: the body follows.
  head[0] = 0x98
  return concatBytes([head, packedBody])
}

/** Bytes of a batch of already encoded commands (1 … `batchCommandsMax`), not yet stamped. */
export function joinBatch(sessionId: number, commands: readonly Uint8Array[]): Uint8Array {
  assert(commands.length >= 1 && commands.length <= batchCommandsMax, 'a batch has commands')
  const head = new Uint8Array(wallMsOffset + 8)
  head.set([0x94, batchFormatVersion, 0xcb])
  const count = commands.length
  const listHead =
    count < 16 ? Uint8Array.of(0x90 | count) : Uint8Array.of(0xdc, count >>> 8, count & 0xff)
  return concatBytes([head, pack(sessionId), listHead, ...commands])
}

/**
 * A copy of `data` with the wall time set (whole milliseconds). A copy, because the original may be
 * proposed again: entries that share bytes would change each other. What is not a batch stays.
 */
export function stampBatch(data: Uint8Array, wallMs: number): Uint8Array {
  if (data.length <= wallMsOffset + 8 || data[wallMsOffset - 1] !== 0xcb) return data
  // Not `slice`: of the host's buffers that is no copy.
  const stamped = new Uint8Array(data)
  const view = new DataView(stamped.buffer)
  view.setFloat64(wallMsOffset, Math.max(0, Math.floor(wallMs)))
  return stamped
}

/** Takes a batch apart. */
export function decodeBatch(
  data: Uint8Array,
): { ok: true; batch: Batch } | { ok: false; reason: BatchRefusal } {
  if (data.length > batchBytesMax) return { ok: false, reason: 'too-large' }
  const value = unpack(data)
  if (!isArray(value)) return { ok: false, reason: 'malformed' }
  if (value[0] !== batchFormatVersion) return refuseVersion(value[0])
  try {
    const fields = new FieldReader(value)
    fields.integer()
    const wallMs = fields.integer()
    const sessionId = fields.integer()
    let unsupported = false
    const commands = fields.list(batchCommandsMax, (items) =>
      items.nested((command) => {
        unsupported ||= command.integer() !== commandVersion
        return unsupported ? skipped(command) : readEnvelope(command)
      }),
    )
    fields.end()
    if (unsupported) return { ok: false, reason: 'unsupported' }
    if (commands.length === 0) return { ok: false, reason: 'malformed' }
    return { ok: true, batch: { wallMs, sessionId, commands } }
  } catch (error) {
    if (error instanceof WireFormatError) return { ok: false, reason: 'malformed' }
    throw error
  }
}

function refuseVersion(version: Wire | undefined): { ok: false; reason: BatchRefusal } {
  const isNewer = typeof version === 'number' && version > batchFormatVersion
  return { ok: false, reason: isNewer ? 'unsupported' : 'malformed' }
}

function readEnvelope(fields: FieldReader): Envelope {
  return {
    kind: fields.integer(1, 65_535),
    kindVersion: fields.integer(1, 65_535),
    seq: fields.integer(),
    notAfterMs: fields.integer(),
    actor: fields.text(actorLengthMax),
    opId: fields.text(actorLengthMax),
    body: readBody(fields),
  }
}

function readBody(fields: FieldReader): readonly Wire[] {
  const body = fields.raw()
  if (!isArray(body)) throw new WireFormatError('a body is an array')
  return body
}

/** Stands for a command of a newer version, whose fields mean nothing here. */
function skipped(fields: FieldReader): Envelope {
  while (fields.remaining > 0) fields.raw()
  return { kind: 1, kindVersion: 1, seq: 0, notAfterMs: 0, actor: '', opId: '', body: [] }
}
