// One ReportPieceResult stream. This member ends it itself: results become commands of its own
// session, events of the state become packets. Commands carry the stream's number, so that what an
// old stream still had on its way changes nothing.
import { Metadata } from '@grpc/grpc-js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { CodedError } from '../../base/index.ts'
import { DfError, dfCodes, refusalError, toWireStatus } from '../../proto/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { pieceCountMax } from '../core/index.ts'
import { attachStream, getPeer, reportPieceFailure } from '../replication/commands/index.ts'
import type { PeerRef, SchedulerEvent } from '../replication/commands/index.ts'
import { id, integer, present, text } from './fields.ts'
import { streamCommandMsMax, streamFailuresMax, streamPacketsMax } from './limits.ts'
import { idLengthMax } from '../core/index.ts'
import { resetCall } from './call-internals.ts'
import { PieceMeter } from './metric-labels.ts'
import { refusedStream, slowReaderError } from './peer-stream.ts'
import type { PeerStream, StreamEvent, StreamRouter } from './peer-stream.ts'
import type { PieceReports, ReportOwner } from './piece-reports.ts'
import type { CommandPort, CommandRefusal, StatePort } from './ports.ts'
import type { RequestMetrics } from './request-metrics.ts'
import {
  beginOfPiece,
  codePacket,
  endOfPiece,
  failureCause,
  parentsPacket,
  pieceCostMs,
  pieceZero,
  sourceFailedPacket,
} from './wire-v1.ts'

/** grpc-js's side of a stream. */
export type PieceCall = ServerDuplexStream<schedulerV1.PieceResult__Output, schedulerV1.PeerPacket>

export interface PieceStreamDeps extends Pick<
  StreamRouter,
  'nextStreamId' | 'register' | 'unregister' | 'detach'
> {
  readonly call: PieceCall
  readonly logger: Logger
  readonly commands: CommandPort
  readonly reports: PieceReports
  readonly clock: Clock
  readonly metrics: RequestMetrics
  readonly state: Pick<StatePort, 'reader'>
  /** Called once, when the stream has ended in whatever way. */
  readonly onEnd: (stream: PeerStream) => void
}

/** Serves one stream from its first message to its end. */
export class PieceStream implements PeerStream {
  readonly #deps: PieceStreamDeps
  #owner: ReportOwner | undefined
  #meter: PieceMeter | undefined
  /** Monotonic time of the begin-of-piece that has no answer yet. */
  #begunMs: number | undefined
  #hasBegun = false
  #isEnded = false
  #failuresOnTheWay = 0

