import { hostAdmissionsMax, hostAdmissionWindowMs, hostJoinsMax } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import { memberTextLengthMax } from './member.ts'
import type { StateReader, Transaction } from '../state-access.ts'

/** When a host was admitted last, so that one that flaps cannot wear the cluster out. */
export interface HostJoinsRow {
  readonly hostId: string
  /** Cluster times of the last `hostAdmissionsMax` admissions, rising; at least one. */
  readonly askedAtMs: readonly number[]
}

/** Admissions by host. */
export const hostJoinsTable = defineTable<HostJoinsRow, 'byAge'>({
  name: 'host-joins',
  tableByte: tableBytes.hostJoins,
  rowVersion: 1,
  id: (row) => row.hostId,
  keyParts: (row) => [row.hostId],
  encode: (row) => [row.hostId, row.askedAtMs],
  decode: (fields) => ({
    hostId: fields.text(memberTextLengthMax),
    askedAtMs: fields.list(hostAdmissionsMax, (items) => items.integer()),
  }),
  indexes: { byAge: { order: [(row) => row.askedAtMs.at(-1) ?? 0, (row) => row.hostId] } },
})

/** Whether the host was admitted too often lately to be admitted now. */
export function isJoinRateLimited(reader: StateReader, hostId: string, nowMs: number): boolean {
  const times = reader.get(hostJoinsTable, hostId)?.askedAtMs ?? []
  const oldest = times[0]
  if (oldest === undefined || times.length < hostAdmissionsMax) return false
  return nowMs - oldest < hostAdmissionWindowMs
}

/** Counts an admission; the host that was admitted longest ago goes when there are too many. */
export function countAdmission(tx: Transaction, hostId: string, nowMs: number): void {
  const before = tx.get(hostJoinsTable, hostId)
  if (before === undefined && tx.count(hostJoinsTable) >= hostJoinsMax) {
    const oldest = tx.first(hostJoinsTable, 'byAge')
    if (oldest !== undefined) tx.delete(hostJoinsTable, oldest.hostId)
  }
  const askedAtMs = [...(before?.askedAtMs ?? []), nowMs].slice(-hostAdmissionsMax)
  tx.put(hostJoinsTable, { hostId, askedAtMs })
}
