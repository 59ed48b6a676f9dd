import { describe, expect, it } from 'vitest'
import { acknowledgedIsDurable } from './acknowledged-is-durable.ts'
import { durableQuorum } from './durable-quorum.ts'
import { electionSafety } from './election-safety.ts'
import { configurationOf, entryOf, HandMadeRun } from './hand-made-run.suite.ts'
import { indexOrder } from './index-order.ts'
import { leaderAppendOnly } from './leader-append-only.ts'
import { leaderCompleteness } from './leader-completeness.ts'
import { logMatching } from './log-matching.ts'
import { monotoneApplied } from './monotone-applied.ts'
import { monotoneCommit } from './monotone-commit.ts'
import { monotoneTerm } from './monotone-term.ts'
import { stateMachineSafety } from './state-machine-safety.ts'
import { voteOnce } from './vote-once.ts'
import { voteQuorum } from './vote-quorum.ts'

describe('election-safety', () => {
  it('fires when two members lead one term, not when one leads two', () => {
    const run = new HandMadeRun((ghost) => [electionSafety(ghost)])
    run.elect(1, 1, [2])
    run.elect(1, 2, [3])
    run.elect(2, 3, [3])
    expect(() => run.elect(1, 3, [2])).toThrow('2 and 1 both lead term 3')
  })
})

describe('vote-quorum', () => {
  it('fires when a minority elects', () => {
    const run = new HandMadeRun(() => [voteQuorum()])
    run.elect(1, 1, [3])
    expect(() => run.elect(2, 2, [])).toThrow('2 leads term 2 with the votes of 2 in')
  })

  it('fires when a learner is counted', () => {
    const run = new HandMadeRun(() => [voteQuorum()])
    run.member(1).inForce = configurationOf({ learners: [4] })
    expect(() => run.elect(1, 1, [4])).toThrow('votes of 1,4')
  })

  it('asks for both halves of a joint configuration', () => {
    const run = new HandMadeRun(() => [voteQuorum()])
    run.member(1).inForce = configurationOf({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] })
    run.elect(1, 1, [4, 2])
    expect(() => run.elect(1, 2, [4, 5])).toThrow('votes of 1,4,5')
  })

  it('does not count a vote for somebody else', () => {
    const run = new HandMadeRun(() => [voteQuorum()])
    run.vote(2, 3, 1)
    expect(() => run.elect(1, 1, [])).toThrow('votes of 1 in')
  })
})

describe('vote-once', () => {
  it('fires when a member votes twice in a term, across a crash as well', () => {
    const run = new HandMadeRun((ghost) => [voteOnce(ghost)])
    run.vote(1, 2, 4)
    run.vote(1, 2, 4)
    run.crash(1)
    run.boot(1)
    expect(() => run.vote(1, 3, 4)).toThrow('1 votes for 3 in term 4, and voted for 2')
  })

  it('fires when a vote is told before it is on disk', () => {
    const run = new HandMadeRun((ghost) => [voteOnce(ghost)])
    run.start(1, [], { term: 2, votedFor: 2 })
    const tell = (): void => run.say(1, 2, { type: 'vote-reply', term: 2, granted: true })
    expect(tell).toThrow('the vote of 1 for 2 in term 2 is told before it is on disk')
  })

  it('fires when a member leads before its own vote is on disk', () => {
    const run = new HandMadeRun((ghost) => [voteOnce(ghost)])
    const lead = (): void => run.tell({ type: 'leader-elected', member: 1, term: 2 })
    expect(lead).toThrow('the vote of 1 for 1 in term 2')
  })

  it('fires when a member goes back to an older term to vote', () => {
    const run = new HandMadeRun((ghost) => [voteOnce(ghost)])
    run.vote(1, 2, 4)
    expect(() => run.vote(1, 3, 3)).toThrow('1 votes in term 3 after term 4')
  })
})

describe('leader-completeness', () => {
  it('fires when a leader lacks what an earlier term committed', () => {
    const run = new HandMadeRun((ghost) => [leaderCompleteness(ghost)])
    run.elect(1, 1, [2])
    run.write(1, [entryOf(1, 1)])
    run.write(2, [entryOf(1, 1)])
    run.commit(1, 1, 1)
    run.elect(2, 2, [1])
    expect(() => run.elect(3, 3, [1])).toThrow('3 leads term 3 without entry 1 of term 1')
  })

  it('says nothing of what a later term committed, or of entries compacted', () => {
    const run = new HandMadeRun((ghost) => [leaderCompleteness(ghost)])
    run.agree([entryOf(1, 5)], 5)
    run.elect(4, 4, [])
    run.tell({ type: 'log-compacted', member: 2, mark: { index: 1, term: 5 } })
    run.elect(2, 6, [1])
  })
})

