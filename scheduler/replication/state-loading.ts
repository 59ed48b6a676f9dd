// Rebuilds tables from stored rows and proves that they are the rows that were written.
import { equalBytes } from '../../base/index.ts'
import { hashCell } from './digest.ts'
import { StateError } from './errors.ts'
import { decodeRowValue } from './row-codec.ts'
import { digestTable } from './rows/digest.ts'
import { metaCheck, metaTable } from './rows/meta.ts'
import { newCell } from './table.ts'
import type { StateReader } from './state-access.ts'
import type { Settlement } from './settlement.ts'
import type { TableSet } from './table-set.ts'

/** Adds one stored row. */
export function loadRow(
  tables: TableSet,
  settlement: Settlement,
  key: Uint8Array,
  value: Uint8Array,
): void {
  const table = key.length === 0 ? undefined : tables.byByte(key[0]!)
  if (table === undefined) {
    const message = `a row of the unknown table ${key[0] ?? 'none'}`
    throw new StateError('SCHED_UNSUPPORTED_COMMAND', message)
  }
  const { row, modIndex } = decodeRowValue(table.definition, value)
  const cell = newCell(row, modIndex)
  hashCell(cell, key, value)
  if (!table.load(cell)) {
    throw new StateError('SCHED_STATE_DAMAGED', `table ${table.definition.name}: a row twice`)
  }
  settlement.loaded(table, cell)
}

/** Builds the indexes and requires that the loaded rows add up to the digest written with them. */
export function verifyLoaded(tables: TableSet, reader: StateReader, digest: Uint8Array): void {
  for (const table of tables.list) table.finishLoading()
  const meta = reader.get(metaTable, 0)
  if (meta === undefined) {
    const isEmpty = tables.list.every((table) => table.size === 0)
    if (isEmpty) return
    throw new StateError('SCHED_STATE_DAMAGED', 'the stored state has no meta row')
  }
  const mark = reader.get(digestTable, 0)
  const isSound =
    equalBytes(meta.digest, digest) &&
    equalBytes(meta.check, metaCheck(meta, mark)) &&
    reader.modIndex(metaTable, 0) === meta.appliedIndex &&
    reader.modIndex(digestTable, 0) === (mark?.index ?? 0)
  if (isSound) return
  const message = `the stored state does not add up to its digest at ${meta.appliedIndex}`
  throw new StateError('SCHED_STATE_DAMAGED', message)
}
