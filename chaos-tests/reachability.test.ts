import { describe, expect, it } from 'vitest'
import {
  commandEntry,
  configurationOf,
  entryOf,
  HandMadeRun,
} from './invariants/hand-made-run.suite.ts'
import { rareEvents } from './rare-events.ts'
import { addCounts, neverReached, Reachability, reachabilityTable } from './reachability.ts'
import { attachStream, commandRequest } from '../scheduler/replication/index.ts'
import { encodeEnvelope, joinBatch } from '../scheduler/replication/index.ts'
import type { Configuration } from '../raft/index.ts'
import type { CommandReport, CommandRequest } from '../scheduler/replication/index.ts'

function begin(): { run: HandMadeRun; reached: Reachability } {
  let reached: Reachability | undefined
  const run = new HandMadeRun((ghost) => {
    reached = new Reachability(ghost)
    return [reached]
  })
  return { run, reached: reached! }
}

function configure(run: HandMadeRun, member: number, parts: Partial<Configuration>): void {
  const configuration = configurationOf(parts)
  run.member(member).inForce = configuration
  run.tell({ type: 'configuration', member, configuration })
}

describe('elections', () => {
  it('counts a term whose votes were shared, and leaders that overlap', () => {
    const { run, reached } = begin()
    const vote = { type: 'vote', term: 1, lastIndex: 0, lastTerm: 0, transfer: false } as const
    run.say(1, 3, vote)
    run.say(2, 3, vote)
    run.elect(1, 2, [3])
    run.tell({ type: 'role-changed', member: 1, role: 'leader', term: 2, leader: 1 })
    run.elect(2, 3, [3])
    run.tell({ type: 'role-changed', member: 1, role: 'follower', term: 2, leader: 0 })
    expect(reached.counts).toEqual({
      'split-vote': 1,
      'two-leaders-at-once': 1,
      'check-quorum-step-down': 1,
    })
  })

  it('counts hand-overs, learners that vote and candidates nobody knows', () => {
    const { run, reached } = begin()
    configure(run, 1, { votersOutgoing: [1, 2] })
    configure(run, 3, { voters: [1, 2], learners: [3] })
    run.say(1, 2, { type: 'timeout-now', term: 4 })
    run.elect(2, 5, [3])
    run.say(3, 9, { type: 'pre-vote-reply', term: 6, granted: false })
    expect(reached.counts).toEqual({
      'transfer-during-change': 1,
      'leader-handed-over': 1,
      'learner-voted': 1,
      'unknown-candidate-answered': 1,
      'pre-vote-refused': 1,
    })
  })
})

describe('logs', () => {
  it('counts conflicts, old terms and what power cuts take', () => {
    const { run, reached } = begin()
    run.write(1, [entryOf(1, 1), entryOf(2, 1, { type: 'config' })])
    run.crash(1)
    run.boot(1)
    run.write(1, [entryOf(2, 2)], { term: 2 })
    run.write(1, [entryOf(3, 3)], { term: 3 })
    run.commit(1, 3, 3)
    run.start(1, [entryOf(4, 3)], { term: 3 })
    run.crash(1)
    run.boot(1)
    expect(reached.counts).toEqual({
      'log-conflict': 1,
      'log-conflict-after-crash': 1,
      'change-overwritten': 1,
      'old-term-committed': 2,
      'power-lost-unsynced-entries': 1,
    })
  })

  it('counts what a boot finds', () => {
    const { run, reached } = begin()
    const contents = {
      hardState: { term: 1, votedFor: 0, commit: 9 },
      compacted: { index: 9, term: 1 },
      entries: [],
      announced: { index: 9, term: 1 },
    }
    run.tell({
      type: 'reset-started',
      member: 1,
      mark: { index: 9, term: 1 },
      hardState: contents.hardState,
    })
    run.crash(1)
    run.boot(1, { contents, appliedIndex: 9 })
    run.crash(2)
    run.boot(2, { contents, appliedIndex: 8 })
    expect(reached.counts).toEqual({
      'crash-while-installing': 1,
      'install-finished-at-boot': 1,
      'announced-image-lost': 1,
      'replayed-after-boot': 1,
      'stored-commit-behind-state': 2,
    })
  })

  it('counts a log compacted past a member, a leader that dies, and a group that is down', () => {
    const { run, reached } = begin()
    configure(run, 1, { votersOutgoing: [1, 2] })
    run.write(1, [entryOf(1, 1)])
    run.write(2, [entryOf(1, 1)])
    run.tell({ type: 'log-compacted', member: 1, mark: { index: 1, term: 1 } })
    run.tell({ type: 'role-changed', member: 1, role: 'leader', term: 1, leader: 1 })
    run.start(1, [entryOf(2, 1)])
    for (const id of run.ids) run.crash(id)
    expect(reached.counts).toEqual({
      'compacted-past-follower': 1,
      'leader-died-with-own-entries': 1,
      'leader-died-in-joint': 1,
      'group-was-down': 1,
    })
  })
})

