// The driver's limits by name; docs/limits.md lists them.

import { KiB, MiB } from '../../base/index.ts'

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

/** Time after which the state machine is asked to stop between two entries, likewise. */
export const applyMsPerTurnMax = 20

/** Ticks delivered at once after a short stall; a long one counts as a single tick. */
export const ticksPerTurnMax = 4

/** Applied entries kept in the log for members that come back (etcd keeps 5,000). */
export const retainEntriesDefault = 10_000

/** Bytes of applied entries kept in the log, which is in memory too, for the same purpose. */
export const retainBytesDefault = 8 * MiB

/**
 * Bytes of entries kept for a member that an image is on its way to; beyond it the image is given
 * up.
 */
export const imageRetainBytesMax = 256 * MiB

/** Chunks of an image sent ahead of the receiver's acknowledgement. */
export const imageWindowMax = 4

/** Bytes of images that leave in a second, resent ones included, shared by all of a process. */
export const imageBytesPerSecondDefault = 100 * MiB

/** Least rate: a chunk of each of `imagesSentMax` images within half of `imageSilenceMs`. */
export const imageBytesPerSecondMin = 128 * KiB

/** Images sent at a time; further members wait for their turn. */
export const imagesSentMax = 2

/** An acknowledgement that does not come for this long makes the sender send again. */
export const imageReplyMs = 2000

/** Times it sends again to a receiver that says nothing, before it gives up. */
export const imageResendsMax = 15

/** Pause after an image that did not arrive, before the core may ask for another one. */
export const imageRetryMs = 1000

/** Longest such pause: it doubles while a receiver answers that it cannot take the image. */
export const imageRetryMsMax = 16_000

/** The same after an image of a format that its receiver does not know: until it is replaced. */
export const imageUnsupportedRetryMs = 60_000

/** A receiver gives up on an image whose sender was silent for this long. */
export const imageSilenceMs = 10_000

/**
 * How long an image may take to replace the state: `stop` waits for it, and the sender keeps the
 * log after it.
 */
export const imageInstallMsMax = 60_000

/** Calls of `transferLeadership` waiting for the same transfer. */
export const transfersMax = 64

/** Replicas whose last sign of life is remembered. */
export const contactsMax = 1024

/** Pairs of sender and reason whose refused messages are logged; each once. */
export const refusalLogsMax = 1024

/** Ticks between two looks at what the log no longer needs. */
export const compactionTicks = 20

/** Outcomes of applied entries kept for replies that arrive late. */
export const recentResultsMax = 1024

/** Digest marks of different indexes compared at a time. */
export const digestIndexesMax = 8

/** Messages under way on one link of the in-memory network; beyond it `send` drops. */
export const memoryLinkMessagesMax = 16_384
