// Asking seed hosts: which one, and the outbox item that makes the leader call it.
import { assert } from '../../../base/index.ts'
import {
  isSchedulableState,
  outboxItemsMax,
  seedHostsVisitedMax,
  spreadHash,
  unseededWaitersMax,
} from '../../core/index.ts'
import { hostsTable } from '../rows/host.ts'
import { isOpenItem, outboxTable } from '../rows/outbox.ts'
import { peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { isAttached } from './peers.ts'
import { canBackToSource, hasAvailablePeer, sendToSource } from './schedule.ts'
import { settingsOf } from './settings.ts'
import type { HostRow } from '../rows/host.ts'
import type { OutboxRow } from '../rows/outbox.ts'
import type { Work } from './work.ts'

/** Outbox items of one task that are looked at. */
const itemsPerTaskMax = 64

/** Commands of one entry, and items of one command, that ids leave room for. */
const ordinalsMax = 4096
const itemsPerCommandMax = 16

/** The open seed item of a task; undefined when no seed has been asked. */
export function openSeed(work: Work, taskId: string): OutboxRow | undefined {
  return itemsOf(work, taskId).find(isOpenItem)
}

/**
 * The seed host to ask for a task: the same one for the same task while the set of seeds stays the
 * same (rendezvous hashing), none that failed for it lately, and none that could not be connected
 * to a moment ago, for whichever task. Undefined when there is none.
 */
export function chooseSeed(work: Work, taskId: string): HostRow | undefined {
  if (work.tx.count(outboxTable) >= outboxItemsMax) return undefined
  const failed = itemsOf(work, taskId).map((item) => item.hostId)
  let best: HostRow | undefined
  let bestScore = -1
  const range = { group: 'seed', limit: seedHostsVisitedMax }
  for (const host of work.tx.list(hostsTable, 'seeds', range)) {
    if (host.port === 0 || failed.includes(host.id)) continue
    const score = spreadHash(`${taskId}\n${host.id}`)
    if (score <= bestScore || isUnreachable(work, host.id)) continue
    best = host
    bestScore = score
  }
  return best
}

/** Asks a seed host to fetch a task, unless one has been asked already. */
export function requestSeed(
  work: Work,
  host: HostRow,
  item: Pick<OutboxRow, 'taskId' | 'range' | 'download'>,
): void {
  const { taskId, range, download } = item
  if (openSeed(work, taskId) !== undefined) return
  const id = nextItemId(work)
  work.tx.put(outboxTable, {
    id,
    kind: 'seed',
    state: 'pending',
    hostId: host.id,
    taskId,
    range,
    download,
    term: 0,
    attempts: 0,
    peerId: '',
    createdMs: work.stampMs,
    deadlineMs: work.stampMs + settingsOf(work.tx).seedTaskDownloadTimeoutMs,
    failedMs: 0,
  })
  work.emit({ type: 'outbox-changed', outboxId: id })
}

/**
 * Remembers that a seed failed for its task, or that it could not be connected to. What it was
 * asked for is not needed for that.
 */
export function failItem(work: Work, item: OutboxRow, state: 'failed' | 'unreachable'): void {
  const download = new Uint8Array(0)
  work.tx.put(outboxTable, { ...item, state, download, failedMs: work.stampMs })
  work.emit({ type: 'outbox-changed', outboxId: item.id })
}

/** Ends a seed's call without a word about the seed. */
export function cancelItem(work: Work, item: OutboxRow): void {
  work.tx.delete(outboxTable, item.id)
  work.emit({ type: 'outbox-changed', outboxId: item.id })
}

/** Whether a host could not be connected to a moment ago. */
export function isUnreachable(work: Work, hostId: string): boolean {
  return work.tx.first(outboxTable, 'unreachable', { group: hostId }) !== undefined
}

/**
 * A seed will not fetch its task: another one is asked when this one could not be connected to, and
 * when there is none the first waiter goes to the source at once and serves the others. Only those
 * who wait count: without them, or with somebody who fetches already, nothing is to be done.
 */
export function passOn(work: Work, item: OutboxRow, isAnotherWanted: boolean): void {
  const { taskId, range, download } = item
  if (work.tx.groupSize(waitersTable, 'byTask', taskId) === 0) return
  const task = work.tx.get(tasksTable, taskId)
  const isExpected = task === undefined || task.sourceExpectedUntilMs > work.stampMs
  if (isExpected || hasAvailablePeer(work.tx, taskId, null)) return
  const other = isAnotherWanted ? chooseSeed(work, taskId) : undefined
  if (other !== undefined) requestSeed(work, other, { taskId, range, download })
  else if (canBackToSource(work, task)) sendFirstWaiter(work, taskId)
}

function sendFirstWaiter(work: Work, taskId: string): void {
  const range = { group: taskId, limit: unseededWaitersMax }
  for (const waiter of work.tx.list(waitersTable, 'byTask', range)) {
    const peer = work.tx.get(peersTable, peerKey(taskId, waiter.peerId))
    if (peer === undefined || !isSchedulableState(peer.state) || !isAttached(peer)) continue
    sendToSource(work, peer)
    return
  }
}

function itemsOf(work: Work, taskId: string): readonly OutboxRow[] {
  return work.tx.list(outboxTable, 'byTask', { group: taskId, limit: itemsPerTaskMax })
}

function nextItemId(work: Work): number {
  const { index, ordinal } = work.context
  assert(ordinal < ordinalsMax, 'an entry has a bounded number of commands')
  const first = (index * ordinalsMax + ordinal) * itemsPerCommandMax
  for (let id = first; id < first + itemsPerCommandMax; id += 1) {
    if (work.tx.get(outboxTable, id) === undefined) return id
  }
  throw new RangeError('too many outbox items in one command')
}
