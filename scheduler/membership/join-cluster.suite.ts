// A group of hosts in virtual time: each is a machine with an address, a disk that may be lost, and
// a process with everything a member has between Raft and its services, the leader's work on joins
// included. Hosts ask to join as a starting process does.
import { expect } from 'vitest'
import { nullLogger, Prng, toHex, VirtualClock } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import {
  emptyLogContents,
  initialConfiguration,
  MemoryLogStorage,
  MemoryNetwork,
  RaftNode,
} from '../../raft/index.ts'
import type { Configuration, LogContents } from '../../raft/index.ts'
import { MemoryStateStore, StoreImages } from '../../storage/index.ts'
import type { StateRows } from '../../storage/index.ts'
import {
  bootstrapEntryData,
  createJoinTokenCommand,
  DurableState,
  joinIntentCommand,
  joinTable,
  LeaderDuties,
  memberTable,
  Proposer,
  ReplicatedState,
} from '../replication/index.ts'
import { replicaProgress } from '../boot/load-progress.ts'
import type {
  CommandDefinition,
  JoinIntent,
  JoinRefusal,
  JoinWithdrawal,
  JoinWithdrawn,
  LeaderWork,
} from '../replication/index.ts'
import { schedulerDomain } from '../replication/index.ts'
import { watchDivergence } from './divergence.ts'
import type { NodeStateWorkDeps } from './node-state-work.ts'
import type { AskProgress } from './node-states.ts'
import { JoinMetrics } from './join-metrics.ts'
import { Joins } from './joins.ts'

const clusterId = 'c1'.repeat(16)
const tickMs = 50
const electionTicks = 10
const timeoutMs = 10_000
const secretHash = new Uint8Array(32).fill(7)

/** A running member. */
export interface Member {
  readonly id: number
  readonly host: Host
  readonly incarnation: string
  readonly log: MemoryLogStorage
  readonly store: MemoryStateStore
  readonly state: ReplicatedState
  readonly node: RaftNode
  readonly proposer: Proposer
  readonly duties: LeaderDuties
  readonly metrics: JoinMetrics
  readonly joins: Joins
  readonly bootId: string
  readonly known: Configuration
  readonly die: () => void
}

/** A machine. */
export interface Host {
  readonly hostId: string
  readonly address: string
  /** The incarnation on its disk, '' = none. */
  incarnation: string
  member: Member | undefined
}

/** What a power cut leaves of a member. */
export interface Remains {
  readonly contents: LogContents
  readonly rows: StateRows
  readonly id: number
  readonly incarnation: string
  /** The members it was told of when it was admitted. */
  readonly known: Configuration
}

interface JoinFields {
  readonly replaces?: string
  readonly isLearner?: boolean
  /** Keep the incarnation of the last request. */
  readonly isSame?: boolean
}

/** The group. */
export class JoinCluster {
  readonly clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  readonly hosts = new Map<string, Host>()
  readonly removed: number[] = []
  /** Replicas that were told that their state is wrong. */
  readonly diverged: number[] = []
  /** More work for leaders, made with each member. */
  moreWork: (parts: NodeStateWorkDeps, askProgress: AskProgress) => readonly LeaderWork[] = () => []
  /** Addresses that answer nobody who asks who is there. */
  readonly deaf = new Set<string>()
  readonly #random: Prng
  readonly #network: MemoryNetwork
  #lives = 0
  #incarnations = 0
  #tokens = 0