describe('membership', () => {
  it('counts joint configurations, promotions, demotions and a leader that removed itself', () => {
    const { run, reached } = begin()
    configure(run, 1, { learners: [4] })
    run.tell({ type: 'role-changed', member: 1, role: 'leader', term: 1, leader: 1 })
    configure(run, 1, { id: 5, voters: [2, 4], votersOutgoing: [1, 2, 3], learnersNext: [3] })
    configure(run, 1, { id: 6, voters: [2, 4], learners: [3] })
    run.say(1, 3, { type: 'removed', term: 1, configurationId: 6 })
    expect(reached.counts).toEqual({
      'joint-entered': 1,
      'joint-left': 1,
      'learner-promoted': 1,
      'voter-demoted': 1,
      'leader-removed-itself': 1,
      'removed-member-told': 1,
    })
  })

  it('counts a change that was committed and changed nothing', () => {
    const { run, reached } = begin()
    run.agree([entryOf(1, 1, { type: 'config' })])
    run.apply(1, entryOf(1, 1, { type: 'config' }))
    expect(reached.counts).toEqual({ 'change-refused-at-apply': 1 })
  })
})

describe('images', () => {
  it('counts transfers, what was sent again, and installs in joint', () => {
    const { run, reached } = begin()
    const snapshot = { index: 1, term: 1, configuration: configurationOf(), clusterClockMs: 0 }
    const chunk = (imageId: number, seq: number): void =>
      run.say(1, 2, {
        type: 'image-chunk',
        term: 1,
        imageId,
        snapshot,
        seq,
        data: new Uint8Array(0),
        checksum: 0,
        isLast: false,
      })
    for (const seq of [0, 1, 1]) chunk(7, seq)
    run.say(2, 1, { type: 'image-reply', term: 1, imageId: 7, nextSeq: 0, refusal: 'busy' })
    chunk(8, 0)
    run.tell({
      type: 'image-installed',
      member: 2,
      mark: { index: 1, term: 1 },
      configuration: configurationOf({ votersOutgoing: [1, 2] }),
      digest: new Uint8Array(16),
    })
    expect(reached.counts).toEqual({
      'image-chunk-sent-again': 1,
      'image-refused': 1,
      'image-transfer-begun-again': 1,
      'image-installed': 1,
      'image-during-joint': 1,
    })
  })
})

