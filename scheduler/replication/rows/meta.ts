import { defineTable, tableBytes } from '../table-definition.ts'

/** Where the stored state stands. Written with every chunk, in the same batch as its rows. */
export interface MetaRow {
  readonly appliedIndex: number
  readonly appliedTerm: number
  /** 16 bytes: the digest of the stored rows. */
  readonly digest: Uint8Array
}

/** The one meta row; not part of the digest. */
export const metaTable = defineTable<MetaRow, never>({
  name: 'meta',
  tableByte: tableBytes.meta,
  rowVersion: 1,
  id: () => 0,
  keyParts: () => [],
  encode: (row) => [row.appliedIndex, row.appliedTerm, row.digest],
  decode: (fields) => ({
    appliedIndex: fields.integer(1),
    appliedTerm: fields.integer(),
    digest: fields.bytes(16),
  }),
  indexes: {},
})
