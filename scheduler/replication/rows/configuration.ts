// The configuration in force as a row of the table `config`: what Raft is started from.
// Frozen: golden bytes in scheduler/replication/membership.test.ts.
//   [version = 1, id, highestId, autoLeave, voters, votersOutgoing, learners, learnersNext]
import { StateError } from '../errors.ts'
import { membersMax } from '../limits.ts'
import { pack, unpack } from '../msgpack.ts'
import { FieldReader, isArray, WireFormatError } from '../wire.ts'
import type { Configuration } from '../../../raft/index.ts'
import type { ConfigRow } from './config.ts'

/** Key of the row. There is none before the first change of the membership. */
export const configurationKey = 'cluster/configuration'

const configurationVersion = 1

/** The row that says `configuration`. */
export function configurationRow(configuration: Configuration, writtenWallMs: number): ConfigRow {
  const { id, highestId, autoLeave, voters, votersOutgoing, learners, learnersNext } = configuration
  const lists = [voters, votersOutgoing, learners, learnersNext]
  const packed = pack([configurationVersion, id, highestId, autoLeave, ...lists])
  return { key: configurationKey, value: new Uint8Array(packed), actor: '', writtenWallMs }
}

/** What a row says. Throws `StateError`: it was written by a newer version, or is damaged. */
export function readConfiguration(row: ConfigRow): Configuration {
  const value = unpack(row.value)
  try {
    if (!isArray(value)) throw new WireFormatError('expected an array')
    const fields = new FieldReader(value)
    if (fields.integer(1) > configurationVersion) {
      throw new StateError('SCHED_UNSUPPORTED_COMMAND', 'the configuration is of a newer version')
    }
    const configuration = {
      id: fields.integer(),
      highestId: fields.integer(),
      autoLeave: fields.boolean(),
      voters: readIds(fields),
      votersOutgoing: readIds(fields),
      learners: readIds(fields),
      learnersNext: readIds(fields),
    }
    fields.end()
    return configuration
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error
    throw new StateError('SCHED_STATE_DAMAGED', `the configuration: ${error.message}`)
  }
}

function readIds(fields: FieldReader): number[] {
  return fields.list(membersMax, (ids) => ids.integer(1))
}
