// Watches over a real client port.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { watchCluster } from '../../client/index.ts'
import type { ClusterWatchOptions } from '../../client/index.ts'
import { SystemClock, systemRandom } from '../../runtime/index.ts'
import { announcement, ask, startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
let single: SingleMember
let closers: (() => void)[] = []

beforeEach(async () => {
  single = await startSingleMember()
})

afterEach(async () => {
  for (const close of closers.toReversed()) close()
  closers = []
  await single.stop()
})

interface Seen {
  readonly rows: Map<string, unknown>
  readonly interruptions: string[]
  readonly progress: number[]
  lists: number
}

function watch(options: Partial<ClusterWatchOptions> = {}): Seen {
  const seen: Seen = { rows: new Map(), interruptions: [], progress: [], lists: 0 }
  const watching = watchCluster(
    deps,
    { addresses: [single.address], ...options },
    {
      onList({ rows, isFirst, isLast }) {
        if (isFirst) seen.rows.clear()
        for (const { table, key, value } of rows) seen.rows.set(`${table} ${key}`, value)
        if (isLast) seen.lists += 1
      },
      onChange({ rows }) {
        for (const { table, key, value } of rows) {
          if (value === undefined) seen.rows.delete(`${table} ${key}`)
          else seen.rows.set(`${table} ${key}`, value)
        }
      },
      onProgress: ({ leaderContactAgeMs }) => void seen.progress.push(leaderContactAgeMs),
      onInterrupted: ({ code }) => seen.interruptions.push(code),
    },
  )
  closers.push(() => watching.stop())
  return seen
}

async function until(isReached: () => boolean, deadlineMs = 10_000): Promise<number> {
  const startMs = performance.now()
  while (!isReached()) {
    expect(performance.now()).toBeLessThan(startMs + deadlineMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return performance.now() - startMs
}

test('what is announced is seen at once, and what is deleted goes', async () => {
  const seen = watch()
  await until(() => seen.lists === 1)
  expect(seen.rows.get('members 1')).toMatchObject({ id: 1, hostId: 's1', role: 'voter' })
  await ask(single.v1, single.v1.announceTask, announcement('task', 1))
  await until(() => seen.rows.has('peers task\ntask-peer-1'))
  expect(seen.rows.get('tasks task')).toMatchObject({ id: 'task', contentLength: 5_000_000 })
  expect(seen.rows.get('hosts host-1')).toMatchObject({ ip: '127.0.0.1', port: 10_001 })
  await ask(single.v2, single.v2.deleteHost, { hostId: 'host-1' })
  await until(() => !seen.rows.has('hosts host-1') && !seen.rows.has('peers task\ntask-peer-1'))
  expect([seen.lists, seen.interruptions]).toEqual([1, []])
})

test('progress comes every second', async () => {
  const seen = watch({ tables: ['features'] })
  const waitedMs = await until(() => seen.progress.length >= 2)
  console.log(`two frames of progress after ${waitedMs.toFixed(0)} ms`)
  expect(seen.progress.slice(0, 2)).toEqual([0, 0])
})

test('a watch outlives the time without a leader and misses nothing', async () => {
  const seen = watch({ tables: ['hosts'] })
  await until(() => seen.lists === 1)
  single.raft.leaderContactAgeMs = 3_500
  await until(() => seen.interruptions.length > 0)
  await ask(single.v1, single.v1.announceTask, announcement('task', 1))
  single.raft.leaderContactAgeMs = 0
  await until(() => seen.rows.has('hosts host-1'))
  expect(seen.lists).toBe(1)
  // In between it may have asked the leader that the member names, which is not there.
  expect(seen.interruptions).toContain('SCHED_NO_LEADER')
})

test('a list takes as many frames as it needs, and a watcher that leaves is forgotten', async () => {
  const count = 150
  for (let n = 1; n <= count; n += 1) {
    await ask(single.v1, single.v1.announceTask, announcement(`task-${n}`, n))
  }
  const seen = watch({ tables: ['tasks', 'hosts', 'peers'] })
  await until(() => seen.lists === 1)
  expect(seen.rows.size).toBe(3 * count)
  expect(single.server.status().watches).toBe(1)
  closers.pop()!()
  await until(() => single.server.status().watches === 0)
})
