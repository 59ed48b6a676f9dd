// What operators may change about scheduling. The values are part of the replicated state, so that
// every replica decides alike; a configuration file only says what a new cluster begins with.
import {
  backToSourceLimit,
  candidateParentLimit,
  concurrentUploadLimitNormal,
  concurrentUploadLimitSeed,
  filterParentLimit,
  hostTtlMs,
  peerTtlMs,
  pieceDownloadTimeoutMs,
  retryBackToSourceLimit,
  retryIntervalMs,
  retryLimit,
  seedDeadlineMs,
  taskTtlMs,
} from './limits.ts'
import type { Priority } from './vocabulary.ts'

/** Priority of an application: that of the first URL rule that matches, else its own. */
export interface ApplicationPriority {
  readonly name: string
  readonly priority: Priority
  /** Regular expressions; evaluated by the member that takes the request, never in apply. */
  readonly urls: readonly { readonly regex: string; readonly priority: Priority }[]
}

/** Settings of the scheduler; names are upstream's, times milliseconds. */
export interface SchedulerSettings {
  /** Peers of one task that may fetch from the source at the same time. */
  readonly backToSourceCount: number
  /** Tries without a parent after which a peer is sent to the source. */
  readonly retryBackToSourceLimit: number
  /** Tries without a parent after which a peer that cannot go to the source fails. */
  readonly retryLimit: number
  /** Pause between two tries. */
  readonly retryIntervalMs: number
  /** Parents a child gets at once. */
  readonly candidateParentLimit: number
  /** Possible parents that are compared for one child. */
  readonly filterParentLimit: number
  /** Children at once of a normal host whose announce does not say. */
  readonly loadLimit: number
  /** Children at once of a seed host whose announce does not say. */
  readonly seedLoadLimit: number
  /** Life of a downloading peer without a piece. */
  readonly pieceDownloadTimeoutMs: number
  /** Life of a peer without a change. */
  readonly peerTtlMs: number
  /** Life of a host that announces no interval. */
  readonly hostTtlMs: number
  /** Life of a task without peers (upstream's taskGCInterval). */
  readonly taskTtlMs: number
  /** Longest download of a seed (upstream's seedPeer.taskDownloadTimeout). */
  readonly seedTaskDownloadTimeoutMs: number
  readonly applications: readonly ApplicationPriority[]
}

/** What holds until somebody says otherwise: upstream's defaults. */
export const defaultSettings: SchedulerSettings = {
  backToSourceCount: backToSourceLimit,
  retryBackToSourceLimit,
  retryLimit,
  retryIntervalMs,
  candidateParentLimit,
  filterParentLimit,
  loadLimit: concurrentUploadLimitNormal,
  seedLoadLimit: concurrentUploadLimitSeed,
  pieceDownloadTimeoutMs,
  peerTtlMs,
  hostTtlMs,
  taskTtlMs,
  seedTaskDownloadTimeoutMs: seedDeadlineMs,
  applications: [],
}