describe('leader-append-only', () => {
  it('fires when a leader overwrites its log in its term', () => {
    const run = new HandMadeRun((ghost) => [leaderAppendOnly(ghost)])
    run.write(1, [entryOf(1, 1), entryOf(2, 1)])
    run.write(1, [entryOf(2, 1)])
    run.elect(1, 2, [2])
    run.write(1, [entryOf(3, 2)], { term: 2 })
    const overwrite = (): void => run.start(1, [entryOf(3, 2)], { term: 2 })
    expect(overwrite).toThrow('1 leads term 2 and discards from 3')
  })

  it('fires when a leader replaces its log by an image', () => {
    const run = new HandMadeRun((ghost) => [leaderAppendOnly(ghost)])
    const hardState = { term: 2, votedFor: 1, commit: 9 }
    const mark = { index: 9, term: 1 }
    run.tell({ type: 'reset-started', member: 2, mark, hardState })
    run.elect(1, 2, [2])
    const reset = (): void => run.tell({ type: 'reset-started', member: 1, mark, hardState })
    expect(reset).toThrow('1 replaces its log as leader')
  })
})

describe('log-matching', () => {
  it('fires when one index and term name two entries', () => {
    const run = new HandMadeRun((ghost) => [logMatching(ghost)])
    run.write(1, [entryOf(1, 1), entryOf(2, 1)])
    run.write(2, [entryOf(1, 1), { ...entryOf(2, 1), data: new Uint8Array(0) }])
    const other = entryOf(2, 1, { data: new Uint8Array([1]) })
    const write = (): void => run.write(3, [entryOf(1, 1), other])
    expect(write).toThrow('two entries of index 2 and term 1, one at 3')
  })

  it('fires when one entry has two predecessors', () => {
    const run = new HandMadeRun((ghost) => [logMatching(ghost)])
    run.write(1, [entryOf(1, 1), entryOf(2, 3)])
    const write = (): void => run.write(2, [entryOf(1, 2), entryOf(2, 3)])
    expect(write).toThrow('index 2 of term 3 follows terms 1 and 2')
  })

  it('fires when terms or stamps fall along a log', () => {
    const terms = new HandMadeRun((ghost) => [logMatching(ghost)])
    expect(() => terms.write(1, [entryOf(1, 2), entryOf(2, 1)])).toThrow('terms fall at index 2')
    const stamps = new HandMadeRun((ghost) => [logMatching(ghost)])
    const early = entryOf(2, 1, { stampMs: 0 })
    expect(() => stamps.write(1, [entryOf(1, 1), early])).toThrow('stamps fall at index 2 of 1')
  })
})

describe('state-machine-safety', () => {
  const entry = entryOf(1, 1)

  it('accepts what is committed, stored and in order', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry, entryOf(2, 1)])
    run.apply(1, entry)
    run.apply(1, entryOf(2, 1))
    run.apply(2, { ...entry })
    run.crash(1)
    run.boot(1, { appliedIndex: 1 })
    run.apply(1, entryOf(2, 1))
  })

  it('fires when replicas apply different entries', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry])
    run.apply(1, entry)
    const other = entryOf(1, 1, { data: new Uint8Array([7]) })
    expect(() => run.apply(2, other)).toThrow('2 applied another entry 1')
  })

  it('fires on a gap, on what nobody committed, on what is not on the own disk', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry, entryOf(2, 1)])
    run.apply(1, entry)
    expect(() => run.apply(4, entry)).toThrow('4 applied 1 before it was on its disk')
    expect(() => run.apply(2, entryOf(2, 1))).toThrow('2 applied 2 after 0')
    run.write(1, [entryOf(3, 1)])
    run.apply(1, entryOf(2, 1))
    expect(() => run.apply(1, entryOf(3, 1))).toThrow('1 applied 3, which nobody committed')
  })

  it('fires when members commit different entries', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry])
    run.write(4, [entryOf(1, 2)])
    expect(() => run.commit(4, 1, 2)).toThrow('4 committed 1 of term 2, others of term 1')
  })

  it('waits with the old log of a member until an image has replaced it', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry])
    run.write(4, [entryOf(1, 2)])
    Object.assign(run.member(4), { compactedIndex: 1, stableIndex: 0 })
    run.commit(4, 1, 2)
    run.write(5, [entryOf(1, 2)])
    run.member(5).compactedIndex = 1
    expect(() => run.commit(5, 1, 2)).toThrow('5 committed 1 of term 2, others of term 1')
  })

  it('fires when nobody holds what is committed', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    expect(() => run.commit(1, 1, 1)).toThrow('1 committed 1, which it does not hold')
  })

  it('fires when an image covers what nobody committed', () => {
    const run = new HandMadeRun((ghost) => [stateMachineSafety(ghost)])
    run.agree([entry])
    const install = (term: number): void =>
      run.tell({
        type: 'image-installed',
        member: 4,
        mark: { index: 1, term },
        configuration: configurationOf(),
        digest: new Uint8Array(16),
      })
    install(1)
    expect(() => install(2)).toThrow('4 installed an image at 1 of term 2')
  })
})

