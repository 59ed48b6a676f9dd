import { expect, test } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { Leadership } from './leadership.ts'
import { leaderlessMsMax } from './limits.ts'
import type { LeadershipSnapshot, MemberInfo, RaftPort, StatePort } from './ports.ts'

interface Bench {
  readonly leadership: Leadership
  readonly member: { state: string; clientAddress: string }
  readonly raft: { age: number; now: LeadershipSnapshot }
  change(to: LeadershipSnapshot): void
  /** Runs every timer that is set now. */
  tick(): void
}

function bench(): Bench {
  const timers = new Set<() => void>()
  const listeners = new Set<(change: LeadershipSnapshot) => void>()
  const member = { state: 'online', clientAddress: '10.0.0.2:8002' }
  const raft = { age: 0, now: { role: 'follower', term: 3, leader: 2 } as LeadershipSnapshot }
  const clock: Clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    sleep: () => Promise.resolve(),
    setTimer: (_, callback) => {
      timers.add(callback)
      return { cancel: () => timers.delete(callback) }
    },
  }
  const port: RaftPort = {
    readIndex: () => Promise.resolve({ ok: true, index: 1 }),
    status: () => ({ ...raft.now, commit: 5, applied: 5, leaderContactAgeMs: raft.age }),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const info = (): MemberInfo => ({
    id: 2,
    hostId: 's2',
    raftAddress: '',
    role: 'voter',
    ...member,
  })
  const leadership = new Leadership({
    clock,
    raft: port,
    state: { appliedIndex: 41 } as StatePort,
    members: { list: () => [info()], get: (id) => (id === 2 ? info() : undefined) },
  })
  return {
    leadership,
    member,
    raft,
    change: (to) => {
      raft.now = to
      for (const listener of listeners) listener(to)
    },
    tick: () => {
      const due = [...timers]
      timers.clear()
      for (const run of due) run()
    },
  }
}

function headers(leadership: Leadership): unknown[] {
  const metadata = leadership.metadata()
  return ['x-raft-leader', 'x-raft-term', 'x-raft-index'].map((name) => metadata.get(name)[0])
}

test('headers name the leader, unless it is unknown, hidden or draining', () => {
  const { leadership, member, change } = bench()
  leadership.start()
  expect(headers(leadership)).toEqual(['10.0.0.2:8002', '3', '41'])
  for (const state of ['hidden', 'draining']) {
    member.state = state
    expect(headers(leadership)).toEqual(['', '3', '41'])
  }
  member.state = 'online'
  change({ role: 'candidate', term: 4, leader: 0 })
  expect(headers(leadership)).toEqual(['', '4', '41'])
  leadership.stop()
})

test('contact is lost after the limit and found with the next leader, each told once', () => {
  const { leadership, raft, change, tick } = bench()
  const told: boolean[] = []
  leadership.onContact((hasContact) => told.push(hasContact))
  leadership.start()
  expect(leadership.hasContact).toBe(true)
  raft.age = leaderlessMsMax
  tick()
  raft.age = leaderlessMsMax + 1
  tick()
  tick()
  expect(told).toEqual([true, false])
  change({ role: 'follower', term: 4, leader: 2 })
  expect(told).toEqual([true, false, true])
  leadership.stop()
})

test('a member that never heard of a leader has no contact', () => {
  const { leadership, raft, tick } = bench()
  raft.now = { role: 'follower', term: 0, leader: 0 }
  leadership.start()
  tick()
  expect(leadership.hasContact).toBe(false)
  leadership.stop()
})

test('waiters go on with a leader, and give up in time or at the end', async () => {
  const { leadership, change, tick } = bench()
  leadership.start()
  expect(await leadership.waitForLeader(1)).toBe(true)
  change({ role: 'follower', term: 4, leader: 0 })
  const found = leadership.waitForLeader(1)
  change({ role: 'leader', term: 4, leader: 2 })
  expect(await found).toBe(true)
  expect(leadership.isLeader).toBe(true)
  change({ role: 'follower', term: 5, leader: 0 })
  const late = leadership.waitForLeader(1)
  tick()
  expect(await late).toBe(false)
  const stopped = leadership.waitForLeader(1)
  leadership.stop()
  expect(await stopped).toBe(false)
})
