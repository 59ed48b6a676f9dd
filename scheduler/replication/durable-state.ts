// The state machine as Raft sees it: applies to memory at once and writes behind, one chunk at a
// time, off the acknowledgement path (design 4.7). The log replays what a crash takes; so that it
// never has to replay much, the lag is bounded and beyond the bounds proposals are refused.
import { assert, CodedError, KiB, MiB, messageOf } from '../../base/index.ts'
import { stampBatch } from './batch.ts'
import { StateError } from './errors.ts'
import { flushLagBytesMax, flushLagEntriesMax, flushLagMsMax, membersMax } from './limits.ts'
import { describeState, descriptionKeys, memberKeyPrefix } from './state-description.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import type { Configuration, DigestMark, Entry, LogMark } from '../../raft/index.ts'
import type { EntryResult, ReplicatedState } from './replicated-state.ts'
import type { StateWrites } from './settlement.ts'
import type { StateDescription } from './state-description.ts'

/** A stored row. */
type StoredRow = readonly [key: Uint8Array, value: Uint8Array]

/** Rows in the order of their keys, some at a time; none after the last. */
export interface RowSourcePort {
  next(): Promise<readonly StoredRow[]>
}

/** The stored rows at one moment. */
export interface RowsPort {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** The first rows whose keys begin with `prefix`. */
  list(prefix: Uint8Array, rowsMax: number): Promise<readonly StoredRow[]>
}

/** The state store as this class uses it: atomic, durable batches of rows. */
export interface StateStorePort {
  /** Calls `visit` for every stored row, in any order. */
  load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void>
  /** Resolves when all of it is durable; a rejection means: stop, never try again. */
  write(writes: StateWrites): Promise<void>
  /** Replaces all rows, durably and as a whole; a rejection leaves the old ones. */
  replaceWith(rows: RowSourcePort, origin: LogMark): Promise<void>
}

/** A whole state from elsewhere, built beside the one in use (see `DurableState.stage`). */
export interface StagedStatePort {
  /** Takes one row. Throws `StateError`; one that this program does not know is fatal as well. */
  add(key: Uint8Array, value: Uint8Array): void
  /** Gets ready for `complete`, a little at a time: a large state would hold up everything else. */
  prepare(): Promise<void>
  /** Proves the digest over all rows, and says what they are. Throws `StateError`. */
  complete(): StateDescription
  /** Replaces the stored state by the rows added, which `rows` yields again; then the shown one. */
  install(rows: RowSourcePort): Promise<void>
}

export interface DurableStateDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: StateStorePort
  /** Empty; owned by this class from now on. */
  readonly state: ReplicatedState
}

export interface DurableStateOptions {
  /** Pause between the first unwritten entry and the write. @default 200, 1000 for a small chunk */
  readonly flushIntervalMs?: number
  /** The replica must stop: the store refused a write, or this program is too old. Called once. */
  readonly onFatal: (error: StateError) => void
  /** Told of every stored row that is loaded while the state is opened. @default nobody */
  readonly onRowLoaded?: (sizeBytes: number) => void
}

const flushIntervalMsDefault = 200
/**
 * A chunk of fewer bytes waits for more of them up to the longer interval: each write is a sync
 * that the log's own ones wait for, and rows that change again are written once.
 */
const flushBytesMin = 128 * KiB
const flushIntervalMsMax = 1000
/** Chunk sizes at which a write starts without waiting for the interval. */
const flushEntriesTarget = 2048
const flushBytesTarget = 8 * MiB

/** Implements raft's StateMachine. Open, then give it to the replica; stop after the replica. */
export class DurableState {
  readonly name = 'replicated-state'
  readonly state: ReplicatedState
  readonly #deps: DurableStateDeps
  readonly #options: DurableStateOptions
  readonly #flushIntervalMs: number | undefined
  #durableIndex = 0
  /** Bytes of entries applied since the last chunk was taken: a stand-in for their rows' bytes. */
  #appliedBytes = 0
  #writingBytes = 0
  /** When the oldest entry that is not durable was applied; undefined without one. */
  #lagSinceMs: number | undefined
  #takenSinceMs: number | undefined
  #timer: Timer | undefined
  /** The first interval is over, and the chunk was small. */
  #isSmall = false
  #writing: Promise<void> | undefined
  /** The stored state is being replaced: nothing of the one before is written any more. */
  #replacing: Promise<void> | undefined
  #failure: StateError | undefined
  #isStopped = false

