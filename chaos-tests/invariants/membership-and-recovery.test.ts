import { describe, expect, it } from 'vitest'
import { boundedMemory } from './bounded-memory.ts'
import { campaignGuards } from './campaign-guards.ts'
import { configurationIsState } from './configuration-is-state.ts'
import { consecutiveConfigurations } from './consecutive-configurations.ts'
import { crashConsistency } from './crash-consistency.ts'
import { digestsEqual } from './digests-equal.ts'
import { disjointQuorums, isQuorum } from './ghost/quorum.ts'
import { commandEntry, configurationOf, entryOf, HandMadeRun } from './hand-made-run.suite.ts'
import { heals } from './heals.ts'
import { Invariants } from './index.ts'
import { noFatalWithoutCause } from './no-fatal-without-cause.ts'
import { onePendingChange } from './one-pending-change.ts'
import { removedMembers } from './removed-members.ts'
import { silence } from './silence.ts'
import type { Configuration } from '../../raft/index.ts'

const change = (index: number, term = 1) => entryOf(index, term, { type: 'config' })

/** Member 1 applies a change that makes `configuration`. */
function applyChange(run: HandMadeRun, configuration: Configuration): void {
  const entry = change(configuration.id)
  run.agree([entry])
  run.member(1).inForce = configuration
  run.apply(1, entry)
  run.tell({ type: 'configuration', member: 1, configuration })
}

describe('quorums', () => {
  it('are majorities of each half', () => {
    const joint = configurationOf({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] })
    const among = (...ids: number[]) => isQuorum(joint, (id) => ids.includes(id))
    expect([among(1, 4, 2), among(1, 4, 5), among(1, 2, 3), among(4, 5, 2, 3)]).toEqual([
      true,
      false,
      false,
      true,
    ])
  })

  it('meet when one voter differs, and need not when two do', () => {
    const three = configurationOf()
    expect(disjointQuorums(three, configurationOf({ voters: [1, 2, 3, 4] }))).toBeUndefined()
    const split = disjointQuorums(three, configurationOf({ voters: [1, 2, 3, 4, 5] }))
    expect(split).toEqual({ a: [1, 2], b: [3, 4, 5] })
  })
})

describe('consecutive-configurations', () => {
  const begin = (): HandMadeRun => {
    const run = new HandMadeRun((ghost) => [consecutiveConfigurations(ghost)])
    run.agree([entryOf(1, 1)])
    run.apply(1, entryOf(1, 1))
    return run
  }

  it('accepts single steps and joint ones', () => {
    const run = begin()
    applyChange(run, configurationOf({ id: 2, voters: [1, 2, 3, 4] }))
    const votersOutgoing = [1, 2, 3, 4]
    applyChange(run, configurationOf({ id: 3, voters: [4, 5], votersOutgoing }))
    applyChange(run, configurationOf({ id: 4, voters: [4, 5] }))
  })

  it('fires when majorities of two that follow each other need not meet', () => {
    const run = begin()
    const step = (): void => applyChange(run, configurationOf({ id: 2, voters: [1, 2, 3, 4, 5] }))
    expect(step).toThrow('1,2 decide in configuration 0: voters 1,2,3 and 3,4,5 in configuration 2')
  })

  it('fires when one joint configuration follows another', () => {
    const run = begin()
    applyChange(run, configurationOf({ id: 2, voters: [1, 2, 4], votersOutgoing: [1, 2, 3] }))
    const next = configurationOf({ id: 3, voters: [1, 2, 4], votersOutgoing: [1, 2, 4] })
    expect(() => applyChange(run, next)).toThrow('follows the joint')
  })

  it('fires when a member votes and learns, or nobody votes', () => {
    const both = configurationOf({ id: 2, learners: [3] })
    expect(() => applyChange(begin(), both)).toThrow('3 votes and learns')
    const nobody = configurationOf({ id: 2, voters: [] })
    expect(() => applyChange(begin(), nobody)).toThrow('has no voters')
  })
})

describe('one-pending-change', () => {
  const lead = (): HandMadeRun => {
    const run = new HandMadeRun((ghost) => [onePendingChange(ghost)])
    run.elect(1, 1, [2])
    return run
  }

  it('fires when a leader appends a change and has not applied the one before', () => {
    const run = lead()
    run.agree([entryOf(1, 1)])
    run.write(1, [change(2)])
    expect(() => run.start(1, [change(3)])).toThrow('1 appends the change 3 and has applied 0')
    run.member(1).applied = 2
    run.start(1, [change(4)])
  })

  it('fires when a leader appends a change before its term has committed', () => {
    const run = lead()
    expect(() => run.start(1, [change(1)])).toThrow('before it committed in term 1')
  })

  it('forgets a change that was overwritten, and asks nothing of followers', () => {
    const run = lead()
    run.agree([entryOf(1, 1)])
    run.write(2, [change(2), change(3)])
    run.write(2, [entryOf(2, 1)])
    run.elect(2, 2, [1])
    run.write(2, [entryOf(3, 2)], { term: 2 })
    run.commit(2, 3, 2)
    run.start(2, [change(4, 2)], { term: 2 })
  })
})

