import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import { pieceCostsMax, reportItemsMax } from '../core/index.ts'
import type { ReportPieces } from '../replication/commands/index.ts'
import { reportPiecesPendingMax, reportSpanBytesMax } from './limits.ts'
import { bitSpans, PieceReports } from './piece-reports.ts'

interface Bench {
  readonly reports: PieceReports
  readonly proposed: ReportPieces[]
  /** Lets the pause pass. */
  tick(): void
  /** Ends the oldest command on its way. */
  settle(): Promise<void>
}

function bench(): Bench {
  let timer: (() => void) | undefined
  const clock: Clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    setTimer: (_, callback) => {
      timer = callback
      return { cancel: () => (timer = undefined) }
    },
    sleep: () => Promise.resolve(),
  }
  const proposed: ReportPieces[] = []
  const ends: (() => void)[] = []
  const reports = new PieceReports({
    clock,
    logger: nullLogger,
    propose: (body) => {
      proposed.push(body)
      return new Promise((resolve) => ends.push(resolve))
    },
  })
  const tick = (): void => {
    const run = timer
    timer = undefined
    run?.()
  }
  const settle = async (): Promise<void> => {
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { reports, proposed, tick, settle }
}

const owner = { taskId: 't', peerId: 'p', streamId: 1 }
const piece = { pieceNum: 0, costMs: 5, parentId: 'q', pieceZero: null }

test('pieces of a pause become one item of one command', () => {
  const { reports, proposed, tick } = bench()
  for (const pieceNum of [9, 8, 17, 8]) reports.add(owner, { ...piece, pieceNum })
  expect(proposed).toEqual([])
  tick()
  expect(proposed).toEqual([
    {
      items: [
        {
          ...owner,
          finished: { firstPiece: 8, bytes: new Uint8Array([0b11, 0b10]) },
          costsMs: [5, 5, 5, 5],
          parentIds: ['q'],
          pieceZero: null,
        },
      ],
    },
  ])
  tick()
  expect(proposed).toHaveLength(1)
})

test('a flush of one peer leaves the others waiting', () => {
  const { reports, proposed, tick } = bench()
  reports.add(owner, piece)
  reports.add({ ...owner, peerId: 'other', streamId: 2 }, piece)
  reports.flushPeer(owner)
  expect(proposed.map(({ items }) => items.map(({ peerId }) => peerId))).toEqual([['p']])
  reports.flushPeer(owner)
  tick()
  expect(proposed.map(({ items }) => items[0]!.peerId)).toEqual(['p', 'other'])
})

test('what an old stream left goes out before a new stream of the peer reports', () => {
  const { reports, proposed, tick } = bench()
  reports.add(owner, { ...piece, pieceNum: 1 })
  reports.add({ ...owner, streamId: 2 }, { ...piece, pieceNum: 2 })
  tick()
  expect(proposed.map(({ items }) => items[0]!.streamId)).toEqual([1, 2])
})

test('only the newest costs are kept', () => {
  const { reports, proposed, tick } = bench()
  for (let i = 0; i < 200; i += 1) reports.add(owner, { ...piece, pieceNum: i, costMs: i })
  tick()
  const { costsMs } = proposed[0]!.items[0]!
  expect(costsMs).toHaveLength(pieceCostsMax)
  expect(costsMs.at(-1)).toBe(199)
})

test('many peers are split into commands of bounded size', () => {
  const { reports, proposed, tick } = bench()
  const peers = 2 * reportItemsMax + 1
  for (let i = 0; i < peers; i += 1) {
    reports.add({ taskId: 't', peerId: `p${i}`, streamId: i }, piece)
  }
  tick()
  expect(proposed.map(({ items }) => items.length)).toEqual([reportItemsMax, reportItemsMax, 1])
})

test('beyond the limit pieces are dropped and counted', () => {
  const { reports } = bench()
  for (let i = 0; i < reportPiecesPendingMax; i += 1) reports.add(owner, { ...piece, pieceNum: i })
  expect(reports.dropped).toBe(0)
  reports.add(owner, { ...piece, pieceNum: 0 })
  expect(reports.dropped).toBe(1)
  expect(reports.piecesPending).toBe(reportPiecesPendingMax)
})

test('while too many commands are on their way reports wait', async () => {
  const { reports, proposed, tick, settle } = bench()
  for (let i = 0; i < 100; i += 1) {
    reports.add(owner, { ...piece, pieceNum: i })
    tick()
  }
  const sent = proposed.length
  expect(sent).toBeLessThan(100)
  await settle()
  tick()
  expect(proposed).toHaveLength(sent + 1)
  expect(reports.piecesPending).toBe(0)
})

test('after a stop nothing is taken or sent', () => {
  const { reports, proposed, tick } = bench()
  reports.add(owner, piece)
  reports.stop()
  reports.add(owner, piece)
  tick()
  reports.flushPeer(owner)
  expect(proposed).toEqual([])
  expect(reports.piecesPending).toBe(0)
})

test('bitsets hold exactly the pieces, in bounded parts', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(262_143), { minLength: 1 }), (pieces) => {
      const spans = bitSpans(new Set(pieces))
      const found: number[] = []
      for (const { firstPiece, bytes } of spans) {
        expect(firstPiece % 8).toBe(0)
        expect(bytes.length).toBeLessThanOrEqual(reportSpanBytesMax)
        for (let i = 0; i < bytes.length * 8; i += 1) {
          if ((bytes[i >> 3]! & (1 << (i & 7))) !== 0) found.push(firstPiece + i)
        }
      }
      expect(found).toEqual([...pieces].sort((a, b) => a - b))
    }),
  )
})
