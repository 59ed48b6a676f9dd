// Every limit of the client, in one place.
import { MiB, secondMs } from '../base/index.ts'

/** Scheduler addresses a client keeps, hints included. */
export const clientMembersMax = 64

/** Characters of one address. */
export const clientAddressLengthMax = 261

/** Longest one attempt at one member; members wait at most 5 s for a leader before they answer. */
export const clientAttemptMsMax = 7 * secondMs

/** Pause before the second round of attempts; doubles each round. */
export const clientBackoffMsMin = 50

/** Longest pause between two rounds. */
export const clientBackoffMsMax = secondMs

/** How long a member that failed is asked last; doubles with every further failure. */
export const clientCooldownMs = 2 * secondMs

/** Longest such time. */
export const clientCooldownMsMax = 60 * secondMs

/** Shortest pause between two refreshes of the address list. */
export const clientRefreshPauseMs = secondMs

/** Bytes of one received message. */
export const clientReceiveBytesMax = 64 * MiB

/** Messages that wait in one piece-result stream before `write` refuses. */
export const clientStreamMessagesMax = 1_024

/** Entries a member may be behind before a verdict names it. */
export const verdictLagEntriesMax = 1_000

/** Share of a member's disk that should be free. */
export const verdictDiskFreeRatioMin = 0.1

/** Longest one member may take to say how it is; a busy machine is not a dead one. */
export const statusDeadlineMs = 3 * secondMs

/** How long a member may take to begin with a snapshot: it first asks its leader and its disk. */
export const snapshotFirstChunkMsMax = 30 * secondMs

/** How long a member may pause within a snapshot. */
export const snapshotSilenceMsMax = 60 * secondMs

/** Longest wait for the first frame of a watch: members wait at most 5 s before they answer. */
export const watchFirstFrameMsMax = 10 * secondMs

/** Silence after which a watch goes on at another member; members speak every second. */
export const watchSilenceMsMax = 5 * secondMs