describe('campaign-guards', () => {
  const stand = (run: HandMadeRun): void =>
    run.tell({ type: 'role-changed', member: 1, role: 'candidate', term: 2, leader: 0 })

  it('fires when a member stands and has not applied a change that it knows to be committed', () => {
    const run = new HandMadeRun((ghost) => [campaignGuards(ghost)])
    run.agree([entryOf(1, 1), change(2), entryOf(3, 1)])
    run.member(1).applied = 1
    expect(() => stand(run)).toThrow('1 stands in term 2 and has not applied the change 2')
    run.member(1).applied = 2
    stand(run)
  })

  it('fires when a member without a state stands, or asks whether it could', () => {
    const run = new HandMadeRun((ghost) => [campaignGuards(ghost)])
    run.member(1).lacksState = true
    const ask = (role: 'pre-candidate' | 'follower'): void =>
      run.tell({ type: 'role-changed', member: 1, role, term: 2, leader: 0 })
    expect(() => ask('pre-candidate')).toThrow('1 stands in term 2 without a state')
    expect(() => stand(run)).toThrow('1 stands in term 2 without a state')
    ask('follower')
    run.member(1).lacksState = false
    ask('pre-candidate')
  })

  it('fires when a member stands before it has applied what it had committed', () => {
    const run = new HandMadeRun((ghost) => [campaignGuards(ghost)])
    run.agree([entryOf(1, 1), entryOf(2, 1)])
    run.write(1, [], { commit: 2 })
    run.crash(1)
    run.boot(1)
    run.member(1).applied = 1
    expect(() => stand(run)).toThrow('1 stands in term 2 and has applied 1, not 2')
    run.member(1).applied = 2
    stand(run)
  })
})

describe('configuration-is-state', () => {
  it('fires when a member goes by another configuration than its state says', () => {
    const run = new HandMadeRun((ghost) => [configurationIsState(ghost)])
    const { inForce } = run.member(1)
    run.tell({ type: 'configuration', member: 1, configuration: inForce })
    const other = configurationOf({ voters: [1, 2] })
    const go = (): void => run.tell({ type: 'configuration', member: 1, configuration: other })
    expect(go).toThrow('1 goes by configuration 0: voters 1,2, its state says')
    run.member(1).inState = other
    expect(() => run.elect(1, 1, [2])).toThrow('1 leads by configuration 0: voters 1,2,3')
  })

  it('fires when two members have different configurations at one index', () => {
    const run = new HandMadeRun((ghost) => [configurationIsState(ghost)])
    applyChange(run, configurationOf({ id: 1, voters: [1, 2, 3, 4] }))
    run.member(2).inForce = configurationOf({ id: 1, voters: [1, 2, 4] })
    expect(() => run.apply(2, change(1))).toThrow('after 1 2 has configuration 1: voters 1,2,4')
  })

  it('fires when an image brings another configuration', () => {
    const run = new HandMadeRun((ghost) => [configurationIsState(ghost)])
    applyChange(run, configurationOf({ id: 1, voters: [1, 2, 3, 4] }))
    const install = (configuration: Configuration): void => {
      run.member(5).inForce = configuration
      const digest = new Uint8Array(16)
      const mark = { index: 1, term: 1 }
      run.tell({ type: 'image-installed', member: 5, mark, configuration, digest })
    }
    install(configurationOf({ id: 1, voters: [1, 2, 3, 4] }))
    expect(() => install(configurationOf())).toThrow('after 1 5 has configuration 0')
  })
})

