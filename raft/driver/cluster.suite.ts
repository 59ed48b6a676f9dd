// A cluster of replicas in one process for the driver's tests: virtual time, a network in memory,
// logs in memory that lose what was not synced, and a state machine that counts.
import { Prng, nullLogger, VirtualClock } from '../../base/index.ts'
import type { LogFields } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import { changeConfiguration } from '../core/configuration-change.ts'
import type { MemberOperation } from '../core/configuration-change.ts'
import type { Entry } from '../core/entry.ts'
import type { DigestMark } from '../core/message.ts'
import type { LogContents } from '../log-storage.ts'
import type { Images } from '../images.ts'
import { unfinishedInstall } from '../install-recovery.ts'
import { MemoryImages } from '../memory-images.ts'
import type { CapturableState, CapturedState } from '../memory-images.ts'
import { emptyLogContents, MemoryLogStorage } from '../memory-log-storage.ts'
import type { RaftFatalError } from './errors.ts'
import { MemoryNetwork } from './memory-transport.ts'
import type { ChangeOutcome, DigestMismatch, ProposeOutcome, ReadIndexOutcome } from './outcomes.ts'
import { RaftNode } from './raft-node.ts'
import type { RaftNodeOptions } from './raft-node.ts'
import type { StateMachine } from './state-machine.ts'

const decoder = new TextDecoder()

/** UTF-8 bytes of `text`, for proposals. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Remembers what it applied; its result is the length of that. Lives on across restarts. */
export class ListMachine implements StateMachine, CapturableState {
  applied: string[] = []
  readonly indexes: number[] = []
  /** Last entry it shows; an image moves it without an entry in `indexes`. */
  index = 0
  isFull = false
  /** Throws this when it meets the payload `poison`. */
  poison: string | undefined
  thrown: Error | undefined
  mark: DigestMark = { index: 0, digest: new Uint8Array(0) }
  durable = 0
  /** Everything applied counts as durable at once. */
  isAlwaysDurable = false
  /** Put in place of the first byte by `stamp`. */
  stampByte: number | undefined
  #term = 0
  #stampMs = 0
  #configuration: Configuration

  constructor(configuration: Configuration) {
    this.#configuration = configuration
  }

  stamp(data: Uint8Array): Uint8Array {
    if (this.stampByte !== undefined) data[0] = this.stampByte
    return data
  }

  apply(entries: readonly Entry[], _isTimeUp?: () => boolean): readonly unknown[] {
    return entries.map((entry) => {
      this.indexes.push(entry.index)
      this.index = entry.index
      this.#term = entry.term
      this.#stampMs = entry.stampMs
      if (entry.type === 'config') return this.#change(entry)
      if (entry.type !== 'command') return undefined
      const text = decoder.decode(entry.data)
      if (text === this.poison) throw this.thrown ?? new Error(`cannot apply ${text}`)
      this.applied.push(text)
      return this.applied.length
    })
  }

  configuration(): Configuration {
    return this.#configuration
  }

  durableIndex(): number {
    return this.isAlwaysDurable ? this.index : this.durable
  }

  digestMark(): DigestMark {
    return this.mark
  }

  isOverloaded(): boolean {
    return this.isFull
  }

  capture(): CapturedState {
    const snapshot = {
      index: this.index,
      term: this.#term,
      configuration: this.#configuration,
      clusterClockMs: this.#stampMs,
    }
    return { snapshot, bytes: bytesOf(JSON.stringify(this.applied)) }
  }

  replace({ snapshot, bytes }: CapturedState): void {
    this.applied = JSON.parse(decoder.decode(bytes)) as string[]
    this.index = snapshot.index
    this.#term = snapshot.term
    this.#stampMs = snapshot.clusterClockMs
    this.#configuration = snapshot.configuration
  }

  #change(entry: Entry): unknown {
    const result = changeConfiguration(this.#configuration, entry)
    this.#configuration = result.configuration
    return result
  }
}

export interface Member {
  readonly id: number
  node: RaftNode
  log: MemoryLogStorage
  machine: ListMachine
  /** Set when it crashes: what its remains report afterwards is nobody's business. */
  isCrashed: boolean
  /** Times it was told that it was removed. */
  removals: number
  readonly fatal: RaftFatalError[]
  readonly mismatches: DigestMismatch[]
}

type MemberOptions = Partial<Omit<RaftNodeOptions, 'id' | 'configuration' | 'contents'>>

/** Replicas 1 … n. Everything in it happens while virtual time is advanced. */
export class Cluster {
  readonly clock = new VirtualClock({ settle: () => new Promise((done) => setImmediate(done)) })
  readonly random: Prng
  readonly network: MemoryNetwork
  /** Fields of what any member has logged as a warning. */
  readonly warnings: LogFields[] = []
  readonly members = new Map<number, Member>()
  readonly #voters: readonly number[]
  readonly #options: MemberOptions
  readonly #syncMs: number
  readonly #imageChunkBytes: number | undefined
  readonly #wrapImages: (images: Images, id: number) => Images
  readonly #first: Configuration
  #lives = 0

