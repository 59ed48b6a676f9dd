import { expect, test } from 'vitest'
import type { AppendRequest, CoreMessage, Entry } from '../index.ts'
import { CommitNotices } from './commit-notices.ts'

const entry: Entry = { index: 5, term: 1, type: 'command', stampMs: 0, data: new Uint8Array(0) }

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

/** Holds or not; nothing that waited is sent before. */
function hold(notices: CommitNotices, message: CoreMessage): boolean {
  return notices.hold(message, (waiting) => expect(waiting).toBeUndefined())
}

/** Ends a turn; what was sent, and whether something waits for the next. */
function endTurn(notices: CommitNotices) {
  const sent: AppendRequest[] = []
  const isWaiting = notices.endTurn((message) => sent.push(message))
  expect(notices.isWaiting).toBe(isWaiting)
  return { sent, isWaiting }
}

test('what is no append, and an append with entries, leaves at once', () => {
  const notices = new CommitNotices()
  expect(hold(notices, { type: 'timeout-now', from: 1, to: 2, term: 1 })).toBe(false)
  expect(hold(notices, append(2, 4, [entry]))).toBe(false)
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: false })
})

test('an empty append waits for one turn and leaves at the end of the next', () => {
  const notices = new CommitNotices()
  expect(hold(notices, append(2, 4))).toBe(true)
  expect(notices.isWaiting).toBe(true)
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: true })
  expect(endTurn(notices)).toEqual({ sent: [append(2, 4)], isWaiting: false })
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: false })
})

test('entries for the same member replace it, those for another do not', () => {
  const notices = new CommitNotices()
  hold(notices, append(2, 4))
  hold(notices, append(3, 4))
  endTurn(notices)
  expect(hold(notices, append(2, 4, [entry]))).toBe(false)
  expect(endTurn(notices).sent).toEqual([append(3, 4)])
})

test('entries of the same turn replace it too', () => {
  const notices = new CommitNotices()
  hold(notices, append(2, 4))
  expect(hold(notices, append(2, 4, [entry]))).toBe(false)
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: false })
})

test('nothing else overtakes it on the way to its member', () => {
  const notices = new CommitNotices()
  const sent: AppendRequest[] = []
  const timeoutNow = { type: 'timeout-now', from: 1, to: 2, term: 1 } as const
  hold(notices, append(2, 4))
  hold(notices, append(3, 4))
  expect(notices.hold(timeoutNow, (message) => sent.push(message))).toBe(false)
  expect(sent).toEqual([append(2, 4)])
  endTurn(notices)
  expect(notices.hold(timeoutNow, (message) => sent.push(message))).toBe(false)
  expect(endTurn(notices).sent).toEqual([append(3, 4)])
  expect(sent).toEqual([append(2, 4)])
})

test('who has waited for a turn is told, however often there is news', () => {
  const notices = new CommitNotices()
  hold(notices, append(2, 4))
  endTurn(notices)
  expect(hold(notices, append(2, 5)), 'newer, and it is time').toBe(false)
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: false })
  hold(notices, append(2, 6))
  hold(notices, append(2, 7))
  endTurn(notices)
  expect(endTurn(notices).sent).toEqual([append(2, 7)])
})

test('after the end nothing is left to send', () => {
  const notices = new CommitNotices()
  hold(notices, append(2, 4))
  endTurn(notices)
  hold(notices, append(3, 4))
  notices.clear()
  expect(endTurn(notices)).toEqual({ sent: [], isWaiting: false })
})
