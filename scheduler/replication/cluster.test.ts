// Three replicas over raft's driver, in virtual time: sessions, failover and restarts together.
import { afterEach, describe, expect, test } from 'vitest'
import { nullLogger, Prng, toHex } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import {
  emptyLogContents,
  initialConfiguration,
  MemoryLogStorage,
  MemoryNetwork,
  RaftNode,
} from '../../raft/index.ts'
import { MemoryStateStore, StoreImages } from '../../storage/index.ts'
import { encodeChangeContext } from './change-context.ts'
import { defineCommand } from './command.ts'
import type { Domain } from './command.ts'
import { DurableState } from './durable-state.ts'
import { account, accounts, bootstrapData, clusterId, putAccount } from './harness.suite.ts'
import { testDomain, transfer, virtualClock } from './harness.suite.ts'
import { LeaderDuties } from './leader-duties.ts'
import { Proposer } from './proposer.ts'
import { ReplicatedState } from './replicated-state.ts'
import { memberTable } from './rows/member.ts'
import { sessionTable } from './rows/session.ts'
import { defineTable } from './table-definition.ts'
import type { CodedError } from '../../base/index.ts'
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
  readonly disk: DiskSimulator
  readonly die: () => void
}

/** What a power cut leaves of a member. */
interface Remains {
  readonly contents: LogContents
  readonly rows: StateRows
}

/** What a newer program knows besides. */
const notes = defineTable<{ readonly text: string }, 'byText'>({
  name: 'notes',
  tableByte: 200,
  rowVersion: 1,
  id: (row) => row.text,
  keyParts: (row) => [row.text],
  encode: (row) => [row.text],
  decode: (fields) => ({ text: fields.text(100) }),
  indexes: { byText: { group: () => '', order: [(row) => row.text] } },
})

const putNote = defineCommand<{ readonly text: string }, { readonly ok: true }>({
  kind: 199,
  kindVersion: 1,
  name: 'put-note',
  encode: ({ text }) => [text],
  decode: (fields) => ({ text: fields.text(100) }),
  apply(tx, body) {
    tx.put(notes, body)
    return { ok: true }
  },
})

