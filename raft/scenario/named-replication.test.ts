// Logs, commit, progress and flow control: the cases that the practice of Raft implementations has
// given names, each with its name in the title.
// Where we differ: a leader keeps no progress of itself, its own match is what its disk has
// (ProgressLeader); a member whose next entry is compacted is sent an image
// (named-snapshot.test.ts).
import { describe, expect, test } from 'vitest'
import type { AppendRequest } from '../core/message.ts'
import type { ProgressStatus } from '../core/status.ts'
import { append, appendReply, heartbeat, heartbeatReply, voteReply } from './messages.ts'
import { entriesOf, Scenario } from './scenario.ts'

const three = { voters: [1, 2, 3] }
const five = { voters: [1, 2, 3, 4, 5] }

function progressOf(s: Scenario, id: number): ProgressStatus {
  return s
    .raft(1)
    .status()
    .progress.find((progress) => progress.id === id)!
}

function appends(s: Scenario, to: number): AppendRequest[] {
  return s.wire.filter((m): m is AppendRequest => m.type === 'append' && m.to === to)
}

/** 1 leads and everybody has its first entry. */
function led(options: Partial<ConstructorParameters<typeof Scenario>[0]> = {}): Scenario {
  const s = new Scenario({ ...three, ...options })
  s.elect(1)
  return s
}

