// The state machine as Raft sees it: applies to memory at once and writes behind, one chunk at a
// time, off the acknowledgement path (design 4.7). The log replays what a crash takes; so that it
// never has to replay much, the lag is bounded and beyond the bounds proposals are refused.
import { assert, MiB, messageOf } from '../../base/index.ts'
import { stampBatch } from './batch.ts'
import { StateError } from './errors.ts'
import { flushLagBytesMax, flushLagEntriesMax, flushLagMsMax } from './limits.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import type { DigestMark, Entry } from '../../raft/index.ts'
import type { CommandReport } from './frame.ts'
import type { ReplicatedState } from './replicated-state.ts'
import type { StateWrites } from './settlement.ts'

/** The state store as this class uses it: atomic, durable batches of rows. */
export interface StateStorePort {
  /** Calls `visit` for every stored row, in any order. */
  load(visit: (key: Uint8Array, value: Uint8Array) => void): Promise<void>
  /** Resolves when all of it is durable; a rejection means: stop, never try again. */
  write(writes: StateWrites): Promise<void>
}

export interface DurableStateDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: StateStorePort
  /** Empty; owned by this class from now on. */
  readonly state: ReplicatedState
}

export interface DurableStateOptions {
  /** Pause between the first unwritten entry and the write. @default 200 */
  readonly flushIntervalMs?: number
  /** The store refused a write: the replica must stop. Called once. */
  readonly onFatal: (error: StateError) => void
}

const flushIntervalMsDefault = 200
/** Chunk sizes at which a write starts without waiting for the interval. */
const flushEntriesTarget = 2048
const flushBytesTarget = 8 * MiB

/** Implements raft's StateMachine. Open, then give it to the replica; stop after the replica. */
export class DurableState {
  readonly name = 'replicated-state'
  readonly state: ReplicatedState
  readonly #deps: DurableStateDeps
  readonly #options: DurableStateOptions
  readonly #flushIntervalMs: number
  #durableIndex = 0
  /** Bytes of entries applied since the last chunk was taken: a stand-in for their rows' bytes. */
  #appliedBytes = 0
  #writingBytes = 0
  /** When the oldest entry that is not durable was applied; undefined without one. */
  #lagSinceMs: number | undefined
  #takenSinceMs: number | undefined
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #failure: StateError | undefined
  #isStopped = false

  private constructor(deps: DurableStateDeps, options: DurableStateOptions) {
    this.state = deps.state
    this.#deps = deps
    this.#options = options
    this.#flushIntervalMs = options.flushIntervalMs ?? flushIntervalMsDefault
    this.#durableIndex = deps.state.appliedIndex
  }

  /** Loads the stored state and proves its digest; rejects with `StateError`. */
  static async open(deps: DurableStateDeps, options: DurableStateOptions): Promise<DurableState> {
    assert(deps.state.appliedIndex === 0, 'a state is opened once')
    await deps.store.load((key, value) => deps.state.load(key, value))
    deps.state.loaded()
    return new DurableState(deps, options)
  }

  /** See raft's StateMachine. Throws `StateError` and `AssertionError`: fail-stop. */
  apply(entries: readonly Entry[]): readonly (readonly CommandReport[])[] {
    assert(this.#failure === undefined, 'a state whose store failed applies nothing more')
    const reports = this.state.apply(entries)
    for (const entry of entries) this.#appliedBytes += entry.data.length
    if (entries.length > 0) {
      this.#takenSinceMs ??= this.#deps.clock.nowMs()
      this.#schedule()
    }
    return reports
  }

  /** Everything up to this index survives a crash without the log. */
  durableIndex(): number {
    return this.#durableIndex
  }

  digestMark(): DigestMark {
    return this.state.digestMark
  }

  /** True while the store is too far behind (`flushLag…Max`) or has failed. */
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
  async flush(): Promise<void> {
    const index = this.state.appliedIndex
    while (this.#durableIndex < index) {
      if (this.#failure !== undefined) throw this.#failure
      this.#startWrite()
      await this.#writing
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

  #schedule(): void {
    if (this.#writing !== undefined || this.#isStopped) return
    const isFull =
      this.state.appliedIndex - this.#durableIndex >= flushEntriesTarget ||
      this.#appliedBytes >= flushBytesTarget
    if (isFull) {
      this.#startWrite()
    } else if (this.#timer === undefined) {
      this.#timer = this.#deps.clock.setTimer(this.#flushIntervalMs, () => {
        this.#timer = undefined
        this.#startWrite()
      })
    }
  }

  #startWrite(): void {
    if (this.#writing !== undefined || this.#failure !== undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
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
      this.#fail(error)
    }
    this.#writing = undefined
    this.#writingBytes = 0
    this.#lagSinceMs = undefined
    if (this.#failure === undefined && this.state.appliedIndex > this.#durableIndex)
      this.#schedule()
  }

  #fail(cause: unknown): void {
    const message = `the state store refused a write: ${messageOf(cause)}`
    this.#failure = new StateError('SCHED_STATE_WRITE_FAILED', message, cause)
    this.#deps.logger.fatal({ err: this.#failure }, 'state store failed')
    this.#options.onFatal(this.#failure)
  }
}

function sizeOf(writes: StateWrites): number {
  let bytes = 0
  for (const [key, value] of writes.puts) bytes += key.length + value.length
  for (const key of writes.deletes) bytes += key.length
  return bytes
}
