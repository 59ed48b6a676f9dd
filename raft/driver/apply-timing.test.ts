import { beforeEach, expect, test } from 'vitest'
import { ApplyTiming } from './apply-timing.ts'

let writer: { begun: number; ended: number }
let isLeader: boolean

beforeEach(() => {
  writer = { begun: 0, ended: 0 }
  isLeader = false
})

function create(options: { readonly hasRounds?: boolean } = {}): ApplyTiming {
  const { hasRounds = true } = options
  return new ApplyTiming({ writer, isLeader: () => isLeader }, { hasRounds })
}

test('nothing sent and nothing written: at once', () => {
  const timing = create()
  timing.queued()
  expect(timing.isFree(false)).toBe(true)
})

test('what a turn has sent leaves first: the next round of IO is early enough', () => {
  const timing = create()
  timing.queued()
  timing.sent()
  expect(timing.isFree(false)).toBe(false)
  expect(timing.isWriteAwaited).toBe(false)
  expect(timing.isFree(true)).toBe(true)
})

test('a turn before the round that was asked for applies nothing either', () => {
  const timing = create()
  timing.sent()
  timing.endTurn(true)
  expect(timing.isFree(false)).toBe(false)
  timing.endTurn(false)
  expect(timing.isFree(false)).toBe(true)
})

test('a host without rounds sends at once', () => {
  const timing = create({ hasRounds: false })
  timing.sent()
  timing.endTurn(true)
  expect(timing.isFree(false)).toBe(true)
})

test('a follower lets the writes end that it has begun, not those that come later', () => {
  const timing = create()
  writer.begun = 2
  timing.queued()
  writer.begun = 3
  writer.ended = 1
  expect(timing.isFree(true)).toBe(false)
  expect(timing.isWriteAwaited).toBe(true)
  writer.ended = 2
  expect(timing.isWriteAwaited).toBe(false)
  expect(timing.isFree(true)).toBe(true)
})

test('a write that takes longer than a tick holds up nothing more', () => {
  const timing = create()
  writer.begun = 1
  timing.queued()
  expect(timing.isFree(true)).toBe(false)
  timing.tick()
  expect(timing.isFree(true)).toBe(true)
})

test('a leader waits for no write: its clients wait for what it applies', () => {
  const timing = create()
  writer.begun = 1
  timing.queued()
  isLeader = true
  expect(timing.isWriteAwaited).toBe(false)
  expect(timing.isFree(false)).toBe(true)
})