describe('logs of earlier leaders', () => {
  function overwritesNewerLogs(preVote: boolean): void {
    // 3 led term 2 with the votes of 4 and 5 and told nobody of its entry.
    const votedForThree = { term: 2, votedFor: 3 }
    const s = new Scenario({
      ...five,
      preVote,
      logs: { 1: [1], 2: [1], 3: [2], 4: [], 5: [] },
      hardStates: { 3: votedForThree, 4: votedForThree, 5: votedForThree },
    })
    // 1 knows nothing of term 2: it cannot win there, but learns of it.
    s.campaign(1)
    s.settle()
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 2 })
    // In term 3 it wins: only 3 has a newer log, and that entry was never committed.
    s.elect(1)
    expect(s.raft(1).term).toBe(3)
    for (const id of s.ids) expect(s.terms(id)).toEqual([1, 3])
  }

  test('LeaderElectionOverwriteNewerLogs: an uncommitted entry of a later term is overwritten', () => {
    overwritesNewerLogs(false)
  })

  test('LeaderElectionOverwriteNewerLogsPreVote: the same with pre-vote', () => {
    overwritesNewerLogs(true)
  })

  /** 1 led term 1 and gave two entries to 2 only; 2 leads now, one entry a message. */
  function ledBySuccessor(): Scenario {
    const s = new Scenario({ ...five, checkQuorum: false, preVote: false, appendBytesMax: 1 })
    s.elect(1)
    s.propose(1, 'a', 'b')
    s.settle(1, 2)
    s.drop()
    expect(s.raft(1).commit).toBe(1)
    return s
  }

  test('R-5.1 CannotCommitWithoutNewTermEntry: a majority with old entries commits none of them', () => {
    const s = ledBySuccessor()
    s.campaign(2)
    s.settle(2)
    s.deliver({ types: ['vote'] })
    for (const id of [3, 4, 5]) s.settle(id)
    s.deliver({ to: 2 })
    expect(s.raft(2).role).toBe('leader')
    const seen = new Set<number>()
    // Entry by entry the log of term 1 reaches 3 and 4; the entry of term 2 comes last.
    for (let turn = 0; turn < 20; turn += 1) {
      for (const id of [2, 3, 4]) {
        s.processReady(id)
        s.processAppend(id)
      }
      for (const to of [2, 3, 4]) s.deliver({ to })
      const held = [3, 4].map((id) => s.raft(id).lastIndex)
      if (Math.min(...held) === 3) expect(s.raft(2).commit).toBe(1)
      seen.add(s.raft(2).commit)
    }
    expect([...seen]).toEqual([1, 4])
  })

  test('CommitWithoutNewTermEntry: the empty entry of the new leader commits them with itself', () => {
    const s = ledBySuccessor()
    s.elect(2)
    for (const id of s.ids) {
      expect(s.raft(id).commit).toBe(4)
      expect(s.appliedTexts(id)).toEqual(['a', 'b'])
    }
  })

  test.each([
    // Durable on the leader, on 2 and on 3; the log before the election; what is committed.
    { log: [], own: true, matches: [0, 0], commit: 0 },
    { log: [], own: true, matches: [1, 0], commit: 1 },
    { log: [], own: false, matches: [1, 0], commit: 0 },
    { log: [], own: false, matches: [1, 1], commit: 1 },
    { log: [1], own: true, matches: [1, 1], commit: 0 },
    { log: [1], own: true, matches: [2, 0], commit: 2 },
    { log: [1, 2], own: true, matches: [2, 2], commit: 0 },
    { log: [1, 2], own: true, matches: [3, 2], commit: 3 },
    { log: [1, 2], own: false, matches: [3, 2], commit: 0 },
    { log: [1, 2], own: true, matches: [0, 3], commit: 3 },
    { log: [1, 1, 1], own: true, matches: [4, 4], commit: 4 },
  ])('Commit: $log and an own entry, own disk $own, matches $matches: $commit', (example) => {
    const s = new Scenario({ ...three, logs: { 1: example.log }, preVote: false })
    s.campaign(1)
    s.settle(1)
    const term = s.raft(1).term
    s.inject(voteReply({ term }))
    expect(s.raft(1).role).toBe('leader')
    if (example.own) s.settle(1)
    else s.processReady(1)
    for (const [i, index] of example.matches.entries()) {
      if (index > 0) s.inject(appendReply({ from: i + 2, term, index }))
    }
    expect(s.raft(1).commit).toBe(example.commit)
  })

  test('OldMessages: an append of an earlier leadership that arrives late changes nothing', () => {
    const s = new Scenario({ ...three, checkQuorum: false, preVote: false })
    s.elect(1)
    s.elect(2)
    s.elect(1)
    const late = append({ from: 2, to: 1, term: 2, prevIndex: 2, prevTerm: 2, commit: 2 })
    expect(s.inject({ ...late, entries: entriesOf([2], 3) })).toEqual({
      ok: false,
      reason: 'stale-term',
    })
    s.propose(1, 'x')
    s.settle()
    for (const id of s.ids) {
      expect(s.terms(id)).toEqual([1, 2, 3, 3])
      expect(s.raft(id).commit).toBe(4)
    }
  })

  test.each([
    append({ entries: entriesOf([1]) }),
    heartbeat(),
    appendReply({ index: 1 }),
    heartbeatReply({ readPosition: 1 }),
    voteReply(),
    { type: 'timeout-now', from: 2, to: 1, term: 1 } as const,
  ])('StepIgnoreOldTermMsg: $type of an older term is refused', (message) => {
    const s = new Scenario({ ...three, hardStates: { 1: { term: 2, votedFor: 3 } } })
    const before = s.raft(1).status()
    expect(s.inject(message)).toEqual({ ok: false, reason: 'stale-term' })
    expect(s.raft(1).status()).toEqual(before)
  })

  test.each([
    // The log is [1, 2]: refused unless it holds the entry before.
    { prev: [2, 3], entries: [], commit: 3, last: 2, committed: 0, rejected: true },
    { prev: [3, 3], entries: [], commit: 3, last: 2, committed: 0, rejected: true },
    { prev: [1, 1], entries: [], commit: 1, last: 2, committed: 1, rejected: false },
    { prev: [0, 0], entries: [2], commit: 1, last: 1, committed: 1, rejected: false },
    { prev: [2, 2], entries: [2, 2], commit: 3, last: 4, committed: 3, rejected: false },
    { prev: [2, 2], entries: [2], commit: 4, last: 3, committed: 3, rejected: false },
    { prev: [1, 1], entries: [2], commit: 4, last: 2, committed: 2, rejected: false },
    // It commits no more than it has compared with the leader's log.
    { prev: [1, 1], entries: [], commit: 3, last: 2, committed: 1, rejected: false },
    { prev: [1, 1], entries: [2], commit: 3, last: 2, committed: 2, rejected: false },
    { prev: [2, 2], entries: [], commit: 3, last: 2, committed: 2, rejected: false },
    { prev: [2, 2], entries: [], commit: 4, last: 2, committed: 2, rejected: false },
  ])('HandleMsgApp: after $prev $entries commit $commit: commits $committed', (example) => {
    const s = new Scenario({ ...three, logs: { 1: [1, 2] }, hardStates: { 1: { term: 2 } } })
    const [prevIndex, prevTerm] = example.prev as [number, number]
    const entries = entriesOf(example.entries, prevIndex + 1)
    s.inject(append({ term: 3, prevIndex, prevTerm, entries, commit: example.commit }))
    s.settle(1)
    expect(s.raft(1).lastIndex).toBe(example.last)
    expect(s.raft(1).commit).toBe(example.committed)
    expect(s.wire).toMatchObject([{ type: 'append-reply', rejected: example.rejected }])
  })

  test.each([
    { commit: 3, committed: 3 },
    // A commit index never falls.
    { commit: 1, committed: 2 },
  ])('HandleHeartbeat: a heartbeat that says $commit leaves $committed', (example) => {
    const s = new Scenario({
      ...three,
      logs: { 1: [1, 2, 3] },
      hardStates: { 1: { term: 3, commit: 2 } },
    })
    s.inject(heartbeat({ term: 3, commit: example.commit }))
    s.settle(1)
    expect(s.raft(1).commit).toBe(example.committed)
    expect(s.wire).toMatchObject([{ type: 'heartbeat-reply', to: 2, term: 3 }])
  })

  test('LogReplicationWithReorderedMessage: appends that arrive backwards end in the same log', () => {
    const s = led()
    for (const text of ['a', 'b', 'c', 'd']) {
      s.propose(1, text)
      s.processReady(1)
    }
    const backwards = s.drop({ to: 2 }).toReversed()
    for (const message of backwards) s.inject(message)
    s.settle(2)
    // Those that came too early were refused; the first one was taken when it came.
    const answers = s.drop({ from: 2 })
    expect(answers.filter((m) => m.type === 'append-reply' && m.rejected)).toHaveLength(3)
    expect(s.raft(2).lastIndex).toBe(2)
    for (const message of answers.toReversed()) s.inject(message)
    s.settle()
    expect(s.appliedTexts(2)).toEqual(['a', 'b', 'c', 'd'])
    expect(s.terms(2)).toEqual([1, 1, 1, 1, 1])
  })

  test.each([
    // How many probes are refused until leader and follower know where their logs agree.
    { leader: [1, 1, 1, 2, 2, 3], follower: [1, 1, 1, 2, 2, 2, 2, 2, 2], probes: 1 },
    { leader: [1, 1, 1, 2, 2, 3, 3], follower: [1, 1, 1, 2, 2, 2, 2, 2], probes: 1 },
    { leader: [1, 1, 1, 1, 1, 4], follower: [1, 1, 2, 2, 3, 3, 3], probes: 2 },
    { leader: [1, 1, 1, 1], follower: [1, 1, 2, 2, 2, 3], probes: 1 },
    { leader: [1, 3, 3, 3, 5], follower: [1, 2, 2, 4, 4, 4], probes: 2 },
    { leader: [1, 3, 5, 7, 9], follower: [1, 2, 4, 6, 8], probes: 4 },
    { leader: [1, 1, 1, 1, 5, 5], follower: [1], probes: 1 },
    { leader: [1, 1, 1, 1, 5, 5], follower: [], probes: 1 },
    { leader: [2], follower: [1, 1, 1, 1, 1, 1, 1, 1], probes: 1 },
    { leader: [1, 1, 5, 5, 5, 5], follower: [1, 1, 4, 4, 4, 4], probes: 1 },
    { leader: [1, 1, 3, 3, 3], follower: [1, 1, 2, 2, 2], probes: 1 },
    { leader: [1, 2, 3, 4, 5, 6], follower: [1, 2, 3, 4, 5, 6], probes: 0 },
    { leader: [1, 2, 3], follower: [1, 2, 3, 3, 3], probes: 0 },
    { leader: [1, 2, 2, 2, 4, 4, 4], follower: [1, 2, 2, 3, 3, 3, 3], probes: 2 },
  ])('FastLogRejection: $leader meets $follower after $probes refused probes', (example) => {
    const s = new Scenario({
      ...three,
      logs: { 1: example.leader, 2: example.follower, 3: [] },
      hardStates: { 1: { term: 9 } },
    })
    s.elect(1)
    expect(s.terms(2)).toEqual(s.terms(1))
    const refused = s.sent.filter((m) => m.type === 'append-reply' && m.from === 2 && m.rejected)
    expect(refused).toHaveLength(example.probes)
  })

  test('R-2.3 LeaderMsgAppSelfAckAfterTermChange: a write of a lost leadership counts for nothing', () => {
    const s = led({ checkQuorum: false, preVote: false })
    s.propose(1, 'a')
    s.processReady(1)
    s.drop()
    s.campaign(2)
    s.settle(2, 3)
    // 1 follows the leader of term 2, whose entry takes the place of its own; then its disk is
    // done.
    s.deliver({ to: 1 })
    s.tickHeartbeat(2)
    s.processReady(2)
    s.deliver({ to: 1 })
    expect(s.replica(1).appendThread.length).toBeGreaterThanOrEqual(1)
    s.processAppend(1)
    expect(s.raft(1).status()).toMatchObject({ role: 'follower', term: 2, stableIndex: 1 })
    s.settle()
    expect(s.terms(1)).toEqual([1, 2])
    expect(s.appliedTexts(1)).toEqual([])
  })
})

