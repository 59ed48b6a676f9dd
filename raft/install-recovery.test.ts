import { expect, test } from 'vitest'
import type { Entry } from './core/entry.ts'
import { unfinishedInstall } from './install-recovery.ts'
import type { LogContents } from './log-storage.ts'

const entries = (from: number, to: number, term: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    index: from + i,
    term,
    type: 'command',
    stampMs: 0,
    data: new Uint8Array(0),
  }))

const contents = (change: Partial<LogContents> = {}): LogContents => ({
  hardState: { term: 4, votedFor: 2, commit: 5 },
  compacted: { index: 3, term: 1 },
  entries: entries(4, 9, 2),
  announced: { index: 20, term: 3 },
  ...change,
})

test('R-13.1 the state is replaced and the log is not: it begins anew after the image', () => {
  expect(unfinishedInstall(contents(), 20)).toEqual({
    mark: { index: 20, term: 3 },
    contents: {
      hardState: { term: 4, votedFor: 2, commit: 20 },
      compacted: { index: 20, term: 3 },
      entries: [],
      announced: undefined,
    },
  })
})

test('R-13.1 a log that reaches beyond the image with entries of its own is wrong from there', () => {
  const announced = { index: 6, term: 3 }
  expect(unfinishedInstall(contents({ announced }), 6)?.mark).toEqual(announced)
})

test('R-1.3 R-2.2 term and vote never fall, and the log holds all that it says is committed', () => {
  const hardState = { term: 2, votedFor: 2, commit: 9 }
  const unfinished = unfinishedInstall(contents({ hardState }), 20)
  // The vote was one of an older term.
  expect(unfinished?.contents.hardState).toEqual({ term: 3, votedFor: 0, commit: 20 })
  const announced = { index: 8, term: 4 }
  expect(unfinishedInstall(contents({ hardState, announced }), 8)?.contents.hardState.commit).toBe(
    8,
  )
})

test.each<[string, LogContents, number]>([
  ['nothing was announced', contents({ announced: undefined }), 20],
  ['the image never arrived', contents(), 5],
  ['the state goes further than image and log, which is for others to judge', contents(), 21],
  [
    'the log has reached it since, entry by entry',
    contents({ announced: { index: 6, term: 2 } }),
    8,
  ],
  ['the log has passed it and was compacted', contents({ announced: { index: 2, term: 1 } }), 8],
  ['the log already begins after it', contents({ announced: { index: 3, term: 1 } }), 8],
])('nothing is to be done when %s', (_, found, stateIndex) => {
  expect(unfinishedInstall(found, stateIndex)).toBeUndefined()
})
