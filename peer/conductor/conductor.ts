// One download from its start to a finished copy: it registers at the schedulers, fetches pieces
// from the parents they name, goes to the origin when they say so or when none of them answers, and
// reports how it ended. One status variable (`#phase`) says which way is taken.
import { assert, CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Http, Logger, Timer } from '../../base/index.ts'
import { SchedulerUnavailableError } from '../../client/index.ts'
import { dfCodeName, dfCodes } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { TaskError, toTaskError } from '../errors.ts'
import type { LocalHost } from '../host.ts'
import type { PieceRecord, PieceStore, TaskCopy, TaskInfo } from '../store/index.ts'
import type { TaskRequest } from '../task-request.ts'
import { downloadFromSource } from '../transfer/index.ts'
import type { RateLimiter } from '../transfer/index.ts'
import {
  scheduleTimeoutMs,
  unavailableMsWithoutSource,
  unavailableMsWithSource,
  watchdogMs,
} from './limits.ts'
import { deferred } from './deferred.ts'
import { ParentTransfers } from './parent-transfers.ts'
import { SchedulerSession } from './scheduler-session.ts'
import type { SessionDeps } from './scheduler-session.ts'

export interface ConductorDeps extends SessionDeps {
  readonly store: PieceStore
  readonly http: Http
}

export interface ConductorOptions {
  readonly request: TaskRequest
  readonly host: LocalHost
  /** Makes the id of a fresh download; a partial copy keeps the one it has. */
  readonly newPeerId: () => string
  /** A seed asks no scheduler: it was sent by one, which hears of its pieces another way. */
  readonly isSeed: boolean
  /** Whether the origin may be asked; `allowSource` can allow it later. */
  readonly allowsSource: boolean
  readonly limiters: readonly RateLimiter[]
}

/** How a download ended well. */
export interface ConductorOutcome {
  readonly task: TaskInfo
  /** For the user; empty when there is nothing to say. */
  readonly note: string
  /** The schedulers know that this host has the whole copy. */
  readonly isReported: boolean
}

type Phase = 'new' | 'registering' | 'parents' | 'source' | 'finishing' | 'ended'

/** What the user is told when no scheduler could be asked. */
export const noteWithoutScheduler = 'no scheduler answered; downloaded from the origin'

/** Runs one download; `run` is called once. */
export class Conductor {
  readonly #deps: ConductorDeps
  readonly #options: ConductorOptions
  readonly #logger: Logger
  readonly #ended = new AbortController()
  readonly #progress = new Set<(task: TaskInfo) => void>()
  readonly #stored = deferred<void>()
  readonly #complete = deferred<void>()
  #phase: Phase = 'new'
  #allowsSource: boolean
  #peerId: string
  #session: SchedulerSession | undefined
  #transfers: ParentTransfers | undefined
  #copy: TaskCopy | undefined
  #note = ''
  #startedMs = 0
  #progressMs = 0
  #lostSinceMs: number | undefined
  #timer: Timer | undefined
  #trafficBytes = 0
  #beginning: Promise<void> | undefined
  #sourceRun: Promise<void> | undefined

  constructor(deps: ConductorDeps, options: ConductorOptions) {
    this.#deps = deps
    this.#options = options
    this.#allowsSource = options.allowsSource
    this.#peerId = options.newPeerId()
    this.#logger = deps.logger.child({ taskId: options.request.taskId })
  }

  get peerId(): string {
    return this.#peerId
  }

  /** Resolves once a copy stands in the store; rejects when the download failed before. */
  get stored(): Promise<void> {
    return this.#stored.promise
  }

  /** Tells `listener` of each finished piece. Returns the unsubscribe. */
  onProgress(listener: (task: TaskInfo) => void): () => void {
    this.#progress.add(listener)
    return () => this.#progress.delete(listener)
  }

