import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entriesOf } from '../scenario/scenario.ts'
import { RaftLog } from './log.ts'

function logOf(
  terms: readonly number[],
  options?: { commit?: number; compacted?: [number, number] },
) {
  const [index, term] = options?.compacted ?? [0, 0]
  const hardState = { term: terms.at(-1) ?? term, votedFor: 0, commit: options?.commit ?? 0 }
  const entries = entriesOf(terms, index + 1)
  const contents = { hardState, compacted: { index, term }, entries, announced: undefined }
  return new RaftLog(contents, { applied: index, clusterClockMs: 0, lacksState: false })
}

describe('where logs agree', () => {
  test('termAt knows the compacted entry and nothing before it', () => {
    const log = logOf([4, 5], { compacted: [10, 3] })
    expect([9, 10, 11, 12, 13].map((index) => log.termAt(index))).toEqual([
      undefined,
      3,
      4,
      5,
      undefined,
    ])
    expect([log.lastIndex, log.lastTerm, log.compactedIndex]).toEqual([12, 5, 10])
    expect(() => log.entryAt(10)).toThrow('holds')
  })

  test('§5.4.1 up to date means a later last term, or the same and at least as long', () => {
    const log = logOf([1, 2, 2])
    expect(log.isUpToDate(1, 3)).toBe(true)
    expect(log.isUpToDate(3, 2)).toBe(true)
    expect(log.isUpToDate(2, 2)).toBe(false)
    expect(log.isUpToDate(9, 1)).toBe(false)
  })

  test('lastIndexWithTermAtMost agrees with a plain search', () => {
    const terms = fc
      .array(fc.nat(6), { maxLength: 20 })
      .map((list) => list.map((t) => t + 1).sort((a, b) => a - b))
    fc.assert(
      fc.property(terms, fc.nat(25), fc.nat(9), (list, index, term) => {
        const log = logOf(list)
        let plain = Math.min(index, list.length)
        while (plain > 0 && list[plain - 1]! > term) plain -= 1
        expect(log.lastIndexWithTermAtMost(index, term)).toBe(plain)
      }),
    )
  })

  test('lastIndexWithTermAtMost never looks below what is compacted', () => {
    const log = logOf([4, 5], { compacted: [10, 3] })
    expect(log.lastIndexWithTermAtMost(12, 1)).toBe(10)
    expect(log.lastIndexWithTermAtMost(7, 1)).toBe(7)
  })

  test('firstDifference finds a conflict or the first new entry', () => {
    const log = logOf([1, 1, 2])
    expect(log.firstDifference(entriesOf([1, 1, 2]))).toBeUndefined()
    expect(log.firstDifference(entriesOf([1, 3, 3]))).toBe(2)
    expect(log.firstDifference(entriesOf([1, 1, 2, 2]))).toBe(4)
    expect(log.firstDifference([])).toBeUndefined()
  })
})

describe('replacing', () => {
  test('R-6.1 a committed entry is never truncated', () => {
    const log = logOf([1, 1, 1], { commit: 2 })
    expect(() => log.replaceFrom(entriesOf([2], 2))).toThrow('R-6.1')
    log.replaceFrom(entriesOf([2], 3))
    expect(log.termAt(3)).toBe(2)
  })

  test('gaps, falling terms and nothing at all are refused', () => {
    const log = logOf([1, 2])
    expect(() => log.replaceFrom(entriesOf([2], 4))).toThrow('gaps')
    expect(() => log.replaceFrom(entriesOf([1], 3))).toThrow('fall')
    expect(() => log.replaceFrom([])).toThrow('something')
    expect(() => log.replaceFrom([...entriesOf([2], 3), ...entriesOf([2], 5)])).toThrow('follow')
  })

  test('a suffix that is replaced is neither durable nor handed out any more', () => {
    const log = logOf([1, 1, 1])
    expect([log.stable, log.hasUnwritten]).toEqual([3, false])
    log.replaceFrom(entriesOf([2, 2], 2))
    expect([log.stable, log.hasUnwritten, log.lastIndex]).toEqual([1, true, 3])
    expect(log.takeUnwritten().map((entry) => entry.index)).toEqual([2, 3])
    expect(log.hasUnwritten).toBe(false)
    log.stableTo(3)
    expect(log.stable).toBe(3)
    log.stableTo(2)
    expect(log.stable).toBe(3)
    log.replaceFrom(entriesOf([3], 4))
    expect(() => log.stableTo(4)).toThrow('written')
  })
})

