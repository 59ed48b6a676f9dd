// A run written down by hand: members with logs, and events in the order of the script. What is
// not said is as in a healthy run, so that each test shows only what matters to it.
import { joinBatch, encodeEnvelope } from '../../scheduler/replication/index.ts'
import { initialConfiguration } from '../../raft/index.ts'
import { Ghost } from './ghost/ghost.ts'
import { Operations } from './operations.ts'
import type {
  Configuration,
  Entry,
  HardState,
  Message,
  RaftGauges,
  RaftNodeStatus,
} from '../../raft/index.ts'
import type { RegisterInput } from '../oracle/model.ts'
import type {
  AnyTable,
  CommandRequest,
  RowChange,
  TableDefinition,
} from '../../scheduler/replication/index.ts'
import type { SwarmRows } from '../sim/swarm-rows.ts'
import type {
  ClientOperation,
  ClientPhase,
  InjectedCause,
  MemberView,
  Observer,
  SimEvent,
  WorldView,
} from '../sim/observation.ts'

/** A row as an entry left it; undefined when it was removed. */
export function changed<Row extends object, Name extends string>(
  table: TableDefinition<Row, Name>,
  id: string | number,
  row: Row | undefined,
  before?: Row,
): RowChange {
  return { table: table as unknown as AnyTable, id, row, before, beforeModIndex: 0 }
}

/** A configuration that differs from {1, 2, 3} in what is said. */
export function configurationOf(parts: Partial<Configuration> = {}): Configuration {
  return { ...initialConfiguration({ voters: [1, 2, 3] }), ...parts }
}

/** An entry without commands; `data` makes it another one. */
export function entryOf(index: number, term: number, parts: Partial<Entry> = {}): Entry {
  return { index, term, type: 'noop', stampMs: index, data: new Uint8Array(0), ...parts }
}

/** An entry with commands of one session, by the names of their operations. */
export function commandEntry(
  index: number,
  term: number,
  sessionId: number,
  commands: readonly {
    readonly seq: number
    readonly opId: string
    readonly request?: CommandRequest
  }[],
): Entry {
  const envelopes = commands.map(({ seq, opId, request }) => {
    const kind = request?.command.kind ?? 60_000
    const body = request?.command.encode(request.body) ?? []
    return encodeEnvelope({ kind, kindVersion: 1, seq, notAfterMs: 0, actor: '', opId, body })
  })
  return entryOf(index, term, { type: 'command', data: joinBatch(sessionId, envelopes) })
}

const gaugesAtRest = {
  proposalsQueued: 0,
  proposalsForwarded: 0,
  proposalsInLog: 0,
  proposalBytes: 0,
  readsWaiting: 0,
  appendsInFlight: 0,
  applyEntriesQueued: 0,
  stalls: 0,
}

/** What the test decides about one member. */
export class HandMadeMember implements MemberView {
  readonly id: number
  isRunning = true
  life = 1
  injectedCause: InjectedCause | undefined
  role: RaftNodeStatus['role'] = 'follower'
  term = 1
  leader = 1
  commit = 0
  lastIndex = 0
  compactedIndex = 0
  /** Undefined: everything is on disk. */
  stableIndex: number | undefined
  applied = 0
  lacksState = false
  digestBytes = new Uint8Array(16)
  inForce = configurationOf()
  inState: Configuration | undefined
  readings: Partial<RaftGauges> = {}
  entriesHeld = 0
  rows: SwarmRows = { hosts: [], tasks: [], peers: [], edges: [], sessions: [] }

  constructor(id: number) {
    this.id = id
  }

  status(): RaftNodeStatus | undefined {
    if (!this.isRunning) return undefined
    const { id, role, term, leader, commit, applied, lastIndex, lacksState } = this
    return {
      id,
      role,
      term,
      votedFor: 0,
      leader,
      commit,
      applied,
      lastIndex: Math.max(lastIndex, commit),
      lastTerm: term,
      stableIndex: this.stableIndex ?? Math.max(lastIndex, commit),
      compacted: { index: this.compactedIndex, term: 0 },
      matchedByAll: 0,
      clusterClockMs: 0,
      configuration: this.inForce,
      pendingChangeIndex: 0,
      suspectsLeader: false,
      isRemoved: false,
      lacksState,
      transferTarget: 0,
      progress: [],
      lifecycle: 'running',
      leaderContactAgeMs: 0,
    }
  }

  appliedIndex(): number {
    return this.applied
  }

  digest(): Uint8Array | undefined {
    return this.isRunning ? this.digestBytes : undefined
  }

  configuration(): Configuration | undefined {
    return this.inState ?? this.inForce
  }

  gauges(): RaftGauges {
    return { ...gaugesAtRest, ...this.readings } as RaftGauges
  }

  swarmRows(): SwarmRows | undefined {
    return this.isRunning ? this.rows : undefined
  }

  logEntries(): number {
    return this.entriesHeld
  }
}

/** A message of any type without its ends. */
type Unaddressed<Each extends Message> = Each extends Message ? Omit<Each, 'from' | 'to'> : never

type Checks = readonly Pick<Observer, 'on' | 'atEnd' | 'types' | 'name'>[]

