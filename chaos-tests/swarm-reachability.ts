// The rare events of scheduling, as one entry of the log shows them.
import {
  announceTask,
  hostsTable,
  outboxTable,
  peersTable,
  reattachStream,
  registerDownload,
  registerPeer,
  reschedulePeer,
  waitersTable,
} from '../scheduler/replication/index.ts'
import type {
  HostRow,
  OutboxRow,
  PeerRow,
  RowChange,
  WaiterRow,
} from '../scheduler/replication/index.ts'
import type { Ghost } from './invariants/ghost/ghost.ts'
import type { RareEvent } from './rare-events.ts'
import type { SimEventOf } from './sim/observation.ts'

type Applied = SimEventOf<'applied'>
type Told = { readonly type: string; readonly peerId?: string; readonly sessionId?: number }

interface Changed<Row> {
  readonly row: Row | undefined
  readonly before: Row | undefined
}

/** Names of what happened in an entry that nobody had applied before. */
export function swarmEvents(event: Applied, ghost: Ghost): readonly RareEvent[] {
  const found: RareEvent[] = []
  for (const change of event.changes) found.push(...ofRow(change, event, ghost))
  for (const told of event.events as readonly (Told & { readonly cause?: string })[]) {
    if (told.type === 'host-left' && told.cause === 'expired') found.push('host-expired')
    if (told.type === 'attachment-lost') found.push('stream-taken-over')
  }
  for (const { kind, report } of ghost.applied.fresh) {
    if (!report.outcome.ok) continue
    const result = report.outcome.result as { readonly ok?: boolean; readonly reason?: string }
    if (kind === reattachStream.kind && result.ok === true) found.push('stream-reattached')
    if (kind === reschedulePeer.kind && result.ok === true) found.push('download-rescheduled')
    const kinds: readonly number[] = [announceTask.kind, registerPeer.kind, registerDownload.kind]
    if (kinds.includes(kind) && result.reason === 'deleted') {
      found.push('delete-before-late-announce')
    }
  }
  return found
}

function ofRow(change: RowChange, event: Applied, ghost: Ghost): readonly RareEvent[] {
  switch (change.table.tableByte) {
    case waitersTable.tableByte:
      return ofWaiter(change as Changed<WaiterRow>, event, ghost)
    case hostsTable.tableByte: {
      const { row, before } = change as Changed<HostRow>
      return before?.state === 'left' && row?.state === 'live' ? ['host-came-back'] : []
    }
    case outboxTable.tableByte: {
      const { row, before } = change as Changed<OutboxRow>
      const isResumed = before?.state === 'running' && row?.state === 'running'
      return isResumed && row.term > before.term ? ['seed-resumed'] : []
    }
    case peersTable.tableByte:
      return ofPeer(change as Changed<PeerRow>, event)
    default:
      return []
  }
}

function ofWaiter(
  { row, before }: Changed<WaiterRow>,
  { events, member }: Applied,
  ghost: Ghost,
): readonly RareEvent[] {
  if (row !== undefined) {
    if (before !== undefined) return []
    const { backToSourceCount } = ghost.settings.now
    const task = ghost.swarm.of(member).tasks.get(row.taskId)
    return (task?.backToSourceCount ?? 0) >= backToSourceCount ? ['source-limit-hit'] : []
  }
  const own = (events as readonly Told[]).filter(({ peerId }) => peerId === before?.peerId)
  if (own.some(({ type }) => type === 'parents-assigned')) return ['waiter-served']
  return own.some(({ type }) => type === 'need-back-to-source') ? ['waiter-to-source'] : []
}

function ofPeer({ row, before }: Changed<PeerRow>, { events }: Applied): readonly RareEvent[] {
  if (row === undefined || before === undefined || row.ownerSessionId > 0) return []
  if (before.ownerSessionId > 0) {
    const isClosed = (events as readonly Told[]).some(
      ({ type, sessionId }) => type === 'session-closed' && sessionId === before.ownerSessionId,
    )
    return isClosed ? ['session-close-detached'] : []
  }
  const isOver = before.detachDeadlineMs > 0 && row.detachDeadlineMs === 0
  return isOver && before.parentCount > 0 && row.parentCount === 0 ? ['grace-over'] : []
}
