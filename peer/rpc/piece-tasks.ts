// Tells other peers which pieces this host has: once (GetPieceTasks) or as they finish
// (SyncPieceTasks). Both answer from the piece store, under the peer id the copy has now, which the
// packet names: an asker that used an older one is led on.
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { CodedError } from '../../base/index.ts'
import { dfCodes } from '../../proto/index.ts'
import type { commonV1 } from '../../proto/index.ts'
import { isTaskId } from '../core/index.ts'
import { TaskError, toReplyStatus } from '../errors.ts'
import { uploadAddress } from '../host.ts'
import type { LocalHost } from '../host.ts'
import type { PieceStore } from '../store/index.ts'
import { pieceLimitDefault, pieceLimitMax, syncRequestsMax, syncStreamsMax } from './limits.ts'
import { piecePacket } from './piece-packet.ts'

/** What a running download is known by before its first bytes are stored. */
export interface RunningTasks {
  /** Peer id of a download that runs on this host. */
  peerIdOf(taskId: string): string | undefined
  /** Resolves once the download has a copy in the store; rejects when it failed before. */
  stored(taskId: string): Promise<void>
}

export interface PieceTaskDeps {
  readonly store: PieceStore
  readonly running: RunningTasks
}

type Request = commonV1.PieceTaskRequest__Output
export type SyncStream = ServerDuplexStream<Request, commonV1.PiecePacket>

/** Answers both calls. */
export class PieceTasks {
  readonly #deps: PieceTaskDeps
  readonly #host: LocalHost
  #streams = 0

  constructor(deps: PieceTaskDeps, options: { readonly host: LocalHost }) {
    this.#deps = deps
    this.#host = options.host
  }

  /** Pieces from `startNum` on. DfError 1404, 1400. */
  get(request: Request): commonV1.PiecePacket {
    const copy = isTaskId(request.taskId) ? this.#deps.store.open(request.taskId) : undefined
    if (copy === undefined) return this.#emptyPacket(request)
    try {
      const task = copy.info()
      if (task.peerId === request.srcPid) throw notFound(request)
      return piecePacket(this.#host, task, copy.pieces(request.startNum, limitOf(request)))
    } finally {
      // Only metadata was read, so the pin may go in its own time.
      void copy.release()
    }
  }

  /** Serves one stream to its end. */
  sync(call: SyncStream): void {
    if (this.#streams >= syncStreamsMax) {
      const text = `over ${syncStreamsMax} piece streams are open`
      call.emit('error', toReplyStatus(new CodedError('PEER_SEED_BUSY', text)))
      return
    }
    this.#streams += 1
    new SyncSession(this, this.#deps, this.#host, call).run(() => {
      this.#streams -= 1
    })
  }

  /** The answer for a task that runs and has no copy yet. */
  #emptyPacket(request: Request): commonV1.PiecePacket {
    const peerId = this.#deps.running.peerIdOf(request.taskId)
    if (peerId === undefined || peerId === request.srcPid) throw notFound(request)
    return {
      taskId: request.taskId,
      dstPid: peerId,
      dstAddr: uploadAddress(this.#host),
      totalPiece: -1,
      contentLength: -1,
    }
  }
}

/** One SyncPieceTasks stream: the first request is followed, later ones are answered once each. */
class SyncSession {
  readonly #tasks: PieceTasks
  readonly #deps: PieceTaskDeps
  readonly #host: LocalHost
  readonly #call: SyncStream
  readonly #ended = new AbortController()
  readonly #gone = aborted(this.#ended.signal)
  readonly #requests: Request[] = []
  #wake: (() => void) | undefined
  #isHalfClosed = false

  constructor(tasks: PieceTasks, deps: PieceTaskDeps, host: LocalHost, call: SyncStream) {
    this.#tasks = tasks
    this.#deps = deps
    this.#host = host
    this.#call = call
  }

  run(onEnd: () => void): void {
    const call = this.#call
    call.on('data', (request: Request) => {
      this.#requests.push(request)
      if (this.#requests.length >= syncRequestsMax) call.pause()
      this.#wakeUp()
    })
    call.on('end', () => {
      this.#isHalfClosed = true
      this.#wakeUp()
    })
    call.on('cancelled', () => this.#abort())
    call.on('error', () => this.#abort())
    call.on('close', () => this.#abort())
    this.#serve()
      .then(
        () => call.end(),
        (error: unknown) => {
          if (!this.#ended.signal.aborted) call.emit('error', toReplyStatus(error))
        },
      )
      .finally(onEnd)
      .catch(() => {})
  }

  async #serve(): Promise<void> {
    const first = await this.#next()
    if (first === undefined) return
    await this.#follow(first)
    for (;;) {
      const request = await this.#next()
      if (request === undefined) return
      await this.#send(this.#tasks.get(request))
    }
  }

  /** Pushes packets until all pieces were sent. */
  async #follow(request: Request): Promise<void> {
    const { store, running } = this.#deps
    const { signal } = this.#ended
    if (store.get(request.taskId) === undefined) {
      // Throws when nothing runs; otherwise the asker learns that it has to wait.
      await this.#send(this.#tasks.get(request))
      await Promise.race([running.stored(request.taskId), this.#gone])
    } else if (store.get(request.taskId)?.peerId === request.srcPid) {
      throw notFound(request)
    }
    let isHeaderSent = false
    const steps = store.subscribe(request.taskId, request.startNum, {
      limit: limitOf(request),
      signal,
    })
    for await (const { task, pieces } of steps) {
      const packet = piecePacket(this.#host, task, pieces)
      if (isHeaderSent || pieces.length === 0) delete packet.extendAttribute
      isHeaderSent ||= pieces.length > 0
      await this.#send(packet)
    }
  }

  async #next(): Promise<Request | undefined> {
    for (;;) {
      const request = this.#requests.shift()
      if (request !== undefined) {
        this.#call.resume()
        return request
      }
      if (this.#isHalfClosed || this.#ended.signal.aborted) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Writes one packet and waits while the asker does not read. */
  async #send(packet: commonV1.PiecePacket): Promise<void> {
    const { signal } = this.#ended
    if (signal.aborted) throw streamGone()
    if (this.#call.write(packet)) return
    await Promise.race([
      new Promise<void>((resolve) => this.#call.once('drain', resolve)),
      this.#gone,
    ])
  }

  #abort(): void {
    this.#ended.abort(streamGone())
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** Rejects when the asker is gone; nobody has to wait for it. */
function aborted(signal: AbortSignal): Promise<never> {
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(streamGone()), { once: true })
  })
  gone.catch(() => {})
  return gone
}

function streamGone(): CodedError {
  return new CodedError('PEER_CANCELLED', 'the asking peer went away')
}

function limitOf(request: Request): number {
  if (request.limit <= 0) return pieceLimitDefault
  return Math.min(request.limit, pieceLimitMax)
}

function notFound(request: Request): TaskError {
  const text = `task ${request.taskId.slice(0, 128)} is not on this host`
  return new TaskError('PEER_TASK_NOT_FOUND', dfCodes.PeerTaskNotFound, text)
}
