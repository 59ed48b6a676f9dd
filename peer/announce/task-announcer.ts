// Tells the cluster which finished copies this host holds: at once for an import, again after a
// restart of either side. A copy is announced until a scheduler has confirmed it.
import { CodedError, isCoded, messageOf, secondMs } from '../../base/index.ts'
import type { CancelSignal, Clock, Logger, Random, Service } from '../../base/index.ts'
import type { Schedulers } from './scheduler-link.ts'
import { isRetryable } from '../../client/index.ts'
import { dfCodes, DfError } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { peerHost } from '../host.ts'
import type { LocalHost } from '../host.ts'
import type { PieceStore } from '../store/index.ts'
import { wireUrlMeta } from '../task-request.ts'
import { piecePacket } from '../rpc/piece-packet.ts'

/** Announcements in flight at once, besides those a caller waits for. */
export const announceWorkers = 4

/** Pause of a worker between two announcements: with `announceWorkers` at most 200 a second. */
export const announcePauseMs = 20

/** Pause of a worker after a failed announcement; doubles. */
export const announceTaskRetryMsMin = 500
export const announceTaskRetryMsMax = 15 * secondMs

/** Longest one announcement in the background may take. */
export const announceTaskDeadlineMs = 10 * secondMs

/** Pieces named in one announcement; the schedulers keep no digest but that of piece 0. */
export const announcedPiecesMax = 4_096

/** Copies looked up at the schedulers after each announcement of the host. */
export const auditedTasksMax = 8

export interface TaskAnnouncerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly scheduler: Pick<Schedulers, 'announceTask' | 'statTask' | 'leaveTask'>
  readonly store: PieceStore
}

/** Announces finished copies; `start` before the first use. */
export class TaskAnnouncer implements Service {
  readonly name = 'task announcer'
  readonly #deps: TaskAnnouncerDeps
  readonly #host: LocalHost
  readonly #stopped = new AbortController()
  /** Waiting copies by task id, first come first served; as many as the store holds at most. */
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, { controller: AbortController; settled: Promise<void> }>()
  readonly #loops: Promise<void>[] = []
  #wake: (() => void)[] = []
  #auditedTo = ''
  #auditing: Promise<void> | undefined

  constructor(deps: TaskAnnouncerDeps, options: { readonly host: LocalHost }) {
    this.#deps = deps
    this.#host = options.host
  }

