// What the log holds, and what a replica must remember across a crash.

/**
 * What an entry's `data` is: `noop` nothing (a leader's first entry of its term), `command` bytes
 * for the state machine, `config` a membership change (applied by the core and the state machine).
 */
export type EntryType = 'noop' | 'command' | 'config'

/** Numbers of the entry types in every stored and sent form. Frozen. */
export const entryTypeCodes = { noop: 0, command: 1, config: 2 } as const

/** One log entry. `index` and `term` are safe integers from 1. */
export interface Entry {
  readonly index: number
  readonly term: number
  readonly type: EntryType
  /** The leader's cluster clock when it appended the entry, ms; never decreases along the log. */
  readonly stampMs: number
  readonly data: Uint8Array
}

/** Bytes an entry counts for in every limit: its data and a fixed allowance for its header. */
export function entrySizeBytes(entry: Entry): number {
  return entry.data.length + 32
}

/** Largest `data` of one entry: 1.5 MiB, etcd's request cap. */
export const entryDataBytesMax = 1_572_864

/** Paper, figure 2, "persistent state", plus the commit index known when it was written. */
export interface HardState {
  readonly term: number
  /** replicaId voted for in `term`; 0 = nobody. */
  readonly votedFor: number
  readonly commit: number
}
