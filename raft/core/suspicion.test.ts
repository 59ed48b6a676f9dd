import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import { emptyLogContents } from '../memory-log-storage.ts'
import { Scenario } from '../scenario/scenario.ts'
import { initialConfiguration } from './configuration.ts'
import { settle } from './options.ts'
import { Suspicion } from './suspicion.ts'

function suspicionOf(random: Random): Suspicion {
  const settings = settle({
    id: 1,
    configuration: initialConfiguration({ voters: [1] }),
    contents: emptyLogContents,
    applied: 0,
    heartbeatTicks: 3,
    electionTicks: 30,
  })
  return new Suspicion(random, settings)
}

/** Ticks at which a round is due, until it is over. */
function rounds(suspicion: Suspicion): number[] {
  const due: number[] = []
  for (let tick = 1; suspicion.isActive; tick += 1) if (suspicion.tick()) due.push(tick)
  return due
}

describe('design 4.12: early elections', () => {
  test('five rounds, one to three heartbeats apart, then no more', () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 50; seed += 1) {
      const suspicion = suspicionOf(new Prng(`suspicion/${seed}`))
      suspicion.start()
      const due = rounds(suspicion)
      expect(due).toHaveLength(5)
      for (const [i, tick] of due.entries()) seen.add(tick - (due[i - 1] ?? 0))
      expect(suspicion.tick()).toBe(false)
    }
    expect([...seen].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9])
  })

  test('starting again changes nothing, clearing ends it, starting after that begins anew', () => {
    const suspicion = suspicionOf(new Prng('again'))
    suspicion.start()
    const first = rounds(suspicion).length
    suspicion.start()
    suspicion.tick()
    suspicion.start()
    suspicion.clear()
    expect(suspicion.isActive).toBe(false)
    expect(rounds(suspicion)).toEqual([])
    suspicion.start()
    expect(rounds(suspicion)).toHaveLength(first)
  })

  test('it is put off, not forgotten, when somebody else is elected', () => {
    const suspicion = suspicionOf(new Prng('put off'))
    suspicion.defer()
    expect(suspicion.isActive).toBe(false)
    suspicion.start()
    for (let i = 0; i < 100; i += 1) {
      suspicion.defer()
      expect(suspicion.tick()).toBe(false)
    }
    expect(rounds(suspicion)).toHaveLength(5)
  })
})

const slow = { voters: [1, 2, 3], timeoutSpread: { 1: 0, 2: 0, 3: 0 } }

describe('design 4.12: a leader that seems dead', () => {
  test('two who suspect it elect another within three heartbeats', () => {
    const s = new Scenario(slow)
    s.elect(1)
    for (const id of [2, 3]) s.raft(id).suspectLeader(1)
    expect(s.raft(2).status().suspectsLeader).toBe(true)
    s.tickHeartbeat(2)
    s.settle(2, 3)
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 2, suspectsLeader: false })
    expect(s.raft(3).status()).toMatchObject({ leader: 2, suspectsLeader: false })
  })

  test('R-4.1 one alone does not: the others still hear their leader, and it clears the suspicion', () => {
    const s = new Scenario(slow)
    s.elect(1)
    s.raft(2).suspectLeader(1)
    s.tickHeartbeat(2)
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'pre-candidate', term: 1 })
    expect(s.raft(1).role).toBe('leader')
    s.tickHeartbeat(1)
    s.settle()
    expect(s.raft(2).status()).toMatchObject({ role: 'follower', leader: 1, suspectsLeader: false })
    s.tick(2, 10)
    expect(s.raft(2).role).toBe('follower')
  })

  test('only the known leader is suspected, and not by itself', () => {
    const s = new Scenario(slow)
    s.elect(1)
    s.raft(2).suspectLeader(3)
    s.raft(1).suspectLeader(1)
    expect([1, 2].map((id) => s.raft(id).status().suspectsLeader)).toEqual([false, false])
  })

  test('after the last round the normal timer goes on', () => {
    const s = new Scenario({ ...slow, suspicionRoundsMax: 2 })
    s.elect(1)
    s.sent = []
    s.raft(2).suspectLeader(1)
    s.tick(2, 6)
    s.processReady(2)
    expect(s.sent.filter((m) => m.type === 'pre-vote' && m.to === 3)).toHaveLength(2)
    expect(s.raft(2).status().suspectsLeader).toBe(false)
    s.tick(2, 17)
    s.processReady(2)
    expect(s.sent.filter((m) => m.type === 'pre-vote' && m.to === 3)).toHaveLength(2)
    s.tick(2, 1)
    s.processReady(2)
    expect(s.sent.filter((m) => m.type === 'pre-vote' && m.to === 3)).toHaveLength(3)
  })

  test('a round does not disturb a real election under way', () => {
    const s = new Scenario(slow)
    s.elect(1)
    for (const id of [2, 3]) s.raft(id).suspectLeader(1)
    s.tickHeartbeat(2)
    for (let i = 0; i < 2; i += 1) {
      s.processReady(2)
      s.deliver({ types: ['pre-vote'] })
      s.processReady(3)
      s.deliver({ types: ['pre-vote-reply'] })
    }
    expect(s.raft(2).status()).toMatchObject({ role: 'candidate', term: 2 })
    s.tick(2, 10)
    expect(s.raft(2).status()).toMatchObject({ role: 'candidate', term: 2 })
  })

  test('split votes are asked for again with the next round, not after an election timeout', () => {
    const s = new Scenario(slow)
    s.elect(1)
    for (const id of [2, 3]) s.raft(id).suspectLeader(1)
    // Both get the other's pre-vote, and then vote for themselves.
    for (const id of [2, 3]) expect(s.raft(id).campaign().ok).toBe(true)
    s.settle(2, 3)
    expect(s.raft(2).status()).toMatchObject({ role: 'candidate', term: 2 })
    expect(s.raft(3).status()).toMatchObject({ role: 'candidate', term: 2 })
    s.tickHeartbeat(2)
    s.tickHeartbeat(2)
    s.tickHeartbeat(2)
    s.settle(2, 3)
    expect(s.raft(2).status()).toMatchObject({ role: 'leader', term: 3 })
    expect(s.raft(3).status()).toMatchObject({ role: 'follower', leader: 2 })
  })

  test('a learner that suspects it grants, but does not campaign', () => {
    const s = new Scenario({ ...slow, learners: [4] })
    s.elect(1)
    s.raft(4).suspectLeader(1)
    s.tick(4, 19)
    expect(s.raft(4).status()).toMatchObject({ role: 'follower', leader: 1, term: 1 })
  })
})
