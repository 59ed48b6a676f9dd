// What the daemon does with one task for a local user: stat, import, export, download, delete. No
// wire types here; the handlers translate.
import { CodedError, isCoded, messageOf, secondMs } from '../../base/index.ts'
import type { CancelSignal, Clock, Disk, Logger, Random } from '../../base/index.ts'
import type { TaskAnnouncer } from '../announce/task-announcer.ts'
import { SchedulerUnavailableError } from '../../client/index.ts'
import type { Schedulers } from '../announce/scheduler-link.ts'
import type { Downloads } from '../conductor/downloads.ts'
import { newPeerId } from '../core/index.ts'
import { dfCodes } from '../../proto/index.ts'
import { TaskError } from '../errors.ts'
import type { LocalHost } from '../host.ts'
import { checkOutput } from '../store/index.ts'
import type { PieceStore, TaskInfo } from '../store/index.ts'
import type { TaskRequest } from '../task-request.ts'
import { holdsSameContent } from './compare-file.ts'
import { exportAttemptsMax, leaveDeadlineMs, pendingLeavesMax } from './limits.ts'

/** Gives a file this daemon wrote to the user who asked for it. */
export type ChangeOwner = (path: string, uid: number, gid: number) => Promise<void>

export interface TaskOperationsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly disk: Disk
  readonly store: PieceStore
  readonly scheduler: Pick<Schedulers, 'statTask' | 'leaveTask' | 'leaveHost' | 'addresses'>
  readonly downloads: Downloads
  readonly announcer: TaskAnnouncer
  readonly changeOwner: ChangeOwner
}

/** Where a content goes. Ids of 0 keep the daemon's own user. */
export interface Output {
  readonly path: string
  readonly overwrite: boolean
  readonly uid: number
  readonly gid: number
}

export interface FetchOptions {
  readonly signal: CancelSignal
  readonly ratePerSecond: number
  readonly onProgress?: (task: TaskInfo) => void
}

/** How a download to a file ended. */
export interface Delivered {
  readonly task: TaskInfo
  readonly note: string
}

/** Serves local users. */
export class TaskOperations {
  readonly #deps: TaskOperationsDeps
  readonly #host: LocalHost
  /** Acts on one task follow each other. */
  readonly #turns = new Map<string, Promise<void>>()
  readonly #stopped = new AbortController()
  /** Deletions the schedulers have not heard of yet. */
  readonly #leaves = new Map<string, { taskId: string; peerId: string }>()
  #leaving: Promise<void> | undefined

  constructor(deps: TaskOperationsDeps, options: { readonly host: LocalHost }) {
    this.#deps = deps
    this.#host = options.host
  }

  /** Ends work in the background. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#leaving
  }

  /** Requires that the content is somewhere. PEER_TASK_NOT_FOUND, PEER_SCHEDULER_UNAVAILABLE. */
  async stat(
    request: TaskRequest,
    options: {
      readonly isLocal: boolean
      readonly deadlineMs: number
      readonly signal: CancelSignal
    },
  ): Promise<void> {
    const { store, scheduler } = this.#deps
    const { deadlineMs, signal } = options
    if (store.get(request.taskId)?.state === 'done') return
    if (options.isLocal) throw notFound(request)
    const task = await scheduler
      .statTask({ taskId: request.taskId }, { deadlineMs, signal })
      .catch((error: unknown) => {
        if (!(error instanceof SchedulerUnavailableError)) throw error
        throw new CodedError('PEER_SCHEDULER_UNAVAILABLE', error.message, { cause: error })
      })
    if (task.state !== 'Succeeded' || !task.hasAvailablePeer) throw notFound(request)
  }

  /** Writes a content that is somewhere in the cluster to a file; never asks an origin. */
  async export(
    request: TaskRequest,
    output: Output,
    options: FetchOptions & { readonly isLocal: boolean; readonly statMs: number },
  ): Promise<Delivered> {
    await checkOutput(this.#deps.disk, output.path, output.overwrite)
    const { isLocal, statMs: deadlineMs, signal } = options
    await this.stat(request, { isLocal, deadlineMs, signal })
    return await this.#deliver(request, output, { ...options, allowsSource: false })
  }

  /** Downloads a content to a file, from peers or the origin. */
  async download(
    request: TaskRequest,
    output: Output,
    options: FetchOptions & { readonly allowsSource: boolean },
  ): Promise<Delivered> {
    await checkOutput(this.#deps.disk, output.path, output.overwrite)
    return await this.#deliver(request, output, options)
  }

  /**
   * Takes a file into the store and waits until the schedulers know of it. PEER_IMPORT_…,
   * PEER_TASK_EXISTS (another content under this id), PEER_NOT_ANNOUNCED.
   */
  async import(
    request: TaskRequest,
    path: string,
    options: { readonly announceMs: number; readonly signal: CancelSignal },
  ): Promise<void> {
    if (!path.startsWith('/') || path.includes('\0')) {
      throw new CodedError('PEER_REQUEST_INVALID', `not an absolute path: ${path}`)
    }
    const startedMs = this.#deps.clock.nowMs()
    await this.#inTurn(request.taskId, () => this.#take(request, path, options.signal))
    const usedMs = this.#deps.clock.nowMs() - startedMs
    const deadlineMs = Math.max(Math.floor(options.announceMs - usedMs), announceMsMin)
    const { signal } = options
    await this.#deps.announcer.announce(request.taskId, { deadlineMs, signal })
  }

  /**
   * Removes this host's copy and tells the schedulers; fine when there is none. PEER_LEAVE_PENDING
   * when the copy is gone and the schedulers could not be told.
   */
  async delete(request: TaskRequest, leaveMs: number): Promise<void> {
    const { taskId } = request
    await this.#inTurn(taskId, async () => {
      const { store, downloads, announcer } = this.#deps
      await downloads.cancel(taskId, 'the task is being deleted')
      const task = store.get(taskId)
      if (task === undefined) return
      await announcer.forget(taskId)
      const target = { taskId, peerId: task.peerId }
      const failure = await this.#leave(target, leaveMs)
      await store.delete(taskId)
      if (failure === undefined) return
      this.#leaveLater(target)
      throw new CodedError(
        'PEER_LEAVE_PENDING',
        'the local copy is deleted and the schedulers are not told yet; ' +
          `the daemon goes on telling them: ${messageOf(failure)}`,
        { cause: failure },
      )
    })
  }

