import { expect, test } from 'vitest'
import type { Entry } from '../core/entry.ts'
import { proposalBytesMax, proposalsMax, recentResultsMax } from './limits.ts'
import type { ProposeOutcome } from './outcomes.ts'
import { ProposalTracker } from './proposal-tracker.ts'

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  type: 'command',
  stampMs: 0,
  data: new Uint8Array(0),
})

function create(appliedIndex = 0, appliedTerm = 0) {
  const tracker = new ProposalTracker({ appliedIndex, appliedTerm })
  const outcomes = new Map<string, ProposeOutcome>()
  const enqueue = (name: string, options: { bytes?: number; deadlineMs?: number } = {}): boolean =>
    tracker.enqueue({
      data: new Uint8Array(options.bytes ?? 1),
      deadlineMs: options.deadlineMs ?? 1000,
      resolve: (outcome) => {
        expect(outcomes.has(name), `${name} ends once`).toBe(false)
        outcomes.set(name, outcome)
      },
    })
  const place = (name: string, index: number, term: number): void => {
    enqueue(name)
    tracker.place(tracker.shift(), index, term)
  }
  return { tracker, outcomes, enqueue, place }
}

test('the entry applied at its index and term is its own', () => {
  const { tracker, outcomes, place } = create()
  place('a', 5, 2)
  tracker.applied([entry(4, 2), entry(5, 2)], ['x', 'y'], 1)
  expect(outcomes.get('a')).toEqual({ ok: true, index: 5, term: 2, result: 'y' })
})

test('another term at its index means that it did not commit', () => {
  const { tracker, outcomes, place } = create()
  place('a', 5, 2)
  tracker.applied([entry(5, 3)], ['y'], 7)
  expect(outcomes.get('a')).toEqual({ ok: false, reason: 'not-leader', leader: 7 })
})

test('an applied entry of a later term decides everything of earlier terms above it', () => {
  const { tracker, outcomes, place } = create()
  place('old', 9, 2)
  place('new', 10, 3)
  tracker.applied([entry(5, 3)], ['y'], 7)
  expect([...outcomes.keys()]).toEqual(['old'])
  expect(outcomes.get('old')).toMatchObject({ reason: 'not-leader' })
  // Learning of such a place afterwards changes nothing.
  place('late', 9, 2)
  expect(outcomes.get('late')).toMatchObject({ reason: 'not-leader' })
})

test('two terms may wait for one index; only the right one gets its result', () => {
  const { tracker, outcomes, place } = create()
  place('old', 5, 2)
  place('new', 5, 3)
  tracker.applied([entry(5, 3)], ['y'], 1)
  expect(outcomes.get('old')).toMatchObject({ ok: false, reason: 'not-leader' })
  expect(outcomes.get('new')).toMatchObject({ ok: true, result: 'y' })
  expect(tracker.placed).toBe(0)
})

test('a place learned late is looked up among recent results, then unknown', () => {
  const { tracker, outcomes, place } = create()
  const entries = Array.from({ length: recentResultsMax + 1 }, (_, i) => entry(i + 1, 2))
  tracker.applied(
    entries,
    entries.map(({ index }) => index),
    1,
  )
  place('recent', recentResultsMax, 2)
  place('other', recentResultsMax, 1)
  place('forgotten', 1, 2)
  expect(outcomes.get('recent')).toMatchObject({ ok: true, result: recentResultsMax })
  expect(outcomes.get('other')).toMatchObject({ ok: false, reason: 'not-leader' })
  expect(outcomes.get('forgotten')).toEqual({ ok: false, reason: 'unknown-outcome' })
})

test('what was applied before the start is unknown', () => {
  const { outcomes, place } = create(100, 3)
  place('a', 100, 3)
  expect(outcomes.get('a')).toEqual({ ok: false, reason: 'unknown-outcome' })
})

test('refused proposals go back to their places whatever the order of the answers', () => {
  const { tracker, enqueue } = create()
  for (const name of ['a', 'b', 'c', 'd']) enqueue(name)
  const [a, b, c] = [tracker.shift(), tracker.shift(), tracker.shift()]
  tracker.requeue(b!)
  tracker.requeue(a!)
  tracker.requeue(c!)
  const order = [1, 2, 3, 4].map(() => tracker.shift().sequence)
  expect(order).toEqual([1, 2, 3, 4])
})

test('the end of a proposal by its deadline depends on where it is', () => {
  const { tracker, outcomes, enqueue, place } = create()
  place('placed', 5, 1)
  enqueue('forwarded')
  tracker.markForwarded(1, tracker.shift(), 600)
  enqueue('queued')
  enqueue('later', { deadlineMs: 5000 })
  tracker.expire(599, true)
  expect(outcomes.size).toBe(0)
  tracker.expire(600, true)
  expect(outcomes.get('forwarded')).toEqual({ ok: false, reason: 'unknown-outcome' })
  tracker.expire(1000, true)
  expect(outcomes.get('placed')).toEqual({ ok: false, reason: 'unknown-outcome' })
  expect(outcomes.get('queued')).toEqual({ ok: false, reason: 'expired' })
  tracker.expire(5000, false)
  expect(outcomes.get('later')).toEqual({ ok: false, reason: 'not-leader', leader: 0 })
  expect([tracker.queued, tracker.forwarded, tracker.placed, tracker.bytes]).toEqual([0, 0, 0, 0])
})

test('R-7.2 bytes are bounded; one oversize proposal fits an empty queue', () => {
  const { tracker, enqueue } = create()
  expect(enqueue('big', { bytes: proposalBytesMax + 1 })).toBe(true)
  expect(enqueue('small')).toBe(false)
  tracker.place(tracker.shift(), 1, 1)
  expect(enqueue('small')).toBe(true)
  expect(tracker.bytes).toBe(1)
})

test('R-7.2 the count covers queued, forwarded and placed ones together', () => {
  const { tracker, outcomes, enqueue, place } = create()
  place('placed', 1, 1)
  enqueue('forwarded')
  tracker.markForwarded(1, tracker.shift(), 1000)
  for (let i = 2; i < proposalsMax; i += 1) expect(enqueue(`${i}`)).toBe(true)
  expect(enqueue('one too many')).toBe(false)
  tracker.stop()
  expect(outcomes.get('placed')).toEqual({ ok: false, reason: 'unknown-outcome' })
  expect(outcomes.get('forwarded')).toEqual({ ok: false, reason: 'unknown-outcome' })
  expect(outcomes.get('2')).toEqual({ ok: false, reason: 'stopped' })
  expect(outcomes.size).toBe(proposalsMax)
  expect(tracker.bytes).toBe(0)
})

test('an image says nothing about what it jumps over, but later terms are not in it', () => {
  const { tracker, outcomes, place } = create()
  place('inside', 5, 2)
  place('of a later term', 6, 4)
  place('behind, of an earlier term', 11, 2)
  place('behind', 12, 3)
  tracker.installed(10, 3, 7)
  const lost = { ok: false, reason: 'not-leader', leader: 7 }
  expect(Object.fromEntries(outcomes)).toEqual({
    inside: { ok: false, reason: 'unknown-outcome' },
    'of a later term': lost,
    'behind, of an earlier term': lost,
  })
  expect(tracker.placed).toBe(1)
  // An answer that comes after the image finds no result either.
  place('late', 9, 3)
  expect(outcomes.get('late')).toEqual({ ok: false, reason: 'unknown-outcome' })
  tracker.applied([entry(11, 3), entry(12, 3)], ['x', 'y'], 1)
  expect(outcomes.get('behind')).toMatchObject({ ok: true, result: 'y' })
})
