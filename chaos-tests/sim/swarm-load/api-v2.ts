// API v2 as a dfdaemon speaks it: one AnnouncePeer stream that registers, reports and ends a
// download. The stream lives on while its member has no leader, and outlives its member's session.
import {
  blockParent,
  finishDownload,
  getPeer,
  reattachStream,
  registerDownload,
  reportPieces,
  reschedulePeer,
  startDownload,
} from '../../../scheduler/replication/index.ts'
import type { AnyCommand, CommandDefinition } from '../../../scheduler/replication/index.ts'
import type { MemberProcess, ServingParts } from '../process.ts'
import type { DownloadApi } from './download.ts'
import { contentLength, hostIdOf, pieceCount, taskIdOf, taskInputOf } from './inputs.ts'
import { pieceReport, release, sendOnStream, streamTimeoutMs } from './stream-commands.ts'
import type { ApiDeps, StreamPlace, StreamRef } from './stream-commands.ts'
import type { ServedStream, StreamEvent } from './streams.ts'

/** Pause between two tries to attach again in a new session, ms. */
const reattachPauseMs = 500

/** A stream, where it is, and what its member knows of it. */
interface Place extends StreamPlace {
  attachEpoch: number
  /** The client waits for parents or the source. */
  isAnswerDue: boolean
  /** Its session is closed and the next one does not have it yet: nothing it says counts. */
  isBetweenSessions: boolean
  /** Says (again) that the download is over; what follows when it was heard or never will be. */
  finish?: () => void
  over?: () => void
}