describe('marks', () => {
  test('the commit index only rises, and never beyond the log', () => {
    const log = logOf([1, 1], { commit: 1 })
    log.commitTo(0)
    expect(log.commit).toBe(1)
    log.commitTo(2)
    expect(log.commit).toBe(2)
    expect(() => log.commitTo(3)).toThrow('R-15.3')
  })

  test('only what is committed and durable is applied', () => {
    const log = logOf([1])
    log.replaceFrom(entriesOf([1, 1], 2))
    log.commitTo(2)
    expect(log.takeApplicable(1000).map((entry) => entry.index)).toEqual([1])
    log.takeUnwritten()
    log.stableTo(3)
    expect(log.takeApplicable(1000).map((entry) => entry.index)).toEqual([2])
    expect(() => log.appliedTo(3)).toThrow('handed out')
    log.appliedTo(2)
    expect(() => log.appliedTo(1)).toThrow('handed out')
  })

  test('slices respect both limits and always hold one entry', () => {
    const log = logOf([1, 1, 1, 1])
    const sliced = (bytesMax: number, countMax: number) =>
      log.slice(2, { bytesMax, countMax }).map((entry) => entry.index)
    expect(sliced(1, 9)).toEqual([2])
    expect(sliced(70, 9)).toEqual([2, 3])
    expect(sliced(1000, 2)).toEqual([2, 3])
    expect(sliced(1000, 9)).toEqual([2, 3, 4])
  })

  test('compaction keeps indexes and terms, however much is dropped', () => {
    const count = 5000
    const log = logOf(
      Array.from({ length: count }, () => 1),
      { commit: count },
    )
    log.takeApplicable(1e9)
    log.appliedTo(4000)
    for (let index = 100; index <= 4000; index += 100) {
      log.compact(index)
      expect(log.compacted).toEqual({ index, term: 1 })
      expect(log.termAt(index - 1)).toBeUndefined()
      expect(log.entryAt(index + 1).index).toBe(index + 1)
      expect(log.lastIndex).toBe(count)
    }
    expect(() => log.compact(4001)).toThrow('applied')
    log.compact(5)
    expect(log.compactedIndex).toBe(4000)
  })

  test('a log that starts behind its durable state does not start', () => {
    const contents = {
      hardState: { term: 1, votedFor: 0, commit: 5 },
      compacted: { index: 5, term: 1 },
      entries: [],
      announced: undefined,
    }
    const open = (applied: number, clusterClockMs: number, lacksState = false): RaftLog =>
      new RaftLog(contents, { applied, clusterClockMs, lacksState })
    expect(() => open(4, 0)).toThrow('only what is applied is compacted')
    expect(open(0, 0, true).applied).toBe(0)
    expect(open(5, 77).lastStampMs).toBe(77)
  })
})

describe('R-11.1 changes of the membership', () => {
  function withChangeAt(index: number, commit: number): RaftLog {
    const entries = entriesOf([1, 1, 1, 1, 1]).map((entry) =>
      entry.index === index ? { ...entry, type: 'config' as const } : entry,
    )
    const hardState = { term: 1, votedFor: 0, commit }
    return new RaftLog(
      { hardState, compacted: { index: 0, term: 0 }, entries, announced: undefined },
      { applied: 0, clusterClockMs: 0, lacksState: false },
    )
  }

  test('one is the last entry handed out for apply until it is applied', () => {
    const log = withChangeAt(2, 5)
    expect(log.takeApplicable(1e6).map(({ index }) => index)).toEqual([1, 2])
    expect(log.hasApplicable).toBe(false)
    log.appliedTo(1)
    expect(log.hasApplicable).toBe(false)
    log.appliedTo(2)
    expect(log.hasApplicable).toBe(true)
    expect(log.takeApplicable(1e6).map(({ index }) => index)).toEqual([3, 4, 5])
  })

  test.each([
    [2, 5, true],
    [5, 5, true],
    [5, 4, false],
    [1, 5, false],
  ])('one at %i with commit %i and 1 applied is pending: %s', (index, commit, expected) => {
    const log = withChangeAt(index, commit)
    log.takeApplicable(1)
    log.appliedTo(1)
    expect(log.hasPendingChange).toBe(expected)
  })
})