/** Members 1 … 5 (three of them vote) and the script's helpers. */
export class HandMadeRun implements WorldView {
  readonly seed = 1
  readonly electionMs = 1000
  readonly ids = [1, 2, 3, 4, 5]
  readonly ghost = new Ghost()
  readonly operations = new Operations()
  phase: WorldView['phase'] = 'faults'
  atMs = 0
  readonly #members = this.ids.map((id) => new HandMadeMember(id))
  readonly #checks: Checks
  #operationId = 0

  constructor(checks: (ghost: Ghost, operations: Operations) => Checks) {
    this.#checks = checks(this.ghost, this.operations)
    for (const id of this.ids) this.boot(id)
  }

  nowMs(): number {
    return this.atMs
  }

  member(id: number): HandMadeMember {
    return this.#members[id - 1]!
  }

  /** Tells an event to the checks that want it, as a run does. */
  tell(event: SimEvent): void {
    this.atMs += 1
    this.ghost.on(event, this)
    if (event.type === 'client-op') this.operations.on(event, this.atMs)
    for (const check of this.#checks) {
      if (check.types === undefined || check.types.includes(event.type)) check.on(event, this)
    }
    this.ghost.after(event)
  }

  end(): void {
    for (const check of this.#checks) check.atEnd?.(this)
  }

  /** A life begins with what the member's log is known to hold, or with `parts`. */
  boot(id: number, parts: Partial<Extract<SimEvent, { type: 'booted' }>> = {}): void {
    const { durable } = this.ghost.logs.of(id)
    const entries: Entry[] = []
    for (let at = durable.compacted.index + 1; at <= durable.lastIndex; at += 1) {
      entries.push(durable.entryAt(at)!)
    }
    const { hardState, compacted } = durable
    this.member(id).isRunning = true
    this.tell({
      type: 'booted',
      member: id,
      life: this.member(id).life,
      incarnation: `incarnation-${id}`,
      clusterId: 'cluster',
      contents: { hardState, compacted, entries, announced: undefined },
      appliedIndex: 0,
      ...parts,
    })
  }

  crash(id: number): void {
    this.tell({ type: 'crashed', member: id, life: this.member(id).life, how: 'power' })
    this.member(id).isRunning = false
    this.member(id).life += 1
  }

  start(id: number, entries: readonly Entry[], hardState: Partial<HardState> = {}): void {
    const state = { term: this.member(id).term, votedFor: 0, commit: 0, ...hardState }
    const group = { entries, hardState: state, sync: true }
    this.tell({ type: 'append-started', member: id, group })
  }

  /** Writes a group and says that it is durable. */
  write(id: number, entries: readonly Entry[], hardState: Partial<HardState> = {}): void {
    const state = { term: this.member(id).term, votedFor: 0, commit: 0, ...hardState }
    const group = { entries, hardState: state, sync: true }
    this.tell({ type: 'append-started', member: id, group })
    this.tell({ type: 'appended-durable', member: id, group })
  }

  vote(from: number, to: number, term: number): void {
    this.write(from, [], { term, votedFor: to })
    this.say(from, to, { type: 'vote-reply', term, granted: true })
  }

  /** Wins an election by the votes of `voters`; its own is on its disk. */
  elect(id: number, term: number, voters: readonly number[]): void {
    const member = this.member(id)
    this.write(id, [], { term, votedFor: id })
    for (const voter of voters) this.vote(voter, id, term)
    member.role = 'leader'
    member.term = term
    this.tell({ type: 'leader-elected', member: id, term })
  }

  say(from: number, to: number, parts: Unaddressed<Message>): void {
    this.tell({ type: 'message-sent', message: { from, to, ...parts } as Message })
  }

  commit(id: number, index: number, term: number): void {
    this.member(id).commit = index
    this.tell({ type: 'committed', member: id, index, term })
  }

  apply(
    id: number,
    entry: Entry,
    parts: Partial<Extract<SimEvent, { type: 'applied' }>> = {},
  ): void {
    this.member(id).applied = entry.index
    this.tell({
      type: 'applied',
      member: id,
      entry,
      sessionId: 0,
      reports: [],
      stampMs: entry.stampMs,
      events: [],
      changes: [],
      digest: undefined,
      ...parts,
    })
  }

  /** Writes entries everywhere and commits them at member 1. */
  agree(entries: readonly Entry[], term = 1): void {
    for (const id of [1, 2, 3]) this.write(id, entries, { term })
    this.commit(1, entries.at(-1)!.index, term)
  }

  /** A client calls; returns how to answer. */
  call(
    key: string,
    input: RegisterInput,
    parts: Partial<ClientOperation> = {},
  ): { readonly op: ClientOperation; end(phase: ClientPhase): void } {
    const consistency = 'linearizable'
    const op = {
      id: this.#operationId,
      client: 1,
      member: 1,
      key,
      input,
      consistency,
      ...parts,
    } as const
    this.#operationId += 1
    this.tell({ type: 'client-op', op, phase: { phase: 'invoked' } })
    return { op, end: (phase) => this.tell({ type: 'client-op', op, phase }) }
  }
}
