// The core as a caller drives it: the cases that the practice of Raft implementations has given
// names, each with its name in the title.
// Where we differ: there is no `advance()`; what `ready()` returned counts as handed out, and works
// are completed one by one.
import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import { entrySizeBytes } from '../core/entry.ts'
import { Raft } from '../core/raft.ts'
import { append, appendReply, heartbeat, voteReply } from './messages.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }

describe('raw node', () => {
  test('RawNodeBoundedLogGrowthWithPartition: without a majority the log grows to its limit', () => {
    const s = new Scenario({ ...three, checkQuorum: false, uncommittedBytesMax: 1000 })
    s.elect(1)
    let accepted = 0
    for (let n = 0; n < 1000; n += 1) if (s.propose(1, 'x'.repeat(68)).ok) accepted += 1
    // Each counts for 100 bytes.
    expect(accepted).toBe(10)
    s.settle(1)
    s.drop()
    expect(s.raft(1).lastIndex).toBe(11)
    expect(s.propose(1, 'x')).toEqual({ ok: false, reason: 'overloaded', leader: 1 })
    // The majority is back: everything is committed and there is room again.
    s.tickHeartbeat(1)
    s.settle()
    expect(s.raft(1).commit).toBe(11)
    expect(s.propose(1, 'x').ok).toBe(true)
  })

  test('RawNodeCommitPagination: committed entries are handed out in parts, none left out', () => {
    const s = new Scenario({ voters: [1], applyBytesMax: 120 })
    s.elect(1)
    s.propose(1, ...Array.from({ length: 10 }, (_, n) => `${n}`))
    s.settle()
    const { applied } = s.replica(1)
    expect(applied.map(({ index }) => index)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1))
    expect(s.appliedTexts(1).join('')).toBe('0123456789')
  })

  test('RawNodeCommitPaginationAfterRestart: also what was committed before the start', () => {
    const entries = 20
    const s = new Scenario({
      voters: [1],
      applyBytesMax: 150,
      logs: { 1: Array.from({ length: entries }, () => 1) },
      hardStates: { 1: { commit: entries } },
    })
    const seen: number[] = []
    while (s.raft(1).hasReady()) {
      s.processReady(1)
      const [work, ...more] = s.replica(1).applyThread
      expect(more).toEqual([])
      const sizeBytes = work!.entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0)
      expect(sizeBytes).toBeLessThanOrEqual(150)
      seen.push(...work!.entries.map(({ index }) => index))
      s.processApply(1)
    }
    expect(seen).toEqual(Array.from({ length: entries }, (_, i) => i + 1))
  })

  test('RawNodeConsumeReady: what was handed out does not come again, what comes is not lost', () => {
    const s = new Scenario({ ...three, preVote: false })
    s.inject(append({ entries: entriesOf([1]) }))
    const first = s.raft(1).ready()
    expect(first).toMatchObject({
      softState: { role: 'follower', term: 1, leader: 2 },
      messages: [],
      append: { seq: 1, entries: [{ index: 1 }], messages: [{ type: 'append-reply', index: 1 }] },
      apply: undefined,
      reads: [],
    })
    expect(s.raft(1).hasReady()).toBe(false)
    const nothing = { softState: undefined, messages: [], append: undefined, apply: undefined }
    expect(s.raft(1).ready()).toEqual({ ...nothing, reads: [] })
    // Something new arrives while the first work is under way.
    s.inject(append({ prevIndex: 1, prevTerm: 1, entries: entriesOf([1], 2), commit: 1 }))
    expect(s.raft(1).hasReady()).toBe(true)
    const second = s.raft(1).ready()
    expect(second.softState).toBeUndefined()
    expect(second.append).toMatchObject({ seq: 2, entries: [{ index: 2 }] })
    // Committed already, not durable yet: nothing to apply before the first work is done.
    expect(second.apply).toBeUndefined()
    s.raft(1).appended(first.append!)
    expect(s.raft(1).ready()).toEqual({ ...nothing, apply: { entries: entriesOf([1]) }, reads: [] })
    expect(s.raft(1).hasReady()).toBe(false)
    s.raft(1).appended(second.append!)
    s.raft(1).applied(1)
    expect(s.raft(1).hasReady()).toBe(false)
    expect(s.raft(1).status()).toMatchObject({ stableIndex: 2, applied: 1 })
  })

  test('RawNodeStart: a new group begins with an election and the empty entry of its leader', () => {
    const s = new Scenario({ voters: [1] })
    expect(s.raft(1).hasReady()).toBe(false)
    s.tickElection(1)
    s.settle()
    expect(s.replica(1).applied).toMatchObject([{ index: 1, term: 1, type: 'noop' }])
  })

  test('RawNodeRestart: term, vote, log and commit index are those of the disk', () => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 1, 2] },
      hardStates: { 1: { term: 4, votedFor: 3, commit: 1 } },
    })
    expect(s.raft(1).status()).toMatchObject({
      role: 'follower',
      term: 4,
      votedFor: 3,
      commit: 1,
      applied: 0,
      stableIndex: 3,
      lastTerm: 2,
    })
    s.settle(1)
    // Nothing is written again, and only what was committed is applied.
    expect(s.replica(1).applied).toHaveLength(1)
    expect(s.sent).toEqual([])
  })

  test('RawNodeRestartFromSnapshot: the log goes on after the image, with its members', () => {
    const configuration = { ...initialConfiguration({ voters: [1, 2] }), id: 9 }
    const raft = new Raft(
      { random: new Prng('restart') },
      {
        id: 1,
        configuration,
        applied: 10,
        clusterClockMs: 500,
        contents: {
          hardState: { term: 3, votedFor: 0, commit: 11 },
          compacted: { index: 10, term: 2 },
          entries: entriesOf([3, 3], 11),
          announced: undefined,
        },
      },
    )
    expect(raft.status()).toMatchObject({
      commit: 11,
      applied: 10,
      lastIndex: 12,
      compacted: { index: 10, term: 2 },
      configuration: { id: 9, voters: [1, 2] },
    })
    expect(raft.ready().apply).toEqual({ entries: entriesOf([3], 11) })
    expect(raft.hasReady()).toBe(false)
  })

  test('RawNodeStep: what claims to come from here, or is for somebody else, is refused', () => {
    const s = new Scenario(three)
    for (const message of [append(), appendReply(), heartbeat(), voteReply()]) {
      const { raft } = s.replica(1)
      const before = raft.status()
      expect(raft.step({ ...message, from: 1 })).toEqual({ ok: false, reason: 'from-self' })
      expect(raft.step({ ...message, to: 2 })).toEqual({ ok: false, reason: 'wrong-target' })
      expect(raft.status()).toEqual(before)
      expect(raft.hasReady()).toBe(false)
    }
  })

  test('RawNodeReadIndex: the outcome comes once, with the id it was asked under', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    expect(s.raft(1).readIndex(77)).toEqual({ ok: true })
    expect(s.raft(1).ready().reads).toEqual([{ id: 77, ok: true, index: 1 }])
    expect(s.raft(1).ready().reads).toEqual([])
  })

  test('RawNodeProposeAndConfChange: entries and a change keep the order they were proposed in', () => {
    const s = new Scenario({ voters: [1] })
    s.elect(1)
    s.propose(1, 'before')
    s.proposeChange(1, [{ op: 'add-learner', id: 2 }])
    s.propose(1, 'after')
    s.settle(1)
    const types = s.replica(1).applied.map(({ index, type }) => `${index} ${type}`)
    expect(types).toEqual(['1 noop', '2 command', '3 config', '4 command'])
    expect(s.raft(1).configuration).toMatchObject({ id: 3, learners: [2] })
  })
})
