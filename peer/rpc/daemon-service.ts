// The service dfdaemon.Daemon. It is registered twice: on the unix socket for local users, and on
// TCP for other peers, where nothing that reads, writes or removes files of this host is answered.
import type {
  Deadline,
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { Metadata } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import type { commonV1, dfdaemonV1, googleProtobuf } from '../../proto/index.ts'
import { TaskError, toReplyStatus } from '../errors.ts'
import { dfCodes } from '../../proto/index.ts'
import type { TaskInfo } from '../store/index.ts'
import { taskRequest } from '../task-request.ts'
import { callSignal } from './call-signal.ts'
import { contentLengthHeader, existingOutputHeader, noteTrailer } from './headers.ts'
import {
  announceWaitMsDefault,
  answerReserveMsMax,
  downloadDeadlineMsMax,
  leaveDeadlineMs,
  progressMessagesMax,
  statDeadlineMs,
} from './limits.ts'
import type { PieceTasks } from './piece-tasks.ts'
import type { Output, TaskOperations } from './task-operations.ts'

type Empty = googleProtobuf.Empty
type Unary<Request> = ServerUnaryCall<Request, Empty>
type DownloadCall = ServerWritableStream<dfdaemonV1.DownRequest__Output, dfdaemonV1.DownResult>

export interface DaemonServiceDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly operations: TaskOperations
  readonly pieceTasks: PieceTasks
}

/** Where calls of an instance come from. */
export type CallerPlace = 'unix-socket' | 'tcp'

/** The handlers of dfdaemon.Daemon for callers at `place`. */
export function daemonHandlers(
  deps: DaemonServiceDeps,
  place: CallerPlace,
): UntypedServiceImplementation {
  const service = new DaemonService(deps, place)
  return {
    checkHealth: service.unary(async () => {}, 'anywhere'),
    statTask: service.unary((call: Unary<dfdaemonV1.StatTaskRequest__Output>, signal) => {
      const { url, urlMeta, localOnly: isLocal } = call.request
      const deadlineMs = service.budgetMs(call, statDeadlineMs)
      return deps.operations.stat(taskRequest(url, urlMeta), { isLocal, deadlineMs, signal })
    }, 'anywhere'),
    importTask: service.unary(service.importTask, 'local'),
    exportTask: service.unary(service.exportTask, 'local'),
    deleteTask: service.unary((call: Unary<dfdaemonV1.DeleteTaskRequest__Output>) => {
      const { url, urlMeta } = call.request
      const leaveMs = service.budgetMs(call, leaveDeadlineMs)
      return deps.operations.delete(taskRequest(url, urlMeta), leaveMs)
    }, 'local'),
    leaveHost: service.unary((_, signal) => deps.operations.leaveHost(signal), 'local'),
    download: (call: DownloadCall) => service.download(call),
    getPieceTasks: (
      call: ServerUnaryCall<commonV1.PieceTaskRequest__Output, commonV1.PiecePacket>,
      callback: sendUnaryData<commonV1.PiecePacket>,
    ) => service.getPieceTasks(call, callback),
    syncPieceTasks: (
      call: ServerDuplexStream<commonV1.PieceTaskRequest__Output, commonV1.PiecePacket>,
    ) => deps.pieceTasks.sync(call),
    peerExchange: (
      call: ServerDuplexStream<dfdaemonV1.PeerExchangeData__Output, dfdaemonV1.PeerExchangeData>,
    ) => {
      const error = new CodedError('PEER_EXCHANGE_DISABLED', 'peer exchange is disabled')
      call.emit('error', toReplyStatus(error))
    },
  }
}

class DaemonService {
  readonly #deps: DaemonServiceDeps
  readonly #place: CallerPlace

  constructor(deps: DaemonServiceDeps, place: CallerPlace) {
    this.#deps = deps
    this.#place = place
  }

