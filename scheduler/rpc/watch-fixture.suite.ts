// For tests of watches: members that apply one log at their own pace, watchers without a network,
// and the rows that a watcher should know at each index.
import { EventEmitter } from 'node:events'
import { expect } from 'vitest'
import { CodedError, nullLogger, Prng, VirtualClock } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import {
  announceHost,
  announceTask,
  attachStream,
  deleteHost,
  leaveTask,
  registerPeer,
  reportPeerResult,
} from '../replication/commands/index.ts'
import {
  hostAnnounce,
  hostInput,
  newState,
  registration,
  SchedulerFixture,
  taskAnnounce,
  taskInput,
} from '../replication/commands/scheduler-fixture.suite.ts'
import { memberTable, peersTable, setNodeState } from '../replication/index.ts'
import type { StateReader } from '../replication/index.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { MemberInfo } from './ports.ts'
import { RateLimit } from './rate-limit.ts'
import { watchTables } from './watch-tables.ts'
import { Watches } from './watch.ts'
import type { WatchesOptions } from './watch.ts'
import type { WatchCall } from './watch-stream.ts'

export const clusterId = 'c'.repeat(32)

/** The bearer token that makes an operator. */
export const operatorToken = 'let-me-in'

export type Rows = ReadonlyMap<string, string>

/** `table key` to `modIndex json`, as a watcher should know them. */
export function rowsOf(reader: StateReader, isOperator = false): Rows {
  const rows = new Map<string, string>()
  for (const table of watchTables) {
    reader.each(table.definition, table.index, {}, (row) => {
      if (table.audience(row) > (isOperator ? 1 : 0)) return
      const modIndex = reader.modIndex(table.definition, table.definition.id(row))
      const json = JSON.stringify(table.fields(row, isOperator))
      rows.set(`${table.name} ${table.key(row)}`, `${modIndex} ${json}`)
    })
  }
  return rows
}

/** A log of random commands, and what the public rows are behind each entry. */
export class WatchedLog {
  readonly fixture = new SchedulerFixture()
  readonly at = new Map<number, Rows>()
  /** With very many rows `at` would take too long. */
  isRecording = true
  readonly #random: Random
  #streamId = 0

  constructor(seed: string) {
    this.#random = new Prng(seed)
    this.at.set(this.lastIndex, rowsOf(this.fixture.reader))
    this.fixture.state.subscribe(({ index }) => {
      if (this.isRecording) this.at.set(index, rowsOf(this.fixture.reader))
    })
  }

  get lastIndex(): number {
    return this.fixture.entries.length
  }

  /** One to a few entries. */
  step(): void {
    const { fixture } = this
    const random = this.#random
    const n = random.below(9)
    const peerId = `p${random.below(12)}`
    const task = taskInput(`t${random.below(4)}`, { url: `http://u:p@o.test/f?secret=${n}` })
    const host = hostInput(`h${n}`)
    const known = fixture.reader.first(peersTable, 'expiry')
    const acts = [
      () => fixture.run(announceHost, hostAnnounce(`h${n}`)),
      () => fixture.run(deleteHost, { hostId: `h${n}` }),
      () => fixture.run(registerPeer, registration(task, peerId, { host })),
      () => fixture.run(registerPeer, registration(task, peerId, { host })),
      () => fixture.run(announceTask, taskAnnounce(task, peerId, { host })),
      () => this.#attach(),
      () => known && fixture.run(leaveTask, known),
      () => known && this.#result(known),
      () => this.#nodeState(),
      () => fixture.advance(random.below(random.ratio(1, 5) ? 40_000 : 500)),
    ]
    acts[random.below(acts.length)]!()
    fixture.settle()
  }

