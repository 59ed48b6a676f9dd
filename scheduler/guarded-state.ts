// The durable state as Raft sees it, which also takes nothing more while the log's disk is full or
// while replicas disagree and no majority says who is right (design 4.8).
import { CodedError } from '../base/index.ts'
import type { Clock, Logger, Service, Timer } from '../base/index.ts'
import type {
  Configuration,
  DigestMark,
  DigestMismatch,
  Entry,
  StateMachine,
} from '../raft/index.ts'
import type { DurableState } from './replication/index.ts'

/** Pause between two looks whether a full disk has room again. */
const spacePauseMs = 1000

/** What is asked of the log. */
export interface SpaceWatch {
  readonly isDiskFull: boolean
  checkSpace(): Promise<boolean>
}

export interface GuardedStateDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly durable: DurableState
  readonly log: SpaceWatch
}

export class GuardedState implements StateMachine, Service {
  readonly name = 'guarded-state'
  readonly #deps: GuardedStateDeps
  readonly #options: {
    readonly replicaId: number
    readonly onFatal: (error: Error) => void
  }
  #isDiverged = false
  #timer: Timer | undefined
  #isStopped = false

  constructor(
    deps: GuardedStateDeps,
    options: { readonly replicaId: number; readonly onFatal: (error: Error) => void },
  ) {
    this.#deps = deps
    this.#options = options
  }

  /** Replicas disagree without a majority: writes stay stopped until people have looked. */
  get isDiverged(): boolean {
    return this.#isDiverged
  }

  apply(entries: readonly Entry[], isTimeUp: () => boolean): readonly unknown[] {
    return this.#deps.durable.apply(entries, isTimeUp)
  }

  configuration(): Configuration {
    return this.#deps.durable.configuration()
  }

  durableIndex(): number {
    return this.#deps.durable.durableIndex()
  }

  digestMark(): DigestMark {
    return this.#deps.durable.digestMark()
  }

  stamp(data: Uint8Array): Uint8Array {
    return this.#deps.durable.stamp(data)
  }

  isOverloaded(): boolean {
    return this.#deps.durable.isOverloaded() || this.#deps.log.isDiskFull || this.#isDiverged
  }

  /**
   * Takes what a leader found out. Outvoted itself, it stops for good, so that another one leads;
   * without a majority nobody can be trusted with a write. An outvoted follower hears it in its log
   * (membership/divergence.ts).
   */
  onDigestMismatch(mismatch: DigestMismatch): void {
    const { index, outvoted, hasMajority } = mismatch
    this.#deps.logger.error({ index, outvoted, hasMajority }, 'replicas disagree')
    if (!hasMajority) this.#isDiverged = true
    if (!outvoted.includes(this.#options.replicaId)) return
    const message = `a majority has another state than this replica at index ${index}`
    this.#options.onFatal(new CodedError('SCHED_STATE_DIVERGED', message))
  }

  async start(): Promise<void> {
    this.#watchSpace()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #watchSpace(): void {
    const { clock, log, logger } = this.#deps
    this.#timer = clock.setTimer(spacePauseMs, () => {
      if (!log.isDiskFull) {
        this.#watchSpace()
        return
      }
      logger.warn({}, 'the disk is full: no new writes')
      log.checkSpace().then(
        () => this.#isStopped || this.#watchSpace(),
        (error: unknown) => {
          // The log has failed; whoever writes to it next stops the replica.
          logger.error({ err: error }, 'the space of the log cannot be checked')
        },
      )
    })
  }
}