  /** From now on the origin may be asked, because somebody joined who wants that. */
  allowSource(): void {
    this.#allowsSource = true
    if (this.#lostSinceMs !== undefined) this.#checkLost()
  }

  /** Gives the download up; finished pieces stay for a later one. */
  cancel(reason: string): void {
    this.#fail(new CodedError('PEER_CANCELLED', reason))
  }

  /** Downloads. Rejects with TaskError; what was fetched stays in the store. */
  async run(): Promise<ConductorOutcome> {
    assert(this.#phase === 'new', 'a download runs once')
    this.#phase = 'registering'
    this.#startedMs = this.#deps.clock.nowMs()
    this.#beginning = this.#begin()
    try {
      await Promise.race([this.#beginning, this.#complete.promise])
      await this.#complete.promise
      return await this.#finish()
    } catch (error) {
      const failure = toTaskError(error)
      await this.#abandon(failure)
      throw failure
    } finally {
      this.#timer?.cancel()
      await this.#copy?.release()
    }
  }

  async #begin(): Promise<void> {
    const { request, isSeed, host } = this.#options
    const copy = await this.#deps.store.resume(request.taskId)
    if (copy !== undefined) {
      this.#peerId = copy.info().peerId
      this.#useCopy(copy)
    }
    if (this.#hasEnded()) return
    if (isSeed) {
      this.#startSource('seeding')
      return
    }
    const options = { request, peerId: this.#peerId, host }
    this.#session = new SchedulerSession(this.#deps, options, {
      onParents: (parents) => {
        this.#lostSinceMs = undefined
        if (this.#phase !== 'parents') return
        this.#transfers?.setParents(parents)
      },
      onNeedSource: (reason) => this.#needSource(reason),
      onFailed: (error) => this.#fail(error),
      onLost: (error) => {
        this.#lostSinceMs ??= this.#deps.clock.nowMs()
        this.#logger.warn({ reason: error.message }, 'no scheduler answers')
        this.#checkLost()
      },
    })
    const result = await this.#register(this.#session)
    if (result !== undefined && !this.#hasEnded()) this.#follow(this.#session, result)
  }

  /** Registers; undefined when the download goes to the origin instead. */
  async #register(
    session: SchedulerSession,
  ): Promise<schedulerV1.RegisterResult__Output | undefined> {
    const deadlineMs = this.#unavailableMs()
    try {
      return await session.register(deadlineMs, this.#ended.signal)
    } catch (error) {
      if (this.#hasEnded()) return undefined
      // As upstream: whatever the schedulers object to, the origin may still have the content.
      if (!this.#allowsSource) throw unavailable(error)
      session.close()
      this.#session = undefined
      if (error instanceof SchedulerUnavailableError || isCoded(error, 'SCHED_UNAVAILABLE')) {
        this.#note = noteWithoutScheduler
      }
      this.#startSource(messageOf(error))
      return undefined
    }
  }

  #follow(session: SchedulerSession, result: schedulerV1.RegisterResult__Output): void {
    this.#phase = 'parents'
    this.#transfers = this.#newTransfers()
    this.#touch()
    this.#watch()
    session.open()
    if (result.sizeScope === 'EMPTY') {
      this.#transfers.setEmpty()
    } else if (result.sizeScope === 'TINY') {
      this.#transfers.setContent(Buffer.from(result.pieceContent ?? []))
    } else if (result.sizeScope === 'UNKNOW') {
      throw new TaskError('PEER_SCHEDULE_FAILED', dfCodes.ClientError, 'the task has no size scope')
    } else if (result.sizeScope === 'SMALL' && result.singlePiece) {
      this.#transfers.offerSingle(result.singlePiece)
    }
  }

  #newTransfers(): ParentTransfers {
    const { request, limiters } = this.#options
    const transfers = new ParentTransfers(
      this.#deps,
      { request, peerId: this.#peerId, limiters, copy: this.#copy },
      {
        onCopy: (copy) => this.#useCopy(copy),
        onPiece: (piece, parentId) => this.#onPiece(piece, parentId),
        onParentFailed: (parentId, dfCode, num) =>
          this.#session?.reportFailure(parentId, dfCode, num),
        onComplete: () => this.#complete.resolve(),
        onFailed: (error) => this.#fail(error),
      },
    )
    return transfers
  }

  #useCopy(copy: TaskCopy): void {
    this.#copy = copy
    this.#stored.resolve()
  }

  #onPiece(piece: PieceRecord, parentId: string): void {
    const task = this.#copy!.info()
    this.#trafficBytes += piece.lengthBytes
    this.#touch()
    this.#session?.reportPiece(piece, parentId, task.finishedPieces)
    for (const listener of this.#progress) listener(task)
  }

  #needSource(reason: string): void {
    if (this.#phase !== 'parents') return
    if (this.#allowsSource && this.#options.request.type !== 'dfcache') {
      this.#startSource(reason)
      return
    }
    this.#fail(
      new TaskError(
        'PEER_NO_PARENT',
        dfCodes.SchedNeedBackSource,
        'no peer has the content and the origin must not be asked',
      ),
    )
  }

  /** Leaves the parents and fetches what is missing from the origin. */
  #startSource(reason: string): void {
    this.#phase = 'source'
    this.#logger.info({ reason }, 'downloading from the origin')
    const run = async (): Promise<void> => {
      await this.#transfers?.close()
      if (this.#hasEnded()) return
      await this.#fetchSource()
      this.#complete.resolve()
    }
    this.#sourceRun = run().catch((error: unknown) => this.#fail(error))
  }

  async #fetchSource(): Promise<void> {
    const { request, limiters } = this.#options
    const { http, clock, logger, store } = this.#deps
    if (this.#copy === undefined) {
      this.#useCopy(
        await store.create({ ...request, peerId: this.#peerId, contentLengthBytes: -1 }),
      )
    }
    const { header, range } = request.urlMeta
    await downloadFromSource({ http, clock, logger, limiters }, this.#copy!, {
      url: request.url,
      header,
      range,
      signal: this.#ended.signal,
      onPiece: (piece) => this.#onPiece(piece, ''),
    })
  }

  async #finish(): Promise<ConductorOutcome> {
    this.#phase = 'finishing'
    const copy = this.#copy
    assert(copy !== undefined, 'a complete download has a copy')
    await this.#transfers?.close()
    const { digest } = this.#options.request.urlMeta
    const sign = this.#transfers?.pieceMd5Sign ?? ''
    const task = await copy.finish({ digest, pieceMd5Sign: sign })
    const session = this.#session
    const isReported = session !== undefined && (await session.finish(this.#result(task)))
    this.#phase = 'ended'
    const { clock } = this.#deps
    this.#logger.info(
      {
        costMs: Math.round(clock.nowMs() - this.#startedMs),
        contentLengthBytes: task.contentLengthBytes,
        isReported,
      },
      'download finished',
    )
    return { task, note: this.#note, isReported }
  }

  #result(task: TaskInfo): Parameters<SchedulerSession['finish']>[0] {
    return {
      contentLength: task.contentLengthBytes,
      traffic: this.#trafficBytes,
      cost: this.#costMs(),
      success: true,
      code: 'Success',
      totalPieceCount: task.totalPieces,
    }
  }

  #costMs(): number {
    return Math.min(Math.round(this.#deps.clock.nowMs() - this.#startedMs), 0xffff_ffff)
  }

  /** Ends everything after a failure and tells whoever has to know. */
  async #abandon(failure: TaskError): Promise<void> {
    this.#fail(failure)
    this.#phase = 'ended'
    this.#logger.warn({ code: failure.code, reason: failure.message }, 'download failed')
    this.#stored.reject(failure)
    // Nobody may write any more when the copy is given back or deleted.
    await this.#beginning?.catch(() => {})
    await this.#sourceRun
    await this.#transfers?.close()
    const { taskId } = this.#options.request
    const { store } = this.#deps
    store.interrupt(taskId, failure)
    await this.#session?.finish({
      contentLength: -1,
      traffic: this.#trafficBytes,
      cost: this.#costMs(),
      success: false,
      code: dfCodeName(failure.dfCode) ?? 'ClientError',
      totalPieceCount: -1,
      ...(failure.sourceError === undefined ? {} : { sourceError: failure.sourceError }),
    })
    const task = store.get(taskId)
    if (task === undefined || task.state === 'done') return
    const isUseless =
      task.finishedPieces === 0 ||
      spoilingCodes.has(failure.code) ||
      this.#transfers?.hasContradiction === true
    // The schedulers count this peer as failed: a later download comes as another one.
    if (isUseless) await store.delete(taskId)
    else await store.setPeerId(taskId, this.#options.newPeerId())
  }

  #fail(error: unknown): void {
    if (this.#phase === 'finishing' || this.#phase === 'ended') return
    this.#ended.abort(error)
    this.#complete.reject(error)
  }

  #hasEnded(): boolean {
    return this.#ended.signal.aborted
  }

  #touch(): void {
    this.#progressMs = this.#deps.clock.nowMs()
  }

  /** Looks after downloads that stand still. */
  #watch(): void {
    this.#timer = this.#deps.clock.setTimer(watchdogMs, () => {
      if (this.#phase !== 'parents' || this.#hasEnded()) return
      const idleMs = this.#deps.clock.nowMs() - this.#progressMs
      if (idleMs >= scheduleTimeoutMs) {
        this.#giveUp(dfCodes.ClientScheduleTimeout, `no progress for ${Math.round(idleMs)} ms`)
        return
      }
      if (idleMs >= watchdogMs) this.#transfers?.dropSlowest()
      if (this.#lostSinceMs !== undefined) this.#checkLost()
      this.#watch()
    })
  }

