// A cluster of replicas in one process for the driver's tests: virtual time, a network in memory,
// logs in memory that lose what was not synced, and a state machine that counts.
import { Prng, nullLogger, VirtualClock } from '../../base/index.ts'
import type { Entry } from '../core/entry.ts'
import type { DigestMark } from '../core/message.ts'
import type { LogContents } from '../log-storage.ts'
import { emptyLogContents, MemoryLogStorage } from '../memory-log-storage.ts'
import type { RaftFatalError } from './errors.ts'
import { MemoryNetwork } from './memory-transport.ts'
import type { DigestMismatch, ProposeOutcome, ReadIndexOutcome } from './outcomes.ts'
import { RaftNode } from './raft-node.ts'
import type { RaftNodeOptions } from './raft-node.ts'
import type { StateMachine } from './state-machine.ts'

const decoder = new TextDecoder()

/** UTF-8 bytes of `text`, for proposals. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Remembers what it applied; its result is the length of that. Lives on across restarts. */
export class ListMachine implements StateMachine {
  readonly applied: string[] = []
  readonly indexes: number[] = []
  isFull = false
  /** Throws when it meets this payload. */
  poison: string | undefined
  mark: DigestMark = { index: 0, digest: new Uint8Array(0) }
  durable = 0
  /** Put in place of the first byte by `stamp`. */
  stampByte: number | undefined

  stamp(data: Uint8Array): Uint8Array {
    if (this.stampByte !== undefined) data[0] = this.stampByte
    return data
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    return entries.map((entry) => {
      this.indexes.push(entry.index)
      if (entry.type !== 'command') return undefined
      const text = decoder.decode(entry.data)
      if (text === this.poison) throw new Error(`cannot apply ${text}`)
      this.applied.push(text)
      return this.applied.length
    })
  }

  durableIndex(): number {
    return this.durable
  }

  digestMark(): DigestMark {
    return this.mark
  }

  isOverloaded(): boolean {
    return this.isFull
  }
}

export interface Member {
  readonly id: number
  node: RaftNode
  log: MemoryLogStorage
  machine: ListMachine
  /** Set when it crashes: what its remains report afterwards is nobody's business. */
  isCrashed: boolean
  readonly fatal: RaftFatalError[]
  readonly mismatches: DigestMismatch[]
}

type MemberOptions = Partial<Omit<RaftNodeOptions, 'id' | 'configuration' | 'contents'>>

/** Replicas 1 … n. Everything in it happens while virtual time is advanced. */
export class Cluster {
  readonly clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  readonly random: Prng
  readonly network: MemoryNetwork
  readonly members = new Map<number, Member>()
  readonly #voters: readonly number[]
  readonly #options: MemberOptions
  readonly #syncMs: number
  #lives = 0

