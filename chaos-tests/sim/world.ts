// One run: the queue, the network, the members, and everybody who watches them.
import { nullLogger, Prng, toHex } from '../../base/index.ts'
import type { Logger, Random } from '../../base/index.ts'
import { initialConfiguration, messageTypeCodes } from '../../raft/index.ts'
import type { Configuration, LogGroup, Message } from '../../raft/index.ts'
import { bootstrapEntryData } from '../../scheduler/replication/index.ts'
import type { Identity, InitialMember } from '../../storage/index.ts'
import { describeEvent, describeMessage } from './describe.ts'
import { EventQueue } from './event-queue.ts'
import { Network } from './network.ts'
import type { MemberView, Observer, SimEvent, WorldView } from './observation.ts'
import { MemberProcess } from './process.ts'
import { simulatedDomain } from './register.ts'
import type { SwarmOptions } from './swarm.ts'
import { Trace } from './trace.ts'

export interface WorldOptions {
  readonly seed: number
  readonly swarm: SwarmOptions
  readonly observers: readonly Observer[]
  /** Gets every line of the trace at once. @default only the last ones are kept */
  readonly print?: (line: string) => void
}

/** Everything there is in a run. */
export class World implements WorldView {
  readonly seed: number
  readonly swarm: SwarmOptions
  readonly queue: EventQueue
  readonly random: Random
  readonly trace: Trace
  readonly network: Network
  readonly electionMs: number
  /** Every member there ever was, by rising id. */
  readonly members: MemberProcess[] = []
  /** The first thing that was wrong: the run ends. */
  failure: Error | undefined
  phase: 'faults' | 'healing' = 'faults'
  /** When the faults end; a long one may put it off. */
  faultsUntilMs = 0
  /** Nothing else goes wrong meanwhile. */
  isHeld = false
  readonly #clusterId: string
  readonly #listeners: ((event: SimEvent) => void)[] = []
  readonly #observersOf = new Map<string, readonly Observer[]>()
  readonly #observers: readonly Observer[]

  constructor({ seed, swarm, observers, print }: WorldOptions) {
    this.seed = seed
    this.swarm = swarm
    this.random = new Prng(`simulation-${seed}`)
    this.trace = new Trace(print)
    this.#observers = observers
    this.#clusterId = toHex(this.random.fork('cluster').bytes(16))
    this.queue = new EventQueue(() => this.#afterEach())
    const { tickMs, electionTicks } = swarm.raft
    this.electionMs = 2 * tickMs * electionTicks
    this.network = new Network(
      { queue: this.queue, random: this.random.fork('network') },
      swarm.network,
      {
        sent: (message) => this.emit({ type: 'message-sent', message }),
        delivered: (message) => this.emit({ type: 'message-delivered', message }),
        lost: (message, what) => this.#lost(message, what),
        damaged: (message) => {
          this.#lost(message, 'damaged')
          this.emit({ type: 'reached', name: 'damaged-message-refused', member: message.to })
        },
      },
    )
    this.#bootstrap()
  }

  get ids(): readonly number[] {
    return this.members.map(({ id }) => id)
  }

  nowMs(): number {
    return this.queue.nowMs
  }

  member(id: number): MemberView {
    return this.process(id)
  }

  process(id: number): MemberProcess {
    const found = this.members.find((member) => member.id === id)
    if (found === undefined) throw new Error(`there is no member ${id}`)
    return found
  }

  /** Members that serve and are not paused. */
  get serving(): readonly MemberProcess[] {
    return this.members.filter((member) => member.isRunning && !member.isPaused)
  }

  /** Who leads, in the highest term; undefined while nobody does. */
  get leader(): MemberProcess | undefined {
    let found: { member: MemberProcess; term: number } | undefined
    for (const member of this.serving) {
      const leadership = member.node?.leadership()
      if (leadership?.role !== 'leader') continue
      if (found === undefined || leadership.term > found.term) {
        found = { member, term: leadership.term }
      }
    }
    return found?.member
  }

  /** Hears of every event, besides the observers. */
  listen(listener: (event: SimEvent) => void): void {
    this.#listeners.push(listener)
  }

  /** Shows an event to everybody. What an observer says is wrong ends the run after the event. */
  readonly emit = (event: SimEvent): void => {
    this.#record(event)
    for (const listener of this.#listeners) listener(event)
    for (const observer of this.#watching(event.type)) {
      try {
        observer.on(event, this)
      } catch (error) {
        this.failure ??= error as Error
      }
    }
  }

  /** Notes something done on purpose. */
  note(text: () => string): void {
    this.trace.add(this.queue.nowMs, text)
    this.trace.mix(this.queue.nowMs)
  }

  /** Asks every observer whether the run ended well. */
  end(): void {
    for (const observer of this.#observers) {
      try {
        observer.atEnd?.(this)
      } catch (error) {
        this.failure ??= error as Error
      }
    }
  }

  /** Adds a machine for a replica that was admitted. It knows no more than entry 1 would say. */
  admit(identity: Identity, raftAddress: string): MemberProcess {
    const { seed } = this.members[0]!.origin
    const firstGroup: LogGroup = {
      entries: [],
      hardState: { term: 0, votedFor: 0, commit: 0 },
      sync: true,
    }
    return this.#addMember(identity, { raftAddress, seed, firstGroup })
  }

  /** An identity for a replica that nobody else has had. */
  identityOf(replicaId: number, createdAtIndex: number): Identity {
    return {
      clusterId: this.#clusterId,
      replicaId,
      incarnation: toHex(this.random.fork(`incarnation-${replicaId}`).bytes(16)),
      hostId: `host-${replicaId}`,
      createdAtIndex,
      createdBy: createdAtIndex === 1 ? 'bootstrap' : 'join',
      initialMembers: [],
    }
  }

  #bootstrap(): void {
    const ids = Array.from({ length: this.swarm.voters }, (_, at) => at + 1)
    const initialMembers: InitialMember[] = ids.map((id) => {
      const { replicaId, hostId, incarnation } = this.identityOf(id, 1)
      return { replicaId, hostId, incarnation, raftAddress: raftAddressOf(id) }
    })
    const data = bootstrapEntryData({
      clusterId: this.#clusterId,
      members: initialMembers,
      features: simulatedDomain.features,
    })
    const firstGroup: LogGroup = {
      entries: [{ index: 1, term: 1, type: 'command', stampMs: 0, data }],
      hardState: { term: 1, votedFor: 0, commit: 1 },
      sync: true,
    }
    const seed = initialConfiguration({ voters: ids })
    for (const id of ids) {
      const identity = { ...this.identityOf(id, 1), initialMembers }
      this.#addMember(identity, { raftAddress: raftAddressOf(id), seed, firstGroup })
    }
  }

  #addMember(
    identity: Identity,
    origin: {
      readonly raftAddress: string
      readonly seed: Configuration
      readonly firstGroup: LogGroup
    },
  ): MemberProcess {
    const { queue, random, network, swarm, emit } = this
    const logger = this.#loggerOf(identity.replicaId)
    const deps = { queue, random, network, swarm, logger, emit }
    const member = new MemberProcess(deps, { identity, ...origin })
    this.members.push(member)
    this.members.sort((a, b) => a.id - b.id)
    return member
  }