describe('progress of a member', () => {
  test('ProgressLeader: the own match of a leader is what its disk has', () => {
    const s = new Scenario({ voters: [1, 2] })
    s.elect(1)
    for (let n = 0; n < 5; n += 1) {
      s.propose(1, `${n}`)
      s.processReady(1)
    }
    s.deliver({ to: 2 })
    s.settle(2)
    s.deliver({ to: 1 })
    expect(s.raft(1).commit).toBe(1)
    for (let n = 0; n < 5; n += 1) {
      expect(s.raft(1).status()).toMatchObject({ stableIndex: n + 1, commit: n + 1 })
      s.processAppend(1)
    }
    expect(s.raft(1).commit).toBe(6)
    expect(s.raft(1).status().progress).toHaveLength(1)
  })

  test('ProgressResumeByHeartbeatResp: an answer to a heartbeat lets a probe leave again', () => {
    const s = led()
    s.raft(1).reportUnreachable(2)
    s.propose(1, 'a')
    s.processReady(1)
    s.drop()
    expect(progressOf(s, 2)).toMatchObject({ state: 'probe', isPaused: true })
    s.inject(heartbeatReply())
    expect(progressOf(s, 2)).toMatchObject({ state: 'probe', isPaused: false })
    s.processReady(1)
    expect(appends(s, 2)).toMatchObject([{ prevIndex: 1, entries: [{ index: 2 }] }])
  })

  test('ProgressPaused: while a probe is unanswered nothing else leaves', () => {
    const s = led()
    s.raft(1).reportUnreachable(2)
    for (const text of ['a', 'b', 'c']) {
      s.propose(1, text)
      s.processReady(1)
    }
    expect(appends(s, 2)).toHaveLength(1)
    expect(progressOf(s, 2).isPaused).toBe(true)
  })

  test('R-6.3 ProgressFlowControl: one probe, then as many messages as the window holds', () => {
    const s = led({ inflightMessagesMax: 3, appendBytesMax: 2048 })
    s.raft(1).reportUnreachable(2)
    const kilobyte = 'x'.repeat(1000)
    for (let n = 0; n < 10; n += 1) s.propose(1, kilobyte)
    s.processReady(1)
    // Two entries fit into a message; while probing only one message leaves.
    expect(appends(s, 2).map((m) => m.entries.map((e) => e.index))).toEqual([[2]])
    s.drop()
    s.inject(appendReply({ index: 2 }))
    s.processReady(1)
    const replicated = appends(s, 2).map((m) => m.entries.map((e) => e.index))
    expect(replicated).toEqual([[3], [4], [5]])
    s.drop()
    s.inject(appendReply({ index: 5 }))
    s.processReady(1)
    expect(appends(s, 2).map((m) => m.entries.map((e) => e.index))).toEqual([[6], [7], [8]])
  })

  test('SendAppendForProgressProbe: one append for each answer or heartbeat', () => {
    const s = led()
    s.raft(1).reportUnreachable(2)
    for (let beat = 0; beat < 3; beat += 1) {
      for (let n = 0; n < 3; n += 1) {
        s.propose(1, `${beat}.${n}`)
        s.processReady(1)
      }
      expect(appends(s, 2)).toHaveLength(1)
      expect(progressOf(s, 2)).toMatchObject({ state: 'probe', next: 2, isPaused: true })
      s.tickHeartbeat(1)
      s.processReady(1)
      // The heartbeat itself does not loosen anything; its answer does.
      expect(appends(s, 2)).toHaveLength(1)
      s.drop()
      s.inject(heartbeatReply())
    }
  })

  test('SendAppendForProgressReplicate: an append for every proposal, without waiting', () => {
    const s = led()
    for (let n = 0; n < 10; n += 1) {
      s.propose(1, `${n}`)
      s.processReady(1)
      expect(appends(s, 2)).toMatchObject([{ prevIndex: n + 1, entries: [{ index: n + 2 }] }])
      s.drop()
    }
    expect(progressOf(s, 2)).toMatchObject({ next: 12, match: 1, inflightMessages: 10 })
  })

  test('RecvMsgUnreachable: a member that replicates is probed from what it is known to have', () => {
    const s = led()
    s.propose(1, 'a')
    s.settle()
    s.propose(1, 'b', 'c')
    s.processReady(1)
    s.drop()
    expect(progressOf(s, 2)).toMatchObject({ state: 'replicate', match: 2, next: 5 })
    s.raft(1).reportUnreachable(2)
    expect(progressOf(s, 2)).toMatchObject({ state: 'probe', match: 2, next: 3 })
    s.raft(1).reportUnreachable(2)
    expect(progressOf(s, 2)).toMatchObject({ state: 'probe', match: 2, next: 3 })
  })
})

