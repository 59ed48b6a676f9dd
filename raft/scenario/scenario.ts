// A handful of replicas and the wire between them, driven step by step. Nothing happens by itself:
// a scenario campaigns, ticks, proposes, lets a replica hand out its work, finishes that work,
// delivers or drops messages by type, or lets everything settle.
import { assert, compareUtf8, Prng, utf8Decode, utf8Encode } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { ConfigurationChange, MemberOperation } from '../core/configuration-change.ts'
import { initialConfiguration } from '../core/configuration.ts'
import type { Entry, HardState } from '../core/entry.ts'
import type { CoreMessage, InstallSnapshot } from '../core/message.ts'
import type { ProposeChangeResult, ProposeResult, StepResult } from '../core/outcome.ts'
import type { Raft } from '../core/raft.ts'
import type { LogContents } from '../log-storage.ts'
import { ScenarioReplica } from './replica.ts'
import type { ReplicaOptions } from './replica.ts'

export interface ScenarioOptions extends Partial<ReplicaOptions> {
  readonly voters: readonly number[]
  readonly learners?: readonly number[]
  /** Terms of the entries each replica starts with, for instance {1: [1, 1, 2]}. */
  readonly logs?: Readonly<Record<number, readonly number[]>>
  /** Hard state a replica starts with; default: the term of its last entry, no vote, commit 0. */
  readonly hardStates?: Readonly<Record<number, Partial<HardState>>>
  readonly applied?: Readonly<Record<number, number>>
  /** Configuration a replica believes in when it differs. */
  readonly beliefs?: Readonly<Record<number, Parameters<typeof initialConfiguration>[0]>>
  /** With a seed timeouts are random; without, every draw is 0: the smallest timeout. */
  readonly seed?: string
  /** Without a seed: ticks that each election timeout of a replica is longer than the smallest. */
  readonly timeoutSpread?: Readonly<Record<number, number>>
}

/** Selects messages on the wire. */
export interface MessageFilter {
  readonly from?: number
  readonly to?: number
  readonly types?: readonly CoreMessage['type'][]
}

/** Not random at all: every draw is `value`. */
function always(value: number): Random {
  const random: Random = {
    below: () => value,
    ratio: () => false,
    bytes: (length) => new Uint8Array(length),
    fork: () => random,
  }
  return random
}

const settleRoundsMax = 1000

export class Scenario {
  /** Messages on their way, oldest first. */
  wire: CoreMessage[] = []
  /** Every message ever sent, in order. */
  sent: CoreMessage[] = []
  /** What the last delivered messages were answered by `step`. */
  stepResults: StepResult[] = []
  /** Called after each single thing that `settle` does. */
  onStep: () => void = () => {}
  readonly #replicas = new Map<number, ScenarioReplica>()
  readonly #electionTicks: number
  readonly #heartbeatTicks: number
  readonly #timeoutSpread: Readonly<Record<number, number>>

  readonly #options: ScenarioOptions
  /** What images hold, by the index they end at. */
  readonly #images = new Map<number, readonly Entry[]>()

  constructor(options: ScenarioOptions) {
    const { voters, learners = [], logs } = options
    this.#options = options
    this.#electionTicks = options.electionTicks ?? 20
    this.#heartbeatTicks = options.heartbeatTicks ?? 2
    this.#timeoutSpread = options.timeoutSpread ?? {}
    const ids = new Set([...voters, ...learners, ...Object.keys(logs ?? {}).map(Number)])
    for (const id of ids) this.add(id)
  }