  /** What the product logs is part of the trace. */
  #loggerOf(id: number): Logger {
    const line = (fields: object, text: string): void => {
      this.trace.add(this.queue.nowMs, () => `${id}: log: ${text} ${JSON.stringify(fields)}`)
    }
    const logger: Logger = { ...nullLogger, warn: line, error: line, fatal: line, info: line }
    return { ...logger, child: () => logger }
  }

  #watching(type: SimEvent['type']): readonly Observer[] {
    let watching = this.#observersOf.get(type)
    if (watching === undefined) {
      watching = this.#observers.filter(({ types }) => types?.includes(type) ?? true)
      this.#observersOf.set(type, watching)
    }
    return watching
  }

  #afterEach(): void {
    for (const member of this.members) member.noticeCommit()
  }

  #lost(message: Message, what: string): void {
    const { trace, queue } = this
    trace.add(queue.nowMs, () => `  ${what.padEnd(9)} ${describeMessage(message)}`)
    trace.mix(queue.nowMs, what.length, messageTypeCodes[message.type], message.from, message.to)
  }

  #record(event: SimEvent): void {
    const { trace, queue } = this
    trace.add(queue.nowMs, () => describeEvent(event))
    switch (event.type) {
      case 'message-sent':
      case 'message-delivered': {
        const { message } = event
        const { from, to, term, type } = message
        trace.mix(queue.nowMs, event.type.length, messageTypeCodes[type], from, to, term)
        if (type === 'append') trace.mix(message.prevIndex, message.entries.length, message.commit)
        break
      }
      case 'applied':
        trace.mix(event.member, event.entry.index, event.entry.term)
        if (event.digest !== undefined) trace.mix(...event.digest)
        break
      case 'client-op':
        trace.mix(event.op.id)
        trace.mixText(event.phase.phase)
        break
      default:
        trace.mixText(event.type)
        if ('member' in event) trace.mix(event.member)
    }
  }
}

/** Where a member's Raft port would be. */
export function raftAddressOf(id: number): string {
  return `10.0.0.${id}:8003`
}