describe('clients and sessions', () => {
  const apply = (
    run: HandMadeRun,
    index: number,
    command: { readonly opId?: string; readonly request?: CommandRequest },
    parts: Partial<CommandReport> = {},
  ): void => {
    const entry = commandEntry(index, 1, 7, [{ seq: index, opId: '', ...command }])
    run.agree([entry])
    const outcome = { ok: true, result: { ok: true } } as const
    const reports = [{ seq: index, outcome, isRepeated: false, ...parts }]
    run.apply(1, entry, { sessionId: 7, reports })
  }

  it('counts unknown outcomes, repeated, late and early commands', () => {
    const { run, reached } = begin()
    run.call('x', { kind: 'write', value: '1' }).end({ phase: 'unknown' })
    run.call('x', { kind: 'write', value: '2' }).end({ phase: 'unknown' })
    apply(run, 1, { opId: 'op-0' })
    apply(run, 2, { opId: 'op-0' }, { isRepeated: true })
    apply(run, 3, {}, { outcome: { ok: false, reason: 'gap' } })
    apply(run, 4, {}, { outcome: { ok: false, reason: 'expired' } })
    run.end()
    expect(reached.counts).toEqual({
      'unknown-outcome-applied': 1,
      'resent-command': 1,
      'gap-refused': 1,
      'expired-command': 1,
      'unknown-outcome-lost': 1,
    })
  })

  it('counts a read that outlived the leader it began under', () => {
    const { run, reached } = begin()
    run.member(2).leader = 1
    const read = run.call('x', { kind: 'read' }, { member: 2 })
    run.member(2).leader = 3
    read.end({ phase: 'ok', output: { value: '' }, index: 1 })
    expect(reached.counts).toEqual({ 'read-across-leader-change': 1 })
  })

  it('counts peers that lose their session', () => {
    const { run, reached } = begin()
    const open = (index: number, bootId: number): void => {
      const body = [3, new Uint8Array(16).fill(bootId), 1, '', '']
      const data = joinBatch(0, [
        encodeEnvelope({
          kind: 2,
          kindVersion: 1,
          seq: 0,
          notAfterMs: 0,
          actor: '',
          opId: '',
          body,
        }),
      ])
      const entry = entryOf(index, 1, { type: 'command', data })
      run.agree([entry])
      const outcome = { ok: true, result: { ok: true, sessionId: index } } as const
      run.apply(1, entry, { sessionId: 0, reports: [{ seq: 0, outcome, isRepeated: false }] })
    }
    for (let index = 1; index < 7; index += 1) run.agree([entryOf(index, 1)])
    open(7, 1)
    const stream = { taskId: 'task', peerId: 'peer', streamId: 1, begin: true }
    apply(run, 8, { request: commandRequest(attachStream, stream) })
    open(9, 2)
    open(10, 3)
    expect(reached.counts).toEqual({ 'session-replaced': 2, 'detached-peers': 1 })
  })
})

describe('faults that a run survived', () => {
  it('are counted in the end, and what members say by themselves', () => {
    const { run, reached } = begin()
    run.tell({ type: 'reached', name: 'graceful-stop', member: 1 })
    run.tell({ type: 'reached', name: 'something else', member: 1 })
    const injectedCause = 'disk-error'
    run.tell({ type: 'fatal', member: 1, code: 'RAFT_LOG_WRITE_FAILED', injectedCause })
    run.tell({ type: 'boot-refused', member: 2, code: 'STORE_DAMAGED', injectedCause })
    run.member(2).injectedCause = 'disk-lie'
    run.member(3).injectedCause = 'disk-damage'
    run.member(1).injectedCause = 'state-damage'
    const reply = { type: 'append-reply', term: 1, index: 1, hintIndex: 0, hintTerm: 0 } as const
    const digest = { index: 0, digest: new Uint8Array(0) }
    run.say(1, 2, { ...reply, rejected: false, digest })
    run.member(1).lacksState = true
    run.say(1, 2, { ...reply, rejected: false, digest })
    run.end()
    expect(reached.counts).toEqual({
      'acknowledged-without-state': 1,
      'graceful-stop': 1,
      'disk-error-stopped': 1,
      'boot-refused': 1,
      'disk-lie-survived': 1,
      'disk-damage-survived': 1,
    })
  })
})

describe('the counts of many runs', () => {
  it('are added up, and name what was never seen', () => {
    const total = {}
    addCounts(total, { 'split-vote': 2 })
    addCounts(total, { 'split-vote': 1, 'joint-left': 4 })
    expect(total).toEqual({ 'split-vote': 3, 'joint-left': 4 })
    const never = neverReached(total)
    expect(never).not.toContain('split-vote')
    expect(never).toHaveLength(Object.keys(rareEvents).length - 2)
    const table = reachabilityTable(total)
    expect(table).toHaveLength(Object.keys(rareEvents).length)
    expect(table[0]).toBe(
      '         3  split-vote                     two candidates shared the votes of a term, and nobody won it',
    )
  })

  it('speak of at least 25 events', () => {
    expect(Object.keys(rareEvents).length).toBeGreaterThanOrEqual(25)
  })
})
