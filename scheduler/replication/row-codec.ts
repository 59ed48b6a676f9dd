// Stored form of a row: key as in keys.ts, value = msgpack array [rowVersion, modIndex, ...fields].
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

/**
 * A stored row; throws `StateError` when bytes and table do not fit. That key and value belong
 * together is proven by the digest, which is over both.
 */
export function decodeRow(table: AnyTable, value: Uint8Array): { row: object; modIndex: number } {
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
