// Carries out the core's append works in their order. Most are one write group each, and overlap.
// One that brings a state image takes three steps, each durable before the next: the log
// is told what is about to happen, the state is replaced, the log begins anew after the image. A
// crash between them leaves a state and a log that boot code can tell apart (install-recovery.ts).
// An image for a state that was lost takes only the second one: the log goes on there anyway.
// Whatever comes meanwhile waits.
import type { Clock } from '../../base/index.ts'
import type { Snapshot } from '../core/message.ts'
import type { AppendWork } from '../core/ready.ts'
import type { ImageWriter } from '../images.ts'
import type { LogStorage } from '../log-storage.ts'
import type { RaftFatalCode } from './errors.ts'
import { imageInstallMsMax } from './limits.ts'
import { observeAppend } from './metrics.ts'
import type { RaftMetrics } from './metrics.ts'

export interface LogWriterDeps {
  readonly clock: Clock
  readonly log: LogStorage
  readonly metrics: RaftMetrics
  /** The received image that `snapshot` speaks of. */
  readonly imageOf: (snapshot: Snapshot) => ImageWriter
  /** The state machine shows the image from now on. */
  readonly onInstalled: (snapshot: Snapshot) => void
  readonly onDurable: (work: AppendWork) => void
  readonly onFailed: (code: RaftFatalCode, cause: unknown) => void
  /** False: nothing more may be begun. */
  readonly isAlive: () => boolean
}

/** Works under way are bounded by the caller (`appendsMax`). */
export class LogWriter {
  readonly #deps: LogWriterDeps
  #begun = 0
  #ended = 0
  #isInstalling = false
  #held: AppendWork[] = []
  readonly #idleWaiters: (() => void)[] = []

  constructor(deps: LogWriterDeps) {
    this.#deps = deps
  }

  /** Works that are not done. */
  get inFlight(): number {
    return this.#begun - this.#ended
  }

  /** Works begun and done so far. */
  get begun(): number {
    return this.#begun
  }

  get ended(): number {
    return this.#ended
  }

  write(work: AppendWork): void {
    const { metrics } = this.#deps
    this.#begun += 1
    metrics.appendGroups += 1
    metrics.appendEntries += work.entries.length
    this.#begin(work)
  }

  /** Resolves when nothing is under way, or after `timeoutMs`; an install is given more time. */
  async idle(timeoutMs: number): Promise<void> {
    this.#held.splice(0).forEach(() => this.#done())
    if (this.inFlight === 0) return
    const waitMs = this.#isInstalling ? Math.max(timeoutMs, imageInstallMsMax) : timeoutMs
    await new Promise<void>((resolve) => {
      const timer = this.#deps.clock.setTimer(waitMs, resolve)
      this.#idleWaiters.push(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  #begin(work: AppendWork): void {
    if (this.#isInstalling) this.#held.push(work)
    else if (work.snapshot === undefined) this.#append(work)
    else void this.#install(work, work.snapshot)
  }

  #append(work: AppendWork): void {
    const { clock, log, metrics, onDurable, onFailed } = this.#deps
    const startedMs = clock.nowMs()
    const { entries, hardState } = work
    log.append({ entries, hardState, sync: true }).then(
      () => {
        observeAppend(metrics, clock.nowMs() - startedMs)
        this.#done()
        onDurable(work)
      },
      (error: unknown) => {
        this.#done()
        onFailed('RAFT_LOG_WRITE_FAILED', error)
      },
    )
  }

  async #install(work: AppendWork, snapshot: Snapshot): Promise<void> {
    this.#isInstalling = true
    const isInstalled = work.keepsLog
      ? await this.#replaceState(snapshot)
      : await this.#replace(work, snapshot)
    this.#isInstalling = false
    // A reset has stored the hard state as well.
    if (isInstalled && (work.keepsLog || work.entries.length > 0)) {
      this.#append({ ...work, snapshot: undefined })
    } else {
      this.#done()
      if (isInstalled) this.#deps.onDurable(work)
    }
    for (const held of this.#held.splice(0)) {
      if (isInstalled) this.#begin(held)
      else this.#done()
    }
  }

  /** The three steps; false when they could not be finished, which has been told. */
  async #replace(work: AppendWork, snapshot: Snapshot): Promise<boolean> {
    const { log, imageOf, isAlive, onInstalled, onFailed } = this.#deps
    const mark = { index: snapshot.index, term: snapshot.term }
    let code: RaftFatalCode = 'RAFT_LOG_WRITE_FAILED'
    try {
      // Ends after every append before it, because the log works in call order.
      await log.announceImage(mark)
      if (!isAlive()) return false
      code = 'RAFT_IMAGE_INSTALL_FAILED'
      await imageOf(snapshot).install()
      if (!isAlive()) return false
      onInstalled(snapshot)
      code = 'RAFT_LOG_WRITE_FAILED'
      await log.reset(mark, work.hardState)
      return isAlive()
    } catch (error) {
      onFailed(code, error)
      return false
    }
  }

  /** The second step alone; false when it could not be finished, which has been told. */
  async #replaceState(snapshot: Snapshot): Promise<boolean> {
    const { imageOf, isAlive, onInstalled, onFailed } = this.#deps
    try {
      await imageOf(snapshot).install()
      if (!isAlive()) return false
      onInstalled(snapshot)
      return true
    } catch (error) {
      onFailed('RAFT_IMAGE_INSTALL_FAILED', error)
      return false
    }
  }

  #done(): void {
    this.#ended += 1
    if (this.inFlight > 0) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
