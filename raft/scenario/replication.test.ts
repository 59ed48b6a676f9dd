// Replication: divergent logs, lost messages, flow control, limits.
import { describe, expect, test } from 'vitest'
import { entryDataBytesMax } from '../core/entry.ts'
import type { AppendReply, AppendRequest, CoreMessage } from '../core/message.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

function progressOf(s: Scenario, leader: number, id: number) {
  return s
    .raft(leader)
    .status()
    .progress.find((progress) => progress.id === id)!
}

function appends(s: Scenario, to: number): AppendRequest[] {
  return s.wire.filter((m): m is AppendRequest => m.type === 'append' && m.to === to)
}

describe('logs that differ', () => {
  test('B11 an old duplicate append deletes nothing', () => {
    const s = new Scenario(three)
    const entries = entriesOf([1, 1, 1])
    const message = { type: 'append', from: 2, to: 1, term: 1, matchedByAll: 0 } as const
    s.inject({ ...message, prevIndex: 0, prevTerm: 0, entries, commit: 2 })
    s.inject({ ...message, prevIndex: 0, prevTerm: 0, entries: entries.slice(0, 1), commit: 0 })
    s.inject({ ...message, prevIndex: 1, prevTerm: 1, entries: [], commit: 0 })
    s.settle(1)
    expect(s.terms(1)).toEqual([1, 1, 1])
    expect(s.raft(1).commit).toBe(2)
    // What is below the commit index is answered with the commit index, what is above with its end.
    expect(s.wire.at(-1)).toMatchObject({ type: 'append-reply', rejected: false, index: 3 })
  })

  test('R-6.1 no append reaches into the committed part of a log', () => {
    const s = new Scenario({ ...three, logs: { 1: [1, 1] }, hardStates: { 1: { commit: 2 } } })
    const message = { type: 'append', from: 2, to: 1, term: 3, matchedByAll: 0, commit: 0 } as const
    s.inject({ ...message, prevIndex: 1, prevTerm: 1, entries: entriesOf([3, 3], 2) })
    s.settle(1)
    expect(s.terms(1)).toEqual([1, 1])
    expect(s.wire).toMatchObject([{ type: 'append-reply', rejected: false, index: 2 }])
  })

  test('R-15.3 a commit index beyond the log says that the log was lost: the replica stops', () => {
    const s = new Scenario(three)
    const beat = {
      type: 'heartbeat',
      from: 2,
      to: 1,
      term: 1,
      readPosition: 0,
      matchedByAll: 0,
    } as const
    expect(() => s.inject({ ...beat, commit: 3 })).toThrow('R-15.3')
  })

  test('two leaders of one term are a bug that stops the replica', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.elect(1)
    const beat = {
      type: 'heartbeat',
      from: 2,
      to: 1,
      term: 1,
      readPosition: 0,
      matchedByAll: 0,
    } as const
    expect(() => s.inject({ ...beat, commit: 0 })).toThrow('at most one leader')
  })
})

describe('lost messages', () => {
  test('replies that arrive late, twice or out of order change nothing', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.settle()
    s.propose(1, 'b')
    s.settle()
    const before = s.raft(1).status()
    for (const reply of s.sent) {
      if (reply.type === 'append-reply' && reply.to === 1) s.inject(reply)
    }
    s.inject(rejection({ from: 2, index: 2, hintIndex: 1, hintTerm: 1 }))
    expect(s.raft(1).status()).toEqual(before)
  })

  test('a late rejection of an earlier probe does not move the present one', () => {
    const s = new Scenario({ ...three, logs: { 1: [1, 1, 1, 1], 2: [1], 3: [] } })
    s.elect(1)
    s.raft(1).reportUnreachable(2)
    const before = progressOf(s, 1, 2)
    s.inject(rejection({ from: 2, term: 2, index: 3, hintIndex: 1, hintTerm: 1 }))
    expect(progressOf(s, 1, 2)).toEqual(before)
  })

  test('R-6.2 a rejection never moves next to match or below', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).reportUnreachable(2)
    s.inject(rejection({ from: 2, index: 1, hintIndex: 0, hintTerm: 0 }))
    expect(progressOf(s, 1, 2)).toMatchObject({ match: 1, next: 2 })
  })

  test('an acknowledgement beyond the own log is refused', () => {
    const s = new Scenario(three)
    s.elect(1)
    const reply = {
      ...rejection({ from: 2, index: 99, hintIndex: 0, hintTerm: 0 }),
      rejected: false,
    }
    expect(s.inject(reply as CoreMessage)).toEqual({ ok: false, reason: 'unknown-sender' })
    expect(s.raft(1).commit).toBe(1)
  })

  test('replies of strangers are refused', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.inject(rejection({ from: 8, index: 1, hintIndex: 0, hintTerm: 0 }))).toEqual({
      ok: false,
      reason: 'unknown-sender',
    })
    const beat: CoreMessage = {
      type: 'heartbeat-reply',
      from: 8,
      to: 1,
      term: 1,
      readPosition: 0,
      lacksState: false,
    }
    expect(s.inject(beat)).toEqual({ ok: false, reason: 'unknown-sender' })
    s.raft(1).reportUnreachable(8)
    expect(
      s
        .raft(1)
        .status()
        .progress.map((progress) => progress.id),
    ).toEqual([2, 3])
  })
})

