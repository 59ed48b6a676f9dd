import { describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { sessionOfReplica } from './framework-commands.ts'
import { account, accounts, bootId, bootstrapData, inspect, putAccount } from './harness.suite.ts'
import { testDomain, transfer, virtualClock } from './harness.suite.ts'
import { LocalLog } from './local-log.ts'
import { proposerQueueCommandsMax, sessionWindowCommands } from './limits.ts'
import { fc, test as property } from './property.suite.ts'
import { Proposer } from './proposer.ts'
import { ReplicatedState } from './replicated-state.ts'
import { sessionTable } from './rows/session.ts'
import type { VirtualClock } from '../../base/index.ts'
import type { ProposalOutcome } from './proposal.ts'
import type { ProposeAttempt, ProposerLog } from './proposer-log.ts'
import type { Entry } from '../../raft/index.ts'

type Fate = 'apply' | 'lose' | 'refuse' | 'late' | 'twice'

/** A log whose entries meet the fate that `decide` gives them. */
class UnreliableLog implements ProposerLog {
  readonly local: LocalLog
  readonly #clock: VirtualClock
  readonly #listeners = new Set<(change: { readonly leader: number }) => void>()
  decide: () => Fate = () => 'apply'
  /** Proposals so far. */
  proposed = 0

  constructor(local: LocalLog, clock: VirtualClock) {
    this.local = local
    this.#clock = clock
  }

  propose(data: Uint8Array, options: { readonly timeoutMs: number }): Promise<ProposeAttempt> {
    this.proposed += 1
    const fate = this.decide()
    return new Promise((resolve) => {
      const apply = (): void => {
        const result = this.local.append(data)
        resolve({ ok: true, index: this.local.entries.length, term: 1, result })
      }
      const end = (reason: 'not-leader' | 'unknown-outcome'): void => resolve({ ok: false, reason })
      switch (fate) {
        case 'apply':
          this.#clock.setTimer(1, apply)
          return
        case 'refuse':
          this.#clock.setTimer(1, () => end('not-leader'))
          return
        case 'lose':
          this.#clock.setTimer(options.timeoutMs, () => end('unknown-outcome'))
          return
        case 'late':
          this.#clock.setTimer(1, () => end('unknown-outcome'))
          this.#clock.setTimer(40, apply)
          return
        case 'twice':
          this.#clock.setTimer(1, apply)
          this.#clock.setTimer(25, apply)
          return
      }
    })
  }

  onChange(listener: (change: { readonly leader: number }) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  change(leader: number): void {
    for (const listener of this.#listeners) listener({ leader })
  }
}

interface Setup {
  readonly clock: VirtualClock
  readonly state: ReplicatedState
  readonly log: UnreliableLog
  readonly proposer: Proposer
}

function setup(): Setup {
  const clock = virtualClock()
  const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
  // Entries carry the cluster time at which they are appended.
  const stateMachine = {
    apply: (entries: readonly Entry[]) =>
      state.apply(entries.map((entry) => ({ ...entry, stampMs: clock.nowMs() + 1 }))),
  }
  const local = new LocalLog({ stateMachine }, { appliedIndex: 0 })
  const log = new UnreliableLog(local, clock)
  local.append(bootstrapData)
  const proposer = new Proposer(
    { clock, logger: nullLogger, log, state },
    { replicaId: 1, bootId, clientAddress: 'c:1', programVersion: '0.1.0' },
  )
  return { clock, state, log, proposer }
}

async function started(): Promise<Setup> {
  const all = setup()
  await all.proposer.start()
  await all.clock.advance(5)
  return all
}

function watch<Result>(sent: Promise<ProposalOutcome<Result>>): { end?: ProposalOutcome<Result> } {
  const watched: { end?: ProposalOutcome<Result> } = {}
  void sent.then((outcome) => {
    watched.end = outcome
  })
  return watched
}

const timeoutMs = 60_000
const put = (proposer: Proposer, name: string, waitMs = timeoutMs) =>
  watch(proposer.propose(putAccount, account(name), { timeoutMs: waitMs }))

describe('a proposer', () => {
  test('opens its session, tells its address and proposes in it', async () => {
    const { clock, state, proposer, log } = setup()
    await proposer.start()
    const early = put(proposer, 'a')
    expect(proposer.sessionId).toBe(0)
    await clock.advance(5)
    expect(proposer.sessionId).toBe(2)
    expect(early.end).toEqual({ ok: true, result: { ok: true, count: 1 }, index: 3 })
    expect(log.proposed).toBe(2)
    expect(state.reader.get(sessionTable, 2)?.lastSeq).toBe(1)
  })

  test('opens its session before it has a state, whatever the time of the cluster is', async () => {
    const { clock, state, log } = setup()
    const empty = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    const joiner = new Proposer(
      { clock, logger: nullLogger, log, state: empty },
      { replicaId: 2, bootId: 'b2'.repeat(16), clientAddress: 'c:2', programVersion: '0.1.0' },
    )
    await clock.advance(3_600_000)
    await joiner.start()
    await clock.advance(5)
    expect(sessionOfReplica(state.reader, 2)).toMatchObject({ bootId: 'b2'.repeat(16) })
    expect(joiner.sessionId).toBe(0)
    await joiner.stop()
  })

  test('gathers the commands of one moment in one entry', async () => {
    const { clock, proposer, log } = await started()
    const sent = ['a', 'b', 'c'].map((name) => put(proposer, name))
    await clock.advance(5)
    expect(sent.map(({ end }) => end?.ok)).toEqual([true, true, true])
    expect(log.local.entries).toHaveLength(3)
  })

  test('passes actor and operation on', async () => {
    const { clock, proposer } = await started()
    const sent = watch(proposer.propose(inspect, null, { timeoutMs, actor: 'op', opId: 'x' }))
    await clock.advance(5)
    expect(sent.end).toMatchObject({ result: { actor: 'op', opId: 'x', session: 2 } })
  })

  test('sends a refused entry again and keeps the order', async () => {
    const { clock, proposer, log, state } = await started()
    const fates: Fate[] = ['refuse', 'refuse', 'apply']
    log.decide = () => fates.shift() ?? 'apply'
    const first = put(proposer, 'a')
    await clock.advance(0)
    const second = put(proposer, 'b')
    await clock.advance(100)
    expect([first.end?.ok, second.end?.ok]).toEqual([true, true])
    expect(state.reader.count(accounts)).toBe(2)
    expect(proposer.status()).toMatchObject({ inFlight: 0, queued: 0, entriesInFlight: 0 })
    expect(proposer.status().resends).toBeGreaterThan(0)
  })

  test('an entry that was lost leaves a gap; everything behind it is sent again', async () => {
    const { clock, proposer, log, state } = await started()
    const fates: Fate[] = ['lose']
    log.decide = () => fates.shift() ?? 'apply'
    const first = put(proposer, 'a')
    await clock.advance(0)
    const second = put(proposer, 'b')
    await clock.advance(50)
    expect([first.end?.ok, second.end?.ok]).toEqual([true, true])
    expect(state.reader.count(accounts)).toBe(2)
  })

  test('a new leader is given everything undecided at once', async () => {
    const { clock, proposer, log } = await started()
    log.decide = () => 'lose'
    const sent = put(proposer, 'a')
    await clock.advance(100)
    log.decide = () => 'apply'
    log.change(0)
    await clock.advance(5)
    expect(sent.end).toBeUndefined()
    log.change(2)
    await clock.advance(5)
    expect(sent.end?.ok).toBe(true)
  })

  test('what was in no log when its time was over never will be', async () => {
    const { clock, proposer, log, state } = await started()
    log.decide = () => 'refuse'
    const sent = put(proposer, 'a', 300)
    await clock.advance(301)
    expect(sent.end).toEqual({ ok: false, reason: 'unavailable' })
    log.decide = () => 'apply'
    const next = put(proposer, 'b')
    await clock.advance(2000)
    expect(next.end?.ok).toBe(true)
    expect(state.reader.get(accounts, 'a')).toBeUndefined()
  })

  test('what may be in a log when its time is over has an unknown outcome', async () => {
    const { clock, proposer, log } = await started()
    log.decide = () => 'lose'
    const sent = put(proposer, 'a', 300)
    await clock.advance(301)
    expect(sent.end).toEqual({ ok: false, reason: 'unknown-outcome' })
  })

  test('a command that arrives after its time is expired', async () => {
    const { clock, proposer, log, state } = await started()
    log.decide = () => 'late'
    const sent = put(proposer, 'a', 20)
    await clock.advance(200)
    expect(sent.end).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(state.reader.get(accounts, 'a')).toBeUndefined()
  })

  test('the life of a command begins when it is accepted, not when it is sent', async () => {
    const { clock, proposer, log, state } = setup()
    log.decide = () => 'refuse'
    await proposer.start()
    const sent = put(proposer, 'a', 300)
    await clock.advance(280)
    // At last a leader; the session opens, and what follows reaches the log after 40 ms.
    let proposed = 0
    log.decide = () => ((proposed += 1) === 1 ? 'apply' : 'late')
    log.change(2)
    await clock.advance(1000)
    expect(sent.end).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(state.reader.get(accounts, 'a')).toBeUndefined()
  })

  test('without a session commands wait, and end when their time is over', async () => {
    const { clock, proposer, log } = setup()
    log.decide = () => 'refuse'
    await proposer.start()
    const sent = put(proposer, 'a', 300)
    await clock.advance(301)
    expect(sent.end).toEqual({ ok: false, reason: 'unavailable' })
    expect(proposer.status().queued).toBe(0)
  })

  test('a closed session is replaced, and what it did not apply goes through the next', async () => {
    const { clock, proposer, log, state } = await started()
    const { closeSession } = state.registry
    const first = put(proposer, 'a')
    const closing = watch(proposer.propose(closeSession, { sessionId: 2 }, { timeoutMs }))
    const after = put(proposer, 'b')
    await clock.advance(50)
    expect(first.end?.ok).toBe(true)
    expect(closing.end?.ok).toBe(true)
    expect(after.end?.ok).toBe(true)
    expect(state.reader.count(accounts)).toBe(2)
    expect(proposer.sessionId).toBeGreaterThan(2)
    expect(log.local.entries.length).toBeGreaterThan(3)
  })

  test('a session whose first request expired is asked for again', async () => {
    const { clock, proposer, log } = setup()
    // The cluster's clock is an hour ahead of what this member has seen.
    log.decide = () => 'apply'
    await clock.advance(0)
    const { local } = log
    const append = local.append.bind(local)
    let isFirst = true
    local.append = (data) => {
      if (isFirst) local.clusterClockMs = 3_600_000
      isFirst = false
      return append(data)
    }
    await proposer.start()
    await clock.advance(100)
    expect(proposer.sessionId).toBeGreaterThan(0)
  })

  test('the limits of window, queue, body and names', async () => {
    const { clock, proposer, log } = await started()
    log.decide = () => 'lose'
    for (let i = 0; i < sessionWindowCommands; i += 1) put(proposer, `n${i}`)
    await clock.advance(0)
    expect(proposer.status()).toMatchObject({ inFlight: sessionWindowCommands, queued: 0 })
    for (let i = 0; i < proposerQueueCommandsMax; i += 1) put(proposer, `m${i}`)
    const over = put(proposer, 'over')
    const wide = watch(proposer.propose(putAccount, account('x'.repeat(600_000)), { timeoutMs }))
    const actor = watch(proposer.propose(inspect, null, { timeoutMs, actor: 'a'.repeat(257) }))
    const lone = put(proposer, 'lone \ud800 surrogate')
    await clock.advance(0)
    expect(proposer.status()).toMatchObject({ inFlight: sessionWindowCommands })
    expect(over.end).toEqual({ ok: false, reason: 'overloaded' })
    expect(wide.end).toEqual({ ok: false, reason: 'too-large' })
    expect(actor.end).toEqual({ ok: false, reason: 'malformed' })
    expect(lone.end).toEqual({ ok: false, reason: 'malformed' })
    await proposer.stop()
  })

  test('stopping answers everyone, and everyone after', async () => {
    const { clock, proposer, log } = await started()
    log.decide = () => 'lose'
    const sent = put(proposer, 'a')
    await clock.advance(1)
    const queued = put(proposer, 'b')
    await proposer.stop()
    await proposer.stop()
    const late = put(proposer, 'c')
    await clock.advance(0)
    expect(sent.end).toEqual({ ok: false, reason: 'unknown-outcome' })
    expect(queued.end).toEqual({ ok: false, reason: 'stopped' })
    expect(late.end).toEqual({ ok: false, reason: 'stopped' })
  })

  test('large commands share entries only up to the target size', async () => {
    const { clock, proposer, log } = await started()
    const before = log.local.entries.length
    const sent = Array.from({ length: 6 }, (_, i) =>
      watch(
        proposer.propose(
          putAccount,
          // Refused when applied, for its long name; its size is what counts here.
          account(`${i}${'x'.repeat(400_000)}`),
          { timeoutMs },
        ),
      ),
    )
    await clock.advance(5)
    expect(sent.map(({ end }) => end)).toEqual(sent.map(() => ({ ok: false, reason: 'malformed' })))
    expect(log.local.entries.length - before).toBe(3)
    log.decide = () => 'lose'
    const resent = Array.from({ length: 3 }, () =>
      watch(proposer.propose(putAccount, account('x'.repeat(400_000)), { timeoutMs })),
    )
    await clock.advance(5)
    const proposed = log.proposed
    log.decide = () => 'apply'
    log.change(2)
    await clock.advance(5)
    expect(log.proposed - proposed).toBe(2)
    expect(resent.map(({ end }) => end?.ok)).toEqual([false, false, false])
  })
})

property(
  'R-8.1 whatever happens to entries, each command is applied once, in order',
  fc.record({
    seed: fc.nat(),
    bursts: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 12 }),
  }),
  async ({ seed, bursts }) => {
    const { clock, proposer, log, state } = setup()
    const random = new Prng(`fates/${seed}`)
    const fates: readonly Fate[] = ['apply', 'apply', 'lose', 'refuse', 'late', 'twice']
    log.decide = () => fates[random.below(fates.length)]!
    const { closeSession } = state.registry
    await proposer.start()
    const ends: { end?: ProposalOutcome<unknown> }[] = []
    const body = { from: 'a', to: 'a', amount: 1, fault: 'none' } as const
    ends.push(put(proposer, 'a'))
    for (const burst of bursts) {
      for (let i = 0; i < burst; i += 1) {
        ends.push(watch(proposer.propose(transfer, body, { timeoutMs })))
      }
      if (random.ratio(1, 6)) log.change(random.below(3))
      if (random.ratio(1, 12)) {
        const { sessionId } = proposer
        void proposer.propose(closeSession, { sessionId: Math.max(1, sessionId) }, { timeoutMs })
      }
      await clock.advance(random.below(60))
    }
    log.decide = () => 'apply'
    log.change(1)
    await clock.advance(8000)
    expect(ends.map(({ end }) => end?.ok)).toEqual(ends.map(() => true))
    const transfers = ends.length - 1
    expect(state.reader.get(accounts, 'a')?.balance).toBe(100 - transfers)
    const left = ends.slice(1).map(({ end }) => (end?.ok === true ? end.result : undefined))
    expect(left).toEqual(ends.slice(1).map((_, i) => ({ ok: true, left: 99 - i })))
    await proposer.stop()
  },
  150,
)
