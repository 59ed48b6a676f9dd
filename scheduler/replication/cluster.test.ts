// Three replicas over raft's driver, in virtual time: sessions, failover and restarts together.
import { afterEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng, toHex } from '../../base/index.ts'
import {
  initialConfiguration,
  MemoryLogStorage,
  MemoryNetwork,
  RaftNode,
} from '../../raft/index.ts'
import { MemoryStateStore } from '../../storage/index.ts'
import { DurableState } from './durable-state.ts'
import { account, accounts, bootstrapData, putAccount } from './harness.suite.ts'
import { testDomain, transfer, virtualClock } from './harness.suite.ts'
import { LeaderDuties } from './leader-duties.ts'
import { Proposer } from './proposer.ts'
import { ReplicatedState } from './replicated-state.ts'
import { sessionTable } from './rows/session.ts'
import type { LogContents } from '../../raft/index.ts'
import type { StateRows } from '../../storage/index.ts'
import type { ProposalOutcome } from './proposal.ts'

const voters = [1, 2, 3]

interface Member {
  readonly id: number
  readonly log: MemoryLogStorage
  readonly store: MemoryStateStore
  readonly state: ReplicatedState
  readonly node: RaftNode
  readonly proposer: Proposer
  readonly duties: LeaderDuties
  readonly die: () => void
}

/** What a power cut leaves of a member. */
interface Remains {
  readonly contents: LogContents
  readonly rows: StateRows
}

/** Replicas 1 … 3 with everything a member has between Raft and its services. */
class Cluster {
  readonly clock = virtualClock()
  readonly members = new Map<number, Member>()
  readonly #random = new Prng('replication-cluster')
  readonly #network = new MemoryNetwork(
    { clock: this.clock, random: this.#random.fork('network') },
    { delayMsMin: 1 },
  )
  #lives = 0

  async start(): Promise<void> {
    const contents: LogContents = {
      hardState: { term: 1, votedFor: 0, commit: 1 },
      compacted: { index: 0, term: 0 },
      entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data: bootstrapData }],
      announced: undefined,
    }
    for (const id of voters) await this.open(id, { contents, rows: new Map() })
  }

  async open(id: number, { contents, rows }: Remains): Promise<void> {
    this.#lives += 1
    const life = this.#lives
    const { clock } = this
    const random = this.#random.fork(`member-${id}-life-${life}`)
    const log = new MemoryLogStorage({ clock }, { contents, syncMs: 1 })
    const store = new MemoryStateStore({ clock }, { syncMs: 2, rows })
    const state = new ReplicatedState(testDomain, { onCommandFailed: () => {} })
    let isDead = false
    const onFatal = (error: Error): void => {
      // A store that lost its power refuses writes; nobody is left to hear of it.
      if (!isDead) throw error
    }
    const durable = await DurableState.open(
      { clock, logger: nullLogger, store, state },
      { onFatal },
    )
    const transport = this.#network.transport(id)
    const node = new RaftNode(
      { clock, random, logger: nullLogger, transport, log, stateMachine: durable },
      {
        id,
        configuration: initialConfiguration({ voters }),
        contents,
        applied: state.appliedIndex,
        onFatal,
      },
    )
    const proposer = new Proposer(
      { clock, logger: nullLogger, log: node, state },
      {
        replicaId: id,
        bootId: `${id}${life % 10}`.repeat(16),
        clientAddress: `c:${id}`,
        programVersion: '0.1.0',
      },
    )
    const duties = new LeaderDuties({
      clock,
      logger: nullLogger,
      raft: node,
      state,
      proposer,
      work: [],
    })
    const die = (): void => {
      isDead = true
    }
    this.members.set(id, { id, log, store, state, node, proposer, duties, die })
    await node.start()
    await proposer.start()
    await duties.start()
  }

  member(id: number): Member {
    return this.members.get(id)!
  }

  get leader(): Member | undefined {
    return [...this.members.values()].find(({ node }) => node.status().role === 'leader')
  }

  /** Power off: memory and what was not synced are lost. */
  crash(id: number): Remains {
    const { log, store, node, proposer, duties, die } = this.member(id)
    die()
    const contents = log.crash()
    const rows = store.crash()
    this.#network.transport(id)
    void duties.stop()
    void proposer.stop()
    void node.stop()
    this.members.delete(id)
    return { contents, rows }
  }

  async until(isReached: () => boolean): Promise<void> {
    expect(await this.clock.advanceUntil(isReached, 60_000)).toBe(true)
  }

  async converge(): Promise<string> {
    const digests = (): Set<string> =>
      new Set([...this.members.values()].map(({ state }) => toHex(state.digest())))
    const isAtEnd = (): boolean => {
      const last = this.leader?.node.status().lastIndex
      return [...this.members.values()].every(({ state }) => state.appliedIndex === last)
    }
    await this.until(() => isAtEnd() && digests().size === 1)
    return [...digests()][0]!
  }
}

