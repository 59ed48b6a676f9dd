import { defineTable, tableBytes } from '../table-definition.ts'

/** The newest digest mark: what replicas compare (design 4.8). */
export interface DigestRow {
  /** A multiple of `digestIntervalIndexes`. */
  readonly index: number
  /** 16 bytes: the digest of the state right after the entry at `index`. */
  readonly digest: Uint8Array
}

/** The one digest row; not part of the digest itself. */
export const digestTable = defineTable<DigestRow, never>({
  name: 'digest',
  tableByte: tableBytes.digest,
  rowVersion: 1,
  id: () => 0,
  keyParts: () => [],
  encode: (row) => [row.index, row.digest],
  decode: (fields) => ({ index: fields.integer(1), digest: fields.bytes(16) }),
  indexes: {},
})
