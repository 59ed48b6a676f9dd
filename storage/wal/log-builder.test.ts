import { describe, expect, test } from 'vitest'
import type { Entry, HardState } from '../../raft/index.ts'
import { LogBuilder } from './log-builder.ts'
import { decodeCompactionPayload, decodeGroupPayload, decodeImagePayload } from './payload.ts'
import type { SegmentHeader } from './segment-header.ts'

const entry = (index: number, term = 2): Entry => ({
  index,
  term,
  type: 'command',
  stampMs: 0,
  data: new Uint8Array(),
})

const state = (term: number, votedFor: number, commit: number): HardState => ({
  term,
  votedFor,
  commit,
})

const header: SegmentHeader = {
  segmentNumber: 1,
  firstIndex: 1,
  previousTerm: 0,
  hardState: state(0, 0, 0),
  compacted: { index: 0, term: 0 },
  chain: 0,
}

/** Entries 1 … 4 of term 2, the first two committed, vote for 1. */
function builder(): LogBuilder {
  const log = new LogBuilder(header)
  const entries = [entry(1), entry(2), entry(3), entry(4)]
  expect(log.addGroup({ hardState: state(2, 1, 2), entries })).toBeUndefined()
  return log
}

describe('R-19.2 what no writer of ours would have written is reported', () => {
  test.each([
    ['the term', state(1, 1, 2), [], 'goes back'],
    ['the commit index', state(2, 1, 1), [], 'goes back'],
    ['a second vote', state(2, 3, 2), [], 'vote changes'],
    ['a gap', state(2, 1, 2), [entry(6)], 'missing'],
    ['a committed entry', state(2, 1, 2), [entry(2)], 'overwritten'],
    ['a sequence with a hole', state(2, 1, 2), [entry(5), entry(7)], 'sequence'],
    ['an older entry after a newer one', state(2, 1, 2), [entry(5, 1)], 'goes back'],
    ['an entry newer than the term', state(2, 1, 2), [entry(5, 3)], 'newer'],
    ['a commit index beyond the log', state(2, 1, 5), [], 'beyond'],
  ] as const)('%s', (_title, hardState, entries, complaint) => {
    expect(builder().addGroup({ hardState, entries })).toContain(complaint)
  })

  test.each([
    ['announced below the commit index', 'announced', [2, 2], state(2, 1, 2), 'older'],
    ['announced with a vote taken back', 'announced', [9, 2], state(2, 3, 2), 'vote changes'],
    ['announced with a commit beyond the log', 'announced', [9, 2], state(2, 1, 5), 'beyond'],
    ['installed below the commit index', 'installed', [2, 2], state(2, 1, 2), 'older'],
    ['installed with an older term', 'installed', [9, 2], state(1, 1, 9), 'goes back'],
    ['installed with less than all committed', 'installed', [9, 2], state(2, 1, 8), 'do not fit'],
    ['installed from a term to come', 'installed', [9, 3], state(2, 1, 9), 'do not fit'],
  ] as const)('R-2.2 R-13.1 an image %s', (_title, phase, [index, term], hardState, complaint) => {
    expect(builder().addImage({ phase, mark: { index, term }, hardState })).toContain(complaint)
  })

  test('R-13.1 an announcement ends with the next entries, an installed image begins anew', () => {
    const log = builder()
    const mark = { index: 9, term: 2 }
    const image = { phase: 'announced', mark, hardState: state(2, 1, 2) } as const
    expect(log.addImage(image)).toBeUndefined()
    expect(log.addGroup({ hardState: state(3, 0, 2), entries: [] })).toBeUndefined()
    expect(log.finish()).toMatchObject({ contents: { announced: mark } })
    expect(log.addGroup({ hardState: state(3, 0, 2), entries: [entry(5)] })).toBeUndefined()
    expect(log.finish()).toMatchObject({ contents: { announced: undefined } })
    const installed = { phase: 'installed', mark, hardState: state(3, 0, 9) } as const
    expect(log.addImage(installed)).toBeUndefined()
    expect(log.addGroup({ hardState: state(3, 0, 9), entries: [entry(11)] })).toContain('missing')
    expect(log.addGroup({ hardState: state(3, 0, 9), entries: [entry(10)] })).toBeUndefined()
    expect(log.finish()).toEqual({
      contents: {
        hardState: state(3, 0, 9),
        compacted: mark,
        entries: [entry(10)],
        announced: undefined,
      },
    })
  })

  test('marks out of place, or of the wrong term', () => {
    const log = builder()
    expect(log.addCompaction({ index: 5, term: 2 })).toContain('out of place')
    expect(log.addCompaction({ index: 2, term: 1 })).toContain('wrong term')
    expect(log.addCompaction({ index: 2, term: 2 })).toBeUndefined()
    expect(log.addCompaction({ index: 1, term: 2 })).toContain('out of place')
    const overwriting = { hardState: state(3, 1, 2), entries: [entry(2, 3)] }
    expect(log.addGroup(overwriting)).toContain('overwritten')
  })

  test('a log whose beginning is gone without a mark', () => {
    const log = new LogBuilder({ ...header, segmentNumber: 2, firstIndex: 9, previousTerm: 2 })
    expect(log.finish()).toHaveProperty('complaint')
  })
})