const newerDomain: Domain = {
  ...testDomain,
  tables: [...testDomain.tables, notes],
  commands: [...testDomain.commands, putNote],
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
  /** Applied entries kept in the logs. */
  retainEntries = 10_000
  /** What programs know that are started from now on. */
  domain: Domain = testDomain
  /** Codes of the members that stopped for good; allowed only where a test says so. */
  readonly fatal = new Map<number, string>()
  mayFail = false
  /** Names of the commands that threw, by member. */
  readonly thrown = new Map<number, readonly string[]>()
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
    const state = new ReplicatedState(this.domain, {
      onCommandFailed: ({ command }) => {
        this.thrown.set(id, [...(this.thrown.get(id) ?? []), command])
      },
    })
    let isDead = false
    const onFatal = (error: CodedError): void => {
      // A store that lost its power refuses writes; nobody is left to hear of it.
      if (isDead) return
      if (!this.mayFail) throw error
      this.fatal.set(id, error.code)
    }
    const durable = await DurableState.open(
      { clock, logger: nullLogger, store, state },
      { onFatal },
    )
    const transport = this.#network.transport(id)
    const disk = new DiskSimulator({ random: random.fork('disk') })
    const images = new StoreImages(
      { disk, random: random.fork('images'), logger: nullLogger, store, state: durable },
      { tmpDirectory: '/tmp', clusterId },
    )
    const node = new RaftNode(
      { clock, random, logger: nullLogger, transport, log, stateMachine: durable, images },
      {
        id,
        // A joiner is told by whom it joins.
        configuration:
          state.appliedIndex === 0 ? initialConfiguration({ voters }) : state.configuration(),
        contents,
        applied: state.appliedIndex,
        lacksState: state.appliedIndex === 0 && contents.compacted.index > 0,
        retainEntries: this.retainEntries,
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
    this.members.set(id, { id, log, store, state, node, proposer, duties, disk, die })
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

  /** The member is cut off from all others, in silence. */
  cutOff(id: number): void {
    for (const other of this.members.keys()) {
      this.#network.cut(id, other)
      this.#network.cut(other, id)
    }
  }

  /** Nobody is cut off any more. */
  heal(): void {
    this.#network.heal()
  }

  /** Has the leader change the members; resolves with the end of it. */
  async change(
    op: 'add-learner' | 'promote' | 'remove',
    id: number,
  ): Promise<{ readonly ok: boolean }> {
    const { node, state } = this.leader!
    const details = {
      replicaId: id,
      incarnation: `0${id}`.repeat(16),
      hostId: `s${id}`,
      raftAddress: `10.0.0.${id}:8003`,
    }
    const change = {
      expectedId: state.configuration().id,
      transition: 'auto',
      operations: [{ op, id }],
      context: encodeChangeContext([details]),
    } as const
    return this.settled(node.changeConfiguration(change, { timeoutMs }))
  }

  /** Lets time pass until the work is done. */
  async settled<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false
    void work.then(() => (isDone = true))
    await this.until(() => isDone)
    return work
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

  test('a command that throws is answered internal on every member alike and stops none', async () => {
    await cluster.start()
    await cluster.until(() => [...cluster.members.values()].every((m) => m.proposer.sessionId > 0))
    const propose = (id: number, fault: 'none' | 'throw') =>
      cluster.settled(
        cluster.member(id).proposer.propose(transfer, { ...transferBody, fault }, { timeoutMs }),
      )
    const made = cluster.member(1).proposer.propose(putAccount, account('a'), { timeoutMs })
    expect(await cluster.settled(made)).toMatchObject({ ok: true })
    for (const id of voters) {
      expect(await propose(id, 'throw')).toEqual({ ok: false, reason: 'internal' })
      expect(await propose(id, 'none')).toMatchObject({ ok: true, result: { ok: true } })
    }
    await cluster.converge()
    for (const { id, state } of cluster.members.values()) {
      expect(cluster.thrown.get(id)).toEqual(['transfer', 'transfer', 'transfer'])
      // What each had done before it threw is undone: only the three others count.
      expect(state.reader.get(accounts, 'a')?.balance).toBe(97)
    }
    // A member that applies them once more, from its log, comes to the same end.
    const dead = voters.find((id) => cluster.leader?.id !== id)!
    const { contents } = cluster.crash(dead)
    await cluster.open(dead, { contents, rows: new Map() })
    await cluster.converge()
    expect(cluster.thrown.get(dead)).toEqual(Array.from({ length: 6 }, () => 'transfer'))
    expect(cluster.member(dead).state.reader.get(accounts, 'a')?.balance).toBe(97)
    expect([...cluster.fatal]).toEqual([])
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
      // Longer than the store may lag in all: the first part is there, the rest is in the log.
      await cluster.clock.advance(25)
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

  /** Enough commands through the leader that nobody keeps the log behind them. */
  async function work(count: number, pauseMs: number): Promise<void> {
    const { proposer } = cluster.leader!
    for (let i = 0; i < count; i += 1) {
      const body = account(`n${i % 29}`, { balance: i })
      void proposer.propose(putAccount, body, { timeoutMs })
      if (i % 10 === 0) await cluster.clock.advance(5)
    }
    await cluster.clock.advance(pauseMs)
  }

  test('R-13.1 a member that was away too long gets an image and goes on as the others', async () => {
    cluster.retainEntries = 20
    await cluster.start()
    await cluster.until(() => voters.every((id) => cluster.member(id).proposer.sessionId > 0))
    await cluster.until(() => cluster.leader !== undefined)
    const away = cluster.member(voters.find((id) => id !== cluster.leader!.id)!)
    const sessionId = away.proposer.sessionId
    // It reaches the leader, and the answer does not come back.
    const sent = away.proposer.propose(putAccount, account('from-away'), { timeoutMs: 60_000 })
    await cluster.clock.advance(3)
    cluster.cutOff(away.id)
    await work(300, 3000)
    expect(cluster.leader!.state.reader.get(accounts, 'from-away')).toBeDefined()
    expect(away.state.appliedIndex).toBeLessThan(cluster.leader!.log.contents.compacted.index)
    cluster.heal()
    // The results that the state keeps say what became of it.
    expect(await cluster.settled(sent)).toMatchObject({ ok: true, index: 0 })
    await cluster.converge()
    expect(away.node.metrics.images.installed).toBe(1)
    expect(away.log.contents.compacted.index).toBeGreaterThan(30)
    expect(away.state.reader.get(accounts, 'from-away')).toBeDefined()
    expect(away.proposer.sessionId).toBe(sessionId)
    expect(away.disk.files()).toEqual([])
    const remains = cluster.crash(away.id)
    expect(remains.contents.announced).toBeUndefined()
    await cluster.open(away.id, remains)
    await cluster.until(() => cluster.member(away.id).proposer.sessionId > 0)
    await cluster.converge()
  })

  test('decision 015 a member that lost its state under load is whole again, with its own log', async () => {
    cluster.retainEntries = 20
    await cluster.start()
    await cluster.until(() => cluster.leader !== undefined && cluster.leader.proposer.sessionId > 0)
    await work(200, 3000)
    const { id } = [...cluster.members.values()].find((each) => each !== cluster.leader)!
    const { contents } = cluster.crash(id)
    expect(contents.compacted.index).toBeGreaterThan(0)
    await cluster.open(id, { contents, rows: new Map() })
    const bereft = cluster.member(id)
    expect(bereft.node.status()).toMatchObject({ lacksState: true, applied: 0 })
    await work(200, 3000)
    await cluster.converge()
    expect(bereft.node.status()).toMatchObject({ lacksState: false, configuration: { voters } })
    expect(bereft.node.metrics.images.installed).toBe(1)
    expect(bereft.log.contents.announced).toBeUndefined()
    await cluster.until(() => bereft.proposer.sessionId > 0)
    const sent = bereft.proposer.propose(putAccount, account('again'), { timeoutMs })
    expect(await cluster.settled(sent)).toMatchObject({ ok: true })
    await cluster.open(id, cluster.crash(id))
    await cluster.converge()
    expect(cluster.member(id).node.metrics.images.installed).toBe(0)
  })

  test('design 4.14 an image of a newer program stops those that do not know it, and harms no other', async () => {
    cluster.retainEntries = 20
    cluster.domain = newerDomain
    await cluster.start()
    await cluster.until(() => voters.every((id) => cluster.member(id).proposer.sessionId > 0))
    await cluster.until(() => cluster.leader !== undefined)
    const old = voters.find((id) => id !== cluster.leader!.id)!
    cluster.domain = testDomain
    await cluster.open(old, cluster.crash(old))
    await cluster.until(() => cluster.member(old).proposer.sessionId > 0)
    cluster.cutOff(old)
    const noted = cluster.leader!.proposer.propose(putNote, { text: 'new' }, { timeoutMs })
    expect(await cluster.settled(noted)).toMatchObject({ ok: true })
    await work(300, 3000)
    cluster.mayFail = true
    cluster.heal()
    await cluster.until(() => cluster.fatal.size > 0)
    expect([...cluster.fatal]).toEqual([[old, 'SCHED_UNSUPPORTED_COMMAND']])
    const remains = cluster.crash(old)
    cluster.mayFail = false
    expect(remains.contents.announced).toBeUndefined()
    await work(10, 1000)
    await cluster.converge()
    // A newer program goes on where the old one stopped.
    cluster.domain = newerDomain
    await cluster.open(old, remains)
    await cluster.converge()
    expect(cluster.member(old).node.metrics.images.installed).toBe(1)
    expect(cluster.member(old).state.reader.get(notes, 'new')).toEqual({ text: 'new' })
  })

  test('R-12.2 R-18.2 a new member joins by an image, is promoted, and leads when it must', async () => {
    cluster.retainEntries = 20
    await cluster.start()
    await cluster.until(() => cluster.leader !== undefined && cluster.leader.proposer.sessionId > 0)
    await work(200, 3000)
    expect(await cluster.change('add-learner', 4)).toMatchObject({ ok: true })
    await cluster.open(4, { contents: emptyLogContents, rows: new Map() })
    const joined = cluster.member(4)
    await cluster.until(() => joined.proposer.sessionId > 0)
    expect(joined.node.metrics.images.installed).toBe(1)
    expect(joined.state.configuration()).toMatchObject({ voters, learners: [4] })
    expect(await cluster.change('promote', 4)).toMatchObject({ ok: true })
    await cluster.converge()
    expect(joined.node.status().configuration).toEqual(joined.state.configuration())
    // A restart begins with what the state says, not with what it was told when it joined.
    await cluster.clock.advance(1000)
    const remains = cluster.crash(4)
    await cluster.open(4, remains)
    expect(cluster.member(4).node.status().configuration.voters).toEqual([1, 2, 3, 4])
    await cluster.converge()
    await cluster.until(() => cluster.member(4).node.status().leader !== 0)
    const leader = cluster.leader!
    const transfer = leader.node.transferLeadership(4, { timeoutMs })
    expect(await cluster.settled(transfer)).toMatchObject({ ok: true })
    await cluster.until(() => cluster.member(4).node.status().role === 'leader')
    await cluster.converge()
  })

  test('the session of a removed member is closed by the leader, and its peers are told of', async () => {
    await cluster.start()
    await cluster.until(() => voters.every((id) => cluster.member(id).proposer.sessionId > 0))
    await cluster.until(() => cluster.leader !== undefined)
    const gone = cluster.member(voters.find((id) => id !== cluster.leader!.id)!)
    const { sessionId } = gone.proposer
    testDomain.closed.length = 0
    expect(await cluster.change('remove', gone.id)).toMatchObject({ ok: true })
    const { reader } = cluster.leader!.state
    expect(reader.get(memberTable, gone.id)).toBeUndefined()
    await cluster.until(() => reader.count(sessionTable) === 2)
    expect(testDomain.closed).toContain(sessionId)
    await cluster.until(() => gone.node.status().lifecycle === 'removed')
    await cluster.settled(gone.proposer.stop())
    cluster.members.delete(gone.id)
    await cluster.converge()
  })
})
