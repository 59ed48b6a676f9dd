// One replica of a scenario: a core, a disk that holds what was written, and a state machine that
// records what was applied. Writing and applying happen only when a scenario says so.
import { assert } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { Entry, HardState } from '../core/entry.ts'
import type { CoreMessage } from '../core/message.ts'
import type { RaftOptions } from '../core/options.ts'
import { Raft } from '../core/raft.ts'
import type { AppendWork, ApplyWork, ReadOutcome, SoftState } from '../core/ready.ts'
import type { LogContents } from '../log-storage.ts'

/** What a scenario says about its replicas beyond the defaults. */
export type ReplicaOptions = Omit<RaftOptions, 'id' | 'contents' | 'applied'>

export interface ReplicaSetup {
  readonly id: number
  readonly options: ReplicaOptions
  readonly contents: LogContents
  readonly applied: number
  readonly random: Random
}

export class ScenarioReplica {
  readonly id: number
  /** Storage works handed out and not finished, oldest first. */
  appendThread: AppendWork[] = []
  /** Apply works handed out and not finished, oldest first. */
  applyThread: ApplyWork[] = []
  /** Everything the state machine has applied since the start of the scenario. */
  applied: Entry[] = []
  reads: ReadOutcome[] = []
  softStates: SoftState[] = []
  raft: Raft
  readonly #setup: ReplicaSetup
  #entries: Entry[]
  #hardState: HardState
  readonly #compacted: LogContents['compacted']

  constructor(setup: ReplicaSetup) {
    this.id = setup.id
    this.#setup = setup
    this.#entries = [...setup.contents.entries]
    this.#hardState = setup.contents.hardState
    this.#compacted = setup.contents.compacted
    this.raft = this.#boot(setup.applied)
  }

  /** What a restart would find. */
  get disk(): LogContents {
    const [hardState, compacted, entries] = [this.#hardState, this.#compacted, this.#entries]
    return { hardState, compacted, entries, announced: undefined }
  }

  /** Collects what is due; works join their threads, immediate messages are returned. */
  takeReady(): readonly CoreMessage[] {
    const ready = this.raft.ready()
    if (ready.softState !== undefined) this.softStates.push(ready.softState)
    if (ready.append !== undefined) this.appendThread.push(ready.append)
    if (ready.apply !== undefined) this.applyThread.push(ready.apply)
    this.reads.push(...ready.reads)
    return ready.messages
  }

  /** Makes the oldest work durable, completes it, and returns the messages it releases. */
  finishAppend(): readonly CoreMessage[] {
    const work = this.appendThread.shift()
    assert(work !== undefined, 'a storage work is under way')
    this.write(work)
    const { seq, term, lastIndex, lastTerm } = work
    this.raft.appended({ seq, term, lastIndex, lastTerm })
    return work.messages
  }

  /** Puts a work on the disk without telling the core: what a crash in that moment leaves. */
  write(work: AppendWork): void {
    const first = work.entries[0]
    if (first !== undefined) {
      this.#entries = this.#entries.filter((entry) => entry.index < first.index)
      this.#entries.push(...work.entries)
    }
    this.#hardState = work.hardState
  }

  /** Applies the oldest work. */
  finishApply(): void {
    const work = this.applyThread.shift()
    assert(work !== undefined, 'an apply work is under way')
    this.applied.push(...work.entries)
    this.raft.applied(work.entries.at(-1)!.index)
  }

  /** Loses everything that was not durable, and boots; `durableApplied` is what the state holds. */
  restart(durableApplied = this.#setup.applied): void {
    this.appendThread = []
    this.applyThread = []
    this.reads = []
    this.applied = this.applied.filter((entry) => entry.index <= durableApplied)
    this.raft = this.#boot(durableApplied)
  }

  #boot(applied: number): Raft {
    const { options, random } = this.#setup
    return new Raft({ random }, { ...options, id: this.id, contents: this.disk, applied })
  }
}