test('a removed beginning is made up for by the mark', () => {
  const log = new LogBuilder({
    ...header,
    segmentNumber: 2,
    firstIndex: 9,
    previousTerm: 2,
    hardState: state(2, 1, 5),
  })
  const entries = [entry(7, 3), entry(8, 3), entry(9, 3)]
  expect(log.addGroup({ hardState: state(3, 1, 8), entries })).toBeUndefined()
  expect(log.addCompaction({ index: 8, term: 3 })).toBeUndefined()
  const finished = log.finish()
  expect(finished).toMatchObject({
    contents: { compacted: { index: 8, term: 3 }, entries: [{ index: 9 }] },
  })
})

test('a following segment may know a newer commit index, and nothing else that is new', () => {
  const log = builder()
  const next: SegmentHeader = {
    segmentNumber: 2,
    firstIndex: 5,
    previousTerm: 2,
    hardState: state(2, 1, 4),
    compacted: { index: 0, term: 0 },
    chain: 0,
  }
  expect(log.isContinuedBy(next)).toBe(true)
  for (const wrong of [
    { firstIndex: 6 },
    { previousTerm: 1 },
    { hardState: state(3, 1, 4) },
    { hardState: state(2, 2, 4) },
    { hardState: state(2, 1, 1) },
    { compacted: { index: 1, term: 2 } },
    { compacted: { index: 0, term: 1 } },
  ]) {
    expect(log.isContinuedBy({ ...next, ...wrong })).toBe(false)
  }
  log.continueWith(next)
  expect(log.hardState.commit).toBe(4)
})

test('payloads that are too short, too long or not entries do not decode', () => {
  expect(decodeGroupPayload(new Uint8Array(10))).toBeUndefined()
  expect(decodeGroupPayload(new Uint8Array(28))).toEqual({
    hardState: state(0, 0, 0),
    entries: [],
  })
  expect(decodeGroupPayload(new Uint8Array(29))).toBeUndefined()
  expect(decodeGroupPayload(new Uint8Array(28).fill(1, 27))).toBeUndefined()
  expect(decodeCompactionPayload(new Uint8Array(15))).toBeUndefined()
  expect(decodeCompactionPayload(new Uint8Array(17))).toBeUndefined()
  const image = new Uint8Array(44).fill(1, 11, 12).fill(1, 19, 20)
  expect(decodeImagePayload(image)).toBeUndefined()
  const announced = image.with(3, 1)
  expect(decodeImagePayload(announced)).toMatchObject({ phase: 'announced' })
  expect(decodeImagePayload(image.with(3, 2))).toMatchObject({ phase: 'installed' })
  expect(decodeImagePayload(image.with(3, 3))).toBeUndefined()
  expect(decodeImagePayload(announced.with(11, 0))).toBeUndefined()
  expect(decodeImagePayload(announced.subarray(0, 43))).toBeUndefined()
})
