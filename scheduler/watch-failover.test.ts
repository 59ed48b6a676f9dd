// A watcher over the end of its member, with real consensus: nothing is missed or comes twice.
import { afterEach, expect, test } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { SchedulerClient, watchCluster } from '../client/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { announcement } from './rpc/single-member.suite.ts'
import { RunningMembers, until } from './running-members.suite.ts'

const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
const members = new RunningMembers()
let closers: (() => void)[] = []

afterEach(async () => {
  for (const close of closers.toReversed()) close()
  closers = []
  await members.stop()
})

test('a watcher goes on at another member when its own ends', async () => {
  const running = await members.start(3)
  const addresses = running.map(({ running: { addr } }) => addr)
  const client = new SchedulerClient(deps, { addresses, deadlineMs: 20_000 })
  closers.push(() => client.close())
  const seen = new Map<string, number>()
  const indexes: number[] = []
  let lists = 0
  let address = ''
  const watch = watchCluster(
    deps,
    { addresses, tables: ['tasks'] },
    {
      onList: ({ isFirst, token }) => {
        if (isFirst) lists += 1
        indexes.push(token.index)
      },
      onChange: ({ rows, token }) => {
        indexes.push(token.index)
        for (const { key } of rows) seen.set(key, (seen.get(key) ?? 0) + 1)
      },
      onProgress: (progress) => {
        address = progress.address
      },
    },
  )
  closers.push(() => watch.stop())
  await until('the first list', () => watch.token)
  let count = 0
  const announce = async (): Promise<void> => {
    count += 1
    await client.announceTask(announcement(`task-${count}`, count))
  }
  for (let n = 0; n < 10; n += 1) await announce()
  await until('progress', () => address || undefined)
  const serving = running.find((member) => member.running.addr === address)!
  const stopping = serving.stop()
  for (let n = 0; n < 10; n += 1) await announce()
  await stopping
  const { value: last } = await until('everything is seen', () => seen.get(`task-${count}`))
  expect(last).toBe(1)
  expect([...seen.values()].every((times) => times === 1)).toBe(true)
  expect([seen.size, lists]).toEqual([count, 1])
  expect(indexes).toEqual([...indexes].sort((a, b) => a - b))
  expect(new Set(indexes).size).toBe(indexes.length)
})
