// Limits of the leader's work on joins.
import { minuteMs, secondMs } from '../../base/index.ts'

/** Pause between two looks of the leader at those who join. */
export const joinLookMs = 100

/** How long a joiner or a learner has to answer. */
export const joinAskMs = secondMs

/** Pause before somebody who did not answer is asked again. */
export const joinAskPauseMs = 300

/** How long a command or a change of the members may take before it is tried again. */
export const joinChangeMs = 5 * secondMs

/** Cluster time after which a join that could not be admitted is given up. */
export const joinAdmissionMs = 10 * minuteMs