let cluster = new Cluster()

afterEach(async () => {
  const ended = Promise.all(
    [...cluster.members.values()].flatMap(({ duties, proposer, node }) => [
      duties.stop(),
      proposer.stop(),
      node.stop(),
    ]),
  )
  await cluster.clock.advance(5000)
  await ended
  cluster = new Cluster()
})

const timeoutMs = 10_000
const transferBody = { from: 'a', to: 'a', amount: 1, fault: 'none' } as const

describe('a cluster', () => {
  test('every member proposes through its own session and sees the same state', async () => {
    await cluster.start()
    await cluster.until(() => [...cluster.members.values()].every((m) => m.proposer.sessionId > 0))
    const ends = voters.map((id) =>
      cluster.member(id).proposer.propose(putAccount, account(`by-${id}`), { timeoutMs }),
    )
    let outcomes: readonly ProposalOutcome<unknown>[] = []
    void Promise.all(ends).then((all) => {
      outcomes = all
    })
    await cluster.until(() => outcomes.length === 3)
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    await cluster.converge()
    const { reader } = cluster.member(2).state
    expect(reader.count(accounts)).toBe(3)
    expect(reader.count(sessionTable)).toBe(3)
  })

  test('R-8.1 no command is lost or doubled while leaders die and come back', async () => {
    await cluster.start()
    const counts = { ok: 0, sent: 0 }
    const send = (id: number): void => {
      counts.sent += 1
      const sent = cluster.member(id).proposer.propose(transfer, transferBody, { timeoutMs })
      void sent.then(({ ok }) => {
        counts.ok += ok ? 1 : 0
      })
    }
    await cluster.until(() => cluster.member(1).proposer.sessionId > 0)
    let isThere = false
    void cluster
      .member(1)
      .proposer.propose(putAccount, account('a'), { timeoutMs })
      .then(({ ok }) => {
        isThere = ok
      })
    await cluster.until(() => isThere)
    for (let round = 0; round < 5; round += 1) {
      await cluster.until(() => cluster.leader !== undefined)
      const dead = cluster.leader!
      const alive = voters.filter((id) => id !== dead.id)
      for (const id of alive) for (let i = 0; i < 20; i += 1) send(id)
      await cluster.clock.advance(round)
      const remains = cluster.crash(dead.id)
      for (const id of alive) for (let i = 0; i < 20; i += 1) send(id)
      await cluster.until(() => counts.ok === counts.sent)
      await cluster.open(dead.id, remains)
    }
    await cluster.converge()
    expect(counts).toEqual({ ok: 400, sent: 400 })
    for (const { state } of cluster.members.values()) {
      expect(state.reader.get(accounts, 'a')?.balance).toBe(-300)
    }
  })

  test('replicas rebuilt from their store and from the whole log reach the digest', async () => {
    await cluster.start()
    await cluster.until(() => cluster.leader !== undefined && cluster.leader.proposer.sessionId > 0)
    let ok = 0
    for (let i = 0; i < 60; i += 1) {
      const name = `n${i % 17}`
      const body = account(name, { balance: i })
      void cluster.leader!.proposer.propose(putAccount, body, { timeoutMs }).then((end) => {
        ok += end.ok ? 1 : 0
      })
      await cluster.clock.advance(7)
    }
    await cluster.until(() => ok === 60)
    await cluster.converge()
    const [fromStore, fromLog] = voters.filter((id) => id !== cluster.leader!.id)
    const remains = cluster.crash(fromStore!)
    expect(remains.rows.size).toBeGreaterThan(17)
    await cluster.open(fromStore!, remains)
    await cluster.open(fromLog!, { ...cluster.crash(fromLog!), rows: new Map() })
    await cluster.until(() => voters.every((id) => cluster.member(id).proposer.sessionId > 0))
    const digest = await cluster.converge()
    expect(toHex(cluster.leader!.state.digest())).toBe(digest)
  })

  test('the session of a dead member is closed by the leader after 5 s', async () => {
    await cluster.start()
    await cluster.until(() => voters.every((id) => cluster.member(id).proposer.sessionId > 0))
    await cluster.until(() => cluster.leader !== undefined)
    const dead = voters.find((id) => id !== cluster.leader!.id)!
    cluster.crash(dead)
    const { reader } = cluster.leader!.state
    await cluster.clock.advance(4000)
    expect(reader.count(sessionTable)).toBe(3)
    await cluster.clock.advance(4000)
    expect(reader.count(sessionTable)).toBe(2)
  })
})
