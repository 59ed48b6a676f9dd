// The scheduler's durable state as Raft sees it, entry by entry for those who watch. Like the
// scheduler's own guard it takes nothing more while the disk is full or replicas disagree.
import type {
  Configuration,
  DigestMark,
  DigestMismatch,
  Entry,
  StateMachine,
} from '../../raft/index.ts'
import type {
  CommandReport,
  DurableState,
  RowChange,
  StateEvent,
} from '../../scheduler/replication/index.ts'

/** What the state tells of one entry. */
export interface AppliedFrame {
  /** The session whose commands it carried; 0 = none. */
  readonly sessionId: number
  readonly stampMs: number
  readonly events: readonly StateEvent[]
  readonly changes: readonly RowChange[]
}

/** Told of what is applied. */
export interface StateObserver {
  /** Before a chunk of entries, all of them committed, is applied. */
  committed(): void
  applied(
    entry: Entry,
    frame: AppliedFrame,
    reports: readonly CommandReport[],
    digest: Uint8Array | undefined,
  ): void
  configured(configuration: Configuration): void
  /** An image took the place of the state. */
  replaced(): void
  /** This leader found out that a majority has another state than these members. */
  outvoted(ids: readonly number[]): void
  /** May stop the process right there. */
  beforeEntry(entry: Entry): void
}

/** Every so many entries the digest is computed and shown. */
const digestEvery = 16

/** A piece ends with every so manyth entry. */
const stopEvery = 7

const noFrame: AppliedFrame = { sessionId: 0, stampMs: 0, events: [], changes: [] }

/** Thrown to leave the product's code when the process has just died in it. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded'
}

/** `StateMachine` that reports. */
export class ObservedState implements StateMachine {
  readonly durable: DurableState
  readonly #observer: StateObserver
  readonly #isDiskFull: () => boolean
  #configurationId: number
  #isDiverged = false
  #isLyingNext = false
  #mark: DigestMark | undefined
  /** Of the entry being applied. */
  #frame: AppliedFrame = noFrame

  constructor(durable: DurableState, observer: StateObserver, isDiskFull: () => boolean) {
    this.durable = durable
    this.#observer = observer
    this.#isDiskFull = isDiskFull
    this.#configurationId = durable.configuration().id
    durable.state.subscribe((frame) => {
      const { sessionId, stampMs, events } = frame
      this.#frame = { sessionId, stampMs, events, changes: frame.changes() }
    })
    durable.state.onReplaced(() => {
      observer.replaced()
      this.#noticeConfiguration()
    })
  }

  get isDiverged(): boolean {
    return this.#isDiverged
  }

  apply(entries: readonly Entry[]): readonly unknown[] {
    this.#observer.committed()
    // Now and then time is up early: where a piece ends must not matter.
    const end = entries.findIndex(({ index }) => index % stopEvery === 0)
    return entries.slice(0, end === -1 ? entries.length : end + 1).map((entry) => {
      this.#observer.beforeEntry(entry)
      this.#frame = noFrame
      const [result] = this.durable.apply([entry])
      const reports = Array.isArray(result) ? (result as readonly CommandReport[]) : []
      const digest = entry.index % digestEvery === 0 ? this.durable.state.digest() : undefined
      if (digest !== undefined) this.#noteDigest(entry.index, digest)
      this.#observer.applied(entry, this.#frame, reports, digest)
      this.#noticeConfiguration()
      return result
    })
  }

  /** Reports the configuration when it is another one: after an entry, or an image. */
  #noticeConfiguration(): void {
    const configuration = this.configuration()
    if (configuration.id === this.#configurationId) return
    this.#configurationId = configuration.id
    this.#observer.configured(configuration)
  }

  configuration(): Configuration {
    return this.durable.configuration()
  }

  durableIndex(): number {
    return this.durable.durableIndex()
  }

  /** Far more often than the product's, so that leaders compare all the while. */
  digestMark(): DigestMark {
    return this.#mark ?? this.durable.digestMark()
  }

  /** The next digest that is told to the leader is another one than the state's. */
  lieAboutDigest(): void {
    this.#isLyingNext = true
  }

  #noteDigest(index: number, digest: Uint8Array): void {
    const told = digest.slice()
    if (this.#isLyingNext) told[0] = told[0]! ^ 1
    this.#isLyingNext = false
    this.#mark = { index, digest: told }
  }

  isOverloaded(): boolean {
    return this.durable.isOverloaded() || this.#isDiskFull() || this.#isDiverged
  }

  stamp(data: Uint8Array): Uint8Array {
    return this.durable.stamp(data)
  }

  /** What a leader found out about the digests. */
  onDigestMismatch({ hasMajority, outvoted }: DigestMismatch): void {
    if (!hasMajority) this.#isDiverged = true
    this.#observer.outvoted(outvoted)
  }
}
