// API v1 as a dfdaemon speaks it: RegisterPeerTask, a stream of piece results, ReportPeerResult.
import {
  attachStream,
  registerPeer,
  reportPeerResult,
  reportPieceFailure,
  reportPieces,
} from '../../../scheduler/replication/index.ts'
import type { AnyCommand, CommandDefinition } from '../../../scheduler/replication/index.ts'
import type { MemberProcess } from '../process.ts'
import type { DownloadApi } from './download.ts'
import { contentLength, hostInputOf, pieceCount, taskInputOf } from './inputs.ts'
import { pieceReport, release, sendOnStream, streamTimeoutMs } from './stream-commands.ts'
import type { ApiDeps, StreamPlace, StreamRef } from './stream-commands.ts'
import type { ServedStream, StreamEvent } from './streams.ts'

/** How long a dfdaemon waits for a call, ms. */
const timeoutMs = 2000

/** `DownloadApi` through API v1. */
export class ApiV1 implements DownloadApi {
  readonly #deps: ApiDeps
  #place: StreamPlace | undefined
  #hear: (event: StreamEvent) => void = () => {}
  /** Counts streams: what an earlier one says is not heard. */
  #attempt = 0

  constructor(deps: ApiDeps) {
    this.#deps = deps
  }

  begin(hear: (event: StreamEvent) => void): void {
    this.#hear = hear
    this.#attempt += 1
    const attempt = this.#attempt
    const { port, host, task, peerId } = this.#deps
    const ended = (): void => this.#told(attempt, { type: 'ended' })
    const member = port.choose()
    if (member === undefined) return port.reply(ended)
    const body = (acceptedIndex: number) => ({
      acceptedIndex,
      task: taskInputOf(task),
      host: hostInputOf(host),
      peerId,
      range: '',
      priority: 0 as const,
      effectivePriority: 0 as const,
      concurrentPieceCount: 0,
      needBackToSource: false,
      prefetch: null,
    })
    const call = { command: registerPeer, body, isLinearizable: false, timeoutMs }
    port.call(member, call, (end) => {
      if (this.#attempt !== attempt) return
      if (end.ok && end.result.ok) this.#open(member, attempt)
      else ended()
    })
  }

  reportPiece(piece: number, parentId: string): void {
    this.#send(reportPieces, (ref) => pieceReport(ref, piece, parentId))
  }

  reportFailure(parentId: string): void {
    this.#send(reportPieceFailure, (ref) => ({ ...ref, parentId, cause: 'failed' as const }))
  }

  finish(how: { readonly success: boolean }, done: () => void): void {
    const { port, task, peerId } = this.#deps
    this.#attempt += 1
    const { success } = how
    const tell = (triesLeft: number): void => {
      const member = port.choose()
      if (member === undefined || triesLeft === 0) return done()
      const body = () => ({
        taskId: taskInputOf(task).id,
        peerId,
        success,
        contentLength: success ? contentLength : -1,
        totalPieceCount: success ? pieceCount : -1,
        costMs: 100,
        sourceError: null,
      })
      const call = { command: reportPeerResult, body, isLinearizable: false, timeoutMs }
      port.call(member, call, (end) => {
        if (end.ok) done()
        else tell(triesLeft - 1)
      })
    }
    tell(5)
    this.close(false)
  }

  close(isSilent: boolean): void {
    this.#attempt += 1
    const place = this.#place
    this.#place = undefined
    if (place === undefined || isSilent) return
    release(this.#deps, place)
  }

  #told(attempt: number, event: StreamEvent): void {
    if (this.#attempt !== attempt) return
    if (event.type === 'ended') this.#place = undefined
    this.#hear(event)
  }

  #open(member: MemberProcess, attempt: number): void {
    const { port, task, peerId } = this.#deps
    const taskId = taskInputOf(task).id
    const stream: ServedStream = {
      api: 1,
      taskId,
      peerId,
      streamId: 0,
      onSessionClosed: () => {},
      tell: (event) => port.reply(() => this.#told(attempt, event)),
    }
    this.#place = { member, stream }
    port.send(member, ({ proposer }) => {
      const streams = this.#deps.streamsOf(member)
      const streamId = streams?.add(stream)
      if (streamId === undefined) return
      const body = { taskId, peerId, streamId, begin: true }
      void proposer.propose(attachStream, body, { timeoutMs: streamTimeoutMs }).then((answer) => {
        if (!answer.ok || !answer.result.ok) streams?.end(stream)
      })
    })
  }

  /** Its connection breaks with the process: the dfdaemon hears of it at once. */
  memberEnded(member: MemberProcess): void {
    const place = this.#place
    if (place?.member !== member) return
    const attempt = this.#attempt
    this.#deps.port.reply(() => this.#told(attempt, { type: 'ended' }))
  }

  #send<Body, Result>(
    command: CommandDefinition<Body, Result> & AnyCommand,
    body: (ref: StreamRef) => Body,
  ): void {
    const place = this.#place
    if (place === undefined) return
    const done = (isTaken: boolean): void => {
      if (!isTaken) this.#deps.streamsOf(place.member)?.end(place.stream)
    }
    sendOnStream(this.#deps.port, place, command, { body, done })
  }
}
