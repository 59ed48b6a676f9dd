import { defineTable, tableBytes } from '../table-definition.ts'

/** The two times of the state (design 4.9); neither goes back. */
export interface ClockRow {
  /** Largest stamp of an applied entry. */
  readonly clusterClockMs: number
  /** Largest leader's wall time of an applied entry; 0 = none yet. */
  readonly wallMs: number
}

/** The one clock row. */
export const clockTable = defineTable<ClockRow, never>({
  name: 'clock',
  tableByte: tableBytes.clock,
  rowVersion: 1,
  id: () => 0,
  keyParts: () => [],
  encode: (row) => [row.clusterClockMs, row.wallMs],
  decode: (fields) => ({ clusterClockMs: fields.integer(), wallMs: fields.integer() }),
  indexes: {},
})
