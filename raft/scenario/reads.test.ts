// Linearizable reads: who confirms them, when they wait, when they fail. Cases that the practice of
// Raft implementations has given names carry them in the title.
// Where we differ: there are no lease reads (ReadOnlyOptionLease), and a member that does not lead
// refuses; its driver asks the leader.
import { describe, expect, test } from 'vitest'
import type { HeartbeatReply } from '../core/message.ts'
import { Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }
/** Everybody waits longer than stickiness lasts. */
const patient = { ...three, timeoutSpread: { 1: 10, 2: 10, 3: 10 } }

describe('read-index', () => {
  test('R-9.2 a read is answered with the commit index once a majority has confirmed the leader', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.raft(1).readIndex(7)).toEqual({ ok: true })
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([])
    expect(s.wire).toMatchObject([
      { type: 'heartbeat', to: 2, readPosition: 1 },
      { type: 'heartbeat', to: 3, readPosition: 1 },
    ])
    s.drop({ to: 3 })
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 7, ok: true, index: 1 }])
  })

  test('only a leader reads, and says who is', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.raft(2).readIndex(1)).toEqual({ ok: false, reason: 'not-leader', leader: 1 })
  })

  test('reads asked in one turn share a round; later ones join the next, not the one under way', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.raft(1).readIndex(2)
    s.processReady(1)
    s.raft(1).readIndex(3)
    s.deliver()
    s.processReady(2)
    s.deliver({ to: 1 })
    s.processReady(1)
    expect(s.replica(1).reads.map((read) => read.id)).toEqual([1, 2])
    s.settle()
    expect(s.replica(1).reads.map((read) => read.id)).toEqual([1, 2, 3])
  })

  test('B03 R-9.1 an answer to an earlier round never confirms a later read', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    s.deliver()
    for (const id of [2, 3]) s.processReady(id)
    const late = s.drop({ to: 1 }) as HeartbeatReply[]
    expect(late.map((reply) => reply.readPosition)).toEqual([1, 1])
    // The reader gives up and asks again with a new id; only then the old answers arrive.
    s.raft(1).readIndex(2)
    s.processReady(1)
    s.drop()
    for (const reply of late) s.inject(reply)
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 1 }])
    s.tickHeartbeat(1)
    s.settle()
    expect(s.replica(1).reads.at(-1)).toEqual({ id: 2, ok: true, index: 1 })
  })

  test('R-9.1 positions go on over leaderships: an old answer fits no new round', () => {
    const s = new Scenario(patient)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.settle()
    s.inject({
      type: 'heartbeat-reply',
      from: 2,
      to: 1,
      term: 5,
      readPosition: 0,
      lacksState: false,
    })
    s.settle()
    s.forgetLeader()
    s.elect(1)
    s.raft(1).readIndex(2)
    s.processReady(1)
    const beat = s.wire.find((message) => message.type === 'heartbeat')
    expect(beat).toMatchObject({ readPosition: 2 })
    const old = {
      type: 'heartbeat-reply',
      from: 3,
      to: 1,
      term: 1,
      readPosition: 9,
      lacksState: false,
    } as const
    expect(s.inject(old)).toEqual({ ok: false, reason: 'stale-term' })
    s.processReady(1)
    expect(s.replica(1).reads.map((read) => read.id)).toEqual([1])
  })

  test('a lost round is confirmed by an ordinary heartbeat, which carries its position', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    s.drop()
    s.tickHeartbeat(1)
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 1 }])
    s.tickHeartbeat(1)
    s.processReady(1)
    expect(s.wire[0]).toMatchObject({ type: 'heartbeat', readPosition: 0 })
  })

  test('B02 B12 R-5.2 ReadOnlyForNewLeader: reads wait for the first entry of the term', () => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1], 2: [1, 1], 3: [1, 1] },
      hardStates: { 1: { commit: 0 } },
      preVote: false,
    })
    s.campaign(1)
    s.settle(1)
    s.deliver()
    for (const id of [2, 3]) {
      s.processReady(id)
      s.processAppend(id)
    }
    s.deliver({ to: 1 })
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', commit: 0 })
    s.raft(1).readIndex(1)
    s.processReady(1)
    // It may know less than what is committed: no round yet, whatever heartbeats come back.
    expect(s.wire.some((message) => message.type === 'heartbeat')).toBe(false)
    const beat = {
      type: 'heartbeat-reply',
      to: 1,
      term: 2,
      readPosition: 0,
      lacksState: false,
    } as const
    s.inject({ ...beat, from: 2 })
    s.inject({ ...beat, from: 3 })
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([])
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 3 }])
  })

  test('B12 R-9.4 R-21.1 a paused leader that was replaced answers no read', () => {
    const s = new Scenario(patient)
    s.elect(1)
    s.forgetLeader()
    s.campaign(2)
    s.settle(2, 3)
    expect(s.raft(2).role).toBe('leader')
    s.propose(2, 'new')
    s.settle(2, 3)
    // 1 wakes up and still believes that it leads.
    expect(s.raft(1).readIndex(1)).toEqual({ ok: true })
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: false, reason: 'not-leader' }])
  })

  test('B04 a lone voter that restarted answers only after its own entry, with everything committed', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    s.propose(1, 'a', 'b')
    s.settle()
    s.replica(1).restart()
    s.settle()
    expect(s.raft(1).commit).toBeLessThan(3)
    s.campaign(1)
    s.processReady(1)
    s.processAppend(1)
    expect(s.raft(1).role).toBe('leader')
    s.raft(1).readIndex(1)
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([])
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 4 }])
  })

  test('a lone voter answers at once, without asking its learners', () => {
    const s = new Scenario({ voters: [1], learners: [2] })
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 1 }])
  })

  test('ReadOnlyWithLearner: the answers of learners confirm nothing', () => {
    const s = new Scenario({ ...three, learners: [4, 5] })
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    s.drop({ to: 2 })
    s.drop({ to: 3 })
    s.settle()
    expect(s.replica(1).reads).toEqual([])
  })

  test('R-9.5 a leader that steps down fails all its reads, in rounds and waiting', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    s.drop()
    s.raft(1).readIndex(2)
    s.tick(1, 40)
    expect(s.raft(1).role).toBe('follower')
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([
      { id: 1, ok: false, reason: 'not-leader' },
      { id: 2, ok: false, reason: 'not-leader' },
    ])
  })

  test('R-9.5 reads that waited for the first entry of a term fail too', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.campaign(1)
    s.settle(1)
    s.inject({ type: 'vote-reply', from: 2, to: 1, term: 1, granted: true })
    s.raft(1).readIndex(1)
    s.inject({
      type: 'heartbeat-reply',
      from: 2,
      to: 1,
      term: 9,
      readPosition: 0,
      lacksState: false,
    })
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: false, reason: 'not-leader' }])
  })

  test('R-7.2 pending reads are bounded', () => {
    const s = new Scenario({ ...three, pendingReadsMax: 2 })
    s.elect(1)
    expect(s.raft(1).readIndex(1).ok).toBe(true)
    s.processReady(1)
    expect(s.raft(1).readIndex(2).ok).toBe(true)
    expect(s.raft(1).readIndex(3)).toEqual({ ok: false, reason: 'overloaded', leader: 1 })
    s.settle()
    expect(s.raft(1).readIndex(4).ok).toBe(true)
  })

  test('R-9.2 ReadOnlyOptionSafe: each read returns what was committed when it was asked', () => {
    const s = new Scenario(three)
    s.elect(1)
    for (let round = 1; round <= 5; round += 1) {
      for (let n = 0; n < 10; n += 1) s.propose(1, `${round}.${n}`)
      s.settle()
      s.raft(1).readIndex(round)
      s.settle()
      expect(s.replica(1).reads.at(-1)).toEqual({ id: round, ok: true, index: 1 + 10 * round })
      for (const id of [2, 3]) {
        expect(s.raft(id).readIndex(round)).toEqual({ ok: false, reason: 'not-leader', leader: 1 })
      }
    }
  })

  test('R-9.4 R-21.1 ReadOnlyOptionLease: a leader heard a moment ago still asks a majority', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.tickHeartbeat(1)
    s.settle()
    // Every answer has just come in, and no timer has run since: it confirms nothing that comes
    // now.
    s.raft(1).readIndex(1)
    s.processReady(1)
    expect(s.replica(1).reads).toEqual([])
    s.drop({ to: 2 })
    s.drop({ to: 3 })
    s.tick(1, 19)
    s.settle(1)
    expect(s.raft(1).role).toBe('leader')
    expect(s.replica(1).reads).toEqual([])
  })

  test('ReadOnlyDuplicateRequest: a round that is confirmed twice is answered once', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).readIndex(1)
    s.processReady(1)
    s.deliver()
    for (const id of [2, 3]) s.processReady(id)
    const answers = s.drop({ to: 1, types: ['heartbeat-reply'] })
    expect(answers).toHaveLength(2)
    for (const answer of [...answers, ...answers]) s.inject(answer)
    s.settle()
    expect(s.replica(1).reads).toEqual([{ id: 1, ok: true, index: 1 }])
  })

  test('R-7.2 RaftFreesReadOnlyMem: answered and failed reads leave nothing behind', () => {
    const s = new Scenario({ ...three, checkQuorum: false, pendingReadsMax: 1 })
    s.elect(1)
    for (let id = 1; id <= 50; id += 1) {
      expect(s.raft(1).readIndex(id)).toEqual({ ok: true })
      s.settle()
    }
    expect(s.replica(1).reads).toHaveLength(50)
    s.raft(1).readIndex(51)
    s.inject({
      type: 'heartbeat-reply',
      from: 2,
      to: 1,
      term: 9,
      readPosition: 0,
      lacksState: false,
    })
    s.settle()
    s.elect(1)
    expect(s.raft(1).readIndex(52)).toEqual({ ok: true })
    s.settle()
    expect(s.replica(1).reads.slice(50)).toEqual([
      { id: 51, ok: false, reason: 'not-leader' },
      { id: 52, ok: true, index: 2 },
    ])
  })
})
