import { expect, test } from 'vitest'
import { readsMax } from './limits.ts'
import type { ReadIndexOutcome } from './outcomes.ts'
import { ReadTracker } from './read-tracker.ts'

const never = Number.POSITIVE_INFINITY

function create(appliedIndex = 0) {
  const tracker = new ReadTracker({ appliedIndex })
  const outcomes = new Map<string, ReadIndexOutcome>()
  const read = (name: string, deadlineMs = 1000): boolean =>
    tracker.enqueue({
      kind: 'local',
      deadlineMs,
      resolve: (outcome) => {
        expect(outcomes.has(name), `${name} ends once`).toBe(false)
        outcomes.set(name, outcome)
      },
    })
  const remote = (requestId: number): boolean =>
    tracker.enqueue({ kind: 'remote', from: 2, requestId })
  return { tracker, outcomes, read, remote }
}

test('a confirmed read waits for the own state', () => {
  const { tracker, outcomes, read } = create(5)
  read('a')
  tracker.startRound(1, never)
  tracker.confirm(1, 7)
  expect(outcomes.size).toBe(0)
  tracker.applied(6)
  expect(outcomes.size).toBe(0)
  expect(tracker.waiting).toBe(1)
  tracker.applied(8)
  expect(outcomes.get('a')).toEqual({ ok: true, index: 7 })
  expect(tracker.waiting).toBe(0)
})

test('a read whose index is applied already ends at once', () => {
  const { tracker, outcomes, read } = create(7)
  read('a')
  tracker.startRound(1, never)
  tracker.confirm(1, 7)
  expect(outcomes.get('a')).toEqual({ ok: true, index: 7 })
})

test('B03 a read asked during a round is not confirmed by it', () => {
  const { tracker, outcomes, read } = create(7)
  read('early')
  tracker.startRound(1, never)
  read('late')
  tracker.confirm(1, 7)
  expect([...outcomes.keys()]).toEqual(['early'])
  tracker.startRound(2, never)
  tracker.confirm(2, 7)
  expect([...outcomes.keys()]).toEqual(['early', 'late'])
})

test('a round is confirmed once; unknown ids confirm nothing', () => {
  const { tracker, outcomes, read } = create(7)
  read('a')
  tracker.startRound(1, never)
  expect(tracker.confirm(2, 7)).toEqual([])
  expect(outcomes.size).toBe(0)
  tracker.confirm(1, 7)
  expect(tracker.confirm(1, 7)).toEqual([])
})

test('reads of other members are handed back, confirmed or refused', () => {
  const { tracker, read, remote } = create(7)
  remote(11)
  read('own')
  tracker.startRound(1, never)
  expect(tracker.confirm(1, 7)).toEqual([{ kind: 'remote', from: 2, requestId: 11 }])
  remote(12)
  tracker.startRound(2, never)
  remote(13)
  expect(tracker.failAll()).toMatchObject([{ requestId: 12 }])
  expect(tracker.takeQueuedRemote()).toMatchObject([{ requestId: 13 }])
  expect(tracker.waiting).toBe(0)
})

test('R-9.5 own reads of a failed round are asked again, before younger ones', () => {
  const { tracker, outcomes, read } = create(7)
  read('a')
  tracker.startRound(1, never)
  read('b')
  expect(tracker.fail(1)).toEqual([])
  expect(tracker.queued).toBe(2)
  tracker.startRound(2, never)
  tracker.confirm(2, 7)
  expect([...outcomes.keys()]).toEqual(['a', 'b'])
})

test('a deadline ends a read wherever it is', () => {
  const { tracker, outcomes, read } = create(0)
  read('confirmed', 100)
  tracker.startRound(1, never)
  tracker.confirm(1, 7)
  read('in a round', 100)
  tracker.startRound(2, never)
  read('queued', 100)
  read('later', 200)
  tracker.expire(99, true)
  expect(outcomes.size).toBe(0)
  tracker.expire(100, true)
  const expired = { ok: false, reason: 'expired' }
  expect(Object.fromEntries(outcomes)).toEqual({
    confirmed: expired,
    'in a round': expired,
    queued: expired,
  })
  tracker.expire(200, false)
  expect(outcomes.get('later')).toEqual({ ok: false, reason: 'not-leader', leader: 0 })
  expect(tracker.waiting).toBe(0)
})

test('a forwarded round without an answer is put back into the queue', () => {
  const { tracker, outcomes, read } = create(7)
  read('a')
  tracker.startRound(1, 500)
  tracker.expire(499, true)
  expect(tracker.rounds).toBe(1)
  tracker.expire(500, true)
  expect([tracker.rounds, tracker.queued]).toEqual([0, 1])
  // The late answer belongs to nobody any more.
  tracker.confirm(1, 7)
  expect(outcomes.size).toBe(0)
})

test('R-7.2 at most readsMax wait', () => {
  const { tracker, outcomes, read, remote } = create(0)
  for (let i = 1; i < readsMax; i += 1) expect(read(`${i}`)).toBe(true)
  expect(remote(1)).toBe(true)
  expect(read('one too many')).toBe(false)
  tracker.startRound(1, never)
  expect(read('still too many')).toBe(false)
  expect(tracker.stop()).toMatchObject([{ requestId: 1 }])
  expect(outcomes.size).toBe(readsMax - 1)
  expect(outcomes.get('1')).toEqual({ ok: false, reason: 'stopped' })
})
