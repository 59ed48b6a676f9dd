// sweep: removes what has expired at the entry's own stamp. The leader only says what to look at;
// whether anything has expired is decided here, from the state, on every replica alike.
import { failedPeerTtlMs, isSchedulableState, leftHostTtlMs } from '../../core/index.ts'
import { commandRequest, defineCommand } from '../command.ts'
import { hostLives, hostPlace, hostsTable } from '../rows/host.ts'
import { lifeOf, lifePlace, sinceOf } from '../rows/life.ts'
import { isOpenItem, outboxExpiryMs, outboxTable } from '../rows/outbox.ts'
import { changedPeer, peerKey, peerLives, peerPlace, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { finishWork } from './agenda.ts'
import { removeInEdges } from './edges.ts'
import { leaveHost, removeHostPeers } from './hosts.ts'
import { countSourcePeers, detachPeer, isAttached, removePeer, taskOf } from './peers.ts'
import {
  assignParents,
  canBackToSource,
  failSchedule,
  hasAvailablePeer,
  hasSource,
  sendToSource,
} from './schedule.ts'
import { failItem, openSeed } from './seeds.ts'
import { settingsOf } from './settings.ts'
import { Work } from './work.ts'
import type { CommandRequest } from '../command.ts'
import type { HostRow } from '../rows/host.ts'
import type { PeerRow } from '../rows/peer.ts'
import type { TaskRow } from '../rows/task.ts'
import type { StateReader } from '../state-access.ts'
import type { TableDefinition } from '../table-definition.ts'
import type { Sweep, SweepResult, SweepTarget } from './types.ts'

const targets: readonly SweepTarget[] = ['waiters', 'hosts', 'peers', 'tasks', 'outbox']

/** See `Sweep`. */
export const sweep = defineCommand({
  kind: 130,
  kindVersion: 1,
  name: 'sweep',
  encode: (body: Sweep) => [body.target],
  decode: (fields): Sweep => ({ target: fields.oneOf(targets) }),
  apply: (tx, body, context): SweepResult => {
    const work = new Work(tx, context)
    let removed = 0
    // One at a time, with all it entails: a waiter that goes to the source may serve the next one.
    while (work.hasBudget && removeNext(work, body.target)) {
      removed += 1
      finishWork(work)
    }
    return { ok: true, removed }
  },
})

/** Cluster time of the next expiry of any kind; undefined when nothing will expire. */
export function nextExpiryMs(state: StateReader): number | undefined {
  let next: number | undefined
  for (const target of targets) {
    const expiryMs = firstExpiryMs(state, target)
    if (expiryMs !== undefined && (next === undefined || expiryMs < next)) next = expiryMs
  }
  return next
}

/** Sweeps for the kinds of things that have expired at `nowMs`, at most `limit`. */
export function expireCommands(
  state: StateReader,
  nowMs: number,
  limit: number,
): readonly CommandRequest[] {
  const due = targets.filter((target) => {
    const expiryMs = firstExpiryMs(state, target)
    return expiryMs !== undefined && expiryMs <= nowMs
  })
  return due.slice(0, limit).map((target) => commandRequest(sweep, { target }))
}

function firstExpiryMs(state: StateReader, target: SweepTarget): number | undefined {
  switch (target) {
    case 'waiters':
      return state.first(waitersTable, 'deadline')?.deadlineMs
    case 'hosts':
      return firstHost(state)?.expiryMs
    case 'peers':
      return firstPeer(state)?.expiryMs
    case 'tasks':
      return firstTask(state)?.expiryMs
    case 'outbox': {
      const item = state.first(outboxTable, 'expiry')
      return item === undefined ? undefined : outboxExpiryMs(item)
    }
  }
}

/** A row and the cluster time at which something must be done about it. */
interface Expiry<Row> {
  readonly row: Row
  readonly expiryMs: number
}

/**
 * The first to expire of an index by places; of equal ones the one of the former kind of life.
 * `lifetimesMs`: how long each kind lasts, by its number.
 */
function earliest<Row extends object>(
  state: StateReader,
  { table, placeOf }: { table: TableDefinition<Row, 'expiry'>; placeOf: (row: Row) => number },
  lifetimesMs: readonly number[],
): Expiry<Row> | undefined {
  let first: Expiry<Row> | undefined
  for (let life = 0; life < lifetimesMs.length; life += 1) {
    const row = state.first(table, 'expiry', { from: [lifePlace(life, 0)] })
    if (row === undefined) break
    const place = placeOf(row)
    life = lifeOf(place)
    const expiryMs = sinceOf(place) + lifetimesMs[life]!
    if (first === undefined || expiryMs < first.expiryMs) first = { row, expiryMs }
  }
  return first
}

const hostsByPlace = { table: hostsTable, placeOf: hostPlace }
const peersByPlace = { table: peersTable, placeOf: peerPlace }

/** A host is taken for dead, or its remembered leave is forgotten. */
function firstHost(state: StateReader): Expiry<HostRow> | undefined {
  const lifetimes = {
    [hostLives.announced]: 0,
    [hostLives.silent]: settingsOf(state).hostTtlMs,
    [hostLives.left]: leftHostTtlMs,
  }
  return earliest(state, hostsByPlace, Object.values(lifetimes))
}

/** A peer loses its edges, or is removed. */
function firstPeer(state: StateReader): Expiry<PeerRow> | undefined {
  const { peerTtlMs, pieceDownloadTimeoutMs } = settingsOf(state)
  const lifetimes = {
    [peerLives.detached]: 0,
    [peerLives.downloading]: Math.min(pieceDownloadTimeoutMs, peerTtlMs),
    [peerLives.failed]: failedPeerTtlMs,
    [peerLives.settled]: peerTtlMs,
  }
  return earliest(state, peersByPlace, Object.values(lifetimes))
}

/** Only tasks without peers are forgotten. */
function firstTask(state: StateReader): Expiry<TaskRow> | undefined {
  const row = state.first(tasksTable, 'expiry', { group: 'empty' })
  return row && { row, expiryMs: row.emptySinceMs + settingsOf(state).taskTtlMs }
}

/** Handles the first thing that has expired; false when nothing has. */
function removeNext(work: Work, target: SweepTarget): boolean {
  const expiryMs = firstExpiryMs(work.tx, target)
  if (expiryMs === undefined || expiryMs > work.stampMs) return false
  switch (target) {
    case 'waiters':
      return endWaiting(work)
    case 'hosts':
      return expireHost(work)
    case 'peers':
      return expirePeer(work)
    case 'tasks':
      return expireTask(work)
    case 'outbox':
      return expireItem(work)
  }
}

function endWaiting(work: Work): boolean {
  const waiter = work.tx.first(waitersTable, 'deadline')
  if (waiter === undefined) return false
  const key = peerKey(waiter.taskId, waiter.peerId)
  work.tx.delete(waitersTable, key)
  const peer = work.tx.get(peersTable, key)
  if (peer === undefined || !isSchedulableState(peer.state)) return true
  if (!isAttached(peer)) {
    detachPeer(work, peer, 0)
    return true
  }
  const task = taskOf(work, peer)
  // Waiters behind others that cannot have a new parent may have been passed over.
  if (assignParents(work, task, peer)) return true
  if (canBackToSource(work, task)) sendToSource(work, peer)
  else if (hasSource(task) || hasAvailablePeer(work.tx, task.id, peer.hostId)) {
    failSchedule(work, peer, 'no-parent')
  } else failSchedule(work, peer, 'no-available-peer')
  return true
}

function expireHost(work: Work): boolean {
  const host = firstHost(work.tx)?.row
  if (host === undefined) return false
  if (host.state === 'live') return leaveHost(work, host.id, 'expired')
  const isBusy =
    host.concurrentUploadCount > 0 || work.tx.groupSize(peersTable, 'byHost', host.id) > 0
  if (!isBusy) return work.tx.delete(hostsTable, host.id)
  work.tx.put(hostsTable, { ...host, leftMs: work.stampMs })
  const { index } = work.context
  removeHostPeers(work, { hostId: host.id, leftIndex: index, afterTaskId: '', afterPeerId: '' })
  return true
}

function expirePeer(work: Work): boolean {
  const peer = firstPeer(work.tx)?.row
  if (peer === undefined) return false
  if (lifeOf(peerPlace(peer)) === peerLives.detached) {
    removeInEdges(work, peer)
    const next = changedPeer(peer, { detachDeadlineMs: 0, parentCount: 0 })
    countSourcePeers(work, peer, next)
    work.tx.put(peersTable, next)
    return true
  }
  removePeer(work, peer)
  return true
}

function expireTask(work: Work): boolean {
  const task = firstTask(work.tx)?.row
  if (task === undefined) return false
  const hasPeers = work.tx.groupSize(peersTable, 'byTask', task.id) > 0
  if (hasPeers || openSeed(work, task.id) !== undefined) {
    work.tx.put(tasksTable, { ...task, emptySinceMs: hasPeers ? 0 : work.stampMs })
    return true
  }
  return work.tx.delete(tasksTable, task.id)
}

function expireItem(work: Work): boolean {
  const item = work.tx.first(outboxTable, 'expiry')
  if (item === undefined) return false
  if (!isOpenItem(item)) return work.tx.delete(outboxTable, item.id)
  failItem(work, item, 'failed')
  return true
}
