// Asynchronous storage: what is promised, counted and applied only when it is durable.
import { describe, expect, test } from 'vitest'
import { append, heartbeatReply } from './messages.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

describe('R-14.2 overlapping writes', () => {
  test('B28 R-2.3 an old completion confirms nothing that was replaced and came back since', () => {
    const s = new Scenario({ voters: [1, 2, 3, 4, 5, 6, 7] })
    const first = entriesOf([1])
    s.inject(append({ from: 2, term: 1, entries: first }))
    s.processReady(1)
    s.inject(append({ from: 3, term: 2, entries: entriesOf([2]) }))
    s.processReady(1)
    // The leader of term 3 has the entry of term 1 and brings it back: index and term are the same.
    s.inject(append({ from: 4, term: 3, entries: entriesOf([1, 3]), commit: 2 }))
    s.processReady(1)
    const { appendThread } = s.replica(1)
    expect(appendThread.map((work) => work.entries.map((e) => e.term))).toEqual([[1], [2], [1, 3]])
    s.processAppend(1)
    expect(s.raft(1).status()).toMatchObject({ commit: 2, stableIndex: 0 })
    s.processAppend(1)
    s.processReady(1)
    expect(s.raft(1).status().stableIndex).toBe(0)
    expect(s.replica(1).applyThread).toEqual([])
    expect(s.wire.filter((m) => m.to === 4)).toEqual([])
    // A crash now would have lost what the first completion seemed to confirm.
    expect(s.replica(1).disk.entries.map((entry) => entry.term)).toEqual([2])
    s.processAppend(1)
    s.processReady(1)
    expect(s.raft(1).status().stableIndex).toBe(2)
    expect(s.wire.filter((m) => m.to === 4)).toMatchObject([
      { type: 'append-reply', rejected: false, index: 2 },
    ])
    expect(s.replica(1).applyThread).toHaveLength(1)
  })

  test('R-2.3 a leader counts its own entries of an earlier leadership only as far as they are durable', () => {
    const timeoutSpread = { 1: 10, 2: 10, 3: 10 }
    const s = new Scenario({ ...three, preVote: false, timeoutSpread })
    s.elect(1)
    s.forgetLeader()
    s.propose(1, 'a')
    s.processReady(1)
    s.drop()
    // It leads again before its first write is done; the entry is still the log's.
    s.inject(heartbeatReply({ term: 2 }))
    s.campaign(1)
    s.processReady(1)
    expect(s.replica(1).appendThread).toHaveLength(2)
    s.processAppend(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'candidate', stableIndex: 2, commit: 1 })
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'leader', term: 3, commit: 3 })
    expect(s.appliedTexts(3)).toEqual(['a'])
  })

  test('a completion out of order or with another tag is a bug of the caller', () => {
    const s = new Scenario(three)
    s.inject(append({ entries: entriesOf([1]) }))
    s.processReady(1)
    s.inject(append({ prevIndex: 1, prevTerm: 1, entries: entriesOf([1], 2) }))
    s.processReady(1)
    const [one, two] = s.replica(1).appendThread
    expect(() => s.raft(1).appended(two!)).toThrow('order')
    const t = new Scenario(three)
    t.inject(append({ entries: entriesOf([1]) }))
    t.processReady(1)
    expect(() => t.raft(1).appended({ ...one!, lastTerm: 7 })).toThrow('tag')
    expect(() => new Scenario(three).raft(1).appended(one!)).toThrow('answers a work')
  })
})

