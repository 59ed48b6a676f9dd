// One replica of a scenario: a core, a disk that holds what was written, and a state machine that
// records what was applied and keeps the members. Writing and applying happen only when a scenario
// says so.
import { assert } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import { changeConfiguration } from '../core/configuration-change.ts'
import type { ChangeResult } from '../core/configuration-change.ts'
import { noMembers } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Entry, HardState } from '../core/entry.ts'
import type { CoreMessage, Snapshot } from '../core/message.ts'
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
  /** What an image that covers up to `index` holds: the entries applied until there. */
  readonly imageAt: (index: number) => readonly Entry[]
}

/** The members from an index on. */
interface ConfigurationMark {
  readonly index: number
  readonly configuration: Configuration
}

export class ScenarioReplica {
  readonly id: number
  /** Storage works handed out and not finished, oldest first. */
  appendThread: AppendWork[] = []
  /** Apply works handed out and not finished, oldest first. */
  applyThread: ApplyWork[] = []
  /** Everything the state machine has applied since the start of the scenario. */
  applied: Entry[] = []
  /** What each applied change of the membership did. */
  changes: ChangeResult[] = []
  reads: ReadOutcome[] = []
  softStates: SoftState[] = []
  /** Images installed since the start of the scenario. */
  installed: Snapshot[] = []
  raft: Raft
  readonly #setup: ReplicaSetup
  #entries: readonly Entry[]
  #hardState: HardState
  #compacted: LogContents['compacted']
  #configurations: ConfigurationMark[]
  /** The state survives a crash at least up to here. */
  #durableFloor: number
  /** The state is lost, and no image has come since. */
  #lacksState = false

  constructor(setup: ReplicaSetup) {
    this.id = setup.id
    this.#setup = setup
    this.#entries = setup.contents.entries
    this.#hardState = setup.contents.hardState
    this.#compacted = setup.contents.compacted
    const { configuration } = setup.options
    this.#configurations = [{ index: setup.applied, configuration }]
    this.#durableFloor = setup.applied
    this.raft = this.#boot(setup.applied)
  }

  /** What a restart would find. */
  get disk(): LogContents {
    return {
      hardState: this.#hardState,
      compacted: this.#compacted,
      entries: this.#entries,
      announced: undefined,
    }
  }

  /** The members as the state machine has them. */
  get configuration(): Configuration {
    return this.#configurations.at(-1)!.configuration
  }

  /** Does the disk hold the entry (index, term), in the log or in the state an image brought? */
  holds(index: number, term: number): boolean {
    if (index <= this.#compacted.index) return true
    return this.#entries[index - this.#compacted.index - 1]?.term === term
  }

  /** Collects what is due; works join their threads, immediate messages are returned. */
  takeReady(): readonly CoreMessage[] {
    const ready = this.raft.ready()
    if (ready.softState !== undefined) this.softStates.push(ready.softState)
    if (ready.append?.snapshot !== undefined) this.applyThread = []
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
    if (work.snapshot !== undefined) this.#install(work.snapshot, work.keepsLog)
    const first = work.entries[0]
    if (first !== undefined) {
      const kept = this.#entries.slice(0, first.index - 1 - this.#compacted.index)
      this.#entries = [...kept, ...work.entries]
    }
    this.#hardState = work.hardState
  }

  /** Applies the oldest work. */
  finishApply(): void {
    const work = this.applyThread.shift()
    assert(work !== undefined, 'an apply work is under way')
    for (const entry of work.entries) if (entry.type === 'config') this.#change(entry)
    this.applied.push(...work.entries)
    this.raft.applied(work.entries.at(-1)!.index, this.configuration)
  }

  /** Forgets log entries up to `index`, which the state must hold durably. */
  compact(index: number): void {
    const term = this.raft.termAt(index)
    if (index <= this.#compacted.index || term === undefined) return
    this.raft.compact(index)
    this.#entries = this.#entries.filter((entry) => entry.index > index)
    this.#compacted = { index, term }
    this.#durableFloor = Math.max(this.#durableFloor, index)
  }

  /** Dies and finds its state gone; `hearsay` is what it remembers of the members. */
  loseState(hearsay: Configuration = noMembers): void {
    assert(this.#compacted.index > 0, 'a log that begins with entry 1 makes the state again')
    this.#lacksState = true
    this.#durableFloor = 0
    this.#configurations = [{ index: 0, configuration: hearsay }]
    this.restart(0)
  }

  /** Loses everything that was not durable, and boots; `durableApplied` is what the state holds. */
  restart(durableApplied = this.#setup.applied): void {
    const applied = this.#lacksState ? 0 : Math.max(durableApplied, this.#durableFloor)
    this.appendThread = []
    this.applyThread = []
    this.reads = []
    this.applied = this.applied.filter((entry) => entry.index <= applied)
    this.#configurations = this.#configurations.filter(({ index }) => index <= applied)
    this.raft = this.#boot(applied)
  }

  #change(entry: Entry): void {
    const result = changeConfiguration(this.configuration, entry)
    this.changes.push(result)
    if (!result.ok) return
    this.#configurations.push({ index: entry.index, configuration: result.configuration })
  }

  #install(snapshot: Snapshot, keepsLog: boolean): void {
    const { index, term, configuration } = snapshot
    this.installed.push(snapshot)
    this.applied = [...this.#setup.imageAt(index)]
    this.#configurations = [{ index, configuration }]
    this.#durableFloor = index
    this.#lacksState = false
    if (keepsLog) return
    this.#compacted = { index, term }
    this.#entries = []
  }

  #boot(applied: number): Raft {
    const { options, random } = this.#setup
    const { configuration } = this
    const { id, disk: contents } = this
    const clusterClockMs = this.applied.at(-1)?.stampMs ?? options.clusterClockMs ?? 0
    return new Raft(
      { random },
      {
        ...options,
        configuration,
        id,
        contents,
        applied,
        clusterClockMs,
        lacksState: this.#lacksState,
      },
    )
  }
}