  constructor(options: {
    readonly voters: number
    readonly seed?: string
    readonly syncMs?: number
    readonly delayMs?: number
    readonly member?: MemberOptions
  }) {
    this.random = new Prng(options.seed ?? 'cluster')
    this.network = new MemoryNetwork(
      { clock: this.clock, random: this.random.fork('network') },
      { delayMsMin: options.delayMs ?? 1 },
    )
    this.#voters = Array.from({ length: options.voters }, (_, i) => i + 1)
    this.#options = options.member ?? {}
    this.#syncMs = options.syncMs ?? 1
    for (const id of this.#voters) this.#open(id, emptyLogContents, 0)
  }

  member(id: number): Member {
    return this.members.get(id)!
  }

  node(id: number): RaftNode {
    return this.member(id).node
  }

  async start(): Promise<void> {
    for (const { node } of this.members.values()) await node.start()
  }

  /** The member every live one with a leader agrees on; undefined when there is none. */
  get leader(): Member | undefined {
    const leaders = [...this.members.values()].filter(
      ({ node }) => node.status().lifecycle === 'running' && node.leadership().role === 'leader',
    )
    return leaders.sort((a, b) => b.node.leadership().term - a.node.leadership().term)[0]
  }

  /** Waits until somebody leads and has told everybody in `ids`. */
  async elect(ids: readonly number[] = this.#voters): Promise<Member> {
    const isDone = (): boolean => {
      const leader = this.leader
      return (
        leader !== undefined &&
        ids.includes(leader.id) &&
        ids.every((id) => this.node(id).leadership().leader === leader.id) &&
        leader.node.status().commit > 0 &&
        leader.node.appliedIndex === leader.node.status().lastIndex
      )
    }
    if (!(await this.clock.advanceUntil(isDone, 30_000))) throw new Error('nobody was elected')
    return this.leader!
  }

  /** Some member that does not lead. */
  follower(): Member {
    const leader = this.leader
    return [...this.members.values()].find(({ id }) => id !== leader?.id)!
  }

  /** Lets time pass until `promise` is settled. */
  async settle<T>(promise: Promise<T>, elapsedMsMax = 60_000): Promise<T> {
    let isSettled = false
    promise.then(
      () => (isSettled = true),
      () => (isSettled = true),
    )
    if (!(await this.clock.advanceUntil(() => isSettled, elapsedMsMax))) {
      throw new Error('still waiting')
    }
    return promise
  }

  propose(id: number, text: string, timeoutMs = 5000): Promise<ProposeOutcome> {
    return this.settle(this.node(id).propose(bytesOf(text), { timeoutMs }))
  }

  read(id: number, timeoutMs = 5000): Promise<ReadIndexOutcome> {
    return this.settle(this.node(id).readIndex({ timeoutMs }))
  }

  /** Power off: what was not synced is lost, the node is heard no more. */
  crash(id: number, groupsKept = 0): LogContents {
    const member = this.member(id)
    member.isCrashed = true
    const contents = member.log.crash(groupsKept)
    this.network.transport(id)
    void member.node.stop()
    return contents
  }

  /** Starts a crashed or stopped member again from its log; its state is replayed from nothing. */
  async restart(id: number, options: { readonly machine?: ListMachine } = {}): Promise<Member> {
    const { machine } = options
    const applied = machine?.indexes.at(-1) ?? 0
    this.#open(id, this.member(id).log.contents, applied, machine)
    await this.node(id).start()
    return this.member(id)
  }

  /** Waits until the members `ids` have applied the same list, and returns it. */
  async converge(ids: readonly number[] = this.#voters): Promise<readonly string[]> {
    const lists = (): readonly (readonly string[])[] =>
      ids.map((id) => this.member(id).machine.applied)
    const isEqual = (): boolean => {
      const [first, ...rest] = lists()
      const index = Math.max(...ids.map((id) => this.node(id).status().commit))
      return (
        ids.every((id) => this.node(id).appliedIndex === index) &&
        rest.every((list) => list.join() === first!.join())
      )
    }
    if (!(await this.clock.advanceUntil(isEqual, 30_000))) throw new Error('no convergence')
    return lists()[0]!
  }

  async stop(): Promise<void> {
    const stops = Promise.all([...this.members.values()].map(({ node }) => node.stop()))
    await this.settle(stops)
  }

  #open(id: number, contents: LogContents, applied: number, machine = new ListMachine()): void {
    const log = new MemoryLogStorage({ clock: this.clock }, { contents, syncMs: this.#syncMs })
    const before = this.members.get(id)
    this.#lives += 1
    const fatal = before?.fatal ?? []
    const mismatches = before?.mismatches ?? []
    const node = new RaftNode(
      {
        clock: this.clock,
        random: this.random.fork(`node-${id}-life-${this.#lives}`),
        logger: nullLogger,
        transport: this.network.transport(id),
        log,
        stateMachine: machine,
      },
      {
        ...this.#options,
        id,
        configuration: { voters: this.#voters, learners: [] },
        contents,
        applied,
        onFatal: (error) => {
          if (!member.isCrashed) fatal.push(error)
        },
        onDigestMismatch: (mismatch) => mismatches.push(mismatch),
      },
    )
    const member: Member = { id, node, log, machine, isCrashed: false, fatal, mismatches }
    this.members.set(id, member)
  }
}
