// Every limit of the client, in one place.
import { MiB, secondMs } from '../base/index.ts'

/** Scheduler addresses a client keeps, hints included. */
export const clientMembersMax = 64

/** Characters of one address. */
export const clientAddressLengthMax = 261

/** Longest one attempt at one member; members wait at most 5 s for a leader before they answer. */
export const clientAttemptMsMax = 7 * secondMs

/**
 * Shortest time an attempt gets while others have not been asked: they share what is left of the
 * deadline, so that a member that is silent does not use it up.
 */
export const clientAttemptMsMin = 2 * secondMs

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

/** Pause between two looks for new members while nothing calls for one; 25 % shorter or longer. */
export const clientRefreshMs = 60 * secondMs

/** Longest one source of addresses may take to answer. */
export const clientResolveMsMax = 5 * secondMs

/** Bytes of one received message. */
export const clientReceiveBytesMax = 64 * MiB

/** Messages that wait in one stream to a member before `write` refuses. */
export const clientStreamMessagesMax = 1_024

/** Longest a peer of a lost stream waits for one answer to its registration. */
export const attachmentRegisterMsMax = 7 * secondMs

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
