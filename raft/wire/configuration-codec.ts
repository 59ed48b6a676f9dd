// Bytes of a configuration and of what an image covers, the same in messages and in image files.
// Frozen: golden bytes in configuration-codec.test.ts. All numbers big-endian.
//
//   configuration  id u64 | highestId u64 | autoLeave u8 | voters | votersOutgoing | learners
//                  | learnersNext; each list: count u8 | count x id u64, ids rising
//   snapshot       index u64 | term u64 | clusterClockMs u64 | configuration
import { configurationFlaw } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Snapshot } from '../core/message.ts'
import { ByteReader, ByteWriter } from './byte-cursor.ts'

const configurationFixedBytes = 21
const snapshotFixedBytes = 24

/** Size of `configuration` as `writeConfiguration` writes it. */
export function configurationEncodedBytes(configuration: Configuration): number {
  const ids = listsOf(configuration).reduce((sum, list) => sum + list.length, 0)
  return configurationFixedBytes + 8 * ids
}

/** Appends `configuration` to a writer that has room for `configurationEncodedBytes`. */
export function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  writer.uint53(configuration.id)
  writer.uint53(configuration.highestId)
  writer.uint8(configuration.autoLeave ? 1 : 0)
  for (const list of listsOf(configuration)) {
    writer.uint8(list.length)
    for (const id of list) writer.uint53(id)
  }
}

/** Takes a configuration off `reader`; undefined when it is none or its parts do not fit. */
export function readConfiguration(reader: ByteReader): Configuration | undefined {
  const id = reader.uint53()
  const highestId = reader.uint53()
  const autoLeave = reader.flag()
  const voters = readList(reader)
  const votersOutgoing = readList(reader)
  const learners = readList(reader)
  const learnersNext = readList(reader)
  if (reader.failed) return undefined
  const configuration = {
    id,
    voters,
    votersOutgoing,
    learners,
    learnersNext,
    autoLeave,
    highestId,
  }
  return configurationFlaw(configuration) === undefined ? configuration : undefined
}

/** Bytes of `configuration`. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const writer = new ByteWriter(configurationEncodedBytes(configuration))
  writeConfiguration(writer, configuration)
  return writer.bytes
}

/** Reads what `encodeConfiguration` wrote, and nothing else; otherwise undefined. Never throws. */
export function decodeConfiguration(bytes: Uint8Array): Configuration | undefined {
  const reader = new ByteReader(bytes)
  const configuration = readConfiguration(reader)
  return reader.offset === bytes.length ? configuration : undefined
}

/** Size of `snapshot` as `writeSnapshot` writes it. */
export function snapshotEncodedBytes(snapshot: Snapshot): number {
  return snapshotFixedBytes + configurationEncodedBytes(snapshot.configuration)
}

/** Appends `snapshot` to a writer that has room for `snapshotEncodedBytes`. */
export function writeSnapshot(writer: ByteWriter, snapshot: Snapshot): void {
  writer.uint53(snapshot.index)
  writer.uint53(snapshot.term)
  writer.uint53(snapshot.clusterClockMs)
  writeConfiguration(writer, snapshot.configuration)
}

/**
 * Takes a snapshot off `reader`; undefined when it is none, or when its configuration was made
 * after what it covers.
 */
export function readSnapshot(reader: ByteReader): Snapshot | undefined {
  const index = reader.uint53()
  const term = reader.uint53()
  const clusterClockMs = reader.uint53()
  const configuration = readConfiguration(reader)
  if (configuration === undefined || index < 1 || term < 1) return undefined
  if (configuration.id > index) return undefined
  return { index, term, configuration, clusterClockMs }
}

function listsOf(configuration: Configuration): readonly (readonly number[])[] {
  const { voters, votersOutgoing, learners, learnersNext } = configuration
  return [voters, votersOutgoing, learners, learnersNext]
}

/** A count is at most 255, so nothing large is read before the whole is checked. */
function readList(reader: ByteReader): number[] {
  const count = reader.uint8()
  const ids: number[] = []
  for (let i = 0; i < count && !reader.failed; i += 1) ids.push(reader.uint53())
  return ids
}