describe('removed-members', () => {
  const removed = configurationOf({ id: 4, voters: [1, 2] })
  const ask = { type: 'vote', term: 2, lastIndex: 1, lastTerm: 1, transfer: false } as const

  it('fires when a member campaigns although it has applied its removal', () => {
    const run = new HandMadeRun(() => [removedMembers()])
    run.tell({ type: 'configuration', member: 1, configuration: configurationOf() })
    run.tell({ type: 'configuration', member: 1, configuration: removed })
    run.say(3, 1, ask)
    run.tell({ type: 'configuration', member: 3, configuration: removed })
    run.say(3, 1, { ...ask, type: 'pre-vote' })
    expect(() => run.say(3, 1, ask)).toThrow('3 was removed, knows it and sends vote')
    expect(() => run.elect(3, 2, [1])).toThrow('3 was removed, knows it and leads term 2')
  })

  it('fires when a removed id is a member again', () => {
    const run = new HandMadeRun(() => [removedMembers()])
    run.tell({ type: 'configuration', member: 1, configuration: configurationOf() })
    run.tell({ type: 'configuration', member: 1, configuration: removed })
    const again = configurationOf({ id: 6, learners: [3], voters: [1, 2] })
    const go = (): void => run.tell({ type: 'configuration', member: 2, configuration: again })
    expect(go).toThrow('3 was removed by configuration 4 and is back in 6')
  })
})

describe('silence', () => {
  it('fires when the dead speak or write, and when one lives twice', () => {
    const run = new HandMadeRun(() => [silence()])
    const speak = (): void => run.say(2, 1, { type: 'timeout-now', term: 1 })
    speak()
    expect(() => run.boot(2)).toThrow('2 lives twice')
    run.crash(2)
    expect(speak).toThrow('2 is not alive and sends timeout-now')
    expect(() => run.start(2, [])).toThrow('2 writes while it is dead')
    run.tell({ type: 'fatal', member: 3, code: 'RAFT_LOG_FAILED', injectedCause: 'disk-error' })
    const dead = (): void => run.say(3, 1, { type: 'timeout-now', term: 1 })
    expect(dead).toThrow('3 is not alive')
  })

  it('fires when an identity changes, is shared, or is of another cluster', () => {
    const run = new HandMadeRun(() => [silence()])
    for (const id of [1, 2, 3]) run.crash(id)
    expect(() => run.boot(1, { incarnation: 'new' })).toThrow('1 comes back as new')
    expect(() => run.boot(2, { clusterId: 'other' })).toThrow('2 belongs to the cluster other')
    const contents = {
      hardState: { term: 0, votedFor: 0, commit: 0 },
      compacted: { index: 0, term: 0 },
      entries: [],
      announced: undefined,
    }
    const copy = { life: 1, incarnation: 'incarnation-4', clusterId: 'cluster', contents }
    const shared = (): void => run.tell({ type: 'booted', member: 6, appliedIndex: 0, ...copy })
    expect(shared).toThrow('4 and 6 share the incarnation incarnation-4')
  })
})

