// Takes what is committed to the state machine, in pieces, and knows what the state machine shows:
// the last index, the members and the digest. An image jumps ahead of all that.
import { assert } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Entry } from '../core/entry.ts'
import type { DigestMark } from '../core/message.ts'
import type { Raft } from '../core/raft.ts'
import { ApplyQueue } from './apply-queue.ts'
import { DigestWatch } from './digest-watch.ts'
import { fatalCodeOf } from './errors.ts'
import type { RaftFatalCode } from './errors.ts'
import type { RaftMetrics } from './metrics.ts'
import type { DigestMismatch } from './outcomes.ts'
import type { StateMachine } from './state-machine.ts'

export interface ApplierDeps {
  readonly core: Raft
  readonly stateMachine: StateMachine
  readonly metrics: RaftMetrics
  readonly logger: Logger
  readonly onApplied: (entries: readonly Entry[], results: readonly unknown[]) => void
  readonly onConfiguration: (configuration: Configuration) => void
  readonly onMismatch: (mismatch: DigestMismatch) => void
  readonly onFailed: (code: RaftFatalCode, cause: unknown) => void
}

export interface ApplierOptions {
  readonly id: number
  readonly applied: number
  readonly configuration: Configuration
  /** There is no state yet: `configuration` is hearsay. @default false */
  readonly lacksState?: boolean
}

export class Applier {
  readonly #deps: ApplierDeps
  readonly #id: number
  readonly #queue = new ApplyQueue()
  readonly #digests = new DigestWatch()
  #index: number
  #configuration: Configuration
  #isHearsay: boolean
  #digestIndex = 0

  constructor(deps: ApplierDeps, options: ApplierOptions) {
    this.#deps = deps
    this.#id = options.id
    this.#index = options.applied
    this.#configuration = options.configuration
    this.#isHearsay = options.lacksState ?? false
  }

  /** Last entry whose effects the state machine shows. */
  get index(): number {
    return this.#index
  }

  /** The members as the state machine shows them. */
  get configuration(): Configuration {
    return this.#configuration
  }

  /** Entries that wait. */
  get queued(): number {
    return this.#queue.length
  }

  push(entries: readonly Entry[]): void {
    this.#queue.push(entries)
  }

  /** What waits is void. */
  clear(): void {
    this.#queue.clear()
  }

  /** Applies a bounded piece of what waits, shorter once `isTimeUp`; returns how many entries. */
  applySome(isTimeUp: () => boolean): number {
    const { core, stateMachine, metrics, onApplied, onFailed } = this.#deps
    const piece = this.#queue.peek()
    if (piece.length === 0) return 0
    let entries = piece
    let results: readonly unknown[]
    let configuration: Configuration | undefined
    let mark: DigestMark
    let last: Entry
    try {
      results = stateMachine.apply(piece, isTimeUp)
      const isSome = results.length > 0 && results.length <= piece.length
      assert(isSome, 'apply returns one result per entry it applied')
      if (results.length < piece.length) entries = piece.slice(0, results.length)
      last = entries.at(-1)!
      if (last.type === 'config') configuration = stateMachine.configuration()
      mark = stateMachine.digestMark()
    } catch (error) {
      onFailed(fatalCodeOf(error), error)
      return piece.length
    }
    this.#queue.drop(entries.length)
    this.#index = last.index
    metrics.entriesApplied += entries.length
    core.applied(last.index, configuration)
    if (configuration !== undefined) this.#noteConfiguration(configuration)
    this.#noteDigest(mark)
    onApplied(entries, results)
    return entries.length
  }

  /** An image has replaced the state: it shows everything up to `index`. */
  installed(index: number): void {
    const { stateMachine } = this.#deps
    this.#index = index
    this.#noteConfiguration(stateMachine.configuration())
    this.#noteDigest(stateMachine.digestMark())
  }

  /** What was compared in another term counts no more. */
  leadershipChanged(): void {
    this.#digests.reset()
  }

  /** On the leader: another member has told its digest. */
  compareDigest(from: number, mark: DigestMark): void {
    const mismatch = this.#digests.report(from, mark, this.#configuration)
    if (mismatch === undefined) return
    const { metrics, logger, onMismatch } = this.#deps
    metrics.digestMismatches += 1
    logger.error({ ...mismatch }, 'digests disagree')
    onMismatch(mismatch)
  }

  #noteDigest(mark: DigestMark): void {
    if (mark.index === this.#digestIndex) return
    this.#digestIndex = mark.index
    this.#deps.core.setDigest(mark)
    if (this.#deps.core.role === 'leader') this.compareDigest(this.#id, mark)
  }

  #noteConfiguration(configuration: Configuration): void {
    if (configuration.id === this.#configuration.id && !this.#isHearsay) return
    this.#isHearsay = false
    this.#configuration = configuration
    this.#deps.metrics.configurationChanges += 1
    this.#deps.logger.info({ ...configuration }, 'configuration changed')
    this.#deps.onConfiguration(configuration)
  }
}
