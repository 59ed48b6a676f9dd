// A replica hears in its log that a majority has another state than it has.
import { CodedError } from '../../base/index.ts'
import type { FrameListener, MemberDiverged, NoteDiverged } from '../replication/index.ts'

/**
 * Calls `onFatal` with `SCHED_STATE_DIVERGED` when that is said of `self`: this data directory is
 * lost, and its host may join again with another one. The result ends the watch.
 */
export function watchDivergence(
  state: { subscribe(listener: FrameListener): () => void },
  self: NoteDiverged,
  onFatal: (error: CodedError) => void,
): () => void {
  return state.subscribe(({ events, index }) => {
    for (const event of events) {
      if (!isDiverged(event) || event.replicaId !== self.replicaId) continue
      if (event.incarnation !== self.incarnation) continue
      const message = `a majority has another state than this replica, says the entry at ${index}`
      onFatal(new CodedError('SCHED_STATE_DIVERGED', message))
    }
  })
}

function isDiverged(event: { readonly type: string }): event is MemberDiverged {
  return event.type === ('member-diverged' satisfies MemberDiverged['type'])
}
