// All piece-result streams of this member: brings events of the state to the stream they are for.
import { CodedError } from '../../base/index.ts'
import type { Logger } from '../../base/index.ts'
import { refusalError, toWireStatus } from '../../proto/index.ts'
import type { SessionClosed, StateFrame } from '../replication/index.ts'
import type { SchedulerEvent } from '../replication/commands/index.ts'
import type { Leadership } from './leadership.ts'
import { pieceStreamsMax } from './limits.ts'
import type { OwnState } from './own-state.ts'
import type { PieceReports } from './piece-reports.ts'
import { PieceStream } from './piece-stream.ts'
import type { PieceCall } from './piece-stream.ts'
import type { CommandPort, StatePort } from './ports.ts'
import type { RateLimit } from './rate-limit.ts'

export interface PieceStreamsDeps {
  readonly logger: Logger
  readonly leadership: Leadership
  readonly commands: CommandPort
  readonly state: StatePort
  readonly reports: PieceReports
  readonly rateLimit: RateLimit
  /** What the own node state forbids. */
  readonly ownState: OwnState
}

/** Opens, routes to and ends streams. */
export class PieceStreams {
  readonly #deps: PieceStreamsDeps
  readonly #streams = new Map<number, PieceStream>()
  readonly #open = new Set<PieceStream>()
  /** Sessions this process has had: events name the one a stream was attached through. */
  readonly #sessions = new Set<number>()
  #lastStreamId = 0
  #unsubscribe: (() => void)[] = []

  constructor(deps: PieceStreamsDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#open.size
  }

  start(): void {
    const { state } = this.#deps
    this.#unsubscribe.push(
      state.subscribe((frame) => this.#route(frame)),
      // What happened to a stream's peer on the way is not told any more: its client comes again.
      state.onReplaced(() => this.endAll(refusalError('unavailable'))),
    )
    this.#deps.ownState.onChange(() => {
      const refusal = this.#deps.ownState.refusal('any')
      if (refusal !== undefined) this.endAll(refusal)
    })
    this.#deps.leadership.onContact((hasContact) => {
      // Clients register again at a member that can still schedule.
      if (!hasContact) this.endAll(refusalError('not-leader'))
    })
  }

  /** Serves a new stream. */
  serve(call: PieceCall): void {
    const { rateLimit, leadership, ownState } = this.#deps
    const refusal = !rateLimit.take()
      ? new CodedError('SCHED_RATE_LIMITED', 'too many requests to this member')
      : this.#open.size >= pieceStreamsMax
        ? new CodedError('SCHED_TOO_MANY_STREAMS', 'too many streams at this member')
        : leadership.hasContact
          ? ownState.refusal('new')
          : refusalError('not-leader')
    if (refusal !== undefined) {
      call.emit('error', toWireStatus(refusal))
      return
    }
    const stream: PieceStream = new PieceStream({
      ...this.#deps,
      call,
      nextStreamId: () => {
        this.#lastStreamId += 1
        return this.#lastStreamId
      },
      register: (streamId, registered) => this.#streams.set(streamId, registered),
      unregister: (streamId) => this.#streams.delete(streamId),
      onEnd: (ended) => this.#open.delete(ended),
    })
    this.#open.add(stream)
  }

  /** Ends every stream with an error. */
  endAll(error: CodedError): void {
    for (const stream of this.#open) stream.fail(error)
  }

  stop(): void {
    this.endAll(refusalError('stopped'))
    for (const end of this.#unsubscribe) end()
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
   * peers are on no stream any more and would wait for ever: their clients must come again.
   */
  #sessionClosed(sessionId: number): void {
    if (this.#sessions.delete(sessionId)) this.endAll(refusalError('unavailable'))
  }
}
