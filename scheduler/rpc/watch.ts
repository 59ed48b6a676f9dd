// Cluster.Watch: every change of the rows that outsiders may see, from any member. All members have
// the same changes under the same indexes, so a watcher goes on at another one with its token.
import { CodedError, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { refusalError, toWireStatus } from '../../proto/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { StateFrame } from '../replication/index.ts'
import { FieldError, integer } from './fields.ts'
import {
  watchCheckMs,
  watchesMax,
  watchHistoryBytesMax,
  watchHistoryFramesMax,
  watchLeaderlessMsMax,
  watchListChangesMax,
  watchListRowsMax,
  watchListsMax,
  watchProgressMs,
  watchTablesMax,
} from './limits.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { MembersPort, RaftPort, StatePort } from './ports.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Replica } from './replica.ts'
import { callOf } from './unary.ts'
import type { Call } from './unary.ts'
import { watchedFrame, WatchHistory } from './watch-history.ts'
import type { WatchHistoryLimits } from './watch-history.ts'
import { WatchList } from './watch-list.ts'
import { compacted, WatchStream } from './watch-stream.ts'
import type { WatchCall } from './watch-stream.ts'
import { watchTables } from './watch-tables.ts'
import type { WatchTable } from './watch-tables.ts'

export interface WatchesDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: Pick<RaftPort, 'status'>
  readonly state: StatePort
  readonly members: MembersPort
  readonly replica: Pick<Replica, 'readIndex'>
  readonly rateLimit: RateLimit
  readonly operators: OperatorGate
  /** Runs something after the IO of this turn of the event loop. */
  readonly defer: (run: () => void) => void
}

export interface WatchesOptions {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly selfId: number
  /** @default watchHistoryFramesMax and watchHistoryBytesMax */
  readonly history?: WatchHistoryLimits
  /** Rows in one frame of a list. @default watchListRowsMax */
  readonly listRowsMax?: number
}

interface Waiting {
  readonly index: number
  readonly timer: Timer
}

const defaultLimits: WatchHistoryLimits = {
  framesMax: watchHistoryFramesMax,
  bytesMax: watchHistoryBytesMax,
}

/** The watches of one member, from `start` to `stop`. */
export class Watches {
  readonly #deps: WatchesDeps
  readonly #options: WatchesOptions
  readonly #history: WatchHistory
  readonly #streams = new Map<WatchStream, { readonly isOperator: boolean }>()
  /** Watches whose token this member has not reached yet. */
  readonly #waiting = new Map<WatchStream, Waiting>()
  #leaderContactAgeMs = 0
  #progressAtMs = 0
  #isPumpDue = false
  #isStopped = false
  #timer: Timer | undefined
  #unsubscribe: (() => void)[] = []

  constructor(deps: WatchesDeps, options: WatchesOptions) {
    this.#deps = deps
    this.#options = options
    this.#history = new WatchHistory(deps.state.appliedIndex, options.history ?? defaultLimits)
  }

  /** Watches that are open. */
  get size(): number {
    return this.#streams.size
  }

  /** Changes kept: log indexes, and bytes about. */
  get history(): { readonly frames: number; readonly sizeBytes: number } {
    return { frames: this.#history.size, sizeBytes: this.#history.sizeBytes }
  }

  /** The history begins here. */
  start(): void {
    const { state, clock } = this.#deps
    this.#history.restart(state.appliedIndex)
    this.#progressAtMs = clock.nowMs()
    this.#unsubscribe.push(
      state.subscribe((frame) => this.#applied(frame)),
      state.onReplaced(() => this.#replaced()),
    )
    this.#check()
  }

  /** Ends every watch; the members that go on serve them. */
  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    for (const end of this.#unsubscribe) end()
    this.#unsubscribe = []
    this.endAll(refusalError('stopped'))
  }

  /** Ends every watch with an error. */
  endAll(error: CodedError): void {
    for (const stream of this.#streams.keys()) stream.fail(error)
  }

  /** Serves a new watch. */
  serve(call: WatchCall): void {
    this.#serve(call).catch((error: unknown) => {
      this.#report(error)
      call.emit('error', toWireStatus(error))
    })
  }

  #report(error: unknown): void {
    if (error instanceof CodedError) return
    this.#deps.logger.error({ reason: messageOf(error) }, 'a watch failed unexpectedly')
  }

  async #serve(call: WatchCall): Promise<void> {
    this.#admit()
    const incoming = callOf(this.#deps.clock, call)
    const isOperator = this.#isOperator(incoming)
    if (!isOperator) this.#refuseIfHidden()
    const tables = tablesOf(call.request)
    const after = this.#tokenIndex(call.request)
    const stream = this.#open(call, { tables, isOperator })
    try {
      if (after !== undefined) this.#resume(stream, after, incoming)
      else await this.#list(stream, tables, incoming)
    } catch (error) {
      this.#report(error)
      stream.fail(error)
    }
  }

  #admit(): void {
    const { rateLimit } = this.#deps
    if (this.#isStopped) throw refusalError('stopped')
    if (!rateLimit.take()) {
      throw new CodedError('SCHED_RATE_LIMITED', 'too many requests to this member')
    }
    if (this.#streams.size >= watchesMax) {
      throw new CodedError('SCHED_TOO_MANY_STREAMS', 'too many watches at this member')
    }
    if (this.#deps.raft.status().leaderContactAgeMs > watchLeaderlessMsMax) {
      throw refusalError('not-leader')
    }
  }