function rejection(change: Partial<AppendReply>): CoreMessage {
  return {
    type: 'append-reply',
    from: 2,
    to: 1,
    term: 1,
    index: 0,
    rejected: true,
    hintIndex: 0,
    hintTerm: 0,
    digest: { index: 0, digest: new Uint8Array(0) },
    ...change,
  }
}

describe('R-6.3 flow control', () => {
  test('a member that is probed gets one append at a time, at most one per heartbeat', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.raft(1).reportUnreachable(3)
    for (const text of ['a', 'b', 'c']) {
      s.propose(1, text)
      s.processReady(1)
    }
    expect(appends(s, 3)).toHaveLength(1)
    s.drop()
    for (let beat = 0; beat < 3; beat += 1) {
      s.tickHeartbeat(1)
      s.settle(1, 2)
      s.drop({ types: ['append'] })
      s.deliver({ to: 3 })
      s.settle(3)
      s.deliver({ from: 3 })
      s.processReady(1)
      expect(appends(s, 3)).toHaveLength(1)
      s.drop()
    }
  })

  test('the window in messages', () => {
    const s = new Scenario({ ...three, inflightMessagesMax: 2 })
    s.elect(1)
    for (const text of ['a', 'b', 'c', 'd']) {
      s.propose(1, text)
      s.processReady(1)
    }
    expect(appends(s, 2).map((append) => append.entries.length)).toEqual([1, 1])
    s.settle()
    expect(s.raft(2).lastIndex).toBe(5)
  })

  test('the window in bytes, and one message larger than it when nothing else is under way', () => {
    const s = new Scenario({ ...three, inflightBytesMax: 100 })
    s.elect(1)
    s.propose(1, 'x'.repeat(500))
    s.processReady(1)
    expect(progressOf(s, 1, 2)).toMatchObject({ inflightMessages: 1, inflightBytes: 532 })
    s.propose(1, 'y')
    s.processReady(1)
    expect(progressOf(s, 1, 2)).toMatchObject({ inflightMessages: 1, isPaused: true })
    s.settle()
    s.propose(1, 'a'.repeat(30), 'b'.repeat(30))
    s.processReady(1)
    expect(progressOf(s, 1, 2)).toMatchObject({ inflightMessages: 1, inflightBytes: 62 })
    s.settle()
    expect(s.raft(2).lastIndex).toBe(5)
  })

  test('one message carries at most appendBytesMax, or one entry', () => {
    const s = new Scenario({ ...three, appendBytesMax: 100 })
    s.elect(1)
    s.propose(1, 'a'.repeat(20), 'b'.repeat(10), 'c'.repeat(200), 'd')
    s.processReady(1)
    const sizes = appends(s, 2).map((append) => append.entries.length)
    expect(sizes).toEqual([2, 1, 1])
  })

  test('everything proposed in one turn travels in one message, and is acknowledged by one', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.sent = []
    for (let n = 0; n < 50; n += 1) s.propose(1, `${n}`)
    s.processReady(1)
    expect(appends(s, 2).map((append) => append.entries.length)).toEqual([50])
    s.propose(1, 'more')
    s.processReady(1)
    s.deliver({ to: 2 })
    s.settle(2)
    const replies = s.sent.filter((m) => m.from === 2)
    expect(replies).toMatchObject([{ type: 'append-reply', index: 52 }])
  })

  test('a member whose next entry is compacted is reported until an image brings it up', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a', 'b')
    s.settle(1, 2)
    s.drop()
    s.raft(1).compact(3)
    s.raft(1).reportUnreachable(3)
    s.tickHeartbeat(1)
    for (let round = 0; round < 4; round += 1) {
      s.settle(1, 2)
      s.deliver({ to: 3, types: ['append', 'heartbeat'] })
      s.processReady(3)
    }
    expect(s.wireSummary()).toEqual(['1>3 snapshot'])
    expect(progressOf(s, 1, 3)).toMatchObject({ isBehindLog: true, match: 1, state: 'snapshot' })
    expect(s.raft(1).status()).toMatchObject({ compacted: { index: 3, term: 1 }, lastIndex: 3 })
    expect(s.raft(1).termAt(2)).toBeUndefined()
    s.propose(1, 'c')
    s.settle()
    expect([2, 3].map((id) => s.raft(id).commit)).toEqual([4, 4])
    expect(s.appliedTexts(3)).toEqual(['a', 'b', 'c'])
    expect(progressOf(s, 1, 3)).toMatchObject({ isBehindLog: false, state: 'replicate' })
  })
})