  constructor(options: {
    readonly voters: number
    readonly seed?: string
    readonly syncMs?: number
    readonly delayMs?: number
    readonly member?: MemberOptions
    /** Members send and take images, in chunks of this size. @default no images */
    readonly imageChunkBytes?: number
    /** Changes what a member's images do. */
    readonly wrapImages?: (images: Images, id: number) => Images
  }) {
    this.random = new Prng(options.seed ?? 'cluster')
    this.network = new MemoryNetwork(
      { clock: this.clock, random: this.random.fork('network') },
      { delayMsMin: options.delayMs ?? 1 },
    )
    this.#voters = Array.from({ length: options.voters }, (_, i) => i + 1)
    this.#options = options.member ?? {}
    this.#syncMs = options.syncMs ?? 1
    this.#imageChunkBytes = options.imageChunkBytes
    this.#wrapImages = options.wrapImages ?? ((images) => images)
    this.#first = initialConfiguration({ voters: this.#voters })
    for (const id of this.#voters) this.#open(id, emptyLogContents, this.newMachine())
  }

  /** A state that knows of the first members and nothing else. */
  newMachine(configuration = this.#first): ListMachine {
    const machine = new ListMachine(configuration)
    machine.isAlwaysDurable = this.#imageChunkBytes !== undefined
    return machine
  }

  /** Starts an empty replica `id`, which waits to be admitted. */
  async join(id: number): Promise<Member> {
    this.#open(id, emptyLogContents, this.newMachine())
    await this.node(id).start()
    return this.member(id)
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

  /** Asks whoever leads to change the membership. */
  change(
    operations: readonly MemberOperation[],
    transition: 'auto' | 'joint-implicit' | 'joint-explicit' = 'auto',
  ): Promise<ChangeOutcome> {
    const { node } = this.leader!
    const expectedId = node.configuration().id
    const context = new Uint8Array(0)
    const change = { expectedId, transition, operations, context }
    return this.settle(node.changeConfiguration(change, { timeoutMs: 5000 }))
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

  /** The process is killed: as a crash, and its host tells the others that nobody listens. */
  kill(id: number): void {
    this.crash(id)
    this.network.refuse(id)
  }

  /**
   * Starts a crashed or stopped member again from its log. Its state is replayed from nothing,
   * unless it is given one, or the log does not begin at entry 1 any more. `hearsay`: the state is
   * lost, and this is what the member believes about the others.
   */
  async restart(
    id: number,
    options: { readonly machine?: ListMachine; readonly hearsay?: Configuration } = {},
  ): Promise<Member> {
    const { log, machine: before } = this.member(id)
    if (options.hearsay !== undefined) {
      const empty = this.newMachine(options.hearsay)
      this.#open(id, log.contents, empty, true)
      await this.node(id).start()
      return this.member(id)
    }
    const { contents } = log
    const isReplayed = options.machine === undefined && contents.compacted.index === 0
    const machine = options.machine ?? (isReplayed ? this.newMachine() : before)
    const unfinished = unfinishedInstall(contents, machine.index)
    this.#open(id, unfinished?.contents ?? contents, machine)
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

  #open(id: number, contents: LogContents, machine: ListMachine, lacksState = false): void {
    const log = new MemoryLogStorage({ clock: this.clock }, { contents, syncMs: this.#syncMs })
    const before = this.members.get(id)
    this.#lives += 1
    const fatal = before?.fatal ?? []
    const mismatches = before?.mismatches ?? []
    const node = new RaftNode(
      {
        clock: this.clock,
        random: this.random.fork(`node-${id}-life-${this.#lives}`),
        logger: { ...nullLogger, warn: (fields) => this.warnings.push(fields) },
        transport: this.network.transport(id),
        log,
        stateMachine: machine,
        ...this.#imagesOf(id, machine),
      },
      {
        ...this.#options,
        id,
        configuration: machine.configuration(),
        contents,
        applied: machine.index,
        lacksState,
        onFatal: (error) => {
          if (!member.isCrashed) fatal.push(error)
        },
        onRemoved: () => {
          member.removals += 1
        },
        onDigestMismatch: (mismatch) => mismatches.push(mismatch),
      },
    )
    const member: Member = {
      id,
      node,
      log,
      machine,
      isCrashed: false,
      removals: 0,
      fatal,
      mismatches,
    }
    this.members.set(id, member)
  }

  #imagesOf(id: number, state: ListMachine): { readonly images?: Images } {
    const chunkBytes = this.#imageChunkBytes
    if (chunkBytes === undefined) return {}
    return { images: this.#wrapImages(new MemoryImages({ state }, { chunkBytes }), id) }
  }
}