describe('a log that forgets its beginning', () => {
  test('names every entry that is left as before, however much is dropped and in what pieces', () => {
    const count = 3000
    const log = logOf(Array.from({ length: count }, (_, i) => 1 + Math.floor(i / 100)))
    log.commitTo(count)
    log.takeApplicable(Infinity)
    log.appliedTo(count)
    for (const index of [1, 900, 1023, 1024, 1700, 2400, 2990]) {
      log.compact(index)
      expect([log.compactedIndex, log.lastIndex]).toEqual([index, count])
      expect(log.termAt(index - 1)).toBeUndefined()
      for (const kept of [index, index + 1, count]) {
        expect(log.termAt(kept)).toBe(1 + Math.floor((kept - 1) / 100))
      }
      expect(log.entryAt(index + 1).index).toBe(index + 1)
    }
    log.replaceFrom(entriesOf([31, 31], count + 1))
    expect(log.takeUnwritten().map(({ index }) => index)).toEqual([count + 1, count + 2])
    log.replaceFrom(entriesOf([32], count + 2))
    expect([log.lastIndex, log.termAt(count + 1), log.lastTerm]).toEqual([count + 2, 31, 32])
    expect(log.takeUnwritten().map(({ term }) => term)).toEqual([32])
  })
})

describe('indexBefore: what to drop so that the newest entries within both limits stay', () => {
  // Data of three bytes and 32 for the header.
  const entryBytes = 35

  test.each<[string, number, { bytesMax: number; countMax: number }, number]>([
    ['the count decides', 9, { bytesMax: Infinity, countMax: 2 }, 7],
    ['the bytes decide', 9, { bytesMax: 3 * entryBytes, countMax: 5 }, 6],
    ['one byte too few for three', 9, { bytesMax: 3 * entryBytes - 1, countMax: 5 }, 7],
    ['an entry that is too large does not stay', 9, { bytesMax: 1, countMax: 5 }, 9],
    ['everything that is left fits', 7, { bytesMax: Infinity, countMax: 100 }, 4],
  ])('%s', (_what, end, limits, expected) => {
    const log = logOf([1, 1, 1, 1, 1], { compacted: [4, 1] })
    expect(log.indexBefore(end, limits)).toBe(expected)
  })
})

describe('R-13.1 a log that begins anew after an image', () => {
  test('B18 holds nothing, goes on after it, and knows nothing durable there yet', () => {
    const log = logOf([1, 1, 2, 2], { commit: 2 })
    log.restart({ index: 9, term: 3 }, 700)
    expect([log.lastIndex, log.lastTerm, log.commit, log.compactedIndex]).toEqual([9, 3, 9, 9])
    expect([log.stable, log.applied, log.hasApplicable]).toEqual([2, 0, false])
    expect([log.lastStampMs, log.stampAt(9), log.termAt(9)]).toEqual([700, 700, 3])
    expect([log.termAt(8), log.termAt(4), log.hasUnwritten]).toEqual([undefined, undefined, false])
  })

  test('entries that come meanwhile are applied after the image, not before it is installed', () => {
    const log = logOf([1, 1, 2, 2], { commit: 2 })
    log.restart({ index: 9, term: 3 }, 700)
    log.replaceFrom(entriesOf([3, 3], 10))
    log.commitTo(10)
    expect(log.takeUnwritten().map(({ index }) => index)).toEqual([10, 11])
    expect(log.hasApplicable).toBe(false)
    log.stableTo(11)
    log.installed(9)
    expect(log.applied).toBe(9)
    expect(log.takeApplicable(1e6).map(({ index }) => index)).toEqual([10])
  })

  test('an image below the commit index, or one not durable yet, is a bug', () => {
    const log = logOf([1, 1, 2, 2], { commit: 2 })
    expect(() => log.restart({ index: 2, term: 1 }, 0)).toThrow('something new')
    log.restart({ index: 3, term: 1 }, 0)
    expect(() => log.installed(3)).toThrow('is durable')
  })
})
