// sweep: removes what has expired at the entry's own stamp. The leader only says what to look at;
// whether anything has expired is decided here, from the state, on every replica alike.
import { isSchedulableState } from '../../core/index.ts'
import { commandRequest, defineCommand } from '../command.ts'
import { hostExpiryMs, hostsTable } from '../rows/host.ts'
import { outboxExpiryMs, outboxTable } from '../rows/outbox.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { taskExpiryMs, tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { finishWork } from './agenda.ts'
import { removeInEdges } from './edges.ts'
import { leaveHost, removeHostPeers } from './hosts.ts'
import { detachPeer, isAttached, removePeer, taskOf } from './peers.ts'
import {
  assignParents,
  canBackToSource,
  failSchedule,
  hasAvailablePeer,
  hasSource,
  sendToSource,
} from './schedule.ts'
import { failItem, openSeed } from './seeds.ts'
import { Work } from './work.ts'
import type { CommandRequest } from '../command.ts'
import type { StateReader } from '../state-access.ts'
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
    case 'hosts': {
      const host = state.first(hostsTable, 'expiry')
      return host === undefined ? undefined : hostExpiryMs(host)
    }
    case 'peers':
      return state.first(peersTable, 'expiry')?.expiryMs
    case 'tasks': {
      const task = state.first(tasksTable, 'expiry', { group: 'empty' })
      return task === undefined ? undefined : taskExpiryMs(task)
    }
    case 'outbox': {
      const item = state.first(outboxTable, 'expiry')
      return item === undefined ? undefined : outboxExpiryMs(item)
    }
  }
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
  const host = work.tx.first(hostsTable, 'expiry')
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
  const peer = work.tx.first(peersTable, 'expiry')
  if (peer === undefined) return false
  if (peer.detachDeadlineMs > 0 && peer.detachDeadlineMs <= work.stampMs) {
    removeInEdges(work, peer)
    work.tx.put(peersTable, changedPeer(peer, { detachDeadlineMs: 0, parentCount: 0 }))
    return true
  }
  removePeer(work, peer)
  return true
}

function expireTask(work: Work): boolean {
  const task = work.tx.first(tasksTable, 'expiry', { group: 'empty' })
  if (task === undefined) return false
  const hasPeers = work.tx.groupSize(peersTable, 'byTask', task.id) > 0
  if (hasPeers || openSeed(work, task.id) !== undefined) {
    work.tx.put(tasksTable, { ...task, emptySinceMs: hasPeers ? 0 : work.stampMs })
    return true
  }
  work.tx.delete(tasksTable, task.id)
  work.emit({ type: 'task-removed', taskId: task.id })
  return true
}

function expireItem(work: Work): boolean {
  const item = work.tx.first(outboxTable, 'expiry')
  if (item === undefined) return false
  if (item.state === 'failed') return work.tx.delete(outboxTable, item.id)
  failItem(work, item)
  return true
}
