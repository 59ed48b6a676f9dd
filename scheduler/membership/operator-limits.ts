// Limits of operators' commands.
import { secondMs } from '../../base/index.ts'

/** Longest a leader waits for the streams of a member that is decommissioned. */
export const drainMsMax = 30 * secondMs

/** How often those streams are counted. */
export const drainLookMs = 200

/** How often a joint configuration is looked at until it is left. */
export const jointLookMs = 20

/** A leader this young may not have heard from everybody yet. */
export const freshLeaderMs = 2 * secondMs
