// Limits of the manager that are about the cluster behind it.
import { secondMs } from '../base/index.ts'

/** Longest a list of schedulers waits for an answer that a leader has confirmed. */
export const listedFreshMsMax = 1_500

/** Longest it waits for any answer after that. */
export const listedStaleMsMax = secondMs