describe('durable-quorum', () => {
  it('counts disks, not promises', () => {
    const run = new HandMadeRun((ghost) => [durableQuorum(ghost)])
    run.write(1, [entryOf(1, 1)])
    run.write(2, [entryOf(1, 1)])
    run.commit(1, 1, 1)
    run.write(1, [entryOf(2, 1)])
    run.start(2, [entryOf(2, 1)])
    expect(() => run.commit(1, 2, 1)).toThrow('2 is committed by 1 and on the disks of 1 in')
  })

  it('fires when a learner is counted', () => {
    const run = new HandMadeRun((ghost) => [durableQuorum(ghost)])
    run.member(1).inForce = configurationOf({ learners: [4] })
    run.write(1, [entryOf(1, 1)])
    run.write(4, [entryOf(1, 1)])
    expect(() => run.commit(1, 1, 1)).toThrow('on the disks of 1,4 in configuration 0')
  })

  it('fires when only one half of a joint configuration has the entry', () => {
    for (const holders of [
      [1, 4, 5],
      [1, 2, 3],
    ]) {
      const run = new HandMadeRun((ghost) => [durableQuorum(ghost)])
      run.member(1).inForce = configurationOf({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] })
      for (const id of holders) run.write(id, [entryOf(1, 1)])
      expect(() => run.commit(1, 1, 1)).toThrow(`on the disks of ${holders.join(',')}`)
    }
  })

  it('fires when an entry of an earlier term is committed by counting (figure 8)', () => {
    const run = new HandMadeRun((ghost) => [durableQuorum(ghost)])
    run.write(1, [entryOf(1, 1)])
    run.write(2, [entryOf(1, 1)])
    expect(() => run.commit(1, 1, 2)).toThrow('1 of term 1 is committed by counting in term 2')
  })

  it('accepts a majority of the configuration that ended at this very moment', () => {
    const run = new HandMadeRun((ghost) => [durableQuorum(ghost)])
    const tellAll = (configuration = configurationOf()): void => {
      run.member(1).inForce = configuration
      run.tell({ type: 'configuration', member: 1, configuration })
    }
    tellAll()
    run.write(1, [entryOf(1, 1)])
    run.write(2, [entryOf(1, 1)])
    tellAll(configurationOf({ id: 1, voters: [1, 2, 3, 4, 5] }))
    run.atMs -= 1
    run.commit(1, 1, 1)
    run.write(1, [entryOf(2, 1)])
    run.write(2, [entryOf(2, 1)])
    expect(() => run.commit(1, 2, 1)).toThrow('on the disks of 1,2 in configuration 1')
  })
})

describe('acknowledged-is-durable', () => {
  const digest = { index: 0, digest: new Uint8Array(0) }
  const reply = {
    type: 'append-reply',
    rejected: false,
    hintIndex: 0,
    hintTerm: 0,
    digest,
  } as const

  it('fires when an acknowledgement runs ahead of the disk', () => {
    const run = new HandMadeRun((ghost) => [acknowledgedIsDurable(ghost)])
    run.write(2, [entryOf(1, 1)])
    run.say(2, 1, { ...reply, term: 1, index: 1 })
    run.start(2, [entryOf(2, 1)])
    const early = (): void => run.say(2, 1, { ...reply, term: 1, index: 2 })
    expect(early).toThrow('2 acknowledges 2, its disk ends at 1')
  })

  it('fires when the answer is of a term that is not stored', () => {
    const run = new HandMadeRun((ghost) => [acknowledgedIsDurable(ghost)])
    run.write(2, [entryOf(1, 1)])
    const early = (): void => run.say(2, 1, { ...reply, term: 2, index: 1 })
    expect(early).toThrow('2 answers in term 2, its disk knows term 1')
  })
})