describe('crash-consistency', () => {
  const entries = [entryOf(1, 1), entryOf(2, 1)]
  const found = (count: number, parts = {}) => ({
    contents: {
      hardState: { term: 1, votedFor: 0, commit: 0 },
      compacted: { index: 0, term: 0 },
      entries: [entryOf(1, 1), entryOf(2, 1), entryOf(3, 1)].slice(0, count),
      announced: undefined,
      ...parts,
    },
  })
  const begin = (): HandMadeRun => {
    const run = new HandMadeRun((ghost) => [crashConsistency(ghost)])
    run.write(1, entries)
    run.start(1, [entryOf(3, 1)])
    run.crash(1)
    return run
  }

  it('accepts what was acknowledged, with or without the write under way', () => {
    begin().boot(1, found(2))
    begin().boot(1, found(3))
  })

  it('fires when an acknowledged entry is gone', () => {
    const lose = (): void => begin().boot(1, found(1))
    expect(lose).toThrow('1 found a log that ends at 1 of term 1, stored 2 of term 1 with 1 under')
  })

  it('fires when a vote, a term or the stored commit is gone', () => {
    const run = begin()
    run.boot(1, found(2))
    run.write(1, [], { term: 2, votedFor: 3, commit: 1 })
    const find = (hardState: object): (() => void) => {
      return () => run.boot(1, found(2, { hardState }))
    }
    expect(find({ term: 2, votedFor: 0, commit: 1 })).toThrow('found term 2 and vote 0, stored')
    expect(find({ term: 1, votedFor: 3, commit: 1 })).toThrow('found term 1 and vote 3, stored')
    expect(find({ term: 2, votedFor: 3, commit: 0 })).toThrow('found commit 0, stored 1')
    run.boot(1, found(2, { hardState: { term: 2, votedFor: 3, commit: 1 } }))
  })

  it('fires when an entry is another one, or more is compacted than was given up', () => {
    const other = [entryOf(1, 1, { data: new Uint8Array([1]) }), entryOf(2, 1)]
    expect(() => begin().boot(1, found(0, { entries: other }))).toThrow('found another 1')
    const compacted = { index: 1, term: 1 }
    const rest = { compacted, entries: [entryOf(2, 1)] }
    expect(() => begin().boot(1, found(0, rest))).toThrow('found nothing up to 1, its state')
    const run = begin()
    run.tell({ type: 'log-compacted', member: 1, mark: compacted })
    run.boot(1, found(0, rest))
  })

  it('accepts a reset that a crash overtook, done or not', () => {
    const mark = { index: 9, term: 1 }
    const hardState = { term: 1, votedFor: 0, commit: 9 }
    const reset = { compacted: mark, entries: [], hardState }
    for (const parts of [found(3), { ...found(0, reset), appliedIndex: 9 }]) {
      const run = new HandMadeRun((ghost) => [crashConsistency(ghost)])
      run.write(1, [...entries, entryOf(3, 1)])
      run.tell({ type: 'reset-started', member: 1, mark, hardState })
      run.crash(1)
      run.boot(1, parts)
    }
  })

  it('accepts an install that the boot finished, and only of what was agreed', () => {
    const reset = (term: number, votedFor = 0) => ({
      ...found(0, {
        compacted: { index: 3, term },
        entries: [],
        hardState: { term: 1, votedFor, commit: 3 },
      }),
      appliedIndex: 3,
    })
    const agreed = (): HandMadeRun => {
      const run = new HandMadeRun((ghost) => [crashConsistency(ghost)])
      run.write(1, entries)
      run.crash(1)
      for (const id of [2, 3]) run.write(id, [...entries, entryOf(3, 1)])
      run.commit(2, 3, 1)
      return run
    }
    agreed().boot(1, reset(1))
    expect(() => agreed().boot(1, reset(2))).toThrow('1 found a log that ends at 3 of term 2')
    expect(() => agreed().boot(1, reset(1, 3))).toThrow('1 found a log that ends at 3 of term 1')
  })

  it('expects the log of a member that lost its state, not what the state knew', () => {
    const compacted = { index: 1, term: 1 }
    const rest = { compacted, entries: [entryOf(2, 1)] }
    const lose = (count: number, parts = {}): void => {
      const run = begin()
      run.write(1, [], { term: 2, votedFor: 3, commit: 1 })
      run.member(1).injectedCause = 'state-damage'
      const hardState = { term: 2, votedFor: 3, commit: 0 }
      run.boot(1, found(count, { hardState, ...parts }))
    }
    lose(2)
    lose(0, rest)
    expect(() => lose(1)).toThrow('1 found a log that ends at 1 of term 1')
    const forgets = { hardState: { term: 2, votedFor: 0, commit: 0 } }
    expect(() => lose(2, forgets)).toThrow('found term 2 and vote 0, stored')
  })

  it('expects nothing of a disk that was tampered with', () => {
    const run = begin()
    run.member(1).injectedCause = 'disk-lie'
    run.boot(1, found(0))
  })
})

describe('digests-equal', () => {
  it('fires when two members differ at one index, after an image too', () => {
    const run = new HandMadeRun(() => [digestsEqual()])
    const one = new Uint8Array(16).fill(1)
    run.apply(1, entryOf(4, 1), { digest: new Uint8Array(16) })
    run.apply(2, entryOf(4, 1), { digest: new Uint8Array(16) })
    expect(() => run.apply(3, entryOf(4, 1), { digest: one })).toThrow('after 4 3 has 0101')
    const install = (): void =>
      run.tell({
        type: 'image-installed',
        member: 5,
        mark: { index: 4, term: 1 },
        configuration: configurationOf(),
        digest: one,
      })
    expect(install).toThrow('after 4 5 has 0101')
  })

  it('compares all running members in the end', () => {
    const run = new HandMadeRun(() => [digestsEqual()])
    for (const id of [1, 2, 3]) run.member(id).applied = 7
    run.end()
    run.member(3).digestBytes = new Uint8Array(16).fill(2)
    expect(() => run.end()).toThrow('after 7 3 has 0202')
  })
})

describe('no-fatal-without-cause', () => {
  it('fires when a member stops or does not start for no reason', () => {
    const run = new HandMadeRun(() => [noFatalWithoutCause()])
    const injectedCause = 'disk-error'
    run.tell({ type: 'fatal', member: 1, code: 'RAFT_LOG_FAILED', injectedCause })
    const fatal = (): void =>
      run.tell({ type: 'fatal', member: 1, code: 'RAFT_APPLY_FAILED', injectedCause: undefined })
    expect(fatal).toThrow('1 stopped with RAFT_APPLY_FAILED')
    const refuse = (): void =>
      run.tell({ type: 'boot-refused', member: 2, code: 'STORE_DAMAGED', injectedCause: undefined })
    expect(refuse).toThrow('2 did not start with STORE_DAMAGED')
  })
})

