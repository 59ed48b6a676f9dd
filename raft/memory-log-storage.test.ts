import { expect, test } from 'vitest'
import { SystemClock } from '../runtime/index.ts'
import { describeLogStorage } from './log-storage.suite.ts'
import { emptyLogContents, MemoryLogStorage } from './memory-log-storage.ts'

const clock = new SystemClock()

describeLogStorage('MemoryLogStorage', async () => {
  let contents = emptyLogContents
  let log: MemoryLogStorage | undefined
  return {
    open: async () => {
      contents = log?.contents ?? contents
      log = new MemoryLogStorage({ clock }, { contents })
      return { log, contents }
    },
    crash: async () => {
      log?.crash()
    },
    failNextSync: () => log?.failNextSync(),
    dispose: async () => {},
  }
})

const group = (index: number, commit: number) => ({
  entries: [
    { index, term: 1, type: 'command', stampMs: 0, data: new Uint8Array([index]) },
  ] as const,
  hardState: { term: 1, votedFor: 1, commit },
  sync: true,
})

test('a crash may keep as many groups in flight as the test says', async () => {
  const log = new MemoryLogStorage({ clock }, { syncMs: 5 })
  void log.append(group(1, 0))
  void log.append(group(2, 1))
  void log.append(group(3, 2))
  const contents = log.crash(2)
  expect(contents.entries.map(({ index }) => index)).toEqual([1, 2])
  expect(contents.hardState.commit).toBe(1)
})