  constructor(deps: PieceStreamDeps) {
    this.#deps = deps
    const { call } = deps
    deps.metrics.streamOpened()
    // At once: the client learns who leads before there is anything to say.
    call.sendMetadata(new Metadata())
    call.on('data', (result: schedulerV1.PieceResult__Output) => this.#receive(result))
    call.on('end', () => this.#halfClosed())
    call.on('cancelled', () => this.#close())
    call.on('error', () => this.#close())
  }

  /** Writes what an event says; the last of an attachment ends the stream. */
  deliver(event: StreamEvent): void {
    switch (event.type) {
      case 'parents-assigned':
        this.#scheduled()
        return this.#write(parentsPacket(event, event.parents))
      case 'need-back-to-source':
        this.#scheduled()
        return this.#write(codePacket('SchedNeedBackSource'))
      case 'source-failed':
        return this.#write(sourceFailedPacket(event.metadata))
      case 'schedule-failed':
        return this.#write(codePacket(scheduleFailureCode(event.reason)))
      case 'attachment-lost':
        return this.fail(new DfError(dfCodes.SchedReregister, this.#lostText(event)))
    }
  }

  /** Another stream took the peer, or it is gone: it was deleted, or its host left. */
  #lostText(peer: PeerRef): string {
    const isThere = getPeer(this.#deps.state.reader, peer) !== undefined
    return isThere ? 'another stream reports this peer' : 'the peer was removed'
  }

  /** Ends the stream with an error. */
  fail(error: unknown): void {
    if (this.#isEnded) return
    this.#close()
    this.#deps.call.emit('error', toWireStatus(error))
  }

  leaderLost(): void {
    // The client registers again at a member that can still schedule.
    this.fail(refusalError('not-leader'))
  }

  sessionClosed(): void {
    this.fail(refusalError('unavailable'))
  }

  stateReplaced(): void {
    // What happened to the peer on the way is not told any more: its client comes again.
    this.fail(refusalError('unavailable'))
  }

  /** The first answer after begin-of-piece, which may have taken a queue. */
  #scheduled(): void {
    if (this.#begunMs === undefined) return
    const { clock, metrics } = this.#deps
    metrics.scheduleTook(clock.nowMs() - this.#begunMs)
    this.#begunMs = undefined
  }

  #receive(result: schedulerV1.PieceResult__Output): void {
    if (this.#isEnded) return
    try {
      this.#handle(result)
    } catch (error) {
      this.fail(error)
    }
  }

  #handle(result: schedulerV1.PieceResult__Output): void {
    const ref = { taskId: id(result.taskId, 'task_id'), peerId: id(result.srcPid, 'src_pid') }
    const parentId = text(result.dstPid, 'dst_pid', idLengthMax)
    const isBegin = result.pieceInfo?.pieceNum === beginOfPiece
    if (this.#owner === undefined || (isBegin && !this.#hasBegun)) this.#attach(ref, isBegin)
    const owner = present(this.#owner, 'src_pid')
    if (owner.taskId !== ref.taskId || owner.peerId !== ref.peerId) {
      throw new CodedError('PROTO_FIELD_INVALID', 'src_pid: must be the same in the whole stream')
    }
    if (isBegin || result.pieceInfo?.pieceNum === endOfPiece) return
    if (result.success) this.#pieceFinished(owner, parentId, result)
    else this.#pieceFailed(owner, parentId, result)
  }

  /** The first message, or the first begin-of-piece after others. */
  #attach(ref: { readonly taskId: string; readonly peerId: string }, begin: boolean): void {
    const { nextStreamId, register, commands, reports } = this.#deps
    this.#release()
    const streamId = nextStreamId()
    this.#owner = { ...ref, streamId }
    const { clock, metrics, state } = this.#deps
    if (begin) this.#begunMs = clock.nowMs()
    this.#meter = new PieceMeter({ metrics, reader: state.reader }, ref)
    this.#hasBegun ||= begin
    register(streamId, this)
    reports.flushPeer(ref)
    commands
      .propose(attachStream, { ...ref, streamId, begin }, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (!answer.ok) this.#refused(answer.reason)
        else if (!answer.result.ok) {
          this.fail(new DfError(dfCodes.SchedReregister, 'the peer is not registered'))
        }
      })
      .catch((error: unknown) => this.#unexpected(error))
  }

  #pieceFinished(
    owner: ReportOwner,
    parentId: string,
    result: schedulerV1.PieceResult__Output,
  ): void {
    const piece = present(result.pieceInfo, 'piece_info')
    const pieceNum = integer(piece.pieceNum, 'piece_info.piece_num', 0, pieceCountMax - 1)
    this.#deps.reports.add(owner, {
      pieceNum,
      costMs: pieceCostMs(piece),
      parentId,
      pieceZero: pieceZero(piece, 'piece_info'),
    })
    this.#meter?.finished(parentId, piece.rangeSize)
  }

  #pieceFailed(
    owner: ReportOwner,
    parentId: string,
    result: schedulerV1.PieceResult__Output,
  ): void {
    const cause = failureCause(result.code)
    if (cause === undefined) return
    this.#meter?.failed(parentId)
    const { call, commands, reports } = this.#deps
    reports.flushPeer(owner)
    this.#failuresOnTheWay += 1
    if (this.#failuresOnTheWay >= streamFailuresMax) call.pause()
    const body = { ...owner, parentId, cause }
    commands
      .propose(reportPieceFailure, body, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (!answer.ok) this.#refused(answer.reason)
        else if (!answer.result.ok) {
          this.fail(
            new DfError(dfCodes.SchedReregister, `the peer is gone: ${answer.result.reason}`),
          )
        }
      })
      .catch((error: unknown) => this.#unexpected(error))
      .finally(() => {
        this.#failuresOnTheWay -= 1
        if (!this.#isEnded && call.isPaused()) call.resume()
      })
  }

  /** A command of the stream has no result: the client must come again, here or elsewhere. */
  #refused(reason: CommandRefusal): void {
    this.#deps.logger.debug({ reason }, 'a stream command was refused')
    this.fail(refusedStream(reason))
  }

  #unexpected(error: unknown): void {
    this.#deps.logger.error({ reason: messageOf(error) }, 'a stream failed unexpectedly')
    this.fail(error)
  }

  #write(packet: schedulerV1.PeerPacket): void {
    if (this.#isEnded) return
    const { call } = this.#deps
    if (call.writableLength >= streamPacketsMax) {
      this.fail(slowReaderError())
      resetCall(call)
      return
    }
    call.write(packet)
  }

  #halfClosed(): void {
    if (this.#isEnded) return
    this.#close()
    this.#deps.call.end()
  }

  /** Whatever ended the stream: nothing of it may stay behind. */
  #close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#deps.metrics.streamEnded()
    this.#release()
    this.#deps.onEnd(this)
  }

  #release(): void {
    const owner = this.#owner
    if (owner === undefined) return
    this.#owner = undefined
    const { detach, reports, unregister } = this.#deps
    unregister(owner.streamId)
    reports.flushPeer(owner)
    detach(owner)
  }
}

function scheduleFailureCode(
  reason: Extract<SchedulerEvent, { readonly type: 'schedule-failed' }>['reason'],
): 'PeerTaskNotFound' | 'SchedTaskStatusError' | 'SchedError' {
  switch (reason) {
    case 'no-available-peer':
      return 'PeerTaskNotFound'
    case 'no-parent':
    case 'too-many-failures':
      return 'SchedTaskStatusError'
    case 'not-running':
      return 'SchedError'
  }
}
