// Stored form of a row: key as in keys.ts, value = msgpack array [rowVersion, modIndex, ...fields].
import { equalBytes } from '../../base/index.ts'
import { StateError } from './errors.ts'
import { encodeKey, slotOf } from './keys.ts'
import { pack, unpack } from './msgpack.ts'
import { FieldReader, isArray, WireFormatError } from './wire.ts'
import type { AnyTable } from './table-definition.ts'

/** Stored key of a row. */
export function rowKey(table: AnyTable, row: object): Uint8Array {
  const slot = table.slotOf === undefined ? undefined : slotOf(table.slotOf(row))
  return encodeKey(table.tableByte, slot, table.keyParts(row))
}

/** Stored value of a row last changed at `modIndex`. */
export function rowValue(table: AnyTable, row: object, modIndex: number): Uint8Array {
  return pack([table.rowVersion, modIndex, ...table.encode(row)])
}

/** A row and when it changed last. */
export interface StoredRow {
  readonly row: object
  readonly modIndex: number
}

/** A stored row; throws `StateError` when key, value and table do not fit. */
export function decodeRow(table: AnyTable, key: Uint8Array, value: Uint8Array): StoredRow {
  const stored = decodeRowValue(table, value)
  if (!equalBytes(rowKey(table, stored.row), key)) throw damaged(table, 'key and row differ')
  return stored
}

/** The same for a whole state, whose digest proves that keys and values belong together. */
export function decodeRowValue(table: AnyTable, value: Uint8Array): StoredRow {
  const values = unpack(value)
  if (!isArray(values)) throw damaged(table, 'not a row')
  const fields = new FieldReader(values)
  try {
    const rowVersion = fields.integer(1)
    if (rowVersion > table.rowVersion) {
      const message = `${table.name}: row version ${rowVersion} is newer than this program`
      throw new StateError('SCHED_UNSUPPORTED_COMMAND', message)
    }
    const modIndex = fields.integer(1)
    const row = table.decode(fields, rowVersion)
    fields.end()
    return { row, modIndex }
  } catch (error) {
    if (error instanceof WireFormatError) throw damaged(table, error.message)
    throw error
  }
}

function damaged(table: AnyTable, why: string): StateError {
  return new StateError('SCHED_STATE_DAMAGED', `table ${table.name}: ${why}`)
}