  #attach(): void {
    const peer = this.fixture.reader.list(peersTable, 'expiry', { limit: 100 }).at(-1)
    if (peer === undefined) return
    this.#streamId += 1
    const { taskId, peerId } = peer
    this.fixture.run(attachStream, { taskId, peerId, streamId: this.#streamId, begin: true })
  }

  #result({ taskId, peerId }: { readonly taskId: string; readonly peerId: string }): void {
    const success = this.#random.ratio(2, 3)
    const counts = { contentLength: success ? 7 : -1, totalPieceCount: success ? 1 : -1 }
    const body = { taskId, peerId, success, ...counts, costMs: 1, sourceError: null }
    this.fixture.run(reportPeerResult, body)
  }

  /** Another member than the watched one hides or comes back. */
  #nodeState(): void {
    const replicaId = 2 + this.#random.below(2)
    const row = this.fixture.reader.get(memberTable, replicaId)!
    const to = row.state === 'hidden' ? 'loading' : 'hidden'
    const { incarnation } = row
    this.fixture.run(setNodeState, { replicaId, incarnation, bootId: '', from: [row.state], to })
  }
}

const operators: OperatorGate = {
  require({ bearerToken }) {
    if (bearerToken === operatorToken) return 'token:test'
    throw new CodedError('SCHED_UNAUTHENTICATED', 'not an operator')
  },
  admits: ({ bearerToken }) => bearerToken === operatorToken,
}

/** A member that applies the entries of a log when it is told to. */
export class WatchedMember {
  readonly clock = new VirtualClock({ settle: () => Promise.resolve() })
  readonly watches: Watches
  readonly state = newState()
  leaderContactAgeMs = 0
  /** Ends the next reads. */
  readFailure: CodedError | undefined
  readonly #log: WatchedLog
  readonly #deferred: (() => void)[] = []

  constructor(log: WatchedLog, options: Pick<WatchesOptions, 'history' | 'listRowsMax'> = {}) {
    const { clock } = this
    this.#log = log
    const { state } = this
    const get = (id: number): MemberInfo | undefined => {
      const row = state.reader.get(memberTable, id)
      return row && { ...row, id, clientAddress: '', raftAddress: '' }
    }
    this.watches = new Watches(
      {
        clock,
        logger: nullLogger,
        state,
        raft: {
          status: () => ({
            role: 'follower',
            term: 1,
            leader: 1,
            commit: state.appliedIndex,
            applied: state.appliedIndex,
            leaderContactAgeMs: this.leaderContactAgeMs,
          }),
        },
        members: { get, list: () => [] },
        replica: {
          readIndex: async () => {
            if (this.readFailure !== undefined) throw this.readFailure
            return state.appliedIndex
          },
        },
        rateLimit: new RateLimit({ clock }, { ratePerSecond: 1_000_000 }),
        operators,
        defer: (run) => this.#deferred.push(run),
      },
      { clusterId, selfId: 1, ...options },
    )
    this.watches.start()
  }

