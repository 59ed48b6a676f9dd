// Every bound of the folder by name; docs/limits.md lists them.
import { GiB, KiB, MiB } from '../base/index.ts'

/** A segment of the log is sealed when the next record would grow it beyond this. */
export const logSegmentBytesDefault = 64 * MiB

/** Zeros written ahead of the end of the log at a time. */
export const logPreallocateBytesDefault = 8 * MiB

/** Bytes kept back so that a full disk leaves room to commit what is under way and stop. */
export const logReserveBytesDefault = 4 * MiB

/** Largest record of the log: one write group. */
export const logRecordBytesMax = 256 * MiB

/** Most bytes of records written by one call, and so made durable by one sync. */
export const logBatchBytesMax = 16 * MiB

/** Bytes kept to form batches in; a larger batch gets room of its own. */
export const logScratchBytesMax = 1 * MiB

/** Calls that may wait for the sync in flight; more is a bug of the caller. */
export const logPendingCallsMax = 65_536

/** Syncs between two lazy updates of the witness. */
export const witnessSyncIntervalDefault = 256

/** Copies of cut tails that are kept; the oldest goes first. */
export const logCutCopiesMax = 8

/** Free bytes below which a state that does not open is blamed on the full disk. */
export const stateOpenBytesMin = 64 * KiB

/** Bytes of rows fetched from LevelDB at a time for an image. */
export const stateSnapshotBytesTarget = 256 * KiB

/** Bytes of rows collected for one durable write while a state is built from an image. */
export const stateBuildBytesMax = 1 * MiB

/** Bytes of rows collected for one block of an image. */
export const imageBlockBytesTarget = 64 * KiB

/** Largest block of an image that is read; a row is never split. */
export const imageBlockBytesMax = 16 * MiB

/**
 * Free bytes that an image leaves to the log and the state while it is received and installed;
 * without them it is refused.
 */
export const imageSpareBytes = 16 * MiB

/** Bytes of an image's file read at a time. */
export const imageReadBytes = 256 * KiB

/** Largest sealed file (identity, markers, pointer, reason of a stop). */
export const sealedFileBytesMax = 64 * KiB

/** Rows fetched from LevelDB at a time while loading. */
export const stateLoadRowsMax = 1_000

/** Initial members of a cluster. */
export const initialMembersMax = 9

/** Longest address or host id, UTF-16 units. */
export const addressLengthMax = 255

/** Instances of one data directory that are looked at. */
export const instancesMax = 64

/** Members that `members.json` lists; as many as a group has. */
export const knownMembersMax = 64

/** Shortest pause between two requests for admission. */
export const joinPauseMsMin = 200

/** Longest pause between two requests for admission. */
export const joinPauseMsMax = 30_000

/** Requests for admission that may fail before the log warns. */
export const joinQuietTries = 5

/** Client addresses of a cluster that are tried, one after another. */
export const joinClientAddressesMax = 64

/** Directories in quarantine that are looked at; the oldest ones first. */
export const quarantinedMax = 1_000

/** Longest explanation kept with a directory in quarantine, UTF-16 units. */
export const quarantineMessageLengthMax = 2_000

/** Free bytes below which quarantined directories go before their time. */
export const quarantineFreeBytesMin = 1 * GiB

/** The same as a share of the file system, in percent. */
export const quarantineFreePercentMin = 10

/** Pause in which a replicated map collects what it writes together. */
export const mapFlushMs = 50

/** Log indexes between two digests that replicas compare. */
export const mapDigestIndexes = 1_024

/** Entries and bytes that a replicated map may be ahead of its store before it takes no more. */
export const mapLagEntriesMax = 65_536
export const mapLagBytesMax = 64 * MiB

/** Incarnations of former members that a replicated map remembers; the newest. */
export const mapBurnedMax = 1_000

/** Pause between two looks of a replicated map's leader at its learners. */
export const mapLookMs = 100

/** Such looks that make an election timeout: a learner this fast may become a voter. */
export const mapElectionLooks = 10

/** Longest wait for a change of the members of a replicated map. */
export const mapChangeMsMax = 5_000
