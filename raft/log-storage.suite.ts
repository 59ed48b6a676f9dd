// The contract of LogStorage as tests. Every implementation runs them from its own test file.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { entryDataBytesMax } from './core/entry.ts'
import type { Entry, HardState } from './core/entry.ts'
import type { LogContents, LogGroup, LogStorage } from './log-storage.ts'

/** One log under test, which can be opened again and again. */
export interface LogStorageHarness {
  /** Opens the log; the one opened before was closed or has crashed. */
  open(): Promise<{ readonly log: LogStorage; readonly contents: LogContents }>
  /** Power off: what is not durable is lost (or not, as the disk likes); handles are void. */
  crash(): Promise<void>
  /** Makes the next write or sync of the open log fail as a broken disk does. */
  failNextSync(): void
  /** Leaves nothing behind. */
  dispose(): Promise<void>
}

const entry = (index: number, term: number, data: Uint8Array | string = `e${index}`): Entry => ({
  index,
  term,
  type: index === 1 ? 'config' : 'command',
  stampMs: index * 10,
  data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
})

const range = (from: number, to: number, term: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term))

const group = (entries: readonly Entry[], hardState: Partial<HardState> = {}): LogGroup => ({
  entries,
  hardState: { term: entries.at(-1)?.term ?? 1, votedFor: 1, commit: 0, ...hardState },
  sync: true,
})

/** Entries in a form that compares by value whatever the buffers behind them are. */
const plain = (entries: readonly Entry[]) =>
  entries.map(({ index, term, type, stampMs, data }) => ({
    index,
    term,
    type,
    stampMs,
    data: Buffer.from(data).toString('hex'),
  }))

const indexes = (contents: LogContents): number[] => contents.entries.map(({ index }) => index)