  constructor(seed = 'join-cluster') {
    this.#random = new Prng(seed)
    const deps = { clock: this.clock, random: this.#random.fork('network') }
    this.#network = new MemoryNetwork(deps, { delayMsMin: 1, delayMsMax: 5 })
  }

  async start(voters = 3): Promise<void> {
    const hosts = Array.from({ length: voters }, (_, i) => this.host(`s${i + 1}`))
    const members = hosts.map((host, i) => {
      host.incarnation = this.newIncarnation()
      const { hostId, address: raftAddress, incarnation } = host
      return { replicaId: i + 1, hostId, incarnation, raftAddress }
    })
    const data = bootstrapEntryData({ clusterId, members, features: [] })
    const contents: LogContents = {
      hardState: { term: 1, votedFor: 0, commit: 1 },
      compacted: { index: 0, term: 0 },
      entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data }],
      announced: undefined,
    }
    const known = initialConfiguration({
      voters: members.map(({ replicaId }) => replicaId),
    })
    for (const [i, host] of hosts.entries()) {
      const { incarnation } = host
      await this.#open(host, { contents, rows: new Map(), id: i + 1, incarnation, known })
    }
    await this.until(() => this.leader !== undefined && this.leader.proposer.sessionId > 0)
    await this.makeToken('')
  }

  /** A token with the one secret; '' = for any host. Only the newest is shown. */
  async makeToken(hostId: string): Promise<void> {
    this.#tokens += 1
    const tokenId = this.#tokenId
    const body = { tokenId, secretHash, hostId, isLearner: false, uses: 1000, ttlMs: 3_600_000 }
    await this.propose(createJoinTokenCommand, body)
  }

  get #tokenId(): string {
    return this.#tokens.toString(16).padStart(16, '0')
  }

  host(hostId: string): Host {
    let host = this.hosts.get(hostId)
    if (host === undefined) {
      host = { hostId, address: `${hostId}:8003`, incarnation: '', member: undefined }
      this.hosts.set(hostId, host)
    }
    return host
  }

  get members(): readonly Member[] {
    return [...this.hosts.values()].flatMap(({ member }) => member ?? [])
  }

  get leader(): Member | undefined {
    const leaders = this.members.filter(({ node }) => node.status().role === 'leader')
    return leaders.sort((a, b) => b.node.status().term - a.node.status().term)[0]
  }

  /** Host ids of the voters and of the learners, as the leader's state has them. */
  roles(): { readonly voters: readonly string[]; readonly learners: readonly string[] } {
    const rows = this.leader?.state.reader.list(memberTable, 'byReplica', { limit: 64 }) ?? []
    const of = (role: string): string[] =>
      rows.filter((row) => row.role === role).map(({ hostId }) => hostId)
    return { voters: of('voter'), learners: of('learner') }
  }

  /** Proposes through a live member until it is applied, as clients do. */
  async propose<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
  ): Promise<Result> {
    for (;;) {
      await this.until(() => (this.leader?.proposer.sessionId ?? 0) > 0)
      const sent = this.leader!.proposer.propose(command, body, { timeoutMs })
      const outcome = await this.settled(sent)
      if (outcome.ok) return outcome.result as Result
      await this.clock.advance(100)
    }
  }

  /** A process without a usable disk asks, and runs once it is admitted. Its answer. */
  async join(
    hostId: string,
    fields: JoinFields = {},
  ): Promise<number | JoinRefusal | JoinWithdrawal> {
    const host = this.host(hostId)
    const asked = await this.ask(hostId, fields)
    if (typeof asked === 'string') return asked
    const outcome = await this.admitted(host)
    if (typeof outcome === 'string') return outcome
    await this.run(hostId)
    return outcome
  }

  /** Only the request; 0 = not admitted yet. */
  async ask(hostId: string, fields: JoinFields = {}): Promise<number | JoinRefusal> {
    const host = this.host(hostId)
    if (fields.isSame !== true) host.incarnation = this.newIncarnation()
    const result = await this.propose(joinIntentCommand, this.intentOf(host, fields))
    return result.ok ? result.replicaId : result.reason
  }

  /** Waits for the answer to a request. */
  async admitted(host: Host): Promise<number | JoinWithdrawal> {
    const { incarnation } = host
    let withdrawn: JoinWithdrawal | undefined
    const ends = this.members.map(({ state }) =>
      state.subscribe(({ events }) => {
        for (const event of events as readonly JoinWithdrawn[]) {
          if (event.type !== 'join-withdrawn' || event.incarnation !== incarnation) continue
          withdrawn = event.reason
        }
      }),
    )
    const replicaId = (): number =>
      this.leader?.state.reader.get(joinTable, incarnation)?.replicaId ?? 0
    await this.until(() => withdrawn !== undefined || replicaId() !== 0)
    for (const end of ends) end()
    return withdrawn ?? replicaId()
  }

  /** What an admitted process does: an empty instance, and the members it was told of. */
  async run(hostId: string, via = this.leader): Promise<void> {
    const host = this.host(hostId)
    const { incarnation } = host
    const { reader } = via!.state
    const id = reader.get(joinTable, incarnation)!.replicaId
    const rows = reader.list(memberTable, 'byReplica', { limit: 64 })
    const idsOf = (role: string): number[] =>
      rows.filter((row) => row.role === role).map(({ replicaId }) => replicaId)
    const known = initialConfiguration({
      voters: idsOf('voter'),
      learners: idsOf('learner'),
    })
    const contents = emptyLogContents
    await this.#open(host, { contents, rows: new Map(), id, incarnation, known })
  }

  /** Power off: what was synced stays. */
  crash(hostId: string): Remains {
    const host = this.host(hostId)
    const { member } = host
    if (member === undefined) throw new Error(`${hostId} does not run`)
    const { id, incarnation, known, log, store } = member
    this.#network.remove(id)
    this.#stop(member)
    host.member = undefined
    return { id, incarnation, known, contents: log.crash(), rows: store.crash() }
  }

  /** The process ends and its disk is lost. */
  wipe(hostId: string): void {
    this.crash(hostId)
    this.host(hostId).incarnation = ''
  }

  /** Power on with what is on the disk. */
  async restart(hostId: string, remains: Remains): Promise<void> {
    const host = this.host(hostId)
    host.incarnation = remains.incarnation
    await this.#open(host, remains)
  }

  /** A host is cut off from all others, in silence. */
  cutOff(hostId: string): void {
    const id = this.host(hostId).member!.id
    this.deaf.add(this.host(hostId).address)
    for (const other of this.members) {
      this.#network.cut(id, other.id)
      this.#network.cut(other.id, id)
    }
  }

  heal(): void {
    this.deaf.clear()
    this.#network.heal()
  }

  /** Lets time pass until the work is done. */
  async settled<Value>(work: Promise<Value>): Promise<Value> {
    let isDone = false
    void work.then(() => (isDone = true))
    await this.until(() => isDone)
    return work
  }

  async until(isReached: () => boolean, withinMs = 60_000): Promise<void> {
    expect(await this.clock.advanceUntil(isReached, withinMs)).toBe(true)
  }

  /** Waits until the leader's state has exactly these members. */
  async untilRoles(voters: readonly string[], learners: readonly string[] = []): Promise<void> {
    const wanted = JSON.stringify({ voters: [...voters].sort(), learners: [...learners].sort() })
    const found = (): string => {
      const roles = this.roles()
      return JSON.stringify({
        voters: [...roles.voters].sort(),
        learners: [...roles.learners].sort(),
      })
    }
    const isThere = await this.clock.advanceUntil(() => found() === wanted, 60_000)
    if (!isThere) expect(found()).toBe(wanted)
  }

  /** Every running member has applied the same and adds up to the same digest. */
  async converge(): Promise<void> {
    const isEqual = (): boolean => {
      const last = this.leader?.node.status().lastIndex
      const digests = new Set(this.members.map(({ state }) => toHex(state.digest())))
      return this.members.every(({ state }) => state.appliedIndex === last) && digests.size === 1
    }
    await this.until(isEqual)
  }

  async end(): Promise<void> {
    for (const member of this.members) this.#stop(member)
    await this.clock.advance(5000)
  }

  /** What a starting process of the host would ask for. */
  intentOf(
    host: Host,
    { replaces = '', isLearner = false }: JoinFields = {},
    via = this.leader,
  ): JoinIntent {
    const { hostId, address: raftAddress, incarnation } = host
    const rows = via!.state.reader.list(memberTable, 'byReplica', { limit: 64 })
    const isKnown = rows.some((row) => row.hostId === hostId)
    return {
      incarnation,
      hostId,
      raftAddress,
      replaces,
      isLearner,
      credential: isKnown ? 'cluster-key' : `token:${this.#tokenId}`,
      secretHash: isKnown ? new Uint8Array(0) : secretHash,
      features: schedulerDomain.supportedFeatures,
    }
  }

  /** A new data directory. */
  newIncarnation(): string {
    this.#incarnations += 1
    return this.#incarnations.toString(16).padStart(32, '0')
  }

  #stop({ node, proposer, duties, die }: Member): void {
    die()
    void duties.stop()
    void proposer.stop()
    void node.stop()
  }

  /** Who answers at an address; nobody does that was cut off. */
  #answer(address: string) {
    if (this.deaf.has(address)) return undefined
    const host = [...this.hosts.values()].find((each) => each.address === address)
    if (host === undefined || host.incarnation === '') return undefined
    const state = host.member === undefined ? 'joining' : 'member'
    return { host, state, incarnation: host.incarnation }
  }

  async #open(host: Host, { contents, rows, id, incarnation, known }: Remains): Promise<void> {
    this.#lives += 1
    const { clock } = this
    const random = this.#random.fork(`life-${this.#lives}`)
    const log = new MemoryLogStorage({ clock }, { contents, syncMs: 1 })
    const store = new MemoryStateStore({ clock }, { syncMs: 2, rows })
    const state = new ReplicatedState(schedulerDomain, { onCommandFailed: () => {} })
    let isDead = false
    const onFatal = (error: Error): void => {
      if (!isDead) throw error
    }
    const deps = { clock, logger: nullLogger }
    const durable = await DurableState.open({ ...deps, store, state }, { onFatal })
    const disk = new DiskSimulator({ random: random.fork('disk') })
    const node = new RaftNode(
      {
        ...deps,
        random,
        transport: this.#network.transport(id),
        log,
        stateMachine: durable,
        images: new StoreImages(
          { disk, random: random.fork('images'), logger: nullLogger, store, state: durable },
          { tmpDirectory: '/tmp', clusterId },
        ),
      },
      {
        id,
        configuration: state.appliedIndex === 0 ? known : state.configuration(),
        contents,
        applied: state.appliedIndex,
        clusterClockMs: state.clusterClockMs,
        tickMs,
        electionTicks,
        onFatal,
        onRemoved: () => {
          this.removed.push(id)
          const { member } = host
          host.member = undefined
          host.incarnation = ''
          if (member !== undefined) this.#stop(member)
        },
      },
    )
    const bootId = random
      .fork('boot')
      .below(2 ** 32)
      .toString(16)
      .padStart(32, '0')
    const proposer = new Proposer(
      { ...deps, log: node, state },
      { replicaId: id, bootId, clientAddress: `${host.hostId}:8002`, programVersion: '0.1.0' },
    )
    const progressFrom: AskProgress = async ({ raftAddress, replicaId, incarnation: meant }) => {
      const member = this.#answer(raftAddress)?.host.member
      const isMeant = member?.id === replicaId && member.incarnation === meant
      if (!isMeant || isDead || this.deaf.has(host.address)) return undefined
      return { bootId: member.bootId, ...replicaProgress(member.node) }
    }
    const metrics = new JoinMetrics()
    const joins = new Joins(
      {
        ...deps,
        raft: node,
        state,
        proposer,
        metrics,
        dialer: {
          probe: async ({ raftAddress }) =>
            isDead || this.deaf.has(host.address) ? undefined : this.#answer(raftAddress),
          progress: async (asked) => {
            const member = this.#answer(asked.raftAddress)?.host.member
            if (member?.id !== asked.replicaId || this.deaf.has(host.address)) return undefined
            const { applied } = member.node.status()
            return { bootId: member.bootId, phase: 'running', applied }
          },
        },
      },
      { electionTicks, tickMs },
    )
    const work = [joins, ...this.moreWork({ ...deps, raft: node, state, proposer }, progressFrom)]
    const duties = new LeaderDuties({ ...deps, raft: node, state, proposer, work })
    const die = (): void => {
      isDead = true
    }
    watchDivergence(state, { replicaId: id, incarnation }, () => {
      this.diverged.push(id)
      this.wipe(host.hostId)
    })
    const parts = { log, store, state, node, proposer, duties, metrics, joins, bootId, known, die }
    host.member = { id, host, incarnation, ...parts }
    await node.start()
    await proposer.start()
    await duties.start()
  }
}
