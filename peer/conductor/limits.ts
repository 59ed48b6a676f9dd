// Every limit of a download, in one place.
import { minuteMs, secondMs } from '../../base/index.ts'

/** Pieces fetched from parents at once, per download. */
export const pieceWorkers = 4

/** Time without a new piece after which the scheduler is asked for other parents. */
export const watchdogMs = 30 * secondMs

/** Longest wait for parents or progress before the origin is asked, or the download fails. */
export const scheduleTimeoutMs = 5 * minuteMs

/**
 * How long a download waits for schedulers that do not answer: where the origin may be asked, and
 * where it may not.
 */
export const unavailableMsWithSource = 5 * secondMs
export const unavailableMsWithoutSource = 30 * secondMs

/** Parents followed at once; the scheduler names at most a handful. */
export const parentsMax = 16

/** Longest wait for a parent's gRPC port and its first packet. */
export const parentDialMs = 10 * secondMs

/** Pieces asked for in one packet of a parent. */
export const parentPiecesPerPacket = 64

/** Failures of one parent after which it is given up until the scheduler names it again. */
export const parentFailuresMax = 3

/** Tries of one piece at one parent, and the pause between them. */
export const pieceAttemptsMax = 2
export const pieceRetryPauseMs = 100

/** Longest wait for the schedulers to take a download's final result. */
export const finalReportDeadlineMs = 3 * secondMs

/** Downloads that run at once on this host. */
export const runningTasksMax = 4_096