  /** With no scheduler and no parent that delivers there is nothing to wait for. */
  #checkLost(): void {
    if (this.#phase !== 'parents' || this.#hasEnded()) return
    const nowMs = this.#deps.clock.nowMs()
    if (nowMs - Math.max(this.#lostSinceMs ?? nowMs, this.#progressMs) < this.#unavailableMs()) {
      return
    }
    this.#note = noteWithoutScheduler
    this.#giveUp(dfCodes.ServerUnavailable, 'no scheduler answers')
  }

  #giveUp(dfCode: number, text: string): void {
    if (this.#allowsSource) this.#startSource(text)
    else this.#fail(new TaskError('PEER_SCHEDULER_UNAVAILABLE', dfCode, text))
  }

  #unavailableMs(): number {
    return this.#allowsSource ? unavailableMsWithSource : unavailableMsWithoutSource
  }
}

/**
 * After these nothing is kept to go on from: the pieces cannot be trusted, or they hold the space
 * that everything else on this host needs.
 */
const spoilingCodes: ReadonlySet<string> = new Set([
  'PEER_DIGEST_MISMATCH',
  'PEER_LENGTH_MISMATCH',
  'PEER_DISK_FULL',
])

/** What a caller hears when the schedulers are not there and the origin must not be asked. */
function unavailable(error: unknown): unknown {
  const isAway = error instanceof SchedulerUnavailableError || isCoded(error, 'SCHED_UNAVAILABLE')
  if (!isAway) return error
  return new CodedError('PEER_SCHEDULER_UNAVAILABLE', messageOf(error), { cause: error })
}
