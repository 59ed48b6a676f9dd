// Who fetches a task first: a seed host, the registering peer itself, or nobody.
import type { HostType, Priority, StreamApi } from './vocabulary.ts'

/** What the decision depends on. */
export interface FirstDownloadInput {
  /** API of the registration: they differ for LEVEL4 and LEVEL5. */
  readonly api: StreamApi
  /** The task is Running or Succeeded and another host has an available peer. */
  readonly isServed: boolean
  /** The task may be fetched from a source at all (dfcache content has none). */
  readonly hasSource: boolean
  readonly hostType: HostType
  /** With the application's priority filled in. */
  readonly priority: Priority
  /** A seed host may be asked for this task now. */
  readonly hasSeed: boolean
}

/** `seed`: ask a seed host. `source`: this peer goes to the source. `none`: nothing to do. */
export type FirstDownload = 'none' | 'seed' | 'source' | 'forbidden' | 'no-available-peer'

/**
 * Decides upstream's first-download trigger; LEVEL0 counts as LEVEL6. API v2 asks a seed at LEVEL4
 * and LEVEL5 as well, where API v1 sends the peer to the source.
 */
export function firstDownload(input: FirstDownloadInput): FirstDownload {
  if (input.isServed || !input.hasSource) return 'none'
  if (input.hostType !== 'normal') return 'source'
  switch (input.priority) {
    case 1:
      return 'forbidden'
    case 2:
      return 'no-available-peer'
    case 0:
    case 6:
      return input.hasSeed ? 'seed' : 'source'
    case 4:
    case 5:
      return input.hasSeed && input.api === 2 ? 'seed' : 'source'
    case 3:
      return 'source'
  }
}
