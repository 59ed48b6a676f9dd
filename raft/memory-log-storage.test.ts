import { expect, test } from 'vitest'
import { VirtualClock } from '../base/index.ts'
import { describeLogStorage } from './log-storage.suite.ts'
import { emptyLogContents, MemoryLogStorage } from './memory-log-storage.ts'

const settle = (): Promise<void> => new Promise((done) => setImmediate(done))

describeLogStorage('MemoryLogStorage', async () => {
  let contents = emptyLogContents
  let log: MemoryLogStorage | undefined
  const life = { isOver: false }
  const clock = new VirtualClock({ settle })
  const passTime = async (): Promise<void> => {
    while (!life.isOver) await clock.advance(1)
  }
  const time = passTime()
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
    dispose: async () => {
      life.isOver = true
      await time
    },
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
  const clock = new VirtualClock({ settle })
  const log = new MemoryLogStorage({ clock }, { syncMs: 5 })
  void log.append(group(1, 0))
  void log.append(group(2, 1))
  void log.append(group(3, 2))
  const contents = log.crash(2)
  expect(contents.entries.map(({ index }) => index)).toEqual([1, 2])
  expect(contents.hardState.commit).toBe(1)
})
