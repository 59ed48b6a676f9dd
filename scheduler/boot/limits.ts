// Limits of how a member starts, by name; docs/limits.md lists them.

/** Longest one request for admission takes; the member that is asked waits for the leader. */
export const joinTimeoutMs = 10_000

/** How long another member may hold the host id or the address before joining is given up. */
export const joinHostIdPatienceMs = 60_000

/** Longest one probe of another member takes. */
export const probeTimeoutMs = 1_000

/** Pause between two looks at the directories in quarantine. */
export const quarantinePauseMs = 3_600_000

/** Pause before the known members are written again, so that changes share a write. */
export const knownMembersPauseMs = 1_000

/** Pause between two tries to serve again after a removal. */
export const restartPauseMs = 200

/** Entries after which the acknowledged indexes are noted again. */
export const acknowledgeEntries = 10_000

/** Pause between two looks whether that many entries were made. */
export const acknowledgePauseMs = 1_000

/** Rounds in which another member may say that the cluster is there, before damage is refused. */
export const rejoinRoundsMax = 5

/** Pause between two of these rounds. */
export const rejoinPauseMs = 1_000
