import { hashInto, lanesToBytes } from '../hash.ts'
import { pack } from '../msgpack.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import type { DigestRow } from './digest.ts'
import type { Wire } from '../wire.ts'

/** Where the stored state stands. Written with every chunk, in the same batch as its rows. */
export interface MetaRow {
  readonly appliedIndex: number
  readonly appliedTerm: number
  /** 16 bytes: the digest of the stored rows. */
  readonly digest: Uint8Array
  /** 16 bytes that vouch for this row and the digest row, which the digest leaves out. */
  readonly check: Uint8Array
}

/** The check of a meta row that is stored beside the digest row `mark`. */
export function metaCheck(
  meta: Pick<MetaRow, 'appliedIndex' | 'appliedTerm' | 'digest'>,
  mark: DigestRow | undefined,
): Uint8Array {
  const { appliedIndex, appliedTerm, digest } = meta
  const marked: Wire = mark === undefined ? null : [mark.index, mark.digest]
  const lanes = new Int32Array(4)
  hashInto(lanes, pack([appliedIndex, appliedTerm, digest, marked]))
  return lanesToBytes(lanes)
}

/** The one meta row; not part of the digest. */
export const metaTable = defineTable<MetaRow, never>({
  name: 'meta',
  tableByte: tableBytes.meta,
  rowVersion: 1,
  id: () => 0,
  keyParts: () => [],
  encode: (row) => [row.appliedIndex, row.appliedTerm, row.digest, row.check],
  decode: (fields) => ({
    appliedIndex: fields.integer(1),
    appliedTerm: fields.integer(),
    digest: fields.bytes(16),
    check: fields.bytes(16),
  }),
  indexes: {},
})