  async start(): Promise<void> {
    for (let i = 0; i < announceWorkers; i += 1) this.#loops.push(this.#work())
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#wakeAll()
    for (const { controller } of this.#running.values()) controller.abort()
    await Promise.all(this.#loops)
    await this.#auditing
  }

  /** Announces a copy in the background, until it is confirmed or gone. */
  enqueue(taskId: string): void {
    this.#waiting.add(taskId)
    this.#wakeAll()
  }

  /** Announces every finished copy in the background. */
  enqueueAll(): void {
    for (const task of this.#deps.store.list()) {
      if (task.state === 'done') this.#waiting.add(task.taskId)
    }
    this.#wakeAll()
  }

  /**
   * Announces a finished copy and waits for the confirmation. When nobody takes it the copy stays
   * queued and PEER_NOT_ANNOUNCED says so; PEER_ANNOUNCE_REFUSED when it will never be taken.
   */
  async announce(
    taskId: string,
    options: { readonly deadlineMs: number; readonly signal: CancelSignal },
  ): Promise<void> {
    try {
      await this.#announce(taskId, options.deadlineMs, options.signal)
    } catch (error) {
      if (isRefusal(error)) {
        throw new CodedError(
          'PEER_ANNOUNCE_REFUSED',
          `the data is stored locally; the schedulers refuse to take it: ${messageOf(error)}`,
          { cause: error },
        )
      }
      this.enqueue(taskId)
      throw new CodedError(
        'PEER_NOT_ANNOUNCED',
        'the data is stored locally and not yet announced to the schedulers; ' +
          `the daemon goes on announcing it: ${messageOf(error)}`,
        { cause: error },
      )
    }
  }

  /** Ends announcements of a copy that is about to be deleted; resolves when none runs. */
  async forget(taskId: string): Promise<void> {
    this.#waiting.delete(taskId)
    const running = this.#running.get(taskId)
    running?.controller.abort()
    await running?.settled
  }

  /**
   * Looks in the background whether the schedulers still know some of the copies; when one is
   * missing all are announced again. Call it after each announcement of the host.
   */
  audit(): void {
    this.#auditing ??= this.#audit()
      .catch((error: unknown) => {
        this.#deps.logger.warn({ reason: messageOf(error) }, 'audit of copies failed')
      })
      .finally(() => {
        this.#auditing = undefined
      })
  }

  async #audit(): Promise<void> {
    const { logger, scheduler } = this.#deps
    for (const taskId of this.#nextAudited()) {
      if (this.#stopped.signal.aborted) return
      try {
        const task = await scheduler.statTask(
          { taskId },
          { deadlineMs: announceTaskDeadlineMs, signal: this.#stopped.signal },
        )
        if (task.state === 'Succeeded' && task.hasAvailablePeer) continue
      } catch (error) {
        if (!(error instanceof DfError) || error.dfCode !== dfCodes.PeerTaskNotFound) return
      }
      if (this.#deps.store.get(taskId)?.state !== 'done') continue
      logger.info({ taskId }, 'schedulers miss a copy of this host')
      this.enqueueAll()
      return
    }
  }

  #nextAudited(): readonly string[] {
    const done = this.#deps.store
      .list()
      .filter((task) => task.state === 'done')
      .map((task) => task.taskId)
    const from = done.findIndex((taskId) => taskId > this.#auditedTo)
    const chosen = done.slice(Math.max(from, 0)).slice(0, auditedTasksMax)
    this.#auditedTo = chosen.at(-1) ?? ''
    return chosen
  }

  async #work(): Promise<void> {
    const { clock, logger } = this.#deps
    const { signal } = this.#stopped
    let failures = 0
    while (!signal.aborted) {
      const taskId = this.#take()
      if (taskId === undefined) {
        await new Promise<void>((resolve) => this.#wake.push(resolve))
        continue
      }
      try {
        await this.#announce(taskId, announceTaskDeadlineMs, signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (!isCoded(error, 'PEER_CANCELLED')) {
          const isRefused = isRefusal(error)
          // What is refused for what it is must not hold up the others.
          failures = isRefused ? 0 : failures + 1
          logger.warn({ taskId, failures, reason: messageOf(error) }, 'task not announced')
          const isHere = this.#deps.store.get(taskId)?.state === 'done'
          if (isHere && !isRefused) this.#waiting.add(taskId)
        }
      }
      await clock.sleep(this.#pauseMs(failures), signal).catch(() => {})
    }
  }

  #pauseMs(failures: number): number {
    if (failures === 0) return announcePauseMs
    const fullMs = announceTaskRetryMsMin * 2 ** Math.min(failures - 1, 16)
    const boundMs = Math.min(fullMs, announceTaskRetryMsMax)
    // Half of it is random, so that many hosts do not come back in one wave.
    return boundMs / 2 + this.#deps.random.below(Math.ceil(boundMs / 2) + 1)
  }

  #take(): string | undefined {
    for (const taskId of this.#waiting) {
      if (this.#running.has(taskId)) continue
      this.#waiting.delete(taskId)
      return taskId
    }
    return undefined
  }

  #wakeAll(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const resolve of waiting) resolve()
  }

  async #announce(taskId: string, deadlineMs: number, signal: CancelSignal): Promise<void> {
    const { store, scheduler } = this.#deps
    const controller = new AbortController()
    const onAbort = (): void => controller.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) controller.abort()
    const run = async (): Promise<void> => {
      const request = this.#request(taskId)
      if (request === undefined) return
      const options = { deadlineMs, signal: controller.signal }
      await scheduler.announceTask(request, options).catch((error: unknown) => {
        if (!controller.signal.aborted) throw error
        throw new CodedError('PEER_CANCELLED', 'the announcement was cancelled', { cause: error })
      })
      if (store.get(taskId) !== undefined) await store.setNeedsAnnounce(taskId, false)
    }
    const outcome = run()
    const settled = outcome.then(
      () => {},
      () => {},
    )
    const entry = { controller, settled }
    this.#running.set(taskId, entry)
    try {
      await outcome
    } finally {
      signal.removeEventListener('abort', onAbort)
      if (this.#running.get(taskId) === entry) this.#running.delete(taskId)
      this.#wakeAll()
    }
  }

  #request(taskId: string): schedulerV1.AnnounceTaskRequest | undefined {
    const { store } = this.#deps
    const copy = store.open(taskId)
    if (copy === undefined) return undefined
    try {
      const task = copy.info()
      if (task.state !== 'done') return undefined
      const pieces = copy.pieces(0, announcedPiecesMax)
      return {
        taskId,
        url: task.url,
        urlMeta: wireUrlMeta(task.urlMeta),
        peerHost: peerHost(this.#host),
        taskType: task.type === 'dfcache' ? 'DfCache' : 'Normal',
        piecePacket: piecePacket(this.#host, task, pieces),
      }
    } finally {
      // Nothing is read from the file, so nobody waits for the pin.
      void copy.release()
    }
  }
}

/** The schedulers have understood and said no: saying it again does not help. */
function isRefusal(error: unknown): boolean {
  if (error instanceof DfError) return !isRetryable(error)
  return isCoded(error, 'PROTO_INVALID_ARGUMENT') || isCoded(error, 'PROTO_FIELD_INVALID')
}
