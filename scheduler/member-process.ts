// The life of one member's process: it opens or joins, serves until it is told to stop, and when
// the cluster removes it, moves its data aside and asks to come back, unless it is to stay out.
import { CodedError, isCoded } from '../base/index.ts'
import type { Clock, Disk, Logger, Random } from '../base/index.ts'
import type { DataDirectory } from '../storage/index.ts'
import { StayOutError } from './boot/join-client.ts'
import { restartPauseMs } from './boot/limits.ts'
import { openScheduler, quarantineRemoved } from './boot/open-instance.ts'
import type { BootDeps, BootOptions, OpenedScheduler } from './boot/open-instance.ts'
import { QuarantineKeeper } from './boot/quarantine-keeper.ts'
import type { QuarantineKeeperOptions } from './boot/quarantine-keeper.ts'
import type { RaftPort } from './boot/raft-port.ts'
import { FatalStop } from './fatal-stop.ts'
import { startScheduler } from './service.ts'
import type { RunningScheduler, SchedulerOptions } from './service.ts'

export interface MemberProcessDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly random: Random
  readonly logger: Logger
  /** Locked; closed by `stop`. */
  readonly directory: DataDirectory
  /** Listening; stopped by `stop`. */
  readonly raftPort: RaftPort
  readonly probe: BootDeps['probe']
  /** As `BootDeps.admission`. */
  readonly admission?: NonNullable<BootDeps['admission']>
  /** Ends the process after a failure. */
  readonly exit: (code: number) => void
}

export interface MemberProcessOptions {
  readonly boot: Omit<BootOptions, 'signal' | 'onFatal' | 'onProgress'>
  readonly scheduler: Omit<
    SchedulerOptions,
    'onFatal' | 'onTransport' | 'onProgress' | 'onKnowledge' | 'quarantine'
  >
  readonly quarantine: QuarantineKeeperOptions
}

/** How a process ended without a failure. */
export type MemberEnd =
  | { readonly kind: 'stopped' }
  /** The cluster does not want this host back; nothing is left to do. */
  | { readonly kind: 'stays-out'; readonly code: string; readonly detail: string }

/** One process of one member, over as many replicas as it takes. */
export class MemberProcess {
  readonly #deps: MemberProcessDeps
  readonly #options: MemberProcessOptions
  readonly #aborted = new AbortController()
  readonly #fatal: FatalStop
  #opened: OpenedScheduler | undefined
  #starting: Promise<RunningScheduler> | undefined
  #keeper: QuarantineKeeper | undefined
  /** What `run` does while it is not waiting; `stop` waits for it. */
  #lives = 0
  #run: Promise<MemberEnd> | undefined
  #running: RunningScheduler | undefined

  constructor(deps: MemberProcessDeps, options: MemberProcessOptions) {
    this.#deps = deps
    this.#options = options
    this.#fatal = new FatalStop(deps)
  }

  /** What the present replica runs on; undefined before one is opened. */
  get opened(): OpenedScheduler | undefined {
    return this.#opened
  }

  /** The present replica while it serves. */
  get running(): RunningScheduler | undefined {
    return this.#running
  }

  /** Resolves when the process has nothing to do any more; rejects when it cannot serve. */
  run(): Promise<MemberEnd> {
    this.#run ??= this.#runLives()
    return this.#run
  }

  /** Ends everything, in whatever phase it is. */
  async stop(): Promise<void> {
    this.#aborted.abort(new CodedError('SCHED_STOPPING', 'stopped while starting'))
    // What is being opened or started still uses the log: it is closed once it stands.
    await this.#run?.catch(() => undefined)
    await this.#deps.raftPort.stop()
    await this.#deps.directory.close()
  }

  async #runLives(): Promise<MemberEnd> {
    try {
      while (!this.#isStopping) await this.#live()
    } catch (error) {
      if (error instanceof StayOutError) {
        return { kind: 'stays-out', code: error.code, detail: error.message }
      }
      if (!this.#isStopping) throw error
    }
    return { kind: 'stopped' }
  }

  get #isStopping(): boolean {
    return this.#aborted.signal.aborted
  }

  /** One replica, from its data directory to its end. */
  async #live(): Promise<void> {
    const { clock, raftPort, logger } = this.#deps
    if (this.#lives > 0) await clock.sleep(restartPauseMs, this.#aborted.signal)
    this.#lives += 1
    const end = deferred<'removed' | 'stopped'>()
    const onAbort = (): void => end.resolve('stopped')
    this.#aborted.signal.addEventListener('abort', onAbort, { once: true })
    try {
      await this.#serve((error) => {
        if (isCoded(error, 'RAFT_REMOVED')) end.resolve('removed')
        else void this.#fatal.end(error, this.#opened?.instance)
      })
      // It may have been removed or stopped while it started.
      const why = this.#isStopping ? 'stopped' : await end.promise
      await this.#close()
      if (why === 'stopped' || this.#opened === undefined) return
      const { instance } = this.#opened
      const { clusterId, replicaId } = instance.identity
      logger.warn({ clusterId, replicaId }, 'removed from its cluster')
      await quarantineRemoved(this.#deps, instance)
      if (this.#deps.admission !== undefined) return
      const message = 'removed, and nothing to prove itself with to come back'
      throw new StayOutError('RAFT_REMOVED', message)
    } finally {
      this.#aborted.signal.removeEventListener('abort', onAbort)
      await this.#close()
      raftPort.report(undefined)
    }
  }

  /** Opens and starts; what was opened is left in `#opened` whatever happens. */
  async #serve(onFatal: (error: Error) => void): Promise<void> {
    const { clock, random, logger, raftPort, directory, disk } = this.#deps
    const { boot, scheduler, quarantine } = this.#options
    const { signal } = this.#aborted
    this.#opened = undefined
    const onProgress: NonNullable<BootOptions['onProgress']> = (look) => raftPort.report(look)
    const opened = await openScheduler(this.#deps, { ...boot, signal, onFatal, onProgress })
    this.#opened = opened
    if (this.#isStopping) return
    const { state } = opened.durable
    const replicaId = opened.identity.replicaId
    this.#keeper = new QuarantineKeeper(
      { clock, disk, logger, directory, state },
      { ...quarantine, replicaId },
    )
    this.#starting = startScheduler(
      { clock, random: random.fork(`life ${this.#lives}`), logger, opened },
      {
        ...scheduler,
        onFatal,
        onTransport: (transport) => raftPort.serve(transport),
        onProgress,
        onKnowledge: (knowledge) => raftPort.inform(knowledge),
        quarantine: this.#keeper.figures,
      },
    )
    const running = await this.#starting
    this.#running = running
    await this.#keeper.start()
    logger.info({ addr: running.addr, metricsUrl: running.metricsUrl }, 'serving')
  }

  /** Ends the replica, if there is one; idempotent. */
  async #close(): Promise<void> {
    const { raftPort } = this.#deps
    const starting = this.#starting
    const keeper = this.#keeper
    const opened = this.#opened
    this.#starting = undefined
    this.#running = undefined
    this.#keeper = undefined
    await keeper?.stop()
    const running = await starting?.catch(() => undefined)
    await running?.stop()
    raftPort.inform(undefined)
    await raftPort.release()
    if (opened !== undefined && !this.#closed.has(opened)) {
      this.#closed.add(opened)
      await opened.close()
    }
  }

  readonly #closed = new WeakSet<OpenedScheduler>()
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
