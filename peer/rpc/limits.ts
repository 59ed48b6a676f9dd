// Every limit of the daemon's gRPC side, in one place.
import { MiB, minuteMs, secondMs } from '../../base/index.ts'

/** Bytes of one received message. */
export const daemonReceiveBytesMax = 4 * MiB

/** Calls and streams one connection may have open. */
export const daemonStreamsPerConnectionMax = 1_024

/** Pieces in one packet when the asker names no limit, and at most. */
export const pieceLimitDefault = 16
export const pieceLimitMax = 1_024

/** SyncPieceTasks streams served at once; more are RESOURCE_EXHAUSTED. */
export const syncStreamsMax = 4_096

/** Further requests that may wait on one SyncPieceTasks stream. */
export const syncRequestsMax = 16

/** Seeds downloaded at once; more are RESOURCE_EXHAUSTED. */
export const seedTasksMax = 64

/** Longest wait of an import for its announcement when the caller set no deadline. */
export const announceWaitMsDefault = 30 * secondMs

/** Part of a caller's deadline kept back so that the answer still arrives. */
export const answerReserveMsMax = secondMs

/** Longest wait for a scheduler's answer to StatTask and LeaveTask. */
export const statDeadlineMs = 20 * secondMs
export const leaveDeadlineMs = 5 * secondMs

/** Longest a download may take when the caller set no timeout. */
export const downloadDeadlineMsMax = 24 * 60 * minuteMs

/** Attempts of an export whose local copy turns out to be damaged. */
export const exportAttemptsMax = 2

/** Deletions the schedulers still have to hear of; later ones they find out by themselves. */
export const pendingLeavesMax = 4_096

/** Progress messages of a download that wait for a slow reader; further steps are skipped. */
export const progressMessagesMax = 64

/** Wait for an answer at a unix socket whose file exists already. */
export const socketProbeMs = secondMs
