// A replicated state driven by hand, for tests: every call is one log entry with one command.
import { assert } from '../../../base/index.ts'
import { encodeEnvelope, joinBatch } from '../batch.ts'
import { bootstrapEntryData } from '../framework-commands.ts'
import { ReplicatedState } from '../replicated-state.ts'
import { continuationTable } from '../rows/continuation.ts'
import { schedulerDomain } from './domain.ts'
import { expireCommands } from './sweep.ts'
import type { Entry } from '../../../raft/index.ts'
import type { CommandDefinition, Domain } from '../command.ts'
import type { OpenSession, OpenSessionResult } from '../framework-commands.ts'
import type { StateReader } from '../state-access.ts'
import type {
  AnnounceHost,
  AnnounceTask,
  HostInput,
  RegisterDownload,
  RegisterPeer,
  SchedulerEvent,
  TaskInput,
} from './types.ts'

const memberCount = 3

/** The member that does the leader's duties. */
const leader = 3

/** Cluster time of the first entry. */
export const startMs = 1_000_000

const id32 = (digit: string): string => digit.repeat(32)

/** A new state of the domain; a command that throws fails the test. */
export function newState(domain: Domain = schedulerDomain): ReplicatedState {
  return new ReplicatedState(domain, {
    onCommandFailed({ command, error }) {
      throw new Error(`command ${command} failed`, { cause: error })
    },
  })
}

/** One replica of a cluster of three members, each with an open session. */
export class SchedulerFixture {
  readonly state: ReplicatedState
  readonly entries: Entry[] = []
  /** Events of the last call. */
  events: readonly SchedulerEvent[] = []
  nowMs = startMs
  term = 1
  readonly #sessionIds: number[] = []
  readonly #seqs = new Map<number, number>()
  #outcome: { ok: boolean; result?: unknown; reason?: string } | undefined

  /** Tests may bring commands of their own. */
  constructor(domain: Domain = schedulerDomain) {
    this.state = newState(domain)
    this.state.subscribe((frame) => {
      this.events = frame.events as readonly SchedulerEvent[]
      this.#outcome = frame.reports[0]?.outcome
    })
    const members = Array.from({ length: memberCount }, (_, at) => ({
      replicaId: at + 1,
      hostId: `s${at + 1}`,
      incarnation: id32(`${at + 1}`),
      raftAddress: `127.0.0.1:${9000 + at}`,
    }))
    this.#append(bootstrapEntryData({ clusterId: id32('c'), members, features: [] }))
    for (let member = 1; member <= memberCount; member += 1) this.openSession(member, 1)
  }

  get reader(): StateReader {
    return this.state.reader
  }

  /** Id of the session of a member. */
  sessionId(member = 1): number {
    return this.#sessionIds[member]!
  }

  /** A member starts (again): its session before is closed. */
  openSession(member: number, boot: number): number {
    const body: OpenSession = {
      replicaId: member,
      bootId: boot.toString(16).padStart(32, '0'),
      generation: 1,
      clientAddress: '',
      programVersion: '',
      protocolVersion: 1,
      features: [],
    }
    const command = this.#framework<OpenSession, OpenSessionResult>(2)
    const result = this.#propose(command, body, 0)
    assert(result.ok, 'the session opens')
    this.#sessionIds[member] = result.sessionId
    return result.sessionId
  }

  /** Closes the session of a member that went silent. */
  closeSession(member: number): void {
    const command = this.#framework<{ sessionId: number }, { ok: boolean }>(3)
    this.#propose(command, { sessionId: this.sessionId(member) }, this.sessionId(leader))
  }

  /** One command in the session of a member; its result. */
  run<Body, Result>(command: CommandDefinition<Body, Result>, body: Body, member = 1): Result {
    return this.#propose(command, body, this.sessionId(member))
  }

  /** Commands of one log entry, in the session of a member; the rows they changed. */
  runTogether<Body, Result>(
    command: CommandDefinition<Body, Result>,
    bodies: readonly Body[],
    member = 1,
  ): number {
    const sessionId = this.sessionId(member)
    let changed = 0
    const unsubscribe = this.state.subscribe((frame) => {
      changed += frame.changes().length
      for (const { outcome } of frame.reports) assert(outcome.ok, 'each command is applied')
    })
    const envelopes = bodies.map((body) => this.#envelope(command, body, sessionId))
    this.#append(joinBatch(sessionId, envelopes))
    unsubscribe()
    return changed
  }

  /** The refusal of the framework for a command, '' when there was none. */
  refusal<Body, Result>(command: CommandDefinition<Body, Result>, body: Body): string {
    const sessionId = this.sessionId(1)
    this.#appendCommand(command, body, sessionId)
    return this.#outcome?.ok === true ? '' : (this.#outcome?.reason ?? '')
  }

  /** Proposes what a leader would: continuations, then sweeps of what is due; all its events. */
  settle(): readonly SchedulerEvent[] {
    const events: SchedulerEvent[] = []
    const advance = this.#framework<{ index: number; ordinal: number; number: number }, unknown>(5)
    for (let step = 0; step < 10_000; step += 1) {
      const row = this.reader.first(continuationTable, 'byAge')
      const due = expireCommands(this.reader, this.nowMs, 1)[0]
      if (row !== undefined) {
        this.run(advance, row, leader)
      } else if (due !== undefined) {
        this.run(due.command, due.body, leader)
      } else {
        return events
      }
      events.push(...this.events)
    }
    throw new Error('the duties of the leader do not come to an end')
  }

  /** Lets cluster time pass, then does the leader's duties. */
  advance(ms: number): readonly SchedulerEvent[] {
    this.nowMs += ms
    return this.settle()
  }

  /** Another replica that applies the same log in chunks of `chunkEntries`. */
  replay(chunkEntries: number): ReplicatedState {
    const other = newState()
    for (let at = 0; at < this.entries.length; at += chunkEntries) {
      other.apply(this.entries.slice(at, at + chunkEntries))
    }
    return other
  }

  /** Events of the last call of one type. */
  eventsOf<Type extends SchedulerEvent['type']>(
    type: Type,
  ): Extract<SchedulerEvent, { type: Type }>[] {
    return eventsOf(this.events, type)
  }

  #framework<Body, Result>(kind: number): CommandDefinition<Body, Result> {
    const command = this.state.registry.command(kind, 1)
    assert(command !== undefined, 'the framework has this command')
    return command as unknown as CommandDefinition<Body, Result>
  }

