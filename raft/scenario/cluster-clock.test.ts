// The cluster clock (design 4.9): stamps never go back, and no pause, skew or election makes it
// jump.
import { expect, test } from 'vitest'
import { Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

function stamps(s: Scenario, id: number): number[] {
  return s.replica(id).disk.entries.map((entry) => entry.stampMs)
}

test('a leader stamps entries with the ticks it has seen, in whole ms', () => {
  const s = new Scenario(three)
  s.elect(1)
  s.tick(1, 1, 33.4)
  s.tick(1, 1, 33.4)
  s.propose(1, 'a', 'b')
  s.settle()
  expect(stamps(s, 1)).toEqual([0, 66, 66])
  expect(s.raft(1).clusterClockMs).toBe(66)
  expect(stamps(s, 3)).toEqual([0, 66, 66])
  expect(s.raft(3).clusterClockMs).toBe(66)
})

test('R-3.3 a pause counts at most one election timeout of cluster time', () => {
  const s = new Scenario({ ...three, tickMsMax: 1000 })
  s.elect(1)
  s.tick(1, 1, 3_600_000)
  expect(s.raft(1).clusterClockMs).toBe(1000)
})

test('a new leader goes on from the last stamp in its own log; followers add nothing', () => {
  const s = new Scenario(three)
  s.elect(1)
  s.tick(1, 4, 100)
  s.propose(1, 'a')
  s.settle()
  s.tick(1, 4, 100)
  s.tick(2, 5, 100)
  expect(s.raft(2).clusterClockMs).toBe(400)
  s.raft(1).transferLeadership(2)
  s.settle()
  expect(s.raft(2).status()).toMatchObject({ role: 'leader', clusterClockMs: 400 })
  s.tick(2, 1, 7)
  s.propose(2, 'b')
  s.settle()
  expect(stamps(s, 3)).toEqual([0, 400, 400, 407])
})

test('a leader without quorum stops its clock when it steps down', () => {
  const s = new Scenario(three)
  s.elect(1)
  s.processReady(1)
  s.tick(1, 100, 50)
  expect(s.raft(1).status()).toMatchObject({ role: 'pre-candidate', clusterClockMs: 0 })
})

test('with the whole log compacted the clock of the durable state is where it starts', () => {
  const s = new Scenario({ voters: [1], clusterClockMs: 5000 })
  s.elect(1)
  expect(stamps(s, 1)).toEqual([5000])
  s.tick(1, 1, 50)
  s.settle()
  s.raft(1).compact(1)
  expect(s.raft(1).clusterClockMs).toBe(5050)
  s.propose(1, 'a')
  s.settle()
  s.raft(1).compact(2)
  expect(s.raft(1).status()).toMatchObject({ compacted: { index: 2 }, clusterClockMs: 5050 })
})

test('time that goes back is a bug of the caller', () => {
  expect(() => new Scenario(three).raft(1).tick(-1)).toThrow('back')
})
