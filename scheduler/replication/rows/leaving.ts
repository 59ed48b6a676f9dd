// Why the members that a joint change removes are removed, kept until the joint configuration is
// left and their rows go. A row of the table `config`, there only meanwhile. Frozen: golden bytes
// in scheduler/replication/join-commands.test.ts.
//   [version = 1, [[replicaId, reason], …]]
import { changeOperationsMax } from '../../../raft/index.ts'
import { StateError } from '../errors.ts'
import { pack, unpack } from '../msgpack.ts'
import { FieldReader, isArray, WireFormatError } from '../wire.ts'
import { removalReasons } from './removed-member.ts'
import type { ConfigRow } from './config.ts'
import type { RemovalReason } from './removed-member.ts'

/** Key of the row. */
export const leavingKey = 'cluster/leaving'

const leavingVersion = 1

type Leaving = ReadonlyMap<number, RemovalReason>

/** The row that says `leaving`. */
export function leavingRow(leaving: Leaving, writtenWallMs: number): ConfigRow {
  const value = new Uint8Array(pack([leavingVersion, [...leaving]]))
  return { key: leavingKey, value, actor: '', writtenWallMs }
}

/** What a row says. Throws `StateError`: it was written by a newer version, or is damaged. */
export function readLeaving(row: ConfigRow): Leaving {
  const value = unpack(row.value)
  try {
    if (!isArray(value)) throw new WireFormatError('expected an array')
    const fields = new FieldReader(value)
    if (fields.integer(1) > leavingVersion) {
      throw new StateError('SCHED_UNSUPPORTED_COMMAND', 'leaving members of a newer version')
    }
    const list = fields.list(changeOperationsMax, (items) => items.nested(readItem))
    fields.end()
    return new Map(list)
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error
    throw new StateError('SCHED_STATE_DAMAGED', `leaving members: ${error.message}`)
  }
}

function readItem(fields: FieldReader): readonly [number, RemovalReason] {
  return [fields.integer(1), fields.oneOf(removalReasons)]
}
