// The driver's limits by name; docs/limits.md lists them.

import { MiB } from '../../base/index.ts'

/** Proposals of this member that are not decided yet; beyond it `overloaded`. */
export const proposalsMax = 8192

/** Bytes of this member's proposals that are not known to be in a log; beyond it `overloaded`. */
export const proposalBytesMax = 64 * MiB

/** Reads waiting on this member, its own and those forwarded to it; beyond it `overloaded`. */
export const readsMax = 16_384

/** Read-index rounds under way at a time: reads that come later share the next round. */
export const readRoundsMax = 2

/** A forwarded read without an answer is asked again, under a new id, after this long. */
export const readRetryMs = 500

/** Log writes under way at a time; the core is not asked for more work beyond it. */
export const appendsMax = 1024

/** Entries applied before other work gets its turn. */
export const applyEntriesPerTurnMax = 256

/** Bytes applied before other work gets its turn; one larger entry is applied alone. */
export const applyBytesPerTurnMax = 1 * MiB

/** Ticks delivered at once after a short stall; a long one counts as a single tick. */
export const ticksPerTurnMax = 4

/** Applied entries kept in the log for members that come back (etcd keeps 5,000). */
export const retainEntriesDefault = 10_000

/** Bytes of applied entries kept in the log, which is in memory too, for the same purpose. */
export const retainBytesDefault = 64 * MiB

/** Ticks between two looks at what the log no longer needs. */
export const compactionTicks = 20

/** Outcomes of applied entries kept for replies that arrive late. */
export const recentResultsMax = 1024

/** Digest marks of different indexes compared at a time. */
export const digestIndexesMax = 8

/** Messages under way on one link of the in-memory network; beyond it `send` drops. */
export const memoryLinkMessagesMax = 16_384
