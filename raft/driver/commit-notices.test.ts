import { beforeEach, expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import type { AppendRequest, Entry } from '../index.ts'
import { CommitNotices } from './commit-notices.ts'

const pauseMs = 5
const entry: Entry = { index: 5, term: 1, type: 'command', stampMs: 0, data: new Uint8Array(0) }
const timeoutNow = { type: 'timeout-now', from: 1, to: 2, term: 1 } as const

const append = (to: number, commit: number, entries: readonly Entry[] = []): AppendRequest => ({
  type: 'append',
  from: 1,
  to,
  term: 1,
  prevIndex: 4,
  prevTerm: 1,
  entries,
  commit,
  matchedByAll: 0,
})

let clock: VirtualClock
let notices: CommitNotices
let sent: AppendRequest[]

beforeEach(() => {
  clock = new VirtualClock({ settle: () => Promise.resolve() })
  sent = []
  notices = new CommitNotices({ clock, send: (message) => sent.push(message) }, { pauseMs })
})

/** What was sent since the last call. */
function taken(): AppendRequest[] {
  return sent.splice(0)
}

/** Ends a turn; what was sent, and whether something waits for the next. */
function endTurn() {
  const isWaiting = notices.endTurn()
  expect(notices.isWaiting).toBe(isWaiting)
  return { sent: taken(), isWaiting }
}

test('what is no append, and an append with entries, leaves at once', async () => {
  expect(notices.hold(timeoutNow)).toBe(false)
  expect(notices.hold(append(2, 4, [entry]))).toBe(false)
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
  await clock.advance(pauseMs)
  expect(taken()).toEqual([])
})

test('an empty append waits for the pause, whatever turns end meanwhile', async () => {
  expect(notices.hold(append(2, 4))).toBe(true)
  expect(notices.hold(append(3, 4))).toBe(true)
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
  await clock.advance(pauseMs - 1)
  expect(taken()).toEqual([])
  await clock.advance(1)
  expect(taken()).toEqual([append(2, 4), append(3, 4)])
  await clock.advance(10 * pauseMs)
  expect(taken()).toEqual([])
})

test('a newer one takes its place and waits no longer than the first', async () => {
  notices.hold(append(2, 4))
  await clock.advance(pauseMs - 1)
  expect(notices.hold(append(2, 5))).toBe(true)
  await clock.advance(1)
  expect(taken()).toEqual([append(2, 5)])
})

test('entries for the same member replace it, those for another do not', async () => {
  notices.hold(append(2, 4))
  notices.hold(append(3, 4))
  expect(notices.hold(append(2, 4, [entry]))).toBe(false)
  await clock.advance(pauseMs)
  expect(taken()).toEqual([append(3, 4)])
})

test('after entries took it along the next one waits for a whole pause', async () => {
  notices.hold(append(2, 4))
  await clock.advance(pauseMs - 1)
  notices.hold(append(2, 4, [entry]))
  notices.hold(append(2, 5))
  await clock.advance(pauseMs - 1)
  expect(taken()).toEqual([])
  await clock.advance(1)
  expect(taken()).toEqual([append(2, 5)])
})

test('who waits for an index is told after one turn of it, and of those before', () => {
  notices.await(2, 6)
  expect(notices.hold(append(2, 5))).toBe(true)
  expect(endTurn()).toEqual({ sent: [], isWaiting: true })
  expect(endTurn()).toEqual({ sent: [append(2, 5)], isWaiting: false })
  notices.hold(append(2, 6))
  endTurn()
  expect(endTurn()).toEqual({ sent: [append(2, 6)], isWaiting: false })
})

test('once it was told, what follows waits for the pause again', async () => {
  notices.await(2, 6)
  notices.await(2, 5)
  expect(notices.hold(append(2, 6, [entry]))).toBe(false)
  expect(notices.hold(append(2, 7))).toBe(true)
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
  await clock.advance(pauseMs)
  expect(taken()).toEqual([append(2, 7)])
})

test('who begins to wait for an index gets the next one soon, in place of the old', async () => {
  notices.hold(append(2, 4))
  notices.await(2, 5)
  notices.hold(append(2, 5))
  endTurn()
  expect(endTurn().sent).toEqual([append(2, 5)])
  await clock.advance(pauseMs)
  expect(taken()).toEqual([])
})

test('entries of the same turn replace what is awaited, too', () => {
  notices.await(2, 4)
  notices.hold(append(2, 4))
  expect(notices.hold(append(2, 4, [entry]))).toBe(false)
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
})

test('nothing else overtakes it on the way to its member', async () => {
  notices.hold(append(2, 4))
  notices.hold(append(3, 4))
  expect(notices.hold(timeoutNow)).toBe(false)
  expect(taken()).toEqual([append(2, 4)])
  notices.flush(2)
  expect(taken()).toEqual([])
  notices.flush(3)
  expect(taken()).toEqual([append(3, 4)])
  notices.await(2, 5)
  notices.hold(append(2, 5))
  expect(notices.hold(timeoutNow)).toBe(false)
  expect(endTurn().sent).toEqual([append(2, 5)])
  await clock.advance(pauseMs)
  expect(taken()).toEqual([])
})

test('who has waited for a turn is told, however often there is news', () => {
  notices.await(2, 7)
  notices.hold(append(2, 4))
  endTurn()
  expect(notices.hold(append(2, 5)), 'newer, and it is time').toBe(false)
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
  notices.hold(append(2, 6))
  notices.hold(append(2, 6))
  endTurn()
  expect(endTurn().sent).toEqual([append(2, 6)])
})

test('after the end nothing is left to send', async () => {
  notices.await(2, 4)
  notices.hold(append(2, 4))
  endTurn()
  notices.hold(append(3, 4))
  notices.clear()
  expect(endTurn()).toEqual({ sent: [], isWaiting: false })
  await clock.advance(pauseMs)
  expect(taken()).toEqual([])
})
