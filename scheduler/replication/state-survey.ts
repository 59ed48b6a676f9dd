// What stored rows say about the cluster they are of, looked at one after another: proves the
// digest without building tables, so that a state of any size can be inspected.
import { equalBytes, toHex } from '../../base/index.ts'
import { hashCell, StateDigest, tablesOutsideDigest } from './digest.ts'
import { StateError } from './errors.ts'
import { membersMax } from './limits.ts'
import { decodeRow } from './row-codec.ts'
import { clusterIdKey, configTable } from './rows/config.ts'
import { featureTable } from './rows/feature.ts'
import { memberTable } from './rows/member.ts'
import { metaTable } from './rows/meta.ts'
import { describeState, descriptionKeys } from './state-description.ts'
import { newCell } from './table.ts'
import { tableBytes } from './table-definition.ts'
import type { ConfigRow } from './rows/config.ts'
import type { FeatureRow } from './rows/feature.ts'
import type { MemberRow } from './rows/member.ts'
import type { MetaRow } from './rows/meta.ts'
import type { DescriptionValues, StateDescription } from './state-description.ts'

/** Rows of one table. */
export interface TableSurvey {
  /** Its byte when this program knows no such table. */
  readonly name: string
  readonly rows: number
  /** Of keys and values. */
  readonly bytes: number
}

/** What a whole state is. */
export interface StateSurveyed extends StateDescription {
  /** 32 lower-case hex characters; '' when the rows do not say. */
  readonly clusterId: string
  readonly rows: number
  readonly bytes: number
  /** By table byte; only those with rows. */
  readonly tables: readonly TableSurvey[]
  readonly members: readonly MemberRow[]
  /** Features that are on, in the order of their keys. */
  readonly features: readonly string[]
}

/** Takes all rows of a state, in any order. */
export class StateSurvey {
  readonly #digest = new StateDigest()
  /** Carries a hash into the digest. */
  readonly #cell = newCell({}, 0)
  readonly #tables = new Map<number, { rows: number; bytes: number }>()
  readonly #values: { -readonly [Name in keyof DescriptionValues]: DescriptionValues[Name] } = {
    meta: undefined,
    digest: undefined,
    clock: undefined,
    configuration: undefined,
  }
  readonly #members: (readonly [Uint8Array, Uint8Array])[] = []
  readonly #features: string[] = []
  #clusterId = ''

  /** Throws `StateError` for a row that says who the cluster is and cannot be read. */
  add(key: Uint8Array, value: Uint8Array): void {
    const byte = key[0] ?? 0
    const table = this.#tables.get(byte) ?? { rows: 0, bytes: 0 }
    this.#tables.set(byte, table)
    table.rows += 1
    table.bytes += key.length + value.length
    if (!tablesOutsideDigest.includes(byte)) {
      hashCell(this.#cell, key, value)
      this.#digest.add(this.#cell)
    }
    if (byte < tableBytes.hosts) this.#note(key, value)
  }

  /** Throws `StateError` when the rows are not the whole of one state. */
  finish(): StateSurveyed {
    const description = describeState(this.#values, this.#members)
    if (!equalBytes(description.digest, this.#digest.bytes())) {
      const message = `the rows do not add up to their digest at ${description.index}`
      throw new StateError('SCHED_STATE_DAMAGED', message)
    }
    const tables = [...this.#tables].sort(([a], [b]) => a - b)
    return {
      ...description,
      clusterId: this.#clusterId,
      rows: tables.reduce((sum, [, { rows }]) => sum + rows, 0),
      bytes: tables.reduce((sum, [, { bytes }]) => sum + bytes, 0),
      tables: tables.map(([byte, counted]) => ({ name: tableName(byte), ...counted })),
      members: this.#members.map(
        ([key, value]) => decodeRow(memberTable, key, value).row as MemberRow,
      ),
      features: this.#features,
    }
  }

  #note(key: Uint8Array, value: Uint8Array): void {
    for (const [name, known] of Object.entries(descriptionKeys)) {
      if (equalBytes(key, known)) this.#values[name as keyof DescriptionValues] = value.slice()
    }
    switch (key[0]) {
      case tableBytes.members:
        if (this.#members.length >= membersMax) {
          throw new StateError('SCHED_STATE_DAMAGED', 'too many members')
        }
        this.#members.push([key.slice(), value.slice()])
        break
      case tableBytes.config: {
        const row = decodeRow(configTable, key, value).row as ConfigRow
        if (row.key === clusterIdKey) this.#clusterId = toHex(row.value)
        break
      }
      case tableBytes.features:
        this.#features.push((decodeRow(featureTable, key, value).row as FeatureRow).name)
        break
      case tableBytes.meta:
        requireSameIndex(key, value)
        break
      default:
    }
  }
}

/** The meta row is written with the entry it names. */
function requireSameIndex(key: Uint8Array, value: Uint8Array): void {
  const { row, modIndex } = decodeRow(metaTable, key, value)
  if ((row as MetaRow).appliedIndex === modIndex) return
  throw new StateError('SCHED_STATE_DAMAGED', 'the stored state does not say where it stands')
}

const names = new Map(Object.entries(tableBytes).map(([name, byte]) => [byte as number, name]))

function tableName(byte: number): string {
  return names.get(byte) ?? `0x${byte.toString(16).padStart(2, '0')}`
}
