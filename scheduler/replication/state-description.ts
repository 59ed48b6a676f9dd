// What the rows of a stored state are, read from a few of them: what an image says of itself.
import { configurationOfMembers } from './membership.ts'
import { encodeKey } from './keys.ts'
import { decodeRow } from './row-codec.ts'
import { StateError } from './errors.ts'
import { clockTable } from './rows/clock.ts'
import { configTable } from './rows/config.ts'
import { configurationKey, readConfiguration } from './rows/configuration.ts'
import { digestTable } from './rows/digest.ts'
import { memberTable } from './rows/member.ts'
import { metaCheck, metaTable } from './rows/meta.ts'
import { equalBytes } from '../../base/index.ts'
import type { Configuration } from '../../raft/index.ts'
import type { ClockRow } from './rows/clock.ts'
import type { ConfigRow } from './rows/config.ts'
import type { DigestRow } from './rows/digest.ts'
import type { MemberRow } from './rows/member.ts'
import type { MetaRow } from './rows/meta.ts'
import type { AnyTable, KeyPart, TableDefinition } from './table-definition.ts'

/** What a state is: it shows everything up to the entry (index, term) and nothing later. */
export interface StateDescription {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
  readonly clusterClockMs: number
  /** 16 bytes. */
  readonly digest: Uint8Array
}

/** Keys of the rows that describe a state. */
export const descriptionKeys = {
  meta: keyOf(metaTable, []),
  digest: keyOf(digestTable, []),
  clock: keyOf(clockTable, []),
  configuration: keyOf(configTable, [configurationKey]),
} as const

/** What the keys of all member rows begin with. */
export const memberKeyPrefix: Uint8Array = encodeKey(memberTable.tableByte, undefined, [])

/** Values of those rows, as far as they are there. */
export type DescriptionValues = Readonly<
  Record<keyof typeof descriptionKeys, Uint8Array | undefined>
>

/** Describes a state. Throws `StateError` when the rows do not fit together. */
export function describeState(
  values: DescriptionValues,
  members: readonly (readonly [key: Uint8Array, value: Uint8Array])[],
): StateDescription {
  const meta = read<MetaRow>(metaTable, descriptionKeys.meta, values.meta)
  const mark = read<DigestRow>(digestTable, descriptionKeys.digest, values.digest)
  const clock = read<ClockRow>(clockTable, descriptionKeys.clock, values.clock)
  const row = read<ConfigRow>(configTable, descriptionKeys.configuration, values.configuration)
  if (meta === undefined || !equalBytes(meta.check, metaCheck(meta, mark))) {
    throw new StateError('SCHED_STATE_DAMAGED', 'the stored state does not say where it stands')
  }
  const { appliedIndex: index, appliedTerm: term, digest } = meta
  const clusterClockMs = clock?.clusterClockMs ?? 0
  const configuration =
    row === undefined ? configurationOfMembers(members.map(readMember)) : readConfiguration(row)
  return { index, term, configuration, clusterClockMs, digest }
}

function keyOf({ tableByte }: Pick<AnyTable, 'tableByte'>, parts: readonly KeyPart[]): Uint8Array {
  return encodeKey(tableByte, undefined, parts)
}

function readMember([key, value]: readonly [Uint8Array, Uint8Array]): MemberRow {
  return decodeRow(memberTable, key, value).row as MemberRow
}

function read<Row extends object>(
  table: TableDefinition<Row, string>,
  key: Uint8Array,
  value: Uint8Array | undefined,
): Row | undefined {
  if (value === undefined) return undefined
  return decodeRow(table, key, value).row as Row
}