/** Runs the contract against `create`. */
export function describeLogStorage(name: string, create: () => Promise<LogStorageHarness>): void {
  describe(`log storage contract: ${name}`, () => {
    let harness: LogStorageHarness

    beforeEach(async () => {
      harness = await create()
    })

    afterEach(async () => {
      await harness.dispose()
    })

    test('a log never written is empty, with an empty hard state', async () => {
      const { log, contents } = await harness.open()
      expect(contents.hardState).toEqual({ term: 0, votedFor: 0, commit: 0 })
      expect(contents.compacted).toEqual({ index: 0, term: 0 })
      expect(contents.entries).toEqual([])
      await log.close()
    })

    test('what was appended is there after close and open, every field of it', async () => {
      const { log } = await harness.open()
      const written = [entry(1, 1, ''), entry(2, 1), entry(3, 2, new Uint8Array([0, 255, 128]))]
      await log.append(group(written, { term: 3, votedFor: 2, commit: 2 }))
      await log.close()
      const { log: again, contents } = await harness.open()
      expect(plain(contents.entries)).toEqual(plain(written))
      expect(contents.hardState).toEqual({ term: 3, votedFor: 2, commit: 2 })
      await again.close()
    })

    test('R-1.1 R-2.1 an acknowledged group survives a crash, entries and hard state', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 3, 1), { term: 1, votedFor: 3, commit: 1 }))
      await log.append(group([], { term: 2, votedFor: 2, commit: 2 }))
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(indexes(contents)).toEqual([1, 2, 3])
      expect(contents.hardState).toEqual({ term: 2, votedFor: 2, commit: 2 })
      await again.close()
    })

    test('writing an entry discards everything at or after its index', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 5, 1)))
      await log.append(group([entry(3, 2)], { term: 2 }))
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(contents.entries.map(({ index, term }) => [index, term])).toEqual([
        [1, 1],
        [2, 1],
        [3, 2],
      ])
      await again.append(group([entry(4, 2)], { term: 2 }))
      await again.close()
      const last = await harness.open()
      expect(indexes(last.contents)).toEqual([1, 2, 3, 4])
      await last.log.close()
    })

    test('calls that overlap take effect and finish in call order', async () => {
      const { log } = await harness.open()
      const finished: number[] = []
      await Promise.all(
        range(1, 20, 1).map((each) =>
          log.append(group([each])).then(() => finished.push(each.index)),
        ),
      )
      expect(finished).toEqual(range(1, 20, 1).map(({ index }) => index))
      await log.close()
      const { log: again, contents } = await harness.open()
      expect(indexes(contents)).toEqual(finished)
      await again.close()
    })

    test('a crash keeps a prefix of the groups and everything that was acknowledged', async () => {
      const { log } = await harness.open()
      let acknowledged = 0
      const first = log.append(group(range(1, 4, 1), { commit: 0 })).then(() => {
        acknowledged = 4
      })
      const later = [2, 3, 4].map((n) =>
        log.append(group(range(n * 4 - 3, n * 4, 1), { commit: n })).then(
          () => {
            acknowledged = n * 4
          },
          () => {},
        ),
      )
      await first
      const acknowledgedAtCrash = acknowledged
      await harness.crash()
      const { log: again, contents } = await harness.open()
      const lastIndex = contents.entries.at(-1)!.index
      expect(lastIndex).toBeGreaterThanOrEqual(acknowledgedAtCrash)
      // A group is there as a whole or not at all, with the hard state that came with it.
      expect(lastIndex % 4).toBe(0)
      expect(contents.hardState.commit).toBe(lastIndex === 4 ? 0 : lastIndex / 4)
      expect(indexes(contents)).toEqual(range(1, lastIndex, 1).map(({ index }) => index))
      await again.close()
      expect(later).toHaveLength(3)
    })

    test('a group without sync may be lost but takes nothing along', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 3, 1), { commit: 1 }))
      await log.append({ ...group([], { commit: 3 }), sync: false })
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(indexes(contents)).toEqual([1, 2, 3])
      expect([1, 3]).toContain(contents.hardState.commit)
      await again.append({ ...group([], { commit: 3 }), sync: false })
      await again.append(group([entry(4, 1)], { commit: 3 }))
      await harness.crash()
      const last = await harness.open()
      expect(last.contents.hardState.commit).toBe(3)
      expect(indexes(last.contents)).toEqual([1, 2, 3, 4])
      await last.log.close()
    })

    test('compaction drops no entry above the mark and keeps the log appendable', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 6, 1)))
      await log.append(group(range(7, 10, 2), { term: 2, commit: 10 }))
      await log.compact(8, 2)
      await log.append(group([entry(11, 2)], { term: 2, commit: 10 }))
      await log.close()
      const { log: again, contents } = await harness.open()
      const { compacted } = contents
      expect(compacted.index).toBeLessThanOrEqual(8)
      expect(compacted.term).toBe(compacted.index === 0 ? 0 : compacted.index <= 6 ? 1 : 2)
      const kept = Array.from({ length: 11 - compacted.index }, (_, i) => compacted.index + 1 + i)
      expect(indexes(contents)).toEqual(kept)
      await again.close()
    })

    test('R-13.1 B18 a reset log holds nothing but its mark and goes on right after it', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 6, 1), { commit: 3 }))
      await log.announceImage({ index: 20, term: 2 })
      await log.reset({ index: 20, term: 2 }, { term: 3, votedFor: 2, commit: 20 })
      await log.append(group(range(21, 23, 3), { term: 3, votedFor: 2, commit: 20 }))
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(contents.compacted).toEqual({ index: 20, term: 2 })
      expect(indexes(contents)).toEqual([21, 22, 23])
      expect(contents.hardState).toEqual({ term: 3, votedFor: 2, commit: 20 })
      expect(contents.announced).toBeUndefined()
      await again.append(group([entry(24, 3)], { term: 3, votedFor: 2, commit: 22 }))
      await again.compact(22, 3)
      await again.close()
      const last = await harness.open()
      expect(last.contents.compacted.index).toBeGreaterThanOrEqual(20)
      expect(last.contents.entries.at(-1)?.index).toBe(24)
      await last.log.close()
    })

    test('R-2.2 R-13.1 a reset may fall behind entries that were never committed', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 9, 1), { commit: 2 }))
      await log.announceImage({ index: 5, term: 2 })
      // More may be committed by now; the log holds nothing of it yet.
      await log.reset({ index: 5, term: 2 }, { term: 2, votedFor: 0, commit: 7 })
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(contents).toMatchObject({ compacted: { index: 5, term: 2 }, entries: [] })
      expect(contents.hardState).toEqual({ term: 2, votedFor: 0, commit: 5 })
      await again.append(group([entry(6, 2)], { term: 2, votedFor: 0, commit: 5 }))
      await again.close()
    })

    test('R-2.2 R-13.1 an announced image is remembered, and changes nothing else', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 3, 1), { commit: 2 }))
      await log.announceImage({ index: 9, term: 4 })
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(contents.announced).toEqual({ index: 9, term: 4 })
      expect(indexes(contents)).toEqual([1, 2, 3])
      expect(contents.hardState).toEqual({ term: 1, votedFor: 1, commit: 2 })
      // A vote says nothing about the image; entries say that the log goes on without it.
      await again.append(group([], { term: 2, votedFor: 2, commit: 2 }))
      await harness.crash()
      const { log: voted, contents: after } = await harness.open()
      expect(after.announced).toEqual({ index: 9, term: 4 })
      await voted.append(group([entry(4, 2)], { term: 2, votedFor: 2, commit: 2 }))
      await harness.crash()
      const { log: last, contents: end } = await harness.open()
      expect(end.announced).toBeUndefined()
      expect(indexes(end)).toEqual([1, 2, 3, 4])
      await last.close()
    })

    test('an entry of the largest size comes back whole', async () => {
      const { log } = await harness.open()
      const data = new Uint8Array(entryDataBytesMax).map((_, i) => i % 251)
      await log.append(group([entry(1, 1, data)]))
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(Buffer.compare(contents.entries[0]!.data, data)).toBe(0)
      await again.close()
    })

    test('R-16.1 a failure is told at once, and only once', async () => {
      const { log } = await harness.open()
      const told: Error[] = []
      log.onFailure((error) => told.push(error))
      await log.append(group([entry(1, 1)]))
      expect(told).toEqual([])
      harness.failNextSync()
      await expect(log.append(group([entry(2, 1)]))).rejects.toThrow()
      await expect(log.append(group([entry(2, 1)]))).rejects.toThrow()
      expect(told).toHaveLength(1)
    })

    test('R-16.1 closing is no failure', async () => {
      const { log } = await harness.open()
      const told: Error[] = []
      log.onFailure((error) => told.push(error))
      await log.append(group([entry(1, 1)]))
      await log.close()
      expect(told).toEqual([])
    })

    test('R-14.1 R-16.1 after one failure every later call rejects', async () => {
      const { log } = await harness.open()
      await log.append(group(range(1, 2, 1)))
      harness.failNextSync()
      const failed = log.append(group([entry(3, 1)]))
      const overlapping = log.append(group([entry(4, 1)]))
      await expect(failed).rejects.toThrow()
      await expect(overlapping).rejects.toThrow()
      await expect(log.append(group([entry(3, 1)]))).rejects.toThrow()
      await expect(log.announceImage({ index: 9, term: 1 })).rejects.toThrow()
      const hardState = { term: 1, votedFor: 1, commit: 9 }
      await expect(log.reset({ index: 9, term: 1 }, hardState)).rejects.toThrow()
      await harness.crash()
      const { log: again, contents } = await harness.open()
      expect(indexes(contents).slice(0, 2)).toEqual([1, 2])
      await again.close()
    })

    test('a closed log refuses to append', async () => {
      const { log } = await harness.open()
      await log.close()
      await expect(log.append(group([entry(1, 1)]))).rejects.toThrow()
    })
  })
}