describe('R-1.1 R-2.1 what a write holds back', () => {
  test('term, vote and entries of one step are one group, and its reply waits for it', () => {
    const s = new Scenario(three)
    s.inject(append({ term: 4, entries: entriesOf([3, 4]), commit: 1 }))
    s.processReady(1)
    expect(s.wire).toEqual([])
    expect(s.replica(1).appendThread).toMatchObject([
      {
        seq: 1,
        term: 4,
        hardState: { term: 4, votedFor: 0, commit: 1 },
        lastIndex: 2,
        lastTerm: 4,
        messages: [{ type: 'append-reply', term: 4, index: 2 }],
      },
    ])
    s.processAppend(1)
    expect(s.wire).toMatchObject([{ type: 'append-reply', index: 2 }])
  })

  test('a duplicate is acknowledged only when what it repeats is durable', () => {
    const s = new Scenario(three)
    s.inject(append({ entries: entriesOf([1]) }))
    s.processReady(1)
    s.inject(append({ entries: entriesOf([1]) }))
    expect(s.raft(1).hasReady()).toBe(false)
    s.processAppend(1)
    s.processReady(1)
    expect(s.wire).toHaveLength(2)
    expect(s.wire[1]).toMatchObject({ type: 'append-reply', rejected: false, index: 1 })
  })

  test('acknowledgements to one leader are merged only within its term', () => {
    const s = new Scenario(three)
    s.inject(append({ term: 1, entries: entriesOf([1, 1]) }))
    s.inject(append({ term: 1, prevIndex: 2, prevTerm: 1, entries: entriesOf([1], 3) }))
    // Leader again two terms later, 2 has replaced what this replica acknowledged then.
    s.inject(append({ term: 3, prevIndex: 1, prevTerm: 1, entries: entriesOf([3], 2) }))
    s.settle(1)
    const replies = s.wire.map((m) => (m.type === 'append-reply' ? [m.term, m.index] : []))
    expect(replies).toEqual([
      [1, 3],
      [3, 2],
    ])
  })

  test('with nothing to write a reply leaves at once', () => {
    const s = new Scenario({ ...three, logs: { 1: [1] } })
    s.inject(append({ prevIndex: 1, prevTerm: 1 }))
    s.processReady(1)
    expect(s.replica(1).appendThread).toEqual([])
    expect(s.wire).toMatchObject([{ type: 'append-reply', index: 1 }])
  })

  test('a heartbeat is answered at once, unless the term itself is not durable yet', () => {
    const s = new Scenario(three)
    const beat = {
      type: 'heartbeat',
      from: 2,
      to: 1,
      commit: 0,
      readPosition: 3,
      matchedByAll: 0,
    } as const
    s.inject({ ...beat, term: 1 })
    s.processReady(1)
    expect(s.wire).toEqual([])
    s.processAppend(1)
    expect(s.wire).toMatchObject([{ type: 'heartbeat-reply', term: 1, readPosition: 3 }])
    s.drop()
    s.inject(append({ entries: entriesOf([1]) }))
    s.processReady(1)
    s.inject({ ...beat, term: 1 })
    s.processReady(1)
    expect(s.wire).toMatchObject([{ type: 'heartbeat-reply' }])
  })

  test('R-14.2 a leader sends entries before its own disk has them, and counts itself later', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.processReady(1)
    expect(s.wire).toHaveLength(2)
    s.deliver({ to: 2 })
    s.settle(2)
    s.deliver({ to: 1 })
    expect(s.raft(1).commit).toBe(1)
    s.processAppend(1)
    expect(s.raft(1).commit).toBe(2)
  })

  test('design 4.3: every group that appends carries the commit index known when it was formed', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.settle()
    s.propose(1, 'b')
    s.settle()
    for (const id of s.ids) expect(s.replica(id).disk.hardState.commit).toBe(2)
    for (const id of s.ids) {
      s.replica(id).restart()
      expect(s.raft(id).commit).toBe(2)
    }
  })

  test('a commit index alone is not written', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.processReady(1)
    s.deliver()
    for (const id of s.ids) {
      s.processReady(id)
      s.processAppend(id)
    }
    s.deliver()
    expect(s.raft(1).commit).toBe(2)
    s.processReady(1)
    expect(s.replica(1).appendThread).toEqual([])
  })
})

describe('failed and lost writes', () => {
  test('B08 R-14.1 a leader whose own write never succeeds neither counts itself nor reuses an index', () => {
    const s = new Scenario(three)
    s.elect(1)
    expect(s.propose(1, 'a')).toMatchObject({ firstIndex: 2 })
    s.processReady(1)
    expect(s.propose(1, 'b')).toMatchObject({ firstIndex: 3 })
    s.processReady(1)
    s.deliver({ to: 2 })
    s.settle(2)
    s.deliver({ to: 1 })
    expect(s.raft(1).commit).toBe(1)
    // It dies without ever completing; what the follower has goes on, index and term unmistakable.
    s.replica(1).restart(1)
    s.drop()
    s.campaign(2)
    s.settle(2, 3)
    s.settle()
    expect(s.terms(2)).toEqual([1, 1, 1, 2])
    expect(s.replica(1).disk.entries).toEqual(s.replica(2).disk.entries)
    expect(s.appliedTexts(3)).toEqual(['a', 'b'])
  })

  test('B05 a crash between apply and the commit index reaching the disk loses nothing', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.settle()
    const stored = s.replica(2).disk.hardState.commit
    expect(s.raft(2).status().applied).toBeGreaterThan(stored)
    s.replica(2).restart(2)
    expect(s.raft(2).status()).toMatchObject({ commit: 2, applied: 2 })
    s.propose(1, 'b')
    s.settle()
    expect(s.appliedTexts(2)).toEqual(['a', 'b'])
  })

  test('entries that were never durable are gone after a crash, and come back from the leader', () => {
    const s = new Scenario(three)
    s.elect(1)
    s.propose(1, 'a')
    s.processReady(1)
    s.deliver()
    s.processReady(3)
    s.replica(3).restart(1)
    expect(s.raft(3).lastIndex).toBe(1)
    s.settle()
    s.tickHeartbeat(1)
    s.settle()
    expect(s.appliedTexts(3)).toEqual(['a'])
  })
})

describe('apply work', () => {
  test('is bounded in bytes over everything outstanding; one entry always goes', () => {
    const s = new Scenario({ voters: [1], applyBytesMax: 100 })
    s.elect(1)
    s.propose(1, 'a'.repeat(500), 'b', 'c', 'd', 'e')
    s.processReady(1)
    s.processAppend(1)
    const sizes: number[] = []
    for (;;) {
      s.processReady(1)
      if (s.replica(1).applyThread.length === 0) break
      expect(s.replica(1).applyThread).toHaveLength(1)
      sizes.push(s.replica(1).applyThread[0]!.entries.length)
      s.processApply(1)
    }
    expect(sizes).toEqual([1, 3, 1])
    expect(s.raft(1).status().applied).toBe(6)
  })

  test('reporting what was not handed out is a bug of the caller', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    s.propose(1, 'a')
    expect(() => s.raft(1).applied(2)).toThrow('handed out')
  })

  test('only applied entries are compacted', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    s.propose(1, 'a')
    expect(() => s.raft(1).compact(2)).toThrow('applied')
    s.settle()
    s.raft(1).compact(2)
    s.raft(1).compact(1)
    expect(s.raft(1).status().compacted).toEqual({ index: 2, term: 1 })
    s.propose(1, 'b')
    s.settle()
    expect(s.appliedTexts(1)).toEqual(['a', 'b'])
  })
})
