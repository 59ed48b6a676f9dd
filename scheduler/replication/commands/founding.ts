// What becomes of peers when a new cluster begins with their state: the streams they were on ended
// with the members that had them. As after the end of a session, edges stay for a grace period.
import { detachGraceMs } from '../../core/index.ts'
import { continuationTable } from '../rows/continuation.ts'
import { changedPeer, peersTable } from '../rows/peer.ts'
import { waitersTable } from '../rows/waiter.ts'
import { detachSessionKind } from './streams.ts'
import type { FoundingRule } from '../founding.ts'
import type { ContinuationRow } from '../rows/continuation.ts'
import type { PeerRow } from '../rows/peer.ts'

/** The rules of the domain. */
export const schedulerFoundingRules: readonly FoundingRule[] = [
  {
    table: peersTable,
    found(row, { clusterClockMs }) {
      const peer = row as PeerRow
      if (peer.ownerSessionId === 0) return peer
      const holdsSome = peer.parentCount > 0 || peer.state === 'BackToSource'
      const detachDeadlineMs = holdsSome ? clusterClockMs + detachGraceMs : 0
      return changedPeer(peer, { ownerSessionId: 0, streamId: 0, detachDeadlineMs })
    },
  },
  // Only attached peers wait.
  { table: waitersTable, found: () => undefined },
  {
    table: continuationTable,
    found: (row) => ((row as ContinuationRow).kind === detachSessionKind ? undefined : row),
  },
]
