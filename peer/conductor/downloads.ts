// The downloads that run on this host: everybody who wants the same content shares one conductor.
import { CodedError } from '../../base/index.ts'
import type { CancelSignal, Clock } from '../../base/index.ts'
import type { LocalHost } from '../host.ts'
import { newPeerId } from '../core/index.ts'
import type { TaskCopy, TaskInfo } from '../store/index.ts'
import type { TaskRequest } from '../task-request.ts'
import { RateLimiter } from '../transfer/index.ts'
import { Conductor } from './conductor.ts'
import type { ConductorDeps, ConductorOutcome } from './conductor.ts'
import { runningTasksMax } from './limits.ts'

export interface DownloadsDeps extends ConductorDeps {
  readonly clock: Clock
  /** Told of every finished copy the schedulers may not know of. */
  readonly announceLater: (taskId: string) => void
}

export interface DownloadsOptions {
  readonly host: LocalHost
  /** Bytes a second over all downloads. */
  readonly ratePerSecond: number
}

export interface ObtainOptions {
  readonly allowsSource: boolean
  /** Bytes a second of this download; 0 means no limit of its own. */
  readonly ratePerSecond: number
  readonly signal: CancelSignal
  readonly onProgress?: (task: TaskInfo) => void
}

/** A finished copy, pinned: release it. */
export interface Obtained {
  readonly copy: TaskCopy
  /** For the user; empty when there is nothing to say. */
  readonly note: string
  /** It was here already. */
  readonly isReused: boolean
}

interface Running {
  readonly conductor: Conductor
  readonly outcome: Promise<ConductorOutcome>
  waiters: number
  /** Goes on when nobody waits: others were promised the pieces. */
  isDetached: boolean
}

/** Starts, shares and ends downloads. */
export class Downloads {
  readonly #deps: DownloadsDeps
  readonly #options: DownloadsOptions
  readonly #limiter: RateLimiter
  readonly #running = new Map<string, Running>()
  #isStopping = false

  constructor(deps: DownloadsDeps, options: DownloadsOptions) {
    this.#deps = deps
    this.#options = options
    this.#limiter = new RateLimiter(
      { clock: deps.clock },
      { bytesPerSecond: options.ratePerSecond },
    )
  }

  /** Peer id of a download that runs. */
  peerIdOf(taskId: string): string | undefined {
    return this.#running.get(taskId)?.conductor.peerId
  }

  /** Resolves once a running download has a copy in the store; rejects when it failed before. */
  async stored(taskId: string): Promise<void> {
    await this.#running.get(taskId)?.conductor.stored
  }

  /**
   * The whole content: the finished copy of this host, or a download. TaskError with the codes of
   * Conductor; the signal's reason.
   */
  async obtain(request: TaskRequest, options: ObtainOptions): Promise<Obtained> {
    const present = this.#openDone(request.taskId)
    if (present !== undefined) return { copy: present, note: '', isReused: true }
    const running = this.#running.get(request.taskId) ?? this.#start(request, options, false)
    if (options.allowsSource) running.conductor.allowSource()
    const { onProgress } = options
    const unsubscribe =
      onProgress === undefined ? undefined : running.conductor.onProgress(onProgress)
    running.waiters += 1
    try {
      const { note } = await withSignal(running.outcome, options.signal)
      const copy = this.#openDone(request.taskId)
      if (copy === undefined) throw new CodedError('PEER_CANCELLED', 'the copy was deleted')
      return { copy, note, isReused: false }
    } finally {
      unsubscribe?.()
      running.waiters -= 1
      if (running.waiters === 0 && !running.isDetached) {
        running.conductor.cancel('nobody waits for the download any more')
      }
    }
  }

  /**
   * Makes this host fetch the content from the origin, for the schedulers. `isReused` when it is
   * here already; otherwise `outcome` tells how the download ends.
   */
  seed(request: TaskRequest): {
    readonly isReused: boolean
    readonly stored: Promise<void>
    readonly outcome: Promise<unknown>
  } {
    if (this.#deps.store.get(request.taskId)?.state === 'done') {
      return { isReused: true, stored: Promise.resolve(), outcome: Promise.resolve() }
    }
    const options = { allowsSource: true, ratePerSecond: 0 }
    const running = this.#running.get(request.taskId) ?? this.#start(request, options, true)
    running.isDetached = true
    running.conductor.allowSource()
    return { isReused: false, stored: running.conductor.stored, outcome: running.outcome }
  }

  /** Ends a download and waits for its end; nothing when none runs. */
  async cancel(taskId: string, reason: string): Promise<void> {
    const running = this.#running.get(taskId)
    if (running === undefined) return
    running.conductor.cancel(reason)
    await running.outcome.catch(() => {})
  }

  /** Refuses new downloads, ends the running ones and waits for their end. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(
      [...this.#running.keys()].map((taskId) => this.cancel(taskId, 'the daemon is stopping')),
    )
  }

  #openDone(taskId: string): TaskCopy | undefined {
    if (this.#deps.store.get(taskId)?.state !== 'done') return undefined
    return this.#deps.store.open(taskId)
  }

  #start(
    request: TaskRequest,
    options: Pick<ObtainOptions, 'allowsSource' | 'ratePerSecond'>,
    isSeed: boolean,
  ): Running {
    if (this.#isStopping) throw new CodedError('PEER_STOPPING', 'the daemon is stopping')
    if (this.#running.size >= runningTasksMax) {
      const text = `${runningTasksMax} downloads run already`
      throw new CodedError('PEER_TOO_MANY_DOWNLOADS', text)
    }
    const { host } = this.#options
    const { clock, random } = this.#deps
    const own =
      options.ratePerSecond > 0
        ? [new RateLimiter({ clock }, { bytesPerSecond: options.ratePerSecond })]
        : []
    const conductor = new Conductor(this.#deps, {
      request,
      host,
      newPeerId: () => newPeerId(random, host),
      isSeed,
      allowsSource: options.allowsSource,
      limiters: [...own, this.#limiter],
    })
    const { taskId } = request
    const outcome = conductor
      .run()
      .then(async (ended) => {
        if (ended.isReported) await this.#deps.store.setNeedsAnnounce(taskId, false)
        else this.#deps.announceLater(taskId)
        return ended
      })
      .finally(() => this.#running.delete(taskId))
    outcome.catch(() => {})
    const running = { conductor, outcome, waiters: 0, isDetached: isSeed }
    this.#running.set(taskId, running)
    return running
  }
}

/** The outcome, or the signal's reason, whichever comes first. */
function withSignal<T>(outcome: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(
        signal.reason instanceof Error
          ? signal.reason
          : new CodedError('PEER_CANCELLED', String(signal.reason)),
      )
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