  #propose<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
    sessionId: number,
  ): Result {
    this.#appendCommand(command, body, sessionId)
    const outcome = this.#outcome
    if (outcome?.ok !== true) throw new Error(`${command.name}: ${outcome?.reason}`)
    return outcome.result as Result
  }

  #appendCommand<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
    sessionId: number,
  ): void {
    this.#append(joinBatch(sessionId, [this.#envelope(command, body, sessionId)]))
  }

  #envelope<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
    sessionId: number,
  ): Uint8Array {
    const seq = sessionId === 0 ? 0 : (this.#seqs.get(sessionId) ?? 0) + 1
    this.#seqs.set(sessionId, seq)
    const { kind, kindVersion } = command
    return encodeEnvelope({
      kind,
      kindVersion,
      seq,
      notAfterMs: 0,
      actor: '',
      opId: '',
      body: command.encode(body),
    })
  }

  #append(data: Uint8Array): void {
    const index = this.entries.length + 1
    const entry: Entry = { index, term: this.term, type: 'command', stampMs: this.nowMs, data }
    this.entries.push(entry)
    this.state.apply([entry])
  }
}

/** Events of one type. */
export function eventsOf<Type extends SchedulerEvent['type']>(
  events: readonly SchedulerEvent[],
  type: Type,
): Extract<SchedulerEvent, { type: Type }>[] {
  return events.filter(
    (event): event is Extract<SchedulerEvent, { type: Type }> => event.type === type,
  )
}

/** A host with valid fields. */
export function hostInput(id: string): HostInput {
  return {
    id,
    ip: '127.0.0.1',
    hostname: id,
    port: 65_000,
    downloadPort: 65_002,
    proxyPort: 0,
    location: '',
    idc: '',
  }
}

/** A task with valid fields. */
export function taskInput(id: string, change: Partial<TaskInput> = {}): TaskInput {
  return {
    id,
    type: 'standard',
    url: `http://origin.test/${id}`,
    digest: '',
    tag: '',
    application: '',
    filteredQueryParams: [],
    headers: [],
    pieceLength: 0,
    ...change,
  }
}

/** A dfcache task: there is no source to fetch it from. */
export function cacheTask(id: string): TaskInput {
  return taskInput(id, { type: 'persistent-cache', url: `d7y:/${id}` })
}

/** Body of announce-host. */
export function hostAnnounce(id: string, change: Partial<AnnounceHost> = {}): AnnounceHost {
  return {
    ...hostInput(id),
    acceptedIndex: 1_000_000,
    type: 'normal',
    objectStoragePort: 0,
    os: 'linux',
    platform: 'debian',
    platformFamily: 'debian',
    platformVersion: '13',
    kernelVersion: '6.1',
    schedulerClusterId: 1,
    disableShared: false,
    maxTxBandwidth: 0,
    txBandwidth: 0,
    announceIntervalMs: 30_000,
    concurrentUploadLimit: 0,
    stats: new Uint8Array(0),
    ...change,
  }
}

/** Body of register-peer. */
export function registration(
  task: TaskInput,
  peerId: string,
  change: Partial<RegisterPeer> = {},
): RegisterPeer {
  return {
    acceptedIndex: 1_000_000,
    task,
    host: hostInput(`host-of-${peerId}`),
    peerId,
    range: '',
    priority: 0,
    effectivePriority: 0,
    concurrentPieceCount: 0,
    needBackToSource: false,
    prefetch: null,
    ...change,
  }
}

/** Body of register-download: the peer's host is announced by `hostAnnounce`. */
export function download(
  task: TaskInput,
  peerId: string,
  change: Partial<RegisterDownload> = {},
): RegisterDownload {
  return {
    acceptedIndex: 1_000_000,
    task,
    hostId: `host-of-${peerId}`,
    peerId,
    range: '',
    priority: 0,
    effectivePriority: 0,
    concurrentPieceCount: 0,
    needBackToSource: false,
    metadataOnly: false,
    contentLength: -1,
    totalPieceCount: -1,
    seedDownload: new Uint8Array(0),
    streamId: 1,
    ...change,
  }
}

/** Body of announce-task. */
export function taskAnnounce(
  task: TaskInput,
  peerId: string,
  change: Partial<AnnounceTask> = {},
): AnnounceTask {
  return {
    acceptedIndex: 1_000_000,
    task,
    host: hostInput(`host-of-${peerId}`),
    peerId,
    contentLength: 10_000_000,
    totalPieceCount: 3,
    pieceZero: null,
    ...change,
  }
}