describe('bounded-memory', () => {
  it('fires within some events when a gauge or the log passes its bound', () => {
    const bounds = { gauges: { readsWaiting: 10 }, logEntries: 100 }
    const look = (run: HandMadeRun): void => {
      for (let n = 0; n < 64; n += 1) run.start(1, [])
    }
    const run = new HandMadeRun(() => [boundedMemory(bounds)])
    run.member(1).readings = { readsWaiting: 10 }
    run.member(1).entriesHeld = 100
    look(run)
    run.member(1).entriesHeld = 101
    expect(() => look(run)).toThrow('the log of 1 holds 101 entries, above 100')
    run.member(1).readings = { readsWaiting: 11 }
    expect(() => look(run)).toThrow('readsWaiting of 1 is 11, above 10')
  })
})

describe('heals', () => {
  const healed = (): HandMadeRun => {
    const run = new HandMadeRun((ghost) => [heals(ghost)])
    run.agree([entryOf(1, 1)])
    run.member(1).role = 'leader'
    for (const id of [1, 2, 3]) Object.assign(run.member(id), { commit: 1, applied: 1 })
    return run
  }

  it('is content with one leader and equal members', () => {
    const run = healed()
    run.end()
    expect(run.ghost.committed.lastIndex).toBe(1)
  })

  it.each([
    ['no leader', { role: 'follower' }, 1, 'leaders in the end: none'],
    ['two leaders', { role: 'leader' }, 2, 'leaders in the end: 1,2'],
    ['a member behind', { applied: 0 }, 3, '3 has applied 0 of 1, the leader committed 1'],
    ['another term', { term: 2 }, 2, '2 follows 1 in term 2, not 1 in term 1'],
    ['nobody followed', { leader: 0 }, 2, '2 follows 0 in term 1, not 1'],
    ['one that never came back', { isRunning: false }, 2, '2 does not run in the end'],
    ['joint', { inForce: configurationOf({ votersOutgoing: [1, 2] }) }, 1, 'still joint'],
  ] as const)('fires on %s', (_, parts, id, what) => {
    const run = healed()
    Object.assign(run.member(id), parts)
    expect(() => run.end()).toThrow(what)
  })

  it('excuses a member whose disk was taken from it', () => {
    const run = healed()
    Object.assign(run.member(2), { isRunning: false, injectedCause: 'disk-damage' })
    run.end()
    expect(run.member(2).status()).toBeUndefined()
  })

  it('fires when the leader knows less than was committed', () => {
    const run = healed()
    run.agree([entryOf(2, 1)])
    run.member(1).commit = 1
    expect(() => run.end()).toThrow('2 was committed, the leader knows 1')
  })
})

describe('all invariants together', () => {
  it('say nothing of a healthy run', () => {
    const run = new HandMadeRun(() => [])
    const invariants = new Invariants()
    const all = new HandMadeRun(() => [
      { name: 'all', on: (event, world) => invariants.on(event, world) },
    ])
    run.end()
    all.elect(1, 1, [2])
    all.agree([entryOf(1, 1)])
    for (const id of [1, 2, 3]) all.apply(id, entryOf(1, 1), { digest: new Uint8Array(16) })
    const call = all.call('x', { kind: 'swap', value: 'a' })
    const entry = commandEntry(2, 1, 7, [{ seq: 1, opId: 'op-0' }])
    all.agree([entry])
    const outcome = { ok: true, result: {} } as const
    const reports = [{ seq: 1, outcome, isRepeated: false }]
    all.apply(1, entry, { sessionId: 7, reports })
    call.end({ phase: 'ok', output: { value: '' }, index: 2 })
    all.crash(3)
    all.boot(3)
    for (const id of [2, 3]) {
      if (id === 3) all.apply(3, entryOf(1, 1))
      all.commit(id, 2, 1)
      all.apply(id, entry, { sessionId: 7, reports })
    }
    all.call('x', { kind: 'read' }).end({ phase: 'ok', output: { value: 'a' }, index: 2 })
    invariants.atEnd(all)
    expect(invariants.undecidedKeys).toEqual([])
    expect(invariants.ghost.committed.lastIndex).toBe(2)
  })

  it('have a name and a section each', () => {
    const { observers } = new Invariants()
    const names = observers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(30)
    for (const { section } of observers) expect(section).toMatch(/paper|thesis|R-|design|1990/)
  })
})
