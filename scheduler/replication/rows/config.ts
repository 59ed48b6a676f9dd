import { KiB } from '../../../base/index.ts'
import { defineTable, tableBytes } from '../table-definition.ts'

/** A piece of replicated configuration; the row's modIndex is its version. */
export interface ConfigRow {
  readonly key: string
  readonly value: Uint8Array
  /** Who wrote it; '' = the system. */
  readonly actor: string
  /** Wall time (the state's) of the write, ms since the Unix epoch. */
  readonly writtenWallMs: number
}

/** Key of the row that holds the 16 bytes of the clusterId. */
export const clusterIdKey = 'cluster/id'

/** Longest key, UTF-16 units. Frozen. */
export const configKeyLengthMax = 512

/** Largest value. Frozen. */
export const configValueBytesMax = 256 * KiB

/** Configuration by key. */
export const configTable = defineTable<ConfigRow, 'byKey'>({
  name: 'config',
  tableByte: tableBytes.config,
  rowVersion: 1,
  id: (row) => row.key,
  keyParts: (row) => [row.key],
  encode: (row) => [row.key, row.value, row.actor, row.writtenWallMs],
  decode: (fields) => ({
    key: fields.text(configKeyLengthMax),
    value: fields.bytes(configValueBytesMax),
    actor: fields.text(configKeyLengthMax),
    writtenWallMs: fields.integer(),
  }),
  indexes: { byKey: { order: [(row) => row.key] } },
})
