// Asking seed hosts: which one, and the outbox item that makes the leader call it.
import { assert } from '../../../base/index.ts'
import { outboxItemsMax, seedHostsVisitedMax, spreadHash } from '../../core/index.ts'
import { hostsTable } from '../rows/host.ts'
import { outboxTable } from '../rows/outbox.ts'
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
  return itemsOf(work, taskId).find((item) => item.state !== 'failed')
}

/**
 * The seed host to ask for a task: the same one for the same task while the set of seeds stays the
 * same (rendezvous hashing), and none that failed for it lately. Undefined when there is none.
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
    if (score <= bestScore) continue
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

/** Remembers that a seed failed for its task. */
export function failItem(work: Work, item: OutboxRow): void {
  work.tx.put(outboxTable, { ...item, state: 'failed', failedMs: work.stampMs })
  work.emit({ type: 'outbox-changed', outboxId: item.id })
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