  /** Starts a replica: empty and knowing the first members, unless `logs` or `beliefs` say more. */
  add(id: number): void {
    assert(!this.#replicas.has(id), 'a replica starts once')
    const { voters, learners = [], logs, hardStates, applied, beliefs, ...more } = this.#options
    const { seed, timeoutSpread, ...rest } = more
    const configuration = initialConfiguration(beliefs?.[id] ?? { voters, learners })
    const replica = new ScenarioReplica({
      id,
      options: { ...rest, configuration },
      contents: contentsOf(logs?.[id] ?? [], hardStates?.[id] ?? {}),
      applied: applied?.[id] ?? 0,
      random: seed === undefined ? always(timeoutSpread?.[id] ?? 0) : new Prng(`${seed}/${id}`),
      imageAt: (index) => this.#images.get(index) ?? [],
    })
    this.#replicas.set(id, replica)
  }

  get ids(): readonly number[] {
    return [...this.#replicas.keys()]
  }

  replica(id: number): ScenarioReplica {
    const replica = this.#replicas.get(id)
    assert(replica !== undefined, 'the scenario has the replica')
    return replica
  }

  raft(id: number): Raft {
    return this.replica(id).raft
  }

  campaign(id: number): void {
    this.raft(id).campaign()
  }

  /** Lets everybody's patience with the present leader end without anybody campaigning. */
  forgetLeader(): void {
    for (const id of this.ids) {
      assert((this.#timeoutSpread[id] ?? 0) > 0, 'its own timeout is longer than the smallest')
      if (this.raft(id).role === 'follower') this.tickElection(id)
    }
  }

  /** Elects `id` and lets everything settle. */
  elect(id: number): void {
    this.campaign(id)
    this.settle()
    assert(this.raft(id).role === 'leader', 'the election was won')
  }

  propose(id: number, ...texts: readonly string[]): ProposeResult {
    return this.raft(id).propose(texts.map(utf8Encode))
  }

  /** Proposes a change of the members that `id` has applied. */
  proposeChange(
    id: number,
    operations: readonly MemberOperation[],
    more: Partial<Omit<ConfigurationChange, 'operations'>> = {},
  ): ProposeChangeResult {
    const { id: expectedId } = this.raft(id).configuration
    const context = new Uint8Array(0)
    return this.raft(id).proposeChange({
      expectedId,
      transition: 'auto',
      operations,
      context,
      ...more,
    })
  }

  tick(id: number, ticks = 1, elapsedMs = 50): void {
    for (let i = 0; i < ticks; i += 1) this.raft(id).tick(elapsedMs)
  }

  /** As many ticks as the smallest election timeout. */
  tickElection(id: number): void {
    this.tick(id, this.#electionTicks)
  }

  tickHeartbeat(id: number): void {
    this.tick(id, this.#heartbeatTicks)
  }

  /** Lets a replica hand out what is due: messages go to the wire, works to their threads. */
  processReady(id: number): void {
    if (this.raft(id).hasReady()) this.#send(this.replica(id).takeReady())
  }

  /** Finishes the oldest storage work of a replica, if there is one. */
  processAppend(id: number): void {
    const replica = this.replica(id)
    if (replica.appendThread.length > 0) this.#send(replica.finishAppend())
  }

  /** Finishes the oldest apply work of a replica, if there is one. */
  processApply(id: number): void {
    const replica = this.replica(id)
    if (replica.applyThread.length > 0) replica.finishApply()
  }

  /** Delivers what is on the wire now and matches; returns how many messages that were. */
  deliver(filter: MessageFilter = {}): number {
    const messages = this.#take(filter)
    for (const message of messages) {
      if (this.#replicas.has(message.to)) {
        this.stepResults.push(this.raft(message.to).step(message))
      }
    }
    return messages.length
  }

  /** Hands one message to its receiver, whether it was on the wire or not. */
  inject(message: CoreMessage): StepResult {
    return this.raft(message.to).step(message)
  }

  /** Takes what matches off the wire; returns it, so that it may be delivered late. */
  drop(filter: MessageFilter = {}): readonly CoreMessage[] {
    return this.#take(filter)
  }

  /** Lets the replicas (all, when none is named) work and talk until nothing is left to do. */
  settle(...ids: readonly number[]): void {
    const among = ids.length > 0 ? ids : this.ids
    for (let round = 0; round < settleRoundsMax; round += 1) {
      let didWork = false
      for (const id of among) didWork = this.#work(id) || didWork
      for (const from of this.ids) {
        for (const to of among) {
          if (this.deliver({ from, to }) === 0) continue
          didWork = true
          this.onStep()
        }
      }
      if (!didWork) return
    }
    assert(false, 'the scenario settles')
  }

  /** Terms of the log of `id`, oldest first, as far as it is kept. */
  terms(id: number): number[] {
    const raft = this.raft(id)
    const first = raft.status().compacted.index + 1
    return Array.from({ length: raft.lastIndex - first + 1 }, (_, i) => raft.termAt(first + i)!)
  }

  /** Payloads that `id` has applied, as texts; entries without payload are left out. */
  appliedTexts(id: number): string[] {
    return this.replica(id)
      .applied.filter((entry) => entry.type === 'command')
      .map((entry) => utf8Decode(entry.data))
  }

  /** Types of the messages on the wire, with sender and receiver, sorted: "1>2 append". */
  wireSummary(): string[] {
    return this.wire.map((m) => `${m.from}>${m.to} ${m.type}`).sort(compareUtf8)
  }

  #work(id: number): boolean {
    const replica = this.replica(id)
    let didWork = false
    const steps = [
      [() => replica.raft.hasReady(), () => this.processReady(id)],
      [() => replica.appendThread.length > 0, () => this.processAppend(id)],
      [() => replica.applyThread.length > 0, () => this.processApply(id)],
    ] as const
    for (const [isDue, perform] of steps) {
      while (isDue()) {
        perform()
        didWork = true
        this.onStep()
      }
    }
    return didWork
  }

  #send(messages: readonly CoreMessage[]): void {
    for (const message of messages) if (message.type === 'snapshot') this.#keepImage(message)
    this.wire.push(...messages)
    this.sent.push(...messages)
  }

  /** The sender's state may be gone when its image arrives. */
  #keepImage({ from, snapshot }: InstallSnapshot): void {
    const { applied } = this.replica(from)
    const entries = applied.filter(({ index }) => index <= snapshot.index)
    this.#images.set(snapshot.index, entries)
  }

  #take(filter: MessageFilter): CoreMessage[] {
    const taken = this.wire.filter((message) => matches(message, filter))
    this.wire = this.wire.filter((message) => !matches(message, filter))
    return taken
  }
}

function matches(message: CoreMessage, filter: MessageFilter): boolean {
  return (
    (filter.from === undefined || filter.from === message.from) &&
    (filter.to === undefined || filter.to === message.to) &&
    (filter.types === undefined || filter.types.includes(message.type))
  )
}

/** A log whose entries have the given terms. */
export function entriesOf(terms: readonly number[], firstIndex = 1): Entry[] {
  return terms.map((term, i): Entry => {
    const index = firstIndex + i
    return { index, term, type: 'command', stampMs: index, data: utf8Encode(`${index}@${term}`) }
  })
}

function contentsOf(terms: readonly number[], hardState: Partial<HardState>): LogContents {
  return {
    hardState: { term: terms.at(-1) ?? 0, votedFor: 0, commit: 0, ...hardState },
    compacted: { index: 0, term: 0 },
    entries: entriesOf(terms),
    announced: undefined,
  }
}