describe('monotone-term', () => {
  const role = (run: HandMadeRun, term: number): void =>
    run.tell({ type: 'role-changed', member: 1, role: 'follower', term, leader: 0 })

  it('fires when a term falls while a member lives, or is stored over a larger one', () => {
    const run = new HandMadeRun((ghost) => [monotoneTerm(ghost)])
    role(run, 3)
    run.write(1, [], { term: 3 })
    expect(() => role(run, 2)).toThrow('term 2 of 1 after 3')
    expect(() => run.start(1, [], { term: 2 })).toThrow('1 stores term 2 over 3')
  })

  it('lets a crash take a term that nobody heard of', () => {
    const run = new HandMadeRun((ghost) => [monotoneTerm(ghost)])
    role(run, 3)
    run.crash(1)
    run.boot(1)
    role(run, 1)
  })
})

describe('monotone-commit', () => {
  it('fires when a commit index falls, in memory or on disk', () => {
    const run = new HandMadeRun((ghost) => [monotoneCommit(ghost)])
    run.agree([entryOf(1, 1), entryOf(2, 1)])
    run.write(1, [], { commit: 2 })
    expect(() => run.commit(1, 1, 1)).toThrow('commit 1 of 1 after 2')
    expect(() => run.start(1, [], { commit: 1 })).toThrow('1 stores commit 1 over 2')
    expect(() => run.start(2, [], { commit: 3 })).toThrow('2 stores commit 3 beyond its last index')
  })
})

describe('monotone-applied', () => {
  it('fires when a member shows an older state than before', () => {
    const run = new HandMadeRun(() => [monotoneApplied()])
    run.apply(1, entryOf(1, 1))
    expect(() => run.apply(1, entryOf(1, 1))).toThrow('1 shows 1 after 1')
  })

  it('fires when a stored state is behind an earlier one, unless it was taken away', () => {
    const run = new HandMadeRun(() => [monotoneApplied()])
    run.boot(1, { appliedIndex: 7 })
    expect(() => run.boot(1, { appliedIndex: 6 })).toThrow('1 starts at 6, its stored state stood')
    run.member(1).injectedCause = 'disk-damage'
    run.boot(1, { appliedIndex: 6 })
  })
})

describe('index-order', () => {
  it('fires when the log is compacted beyond what was applied, or at another term', () => {
    const run = new HandMadeRun((ghost) => [indexOrder(ghost)])
    run.agree([entryOf(1, 1), entryOf(2, 1)])
    run.apply(1, entryOf(1, 1))
    const compact = (index: number, term: number): void =>
      run.tell({ type: 'log-compacted', member: 1, mark: { index, term } })
    compact(1, 1)
    expect(() => compact(2, 1)).toThrow('1 compacted 2 and applied 1')
    expect(() => compact(1, 9)).toThrow('1 compacted 1 of term 9, committed was 1')
  })

  it('fires within some events when commit is beyond the log or below what is applied', () => {
    const run = new HandMadeRun((ghost) => [indexOrder(ghost)])
    for (let index = 1; index <= 40; index += 1) {
      run.agree([entryOf(index, 1)])
      run.apply(1, entryOf(index, 1))
    }
    run.member(1).applied = 41
    const look = (): void => {
      for (let n = 0; n < 16; n += 1) run.commit(1, 40, 1)
    }
    expect(look).toThrow('1: compacted 0, applied 41, commit 40')
  })

  it('lets a member without a state have applied nothing of what its log gave up', () => {
    const run = new HandMadeRun((ghost) => [indexOrder(ghost)])
    for (let index = 1; index <= 9; index += 1) run.agree([entryOf(index, 1)])
    Object.assign(run.member(1), { applied: 0, compactedIndex: 5, lacksState: true })
    const look = (): void => {
      for (let n = 0; n < 16; n += 1) run.commit(1, 9, 1)
    }
    look()
    run.member(1).applied = 3
    expect(look).toThrow('1: compacted 5, applied 3, commit 9')
    Object.assign(run.member(1), { applied: 0, lacksState: false })
    expect(look).toThrow('1: compacted 5, applied 0, commit 9')
  })
})
