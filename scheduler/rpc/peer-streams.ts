// All streams of peers of this member, of both protocols: brings events of the state to the stream
// they are for, and tells every stream what happens to the member.
import { CodedError } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { refusalError, toWireStatus } from '../../proto/index.ts'
import { sessionTable } from '../replication/index.ts'
import type { SessionClosed, StateFrame } from '../replication/index.ts'
import type { SchedulerEvent } from '../replication/commands/index.ts'
import { AnnouncePeerStream } from './announce-peer-stream.ts'
import type { AnnounceCall } from './announce-peer-stream.ts'
import type { Leadership } from './leadership.ts'
import { leaderWaitMsMax, peerStreamsMax } from './limits.ts'
import type { OwnState } from './own-state.ts'
import type { PieceReports } from './piece-reports.ts'
import { PieceStream } from './piece-stream.ts'
import type { PieceCall } from './piece-stream.ts'
import type { PeerStream, StreamRouter } from './peer-stream.ts'
import type { CommandPort, StatePort } from './ports.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Replica } from './replica.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { StreamDetachments } from './stream-detachments.ts'

export interface PeerStreamsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly leadership: Leadership
  readonly commands: CommandPort
  readonly state: StatePort
  readonly replica: Pick<Replica, 'readIndex'>
  readonly reports: PieceReports
  readonly rateLimit: RateLimit
  /** What the own node state forbids. */
  readonly ownState: OwnState
  readonly metrics: RequestMetrics
}

/** Opens, routes to and ends streams. */
export class PeerStreams {
  readonly #deps: PeerStreamsDeps
  readonly #streams = new Map<number, PeerStream>()
  readonly #open = new Set<PeerStream>()
  /** Open sessions of this process: events name the one a stream was attached through. */
  readonly #sessions = new Set<number>()
  readonly #router: StreamRouter
  #lastStreamId = 0
  #unsubscribe: (() => void)[] = []

  constructor(deps: PeerStreamsDeps) {
    this.#deps = deps
    const detachments = new StreamDetachments(deps)
    this.#router = {
      nextStreamId: () => {
        this.#lastStreamId += 1
        return this.#lastStreamId
      },
      register: (streamId, stream) => this.#streams.set(streamId, stream),
      unregister: (streamId) => this.#streams.delete(streamId),
      detach: (owner) => detachments.detach(owner),
      isOwnSession: (sessionId) => this.#isOwnSession(sessionId),
    }
  }

  /** Streams of both protocols. */
  get size(): number {
    return this.#open.size
  }

  start(): void {
    const { state } = this.#deps
    this.#unsubscribe.push(
      state.subscribe((frame) => this.#route(frame)),
      state.onReplaced(() => this.#replaced()),
    )
    this.#deps.ownState.onChange(() => {
      const refusal = this.#deps.ownState.refusal('any')
      if (refusal !== undefined) this.endAll(refusal)
    })
    this.#deps.leadership.onContact((hasContact) => {
      if (!hasContact) for (const stream of this.#open) stream.leaderLost()
    })
  }

  /** Serves a new ReportPieceResult of API v1. */
  servePieces(call: PieceCall): void {
    this.#serve(call, (onEnd) => {
      return new PieceStream({ ...this.#deps, ...this.#router, call, onEnd })
    })
  }

  /** Serves a new AnnouncePeer of API v2. */
  serveDownload(call: AnnounceCall): void {
    const { replica } = this.#deps
    const readIndex = (): Promise<number> =>
      replica.readIndex({ remainingMs: () => leaderWaitMsMax })
    this.#serve(call, (onEnd) => {
      const router = this.#router
      return new AnnouncePeerStream({ ...this.#deps, call, router, readIndex, onEnd })
    })
  }

  /** Ends every stream with an error. */
  endAll(error: CodedError): void {
    for (const stream of this.#open) stream.fail(error)
  }

  stop(): void {
    this.endAll(refusalError('stopped'))
    for (const end of this.#unsubscribe) end()
  }

  #serve(
    call: PieceCall | AnnounceCall,
    open: (onEnd: (stream: PeerStream) => void) => PeerStream,
  ): void {
    const refusal = this.#refusal()
    if (refusal !== undefined) {
      call.emit('error', toWireStatus(refusal))
      return
    }
    this.#open.add(open((ended) => this.#open.delete(ended)))
  }

  #refusal(): CodedError | undefined {
    const { rateLimit, leadership, ownState } = this.#deps
    if (!rateLimit.take()) {
      return new CodedError('SCHED_RATE_LIMITED', 'too many requests to this member')
    }
    if (this.#open.size >= peerStreamsMax) {
      return new CodedError('SCHED_TOO_MANY_STREAMS', 'too many streams at this member')
    }
    return leadership.hasContact ? ownState.refusal('new') : refusalError('not-leader')
  }

  #route(frame: StateFrame): void {
    const { sessionId } = this.#deps.commands
    if (sessionId !== 0) this.#sessions.add(sessionId)
    for (const event of frame.events as readonly (SchedulerEvent | SessionClosed)[]) {
      if (event.type === 'session-closed') this.#sessionClosed(event.sessionId)
      if (!('owner' in event) || !this.#sessions.has(event.owner.sessionId)) continue
      this.#streams.get(event.owner.streamId)?.deliver(event)
    }
  }

  /**
   * The leader took this member for dead, although it is not (it was stopped for a while, say). Its
   * peers are on no stream any more.
   */
  #sessionClosed(sessionId: number): void {
    if (!this.#sessions.delete(sessionId)) return
    for (const stream of this.#open) stream.sessionClosed()
  }

  /** Another state came in one piece; sessions may have been closed on the way. */
  #replaced(): void {
    const { reader } = this.#deps.state
    for (const sessionId of this.#sessions) {
      if (reader.get(sessionTable, sessionId) === undefined) this.#sessions.delete(sessionId)
    }
    for (const stream of this.#open) stream.stateReplaced()
  }

  #isOwnSession(sessionId: number): boolean {
    const { commands, state } = this.#deps
    // The commands may still have to hear that their session is closed.
    if (state.reader.get(sessionTable, sessionId) === undefined) return false
    return this.#sessions.has(sessionId) || sessionId === commands.sessionId
  }
}
