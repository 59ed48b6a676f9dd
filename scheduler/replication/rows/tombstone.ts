import { tombstonesMax, tombstoneTtlMs } from '../limits.ts'
import { defineTable, tableBytes } from '../table-definition.ts'
import type { CommandContext } from '../command.ts'
import type { StateReader, Transaction } from '../state-access.ts'

/**
 * Remembers for a while that something was removed, so that a late message cannot bring it back.
 */
export interface TombstoneRow {
  /** What kind of thing: a short word such as `boot` or `peer`. */
  readonly scope: string
  readonly id: string
  /** Log index of the removal. */
  readonly removedAtIndex: number
  /** Cluster time at which it no longer counts. */
  readonly expiryMs: number
}

/** Longest scope and id, UTF-16 units. Frozen. */
export const tombstoneTextLengthMax = 4096

/** Tombstones by scope and id. */
export const tombstoneTable = defineTable<TombstoneRow, 'byExpiry'>({
  name: 'tombstones',
  tableByte: tableBytes.tombstones,
  rowVersion: 1,
  id: (row) => tombstoneId(row.scope, row.id),
  keyParts: (row) => [row.scope, row.id],
  encode: (row) => [row.scope, row.id, row.removedAtIndex, row.expiryMs],
  decode: (fields) => ({
    scope: fields.text(tombstoneTextLengthMax),
    id: fields.text(tombstoneTextLengthMax),
    removedAtIndex: fields.integer(1),
    expiryMs: fields.integer(),
  }),
  indexes: {
    byExpiry: { order: [(row) => row.expiryMs, (row) => row.scope, (row) => row.id] },
  },
})

/**
 * Leaves a tombstone for `tombstoneTtlMs` of cluster time. Costs at most three more puts and
 * deletes: each new tombstone clears away up to two that no longer count, and the oldest one when
 * there are too many, so that no sweep is needed.
 */
export function putTombstone(
  tx: Transaction,
  scope: string,
  id: string,
  context: CommandContext,
): void {
  const expired = tx.list(tombstoneTable, 'byExpiry', { until: [context.stampMs], limit: 2 })
  for (const row of expired) tx.delete(tombstoneTable, tombstoneId(row.scope, row.id))
  if (tx.count(tombstoneTable) >= tombstonesMax) {
    const oldest = tx.first(tombstoneTable, 'byExpiry')
    if (oldest !== undefined) tx.delete(tombstoneTable, tombstoneId(oldest.scope, oldest.id))
  }
  const expiryMs = context.stampMs + tombstoneTtlMs
  tx.put(tombstoneTable, { scope, id, removedAtIndex: context.index, expiryMs })
}

/** The tombstone of (scope, id) that still counts at cluster time `nowMs`. */
export function findTombstone(
  state: StateReader,
  scope: string,
  id: string,
  nowMs: number,
): TombstoneRow | undefined {
  const row = state.get(tombstoneTable, tombstoneId(scope, id))
  return row !== undefined && row.expiryMs > nowMs ? row : undefined
}

/** Removes the tombstone of (scope, id), for what may live again. True when there was one. */
export function removeTombstone(tx: Transaction, scope: string, id: string): boolean {
  return tx.delete(tombstoneTable, tombstoneId(scope, id))
}

function tombstoneId(scope: string, id: string): string {
  return `${scope.length}:${scope}${id}`
}