  /** Whoever shows no token watches as everybody; a wrong token is an error. */
  #isOperator(call: Call): boolean {
    try {
      this.#deps.operators.require(call)
      return true
    } catch (error) {
      if (call.bearerToken !== '') throw error
      return false
    }
  }

  #refuseIfHidden(): void {
    if (this.#isHidden()) throw hidden()
  }

  #isHidden(): boolean {
    return this.#deps.members.get(this.#options.selfId)?.state === 'hidden'
  }

  /** The index a watch goes on behind; undefined = it begins with a list. */
  #tokenIndex({ after }: clusterV1.WatchRequest__Output): number | undefined {
    if (after === null) return undefined
    if (after.clusterId !== this.#options.clusterId) {
      throw new CodedError('SCHED_WRONG_CLUSTER', 'the token belongs to another cluster')
    }
    return integer(after.index, 'after.index', 0, Number.MAX_SAFE_INTEGER)
  }

  #open(
    call: WatchCall,
    options: { readonly tables: readonly WatchTable[]; readonly isOperator: boolean },
  ): WatchStream {
    const { clock, state, defer } = this.#deps
    const stream = new WatchStream(
      {
        call,
        history: this.#history,
        defer,
        appliedIndex: () => state.appliedIndex,
        leaderContactAgeMs: () => this.#leaderContactAgeMs,
        nowMs: () => clock.nowMs(),
        onEnd: (ended) => this.#forget(ended),
      },
      {
        ...options,
        tables: new Set(options.tables),
        clusterId: this.#options.clusterId,
        listRowsMax: this.#options.listRowsMax ?? watchListRowsMax,
      },
    )
    this.#streams.set(stream, { isOperator: options.isOperator })
    return stream
  }

  #forget(stream: WatchStream): void {
    this.#streams.delete(stream)
    this.#waiting.get(stream)?.timer.cancel()
    this.#waiting.delete(stream)
  }

  /** A list shows at least what was committed when it was asked for: it never goes back. */
  async #list(stream: WatchStream, tables: readonly WatchTable[], call: Call): Promise<void> {
    const { replica, state } = this.#deps
    if (!call.isStale) await replica.readIndex(call)
    const listing = [...this.#streams.keys()].filter(({ isListing }) => isListing)
    if (listing.length >= watchListsMax) throw refusalError('overloaded')
    stream.list(new WatchList(state.reader, tables, { rowsChangedMax: watchListChangesMax }))
  }

  /** A member that has not reached the token's index waits for it as long as calls may take. */
  #resume(stream: WatchStream, index: number, call: Call): void {
    if (index <= this.#deps.state.appliedIndex) {
      stream.follow(index)
      return
    }
    const timer = this.#deps.clock.setTimer(Math.max(call.remainingMs(), 0), () => {
      stream.fail(new CodedError('SCHED_TOKEN_AHEAD', 'this member is not that far yet'))
    })
    this.#waiting.set(stream, { index, timer })
  }

  #applied(frame: StateFrame): void {
    const changes = frame.changes()
    const watched = watchedFrame(frame.index, changes)
    if (watched !== undefined) this.#history.add(watched)
    for (const stream of this.#streams.keys()) {
      if (stream.isListing) stream.changed(changes)
    }
    this.#pumpSoon()
  }

  /** Once for all entries of a turn, and not while they are applied. */
  #pumpSoon(): void {
    if (this.#isPumpDue || this.#streams.size === 0) return
    this.#isPumpDue = true
    this.#deps.defer(() => {
      this.#isPumpDue = false
      const { appliedIndex } = this.#deps.state
      for (const [stream, { index, timer }] of this.#waiting) {
        if (index > appliedIndex) continue
        timer.cancel()
        this.#waiting.delete(stream)
        stream.follow(index)
      }
      for (const stream of this.#streams.keys()) stream.pump()
    })
  }

  /** What happened between the state before and this one is not known. */
  #replaced(): void {
    this.#history.restart(this.#deps.state.appliedIndex)
    this.endAll(compacted('this member took over a whole state'))
  }

  #check(): void {
    const { clock, raft } = this.#deps
    const nowMs = clock.nowMs()
    this.#leaderContactAgeMs = Math.round(raft.status().leaderContactAgeMs)
    if (this.#leaderContactAgeMs > watchLeaderlessMsMax) this.endAll(refusalError('not-leader'))
    if (this.#isHidden()) this.#endOfEverybody()
    for (const stream of this.#streams.keys()) stream.refuseStalled()
    if (nowMs - this.#progressAtMs >= watchProgressMs) {
      this.#progressAtMs = nowMs
      for (const stream of this.#streams.keys()) stream.progress()
    }
    this.#timer = clock.setTimer(watchCheckMs, () => this.#check(), { keepAlive: false })
  }

  /** A hidden member serves operators alone. */
  #endOfEverybody(): void {
    for (const [stream, { isOperator }] of this.#streams) {
      if (!isOperator) stream.fail(hidden())
    }
  }
}

function hidden(): CodedError {
  return new CodedError('SCHED_HIDDEN', 'this member is hidden and serves nobody')
}

/** The tables a watch names, each once; all when it names none. */
function tablesOf({ tables }: clusterV1.WatchRequest__Output): readonly WatchTable[] {
  if (tables.length === 0) return watchTables
  if (tables.length > watchTablesMax) {
    throw new FieldError('tables', `must be at most ${watchTablesMax}`)
  }
  for (const name of tables) {
    if (watchTables.some((table) => table.name === name)) continue
    throw new FieldError(
      'tables',
      `must be of ${watchTables.map((table) => table.name).join(', ')}`,
    )
  }
  return watchTables.filter(({ name }) => tables.includes(name))
}
