// The service cdnsystem.Seeder of a seed peer: the schedulers make it fetch a content from the
// origin and follow its pieces, which it offers to other peers from the first one on.
import type { ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import type { cdnsystemV1 } from '../../proto/index.ts'
import type { Downloads } from '../conductor/downloads.ts'
import { beginOfPiece } from '../../client/index.ts'
import { toReplyStatus } from '../errors.ts'
import type { LocalHost } from '../host.ts'
import type { PieceRecord, PieceStore, TaskInfo } from '../store/index.ts'
import { taskRequest } from '../task-request.ts'
import { callSignal } from './call-signal.ts'
import { pieceLimitMax, seedTasksMax } from './limits.ts'
import { wirePiece } from './piece-packet.ts'

type SeedCall = ServerWritableStream<cdnsystemV1.SeedRequest__Output, cdnsystemV1.PieceSeed>

export interface SeederServiceDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: PieceStore
  readonly downloads: Downloads
  /** The piece calls are those of dfdaemon.Daemon. */
  readonly daemonHandlers: UntypedServiceImplementation
}

/** The handlers of cdnsystem.Seeder. */
export function seederHandlers(
  deps: SeederServiceDeps,
  options: { readonly host: LocalHost },
): UntypedServiceImplementation {
  const seeder = new Seeder(deps, options.host)
  return {
    obtainSeeds: (call: SeedCall) => seeder.obtainSeeds(call),
    getPieceTasks: deps.daemonHandlers['getPieceTasks']!,
    syncPieceTasks: deps.daemonHandlers['syncPieceTasks']!,
  }
}

class Seeder {
  readonly #deps: SeederServiceDeps
  readonly #host: LocalHost
  #running = 0

  constructor(deps: SeederServiceDeps, host: LocalHost) {
    this.#deps = deps
    this.#host = host
  }

  obtainSeeds(call: SeedCall): void {
    this.#obtain(call).catch((error: unknown) => call.emit('error', toReplyStatus(error)))
  }

  async #obtain(call: SeedCall): Promise<void> {
    const { url, urlMeta, taskId } = call.request
    const request = taskRequest(url, urlMeta)
    if (taskId !== '' && taskId !== request.taskId) {
      // A seed under an id of the caller's choice would hand other peers the wrong content.
      throw new CodedError('PEER_REQUEST_INVALID', 'task_id is not the id of url and url_meta')
    }
    if (this.#running >= seedTasksMax) {
      throw new CodedError('PEER_SEED_BUSY', `${seedTasksMax} contents are being seeded`)
    }
    this.#running += 1
    try {
      await this.#follow(call, request)
    } finally {
      this.#running -= 1
    }
    call.end()
  }

  async #follow(call: SeedCall, request: ReturnType<typeof taskRequest>): Promise<void> {
    const { downloads, store } = this.#deps
    const { taskId } = request
    const { isReused, stored, outcome } = downloads.seed(request)
    const peerId = store.get(taskId)?.peerId ?? downloads.peerIdOf(taskId) ?? ''
    await this.#send(call, {
      reuse: isReused,
      peerId,
      hostId: this.#host.id,
      pieceInfo: { pieceNum: beginOfPiece },
    })
    await stored
    const signal = callSignal(call)
    let last: TaskInfo | undefined
    for await (const { task, pieces } of store.subscribe(taskId, 0, {
      limit: pieceLimitMax,
      signal,
    })) {
      last = task
      for (const piece of pieces) await this.#send(call, this.#piece(task, piece, isReused))
    }
    await outcome
    const task = store.get(taskId) ?? last
    if (task === undefined) throw new CodedError('PEER_TASK_NOT_FOUND', 'the task was deleted')
    await this.#send(call, {
      reuse: isReused,
      peerId: task.peerId,
      hostId: this.#host.id,
      done: true,
      contentLength: task.contentLengthBytes,
      totalPieceCount: task.totalPieces,
    })
  }

  #piece(task: TaskInfo, piece: PieceRecord, isReused: boolean): cdnsystemV1.PieceSeed {
    const endNs = BigInt(Math.round(this.#deps.clock.wallMs())) * 1_000_000n
    return {
      reuse: isReused,
      peerId: task.peerId,
      hostId: this.#host.id,
      pieceInfo: wirePiece(piece),
      contentLength: task.contentLengthBytes,
      totalPieceCount: task.totalPieces,
      beginTime: String(endNs - BigInt(piece.costMs) * 1_000_000n),
      endTime: String(endNs),
    }
  }

  /** Writes and waits while the scheduler does not read. */
  async #send(call: SeedCall, seed: cdnsystemV1.PieceSeed): Promise<void> {
    if (call.cancelled) throw new CodedError('PEER_CANCELLED', 'the scheduler went away')
    if (call.write(seed)) return
    await new Promise<void>((resolve) => {
      call.once('drain', resolve)
      call.once('cancelled', resolve)
    })
  }
}