  private constructor(deps: DurableStateDeps, options: DurableStateOptions) {
    this.state = deps.state
    this.#deps = deps
    this.#options = options
    this.#flushIntervalMs = options.flushIntervalMs
    this.#durableIndex = deps.state.appliedIndex
  }

  /** Loads the stored state and proves its digest; rejects with `StateError`. */
  static async open(deps: DurableStateDeps, options: DurableStateOptions): Promise<DurableState> {
    assert(deps.state.appliedIndex === 0, 'a state is opened once')
    await deps.store.load((key, value) => {
      deps.state.load(key, value)
      options.onRowLoaded?.(key.length + value.length)
    })
    deps.state.loaded()
    return new DurableState(deps, options)
  }

  /** See raft's StateMachine. Throws `StateError` and `AssertionError`: fail-stop. */
  apply(entries: readonly Entry[], isTimeUp?: () => boolean): readonly EntryResult[] {
    assert(this.#failure === undefined, 'a state that cannot go on applies nothing more')
    assert(this.#replacing === undefined, 'a state that is being replaced applies nothing')
    const results = this.state.apply(entries, isTimeUp)
    for (const { data } of entries.slice(0, results.length)) this.#appliedBytes += data.length
    if (results.length > 0) {
      this.#takenSinceMs ??= this.#deps.clock.nowMs()
      this.#schedule()
    }
    return results
  }

  /** The members, as the applied state has them. */
  configuration(): Configuration {
    return this.state.configuration()
  }

  /** Everything up to this index survives a crash without the log. */
  durableIndex(): number {
    return this.#durableIndex
  }

  digestMark(): DigestMark {
    return this.state.digestMark
  }

  /** True while the store is too far behind (`flushLag…Max`), and once it cannot go on. */
  isOverloaded(): boolean {
    if (this.#failure !== undefined) return true
    if (this.state.appliedIndex - this.#durableIndex > flushLagEntriesMax) return true
    const bytes = this.#appliedBytes + this.#writingBytes + this.state.pendingBytes
    if (bytes > flushLagBytesMax) return true
    const sinceMs = this.#lagSinceMs ?? this.#takenSinceMs
    return sinceMs !== undefined && this.#deps.clock.nowMs() - sinceMs > flushLagMsMax
  }

  /** Puts the leader's wall clock into a batch. */
  stamp(data: Uint8Array): Uint8Array {
    return stampBatch(data, this.#deps.clock.wallMs())
  }

  /** Writes everything applied so far; rejects with `StateError` when the store failed. */
  flush(): Promise<void> {
    return this.flushThrough(this.state.appliedIndex)
  }

  /**
   * Writes everything up to `index`; rejects with `RAFT_IMAGE_NOT_READY` when that is not applied
   * yet, and with `StateError` when the store failed.
   */
  async flushThrough(index: number): Promise<void> {
    if (index > this.state.appliedIndex) {
      const message = `the state has applied ${this.state.appliedIndex}, not ${index}`
      throw new CodedError('RAFT_IMAGE_NOT_READY', message)
    }
    while (this.#durableIndex < index) {
      if (this.#failure !== undefined) throw this.#failure
      this.#startWrite()
      await (this.#replacing ?? this.#writing)
    }
  }

  /** What a snapshot of the stored rows is. Throws `StateError` when the rows do not say. */
  async describe(rows: RowsPort): Promise<StateDescription> {
    const { meta, digest, clock, configuration } = descriptionKeys
    return describeState(
      {
        meta: await rows.get(meta),
        digest: await rows.get(digest),
        clock: await rows.get(clock),
        configuration: await rows.get(configuration),
      },
      await rows.list(memberKeyPrefix, membersMax),
    )
  }

  /**
   * Begins a state beside this one. Once installed, this one has become it: tables change in one
   * turn, and everything applied and not written before is forgotten.
   */
  stage(): StagedStatePort {
    const staged = this.state.emptyCopy()
    return {
      add: (key, value) => this.#understand(() => staged.load(key, value)),
      prepare: async () => {
        for (const _ of staged.indexSteps()) await this.#deps.clock.sleep(0)
      },
      complete: () => {
        this.#understand(() => staged.loaded())
        return {
          index: staged.appliedIndex,
          term: staged.appliedTerm,
          configuration: staged.configuration(),
          clusterClockMs: staged.clusterClockMs,
          digest: staged.digest(),
        }
      },
      install: (rows) => this.#replaceBy(staged, rows),
    }
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  /** Writes what is left, unless the store has failed. The store stays open. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#timer?.cancel()
    if (this.#failure === undefined) await this.flush()
  }

  /**
   * Every image of the group's state holds what this program does not know, and the log before it
   * is gone: only a newer program can go on (design 4.14).
   */
  #understand(read: () => void): void {
    try {
      read()
    } catch (error) {
      if (error instanceof StateError && error.code === 'SCHED_UNSUPPORTED_COMMAND') {
        this.#fail(error)
      }
      throw error
    }
  }

  async #replaceBy(staged: ReplicatedState, rows: RowSourcePort): Promise<void> {
    assert(this.#replacing === undefined, 'one state is installed at a time')
    assert(staged.appliedIndex > this.state.appliedIndex, 'a state never goes back')
    const replacing = this.#replace(staged, rows)
    // Whoever waits for a flush looks again; how it ended is told to the caller.
    this.#replacing = replacing.catch(() => undefined)
    try {
      await replacing
    } finally {
      this.#replacing = undefined
      if (this.state.appliedIndex > this.#durableIndex) this.#schedule()
    }
  }

  async #replace(staged: ReplicatedState, rows: RowSourcePort): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isSmall = false
    await this.#writing
    const { appliedIndex: index, appliedTerm: term } = staged
    await this.#deps.store.replaceWith(rows, { index, term })
    this.state.replaceBy(staged)
    this.#durableIndex = index
    this.#appliedBytes = 0
    this.#lagSinceMs = undefined
    this.#takenSinceMs = undefined
  }

  #schedule(): void {
    if (this.#writing !== undefined || this.#replacing !== undefined || this.#isStopped) return
    const isFull =
      this.state.appliedIndex - this.#durableIndex >= flushEntriesTarget ||
      this.#appliedBytes >= (this.#isSmall ? flushBytesMin : flushBytesTarget)
    if (isFull) this.#startWrite()
    else this.#timer ??= this.#startInterval(this.#flushIntervalMs ?? flushIntervalMsDefault)
  }

  #startInterval(delayMs: number): Timer {
    return this.#deps.clock.setTimer(delayMs, () => {
      this.#timer = undefined
      const isSmall = this.#flushIntervalMs === undefined && this.#appliedBytes < flushBytesMin
      if (isSmall && !this.#isSmall) {
        this.#isSmall = true
        this.#timer = this.#startInterval(flushIntervalMsMax - flushIntervalMsDefault)
      } else {
        this.#startWrite()
      }
    })
  }

  #startWrite(): void {
    if (this.#writing !== undefined || this.#failure !== undefined) return
    if (this.#replacing !== undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isSmall = false
    const taken = this.state.take()
    if (taken === undefined) return
    this.#writingBytes = sizeOf(taken.writes)
    this.#appliedBytes = 0
    this.#lagSinceMs = this.#takenSinceMs
    this.#takenSinceMs = undefined
    this.#writing = this.#write(taken.writes, taken.index)
  }

  async #write(writes: StateWrites, index: number): Promise<void> {
    try {
      await this.#deps.store.write(writes)
      this.#durableIndex = index
    } catch (error) {
      const message = `the state store refused a write: ${messageOf(error)}`
      this.#fail(new StateError('SCHED_STATE_WRITE_FAILED', message, error))
    }
    this.#writing = undefined
    this.#writingBytes = 0
    this.#lagSinceMs = undefined
    if (this.#failure === undefined && this.state.appliedIndex > this.#durableIndex)
      this.#schedule()
  }

  #fail(failure: StateError): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#deps.logger.fatal({ err: failure }, 'the state cannot go on')
    this.#options.onFatal(failure)
  }
}

function sizeOf(writes: StateWrites): number {
  let bytes = 0
  for (const [key, value] of writes.puts) bytes += key.length + value.length
  for (const key of writes.deletes) bytes += key.length
  return bytes
}
