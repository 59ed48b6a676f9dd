// What a change of the membership says about its members besides their ids: the `context` of raft's
// change frame. Frozen: golden bytes in membership.test.ts.
//   [version = 1, [[replicaId, incarnation (16 bytes), hostId, raftAddress, reason], …]]
// A change that needs to say nothing has no bytes at all.
import { changeOperationsMax } from '../../raft/index.ts'
import { StateError } from './errors.ts'
import { pack, unpack } from './msgpack.ts'
import { idBytes, memberTextLengthMax, readIdBytes } from './rows/member.ts'
import { removalReasons } from './rows/removed-member.ts'
import { FieldReader, isArray, WireFormatError } from './wire.ts'
import type { RemovalReason } from './rows/removed-member.ts'

const contextVersion = 1

/** Who a member is, for the operation of a change that names its id. */
export interface MemberDetails {
  readonly replicaId: number
  /** 32 lower-case hex characters. */
  readonly incarnation: string
  /** '' where it does not matter or stays as it is. */
  readonly hostId: string
  /** host:port of its Raft service; '' as above. */
  readonly raftAddress: string
  /** Why it is removed. @default 'removed' where it is */
  readonly reason?: RemovalReason
}

/** The context that carries `details`, one for each id at most. */
export function encodeChangeContext(details: readonly MemberDetails[]): Uint8Array {
  if (details.length === 0) return new Uint8Array(0)
  const items = details.map(({ replicaId, incarnation, hostId, raftAddress, reason }) => [
    replicaId,
    idBytes(incarnation),
    hostId,
    raftAddress,
    reason ?? '',
  ])
  return new Uint8Array(pack([contextVersion, items]))
}

/**
 * The details by replicaId; undefined when the bytes are no context. Throws `StateError` when they
 * are one of a newer version, whose effect this program cannot know.
 */
export function decodeChangeContext(
  context: Uint8Array,
): ReadonlyMap<number, MemberDetails> | undefined {
  if (context.length === 0) return new Map()
  const value = unpack(context)
  if (!isArray(value)) return undefined
  const fields = new FieldReader(value)
  try {
    if (fields.integer(1) > contextVersion) {
      throw new StateError('SCHED_UNSUPPORTED_COMMAND', 'a change of members of a newer version')
    }
    const list = fields.list(changeOperationsMax, (items) => items.nested(readDetails))
    fields.end()
    const details = new Map(list.map((each) => [each.replicaId, each]))
    return details.size === list.length ? details : undefined
  } catch (error) {
    if (error instanceof WireFormatError) return undefined
    throw error
  }
}

function readDetails(fields: FieldReader): MemberDetails {
  const details = {
    replicaId: fields.integer(1),
    incarnation: readIdBytes(fields),
    hostId: fields.text(memberTextLengthMax),
    raftAddress: fields.text(memberTextLengthMax),
  }
  const reason = fields.oneOf(['', ...removalReasons])
  return reason === '' ? details : { ...details, reason }
}