describe('R-6.3 the window', () => {
  /** Every message of the window to 2 is under way, entries 2 to 4. */
  function full(): Scenario {
    const s = led({ inflightMessagesMax: 3 })
    for (const text of ['a', 'b', 'c']) {
      s.propose(1, text)
      s.processReady(1)
    }
    expect(appends(s, 2)).toHaveLength(3)
    s.drop()
    return s
  }

  test('MsgAppFlowControlFull: with a full window nothing more leaves', () => {
    const s = full()
    for (let n = 0; n < 5; n += 1) {
      s.propose(1, `${n}`)
      s.processReady(1)
      expect(appends(s, 2)).toEqual([])
    }
    expect(progressOf(s, 2)).toMatchObject({ isPaused: true, inflightMessages: 3 })
  })

  test('MsgAppFlowControlMoveForward: an answer frees what it covers, an old one nothing', () => {
    const s = full()
    s.propose(1, 'd', 'e')
    s.inject(appendReply({ index: 2 }))
    s.processReady(1)
    expect(appends(s, 2)).toMatchObject([{ prevIndex: 4, entries: [{ index: 5 }, { index: 6 }] }])
    s.drop()
    s.propose(1, 'f')
    s.inject(appendReply({ index: 2 }))
    s.processReady(1)
    expect(appends(s, 2)).toEqual([])
    // One answer frees several messages.
    s.inject(appendReply({ index: 4 }))
    s.processReady(1)
    expect(appends(s, 2)).toMatchObject([{ prevIndex: 6, entries: [{ index: 7 }] }])
    expect(progressOf(s, 2)).toMatchObject({ inflightMessages: 2, isPaused: false })
  })

  test('MsgAppFlowControlRecvHeartbeat: each answered heartbeat draws one empty append', () => {
    const s = full()
    s.propose(1, 'd')
    for (let beat = 0; beat < 5; beat += 1) {
      s.processReady(1)
      expect(appends(s, 2)).toEqual([])
      s.inject(heartbeatReply())
      s.processReady(1)
      expect(appends(s, 2)).toMatchObject([{ prevIndex: 4, entries: [] }])
      s.drop()
      expect(progressOf(s, 2)).toMatchObject({ isPaused: true, inflightMessages: 3 })
    }
  })
})
