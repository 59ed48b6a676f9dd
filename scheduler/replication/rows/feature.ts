import { defineTable, tableBytes } from '../table-definition.ts'

/** A behaviour that every replica has switched on at the same log index (design 4.14). */
export interface FeatureRow {
  readonly name: string
  readonly enabledAtIndex: number
}

/** Longest name of a feature, UTF-16 units. Frozen. */
export const featureNameLengthMax = 128

/** Features that are on, by name. */
export const featureTable = defineTable<FeatureRow, 'byName'>({
  name: 'features',
  tableByte: tableBytes.features,
  rowVersion: 1,
  id: (row) => row.name,
  keyParts: (row) => [row.name],
  encode: (row) => [row.name, row.enabledAtIndex],
  decode: (fields) => ({
    name: fields.text(featureNameLengthMax),
    enabledAtIndex: fields.integer(1),
  }),
  indexes: { byName: { order: [(row) => row.name] } },
})