  /** Takes this host out of the cluster. */
  async leaveHost(signal: CancelSignal): Promise<void> {
    await this.#deps.scheduler.leaveHost(
      { id: this.#host.id },
      { deadlineMs: leaveDeadlineMs, signal },
    )
  }

  async #take(request: TaskRequest, path: string, signal: CancelSignal): Promise<void> {
    const { store, downloads, random, disk } = this.#deps
    const { taskId } = request
    await downloads.cancel(taskId, 'the content is being imported')
    const copy = store.get(taskId)?.state === 'done' ? store.open(taskId) : undefined
    if (copy === undefined) {
      const peerId = newPeerId(random, this.#host)
      await store.importFile(path, { ...request, peerId, type: 'dfcache' }, { signal })
      return
    }
    try {
      // Said twice is fine; said otherwise would hand out the old content under the new name.
      if (await holdsSameContent(disk, path, copy)) return
    } finally {
      await copy.release()
    }
    throw new CodedError(
      'PEER_TASK_EXISTS',
      'this host holds another content under the same id; delete it first',
    )
  }

  async #deliver(
    request: TaskRequest,
    output: Output,
    options: FetchOptions & { readonly allowsSource: boolean },
  ): Promise<Delivered> {
    for (let attempt = 1; ; attempt += 1) {
      const obtained = await this.#deps.downloads.obtain(request, options)
      try {
        const task = obtained.copy.info()
        if (obtained.isReused) options.onProgress?.(task)
        const { signal } = options
        await obtained.copy.exportTo(output.path, { overwrite: output.overwrite, signal })
        if (output.uid > 0 && output.gid > 0) {
          await this.#deps.changeOwner(output.path, output.uid, output.gid)
        }
        return { task, note: obtained.note }
      } catch (error) {
        // The damaged piece is forgotten by now: the next attempt fetches it anew.
        if (!isCoded(error, 'PEER_PIECE_DAMAGED') || attempt >= exportAttemptsMax) throw error
        this.#deps.logger.warn({ taskId: request.taskId }, 'local copy was damaged')
      } finally {
        await obtained.copy.release()
      }
    }
  }

  /** Undefined when the schedulers know that the peer is gone. */
  async #leave(
    target: { taskId: string; peerId: string },
    deadlineMs: number,
  ): Promise<Error | undefined> {
    const { scheduler } = this.#deps
    if (scheduler.addresses.length === 0) return undefined
    const { signal } = this.#stopped
    try {
      await scheduler.leaveTask(target, { deadlineMs, signal })
      return undefined
    } catch (error) {
      if (isGone(error)) return undefined
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #leaveLater(target: { taskId: string; peerId: string }): void {
    if (this.#leaves.size >= pendingLeavesMax) return
    this.#leaves.set(target.peerId, target)
    this.#leaving ??= this.#leaveAll().finally(() => {
      this.#leaving = undefined
    })
  }

  async #leaveAll(): Promise<void> {
    const { signal } = this.#stopped
    while (this.#leaves.size > 0 && !signal.aborted) {
      for (const target of this.#leaves.values()) {
        if ((await this.#leave(target, leaveDeadlineMs)) === undefined)
          this.#leaves.delete(target.peerId)
      }
      if (this.#leaves.size > 0) await this.#deps.clock.sleep(secondMs, signal).catch(() => {})
    }
  }

  /** Runs `act` after the acts on the same task that came before. */
  async #inTurn(taskId: string, act: () => Promise<void>): Promise<void> {
    const before = this.#turns.get(taskId) ?? Promise.resolve()
    const turn = before.then(act)
    const settled = turn.catch(() => {})
    this.#turns.set(taskId, settled)
    try {
      await turn
    } finally {
      if (this.#turns.get(taskId) === settled) this.#turns.delete(taskId)
    }
  }
}

/** Shortest time an import tries to announce, however long the copying took. */
const announceMsMin = 100

function notFound(request: TaskRequest): TaskError {
  return new TaskError(
    'PEER_TASK_NOT_FOUND',
    dfCodes.PeerTaskNotFound,
    `task ${request.taskId} does not exist`,
  )
}

/** The scheduler does not know the peer: as good as told. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'dfCode' in error &&
    (error.dfCode === dfCodes.SchedPeerNotFound || error.dfCode === dfCodes.PeerTaskNotFound)
  )
}