  /** A unary handler that answers Empty. `from`: who may call it. */
  unary<Request>(
    act: (call: Unary<Request>, signal: AbortSignal) => Promise<void>,
    from: 'anywhere' | 'local',
  ): (call: Unary<Request>, callback: sendUnaryData<Empty>) => void {
    return (call, callback) => {
      const run = async (): Promise<void> => {
        if (from === 'local') this.#requireLocal()
        await act(call, callSignal(call))
      }
      run().then(
        () => callback(null, {}),
        (error: unknown) => callback(this.#reply(error)),
      )
    }
  }

  readonly importTask = async (
    call: Unary<dfdaemonV1.ImportTaskRequest__Output>,
    signal: AbortSignal,
  ): Promise<void> => {
    const { url, urlMeta, path } = call.request
    const announceMs = this.budgetMs(call, announceWaitMsDefault)
    const request = taskRequest(url, urlMeta)
    await this.#deps.operations.import(request, path, { announceMs, signal })
  }

  readonly exportTask = async (
    call: Unary<dfdaemonV1.ExportTaskRequest__Output>,
    signal: AbortSignal,
  ): Promise<void> => {
    const { url, urlMeta, localOnly, limit, timeout } = call.request
    const request = taskRequest(url, urlMeta)
    const output = { ...outputOf(call.request), overwrite: false }
    await this.#withTimeout(timeout, signal, (ending) =>
      this.#deps.operations.export(request, output, {
        isLocal: localOnly,
        statMs: this.budgetMs(call, statDeadlineMs),
        ratePerSecond: rateOf(limit),
        signal: ending,
      }),
    )
  }

  getPieceTasks(
    call: ServerUnaryCall<commonV1.PieceTaskRequest__Output, commonV1.PiecePacket>,
    callback: sendUnaryData<commonV1.PiecePacket>,
  ): void {
    let packet: commonV1.PiecePacket
    try {
      packet = this.#deps.pieceTasks.get(call.request)
    } catch (error) {
      callback(this.#reply(error))
      return
    }
    callback(null, packet)
  }

  download(call: DownloadCall): void {
    this.#download(call).catch((error: unknown) => {
      call.emit('error', this.#reply(error))
    })
  }

  async #download(call: DownloadCall): Promise<void> {
    this.#requireLocal()
    const { url, urlMeta, limit, timeout, disableBackSource, recursive } = call.request
    if (recursive) {
      throw new CodedError('PEER_REQUEST_INVALID', 'this daemon downloads no directories')
    }
    const request = taskRequest(url, urlMeta)
    const output = {
      ...outputOf(call.request),
      overwrite: call.metadata.get(existingOutputHeader)[0] !== 'refuse',
    }
    const report = progressReporter(call, output.path)
    const { task, note } = await this.#withTimeout(timeout, callSignal(call), (signal) =>
      this.#deps.operations.download(request, output, {
        allowsSource: !disableBackSource,
        ratePerSecond: rateOf(limit),
        signal,
        onProgress: report,
      }),
    )
    call.write({
      taskId: task.taskId,
      peerId: task.peerId,
      completedLength: task.contentLengthBytes,
      done: true,
      output: output.path,
    })
    const trailers = new Metadata()
    if (note !== '') trailers.set(noteTrailer, encodeURIComponent(note))
    call.end(trailers)
  }

  #requireLocal(): void {
    if (this.#place === 'unix-socket') return
    throw new CodedError(
      'PEER_UNAUTHENTICATED',
      'only local users over the unix socket may do this',
    )
  }

  /** Runs `act` until it ends, the caller goes away or the request's own timeout has passed. */
  async #withTimeout<T>(
    timeoutNs: number,
    caller: AbortSignal,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const timeoutMs = timeoutNs > 0 ? timeoutNs / 1_000_000 : downloadDeadlineMsMax
    const ending = new AbortController()
    const timer = this.#deps.clock.setTimer(Math.min(timeoutMs, downloadDeadlineMsMax), () => {
      const text = `timeout after ${Math.round(timeoutMs)} ms`
      ending.abort(new TaskError('PEER_TIMEOUT', dfCodes.RequestTimeOut, text))
    })
    const onAbort = (): void => ending.abort(caller.reason)
    if (caller.aborted) onAbort()
    caller.addEventListener('abort', onAbort, { once: true })
    try {
      return await act(ending.signal)
    } finally {
      timer.cancel()
      caller.removeEventListener('abort', onAbort)
    }
  }

  /**
   * How long schedulers may be waited for so that the answer still arrives, in whole milliseconds;
   * `withoutMs` when the caller set no deadline.
   */
  budgetMs(call: { getDeadline(): Deadline }, withoutMs: number): number {
    const leftMs = Number(call.getDeadline()) - this.#deps.clock.wallMs()
    if (!Number.isFinite(leftMs)) return withoutMs
    return Math.max(Math.floor(leftMs - Math.min(answerReserveMsMax, leftMs / 10)), 1)
  }

  #reply(error: unknown): ReturnType<typeof toReplyStatus> {
    const status = toReplyStatus(error)
    if (isCoded(error)) {
      this.#deps.logger.debug({ code: error.code, reason: error.message }, 'call refused')
    } else {
      this.#deps.logger.error({ err: messageOf(error) }, 'call failed')
    }
    return status
  }
}

/** Sends progress as pieces finish; skips steps while the caller does not read. */
function progressReporter(call: DownloadCall, output: string): (task: TaskInfo) => void {
  let isHeadSent = false
  return (task) => {
    if (!isHeadSent) {
      isHeadSent = true
      const head = new Metadata()
      if (task.contentLengthBytes >= 0) {
        head.set(contentLengthHeader, String(task.contentLengthBytes))
      }
      call.sendMetadata(head)
    }
    if (call.writableLength >= progressMessagesMax) return
    call.write({
      taskId: task.taskId,
      peerId: task.peerId,
      completedLength: task.finishedBytes,
      done: false,
      output,
    })
  }
}

function outputOf(request: {
  readonly output: string
  readonly uid: number
  readonly gid: number
}): Omit<Output, 'overwrite'> {
  if (!request.output.startsWith('/')) {
    throw new CodedError(
      'PEER_OUTPUT_RELATIVE',
      `the output is no absolute path: ${request.output}`,
    )
  }
  return { path: request.output, uid: request.uid, gid: request.gid }
}

/** Bytes a second as asked for; 0 for no limit. */
function rateOf(limit: number): number {
  return Number.isFinite(limit) && limit > 0 ? limit : 0
}