/** `DownloadApi` through API v2. */
export class ApiV2 implements DownloadApi {
  readonly #deps: ApiDeps
  #place: Place | undefined
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
    const { port, task, peerId } = this.#deps
    const member = port.choose()
    if (member === undefined) return port.reply(() => this.#told(attempt, { type: 'ended' }))
    const stream: ServedStream = {
      api: 2,
      taskId: taskIdOf(task),
      peerId,
      streamId: 0,
      onSessionClosed: () => this.#reattach(place),
      tell: (event) => {
        if (event.type === 'ended' && place.over !== undefined) return place.over()
        if (event.type !== 'ended') place.isAnswerDue = false
        port.reply(() => this.#told(attempt, event))
      },
    }
    const place: Place = {
      member,
      stream,
      attachEpoch: 0,
      isAnswerDue: true,
      isBetweenSessions: false,
    }
    this.#place = place
    port.send(member, (parts) => this.#register(place, parts))
  }

  reportPiece(piece: number, parentId: string): void {
    if (piece === 0) {
      this.#send(startDownload, (ref) => ({ ...ref, backToSource: parentId === '' }))
    }
    this.#send(reportPieces, (ref) => pieceReport(ref, piece, parentId))
  }

  /** A client of API v2 says that a piece failed, and asks for others when it has none left. */
  reportFailure(parentId: string): void {
    if (parentId !== '') this.#send(blockParent, (ref) => ({ ...ref, parentId }))
    if (this.#place !== undefined) this.#place.isAnswerDue = true
    const blockedParents = parentId === '' ? [] : [parentId]
    this.#send(reschedulePeer, (ref) => ({ ...ref, blockedParents }))
  }

  finish(
    how: { readonly success: boolean; readonly isFromSource: boolean },
    done: () => void,
  ): void {
    const { success, isFromSource } = how
    const place = this.#place
    if (place === undefined) return done()
    this.#attempt += 1
    let isOver = false
    place.over = () => {
      if (isOver) return
      isOver = true
      if (this.#place === place) this.#place = undefined
      this.#deps.streamsOf(place.member)?.remove(place.stream)
      this.#deps.port.reply(done)
    }
    const body = (ref: StreamRef) => ({ ...ref, success, backToSource: isFromSource })
    place.finish = () =>
      this.#send(finishDownload, body, (isTaken) => {
        if (isTaken || !place.isBetweenSessions) place.over?.()
      })
    place.finish()
  }

  close(isSilent: boolean): void {
    this.#attempt += 1
    const place = this.#place
    this.#place = undefined
    if (place === undefined || isSilent) return
    release(this.#deps, place)
  }

  memberEnded(member: MemberProcess): void {
    const place = this.#place
    if (place?.member !== member) return
    if (place.over !== undefined) return place.over()
    const attempt = this.#attempt
    this.#deps.port.reply(() => this.#told(attempt, { type: 'ended' }))
  }

  #told(attempt: number, event: StreamEvent): void {
    if (this.#attempt !== attempt) return
    if (event.type === 'ended') this.#place = undefined
    this.#hear(event)
  }

  #register(place: Place, { proposer, state }: ServingParts): void {
    const { host, task, peerId, streamsOf } = this.#deps
    const streams = streamsOf(place.member)
    const streamId = streams?.add(place.stream)
    if (streams === undefined || streamId === undefined) return
    const body = {
      acceptedIndex: state.appliedIndex,
      task: taskInputOf(task),
      hostId: hostIdOf(host.number),
      peerId,
      range: '',
      priority: 0 as const,
      effectivePriority: 0 as const,
      concurrentPieceCount: 4,
      needBackToSource: false,
      metadataOnly: false,
      contentLength: host.number % 2 === 0 ? contentLength : -1,
      totalPieceCount: host.number % 2 === 0 ? pieceCount : -1,
      seedDownload: Uint8Array.of(1),
      streamId,
    }
    const options = { timeoutMs: streamTimeoutMs }
    void proposer.propose(registerDownload, body, options).then((answer) => {
      if (!answer.ok || !answer.result.ok) return streams.end(place.stream)
      place.attachEpoch = answer.result.attachEpoch
      // A task that is known to be empty needs nobody: ours never are.
      if (answer.result.outcome === 'scheduled') return
      place.stream.tell({ type: 'schedule-failed' })
    })
  }

  /** The cluster took the member for dead: the stream goes on in its next session. */
  #reattach(place: Place): void {
    const { member, stream } = place
    const { port, streamsOf } = this.#deps
    const { life } = member
    place.isBetweenSessions = true
    const attempt = (): void => {
      if (member.life !== life || this.#place !== place) return
      member.deliver(() => {
        const parts = port.partsOf(member)
        const streams = streamsOf(member)
        if (parts === undefined || streams === undefined) return
        if (parts.proposer.sessionId === 0) {
          parts.clock.setTimer(reattachPauseMs, attempt)
          return
        }
        const row = getPeer(parts.state.reader, stream)
        const isOurs = row?.ownerSessionId === parts.proposer.sessionId
        if (isOurs && row.streamId === stream.streamId) {
          // Its registration was on its way, and went through the new session.
          place.isBetweenSessions = false
          return
        }
        streams.remove(stream)
        const streamId = streams.add(stream)
        const { taskId, peerId } = stream
        const { attachEpoch, isAnswerDue } = place
        const body = { taskId, peerId, streamId, attachEpoch, isAnswerDue }
        const options = { timeoutMs: streamTimeoutMs }
        void parts.proposer.propose(reattachStream, body, options).then((answer) => {
          if (stream.streamId !== streamId) return
          place.isBetweenSessions = false
          if (!answer.ok || !answer.result.ok) streams.end(stream)
          else {
            place.attachEpoch = answer.result.attachEpoch
            place.finish?.()
          }
        })
      })
    }
    // Not within the frame that closed the session: nothing may be proposed there.
    port.soon(attempt)
  }

  #send<Body, Result>(
    command: CommandDefinition<Body, Result> & AnyCommand,
    body: (ref: StreamRef) => Body,
    done: (isTaken: boolean) => void = () => {},
  ): void {
    const place = this.#place
    if (place === undefined) return
    const settled = (isTaken: boolean): void => {
      if (!isTaken && !place.isBetweenSessions) {
        this.#deps.streamsOf(place.member)?.end(place.stream)
      }
      done(isTaken)
    }
    sendOnStream(this.#deps.port, place, command, { body, done: settled })
  }
}