describe('R-7.1 proposals', () => {
  test('only a leader takes them, and says who is', () => {
    const s = new Scenario(three)
    expect(s.propose(2, 'x')).toEqual({ ok: false, reason: 'not-leader', leader: 0 })
    s.elect(1)
    expect(s.propose(2, 'x')).toEqual({ ok: false, reason: 'not-leader', leader: 1 })
    expect(s.propose(1, 'x', 'y')).toEqual({ ok: true, firstIndex: 2, term: 1 })
  })

  test('all or nothing: one payload too large refuses the proposal', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    const large = new Uint8Array(entryDataBytesMax + 1)
    const result = s.raft(1).propose([new Uint8Array(1), large])
    expect(result).toEqual({ ok: false, reason: 'too-large', leader: 1 })
    expect(s.raft(1).lastIndex).toBe(1)
    expect(s.raft(1).propose([large.subarray(1)]).ok).toBe(true)
  })

  test('UncommittedEntryLimit: bytes are bounded; the first proposal is always admitted; commits make room', () => {
    const s = new Scenario({ ...three, uncommittedBytesMax: 100 })
    s.elect(1)
    expect(s.propose(1, 'x'.repeat(1000)).ok).toBe(true)
    expect(s.propose(1, 'y')).toEqual({ ok: false, reason: 'overloaded', leader: 1 })
    s.settle()
    expect(s.propose(1, 'y'.repeat(68)).ok).toBe(true)
    expect(s.propose(1, 'z')).toMatchObject({ reason: 'overloaded' })
    s.settle()
    expect(s.propose(1, 'z').ok).toBe(true)
  })

  test('UncommittedEntryLimit: what a new leader finds uncommitted counts too', () => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1], 2: [1, 1], 3: [1, 1] },
      uncommittedBytesMax: 100,
      preVote: false,
    })
    s.campaign(1)
    s.settle(1)
    s.inject({ type: 'vote-reply', from: 2, to: 1, term: 2, granted: true })
    expect(s.raft(1).role).toBe('leader')
    expect(s.propose(1, 'z')).toMatchObject({ reason: 'overloaded' })
  })

  test('a proposal without payload is a bug of the caller', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    expect(() => s.raft(1).propose([])).toThrow('payload')
  })
})

describe('what every member has', () => {
  test('matchedByAll is the least durable match of all members, learners too; followers hear it', () => {
    const s = new Scenario({ voters: [1, 2], learners: [3] })
    s.elect(1)
    expect(s.raft(1).matchedByAll).toBe(1)
    s.propose(1, 'a')
    s.settle(1, 2)
    expect(s.raft(1).status()).toMatchObject({ commit: 2, matchedByAll: 1 })
    s.settle()
    s.tickHeartbeat(1)
    s.settle()
    expect(s.ids.map((id) => s.raft(id).matchedByAll)).toEqual([2, 2, 2])
  })

  test('it is unknown to a new leader until everybody has answered', () => {
    const s = new Scenario({ ...three, logs: { 1: [1], 2: [1], 3: [1] } })
    s.campaign(1)
    s.settle(1, 2)
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', commit: 2, matchedByAll: 0 })
    s.settle()
    expect(s.raft(1).matchedByAll).toBe(2)
  })

  test('append replies carry the newest digest; the leader keeps the newest it has heard', () => {
    const s = new Scenario(three)
    s.elect(1)
    const digest = Uint8Array.from({ length: 16 }, (_, i) => i)
    s.raft(2).setDigest({ index: 1, digest })
    s.propose(1, 'a')
    s.settle()
    expect(progressOf(s, 1, 2).digest).toEqual({ index: 1, digest })
    expect(progressOf(s, 1, 3).digest.index).toBe(0)
    const newer = { index: 9, digest: digest.toReversed() }
    s.inject(rejection({ from: 2, digest: newer }))
    s.inject(rejection({ from: 2, digest: { index: 1, digest } }))
    expect(progressOf(s, 1, 2).digest).toEqual(newer)
    expect(() => s.raft(2).setDigest({ index: 2, digest: digest.subarray(1) })).toThrow('16')
  })
})