  /** Applies up to `index`. */
  applyTo(index: number): void {
    this.state.apply(this.#log.fixture.entries.slice(this.state.appliedIndex, index))
  }

  /** Does what was deferred, up to `turns` times. */
  turn(turns = Number.MAX_SAFE_INTEGER): void {
    for (let i = 0; i < turns && this.#deferred.length > 0; i += 1) {
      for (const run of this.#deferred.splice(0)) run()
    }
  }

  /** Opens a watch for a watcher. */
  async watch(
    watcher: Watcher,
    request: { readonly tables?: readonly string[]; readonly isOperator?: boolean } = {},
  ): Promise<FakeCall> {
    const call = new FakeCall(watcher, request)
    this.watches.serve(call as unknown as WatchCall)
    // The read before a list, and what follows it.
    for (let i = 0; i < 5; i += 1) await Promise.resolve()
    return call
  }
}

/** What a watcher knows; every frame is checked against the log. */
export class Watcher {
  readonly rows = new Map<string, string>()
  /** Of the changes since the last list, which was made at `listedAt`. */
  indexes: number[] = []
  listedAt = 0
  token: { readonly clusterId: string; readonly index: number } | undefined
  lists = 0
  progress = 0
  #isListing = false
  readonly #log: WatchedLog
  readonly #isExpected: boolean

  constructor(log: WatchedLog, options: { readonly isExpected?: boolean } = {}) {
    this.#log = log
    this.#isExpected = options.isExpected ?? true
  }

  take(frame: clusterV1.WatchFrame): void {
    const index = Number(frame.token!.index)
    if (frame.kind === 'LIST') this.#takeList(frame, index)
    else if (frame.kind === 'CHANGE') this.#takeChange(frame, index)
    else this.progress += 1
    if (this.#isListing) return
    expect(index).toBeGreaterThanOrEqual(this.token?.index ?? 0)
    this.token = { clusterId: String(frame.token!.clusterId), index }
    const expected = this.#log.at.get(index)
    if (this.#isExpected && expected !== undefined) expect(this.rows).toEqual(expected)
  }

  /** What was being listed is not known; the client lists anew. */
  cutOff(): void {
    if (!this.#isListing) return
    this.#isListing = false
    this.token = undefined
  }

  #takeList(frame: clusterV1.WatchFrame, index: number): void {
    if (!this.#isListing) {
      this.rows.clear()
      this.indexes = []
      this.listedAt = index
      this.lists += 1
    }
    this.#isListing = !frame.isListEnd
    for (const row of frame.rows ?? []) {
      const name = `${row.table} ${row.key}`
      expect(this.rows.has(name)).toBe(false)
      expect(Number(row.modIndex)).toBeLessThanOrEqual(index)
      this.rows.set(name, `${Number(row.modIndex)} ${row.json}`)
    }
  }

  #takeChange(frame: clusterV1.WatchFrame, index: number): void {
    expect(index).toBeGreaterThan(this.token!.index)
    expect(frame.rows!.length).toBeGreaterThan(0)
    this.indexes.push(index)
    for (const row of frame.rows!) {
      const name = `${row.table} ${row.key}`
      expect(Number(row.modIndex)).toBe(index)
      if (row.isDeleted) expect(this.rows.delete(name)).toBe(true)
      else this.rows.set(name, `${index} ${row.json}`)
    }
  }
}

/** grpc-js's side of a watch; `room` frames may be written before it is full. */
export class FakeCall extends EventEmitter {
  readonly request: clusterV1.WatchRequest__Output
  readonly metadata: { get(name: string): readonly string[] }
  readonly cancelled = false
  /** The code it ended with; '' = it goes on. */
  code = ''
  room = Number.MAX_SAFE_INTEGER
  readonly #watcher: Watcher
  readonly #waiting: clusterV1.WatchFrame[] = []

  constructor(
    watcher: Watcher,
    request: { readonly tables?: readonly string[]; readonly isOperator?: boolean },
  ) {
    super()
    this.#watcher = watcher
    const { token } = watcher
    this.request = { tables: [...(request.tables ?? [])], after: token ?? null }
    const bearer = request.isOperator === true ? [`Bearer ${operatorToken}`] : []
    this.metadata = { get: (name) => (name === 'authorization' ? bearer : []) }
    this.on('error', ({ metadata }: { metadata: { get(name: string): unknown[] } }) => {
      this.code = String(metadata.get('x-damselfly-code')[0])
      watcher.cutOff()
    })
  }

  getPeer(): string {
    return '127.0.0.1:1'
  }

  getDeadline(): number {
    return Number.POSITIVE_INFINITY
  }

  getAuthContext(): Record<string, never> {
    return {}
  }

  sendMetadata(): void {}

  write(frame: clusterV1.WatchFrame): boolean {
    expect(this.code).toBe('')
    this.#waiting.push(frame)
    this.#deliver()
    return this.#waiting.length === 0
  }

  /** Takes up to `frames` more. */
  read(frames = Number.MAX_SAFE_INTEGER): void {
    this.room = frames
    const wasFull = this.#waiting.length > 0
    this.#deliver()
    if (wasFull && this.#waiting.length === 0) this.emit('drain')
  }

  #deliver(): void {
    while (this.room > 0 && this.#waiting.length > 0) {
      this.room -= 1
      this.#watcher.take(this.#waiting.shift()!)
    }
  }
}
