// One AnnouncePeer stream: a download of API v2 from its registration to its end. Messages are
// handled one after another, as upstream does: while a command is on its way the stream is read no
// further. Answers are written when the state says them, whoever caused that.
import { Metadata } from '@grpc/grpc-js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { CodedError, isCoded, messageOf } from '../../base/index.ts'
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { refusalError, toWireStatus } from '../../proto/index.ts'
import type { schedulerV2 } from '../../proto/index.ts'
import {
  finishDownload,
  getPeer,
  isDeletedAfter,
  reschedulePeer,
  settingsOf,
  startDownload,
} from '../replication/commands/index.ts'
import type {
  PeerRef,
  RegisterDownload,
  RegisterDownloadResult,
} from '../replication/commands/index.ts'
import { effectivePriority } from './application-priority.ts'
import { resetCall } from './call-internals.ts'
import { DownloadAttachment } from './download-attachment.ts'
import { DownloadCounts } from './download-counts.ts'
import { downloadError, notScheduledError, registerError } from './download-errors.ts'
import { DownloadPieces } from './download-pieces.ts'
import { FieldError, present } from './fields.ts'
import { streamCommandMsMax, streamPacketsMax } from './limits.ts'
import { normalTaskResponse } from './peer-reply.ts'
import { slowReaderError } from './peer-stream.ts'
import type { PeerStream, StreamEvent, StreamRouter } from './peer-stream.ts'
import type { PieceReports } from './piece-reports.ts'
import type { CommandPort, StatePort } from './ports.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { blockedParentIds, downloadRef, registerDownloadBody } from './wire-v2.ts'
import type { DownloadRef } from './wire-v2.ts'

/** grpc-js's side of a stream. */
export type AnnounceCall = ServerDuplexStream<
  schedulerV2.AnnouncePeerRequest__Output,
  schedulerV2.AnnouncePeerResponse
>

export interface AnnouncePeerDeps {
  readonly call: AnnounceCall
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: CommandPort
  readonly state: Pick<StatePort, 'reader' | 'appliedIndex'>
  readonly reports: PieceReports
  readonly metrics: RequestMetrics
  readonly router: StreamRouter
  /** Waits until the state shows what was committed when it was asked; rejects like `Replica`. */
  readonly readIndex: () => Promise<number>
  /** Called once, when the stream has ended in whatever way. */
  readonly onEnd: (stream: PeerStream) => void
}

type Message = schedulerV2.AnnouncePeerRequest__Output

/** Serves one stream from its first message to its end. */
export class AnnouncePeerStream implements PeerStream {
  readonly #deps: AnnouncePeerDeps
  readonly #counts: DownloadCounts
  /** Who speaks, as the first message says. */
  #ref: DownloadRef | undefined
  #attachment: DownloadAttachment | undefined
  #pieces: DownloadPieces | undefined
  /** The client waits for parents, or to be told where else to turn. */
  #isAnswerDue = false
  /** A command that leads to that answer is on its way. */
  #isAsking = false
  /** What the command on its way leads to may have been missed. */
  #isGapped = false
  #halfClosedTimer: Timer | undefined
  #isEnded = false

  constructor(deps: AnnouncePeerDeps) {
    this.#deps = deps
    this.#counts = new DownloadCounts(deps)
    const { call } = deps
    // At once: clients wait for it no longer than 10 s, for what follows up to three hours.
    call.sendMetadata(new Metadata())
    call.on('data', (message: Message) => this.#receive(message))
    call.on('end', () => this.#halfClosed())
    call.on('cancelled', () => this.#close())
    call.on('error', () => this.#close())
  }

  deliver(event: StreamEvent): void {
    switch (event.type) {
      case 'parents-assigned': {
        const { reader } = this.#deps.state
        return this.#answer(normalTaskResponse(reader, event.taskId, event.parents))
      }
      case 'need-back-to-source': {
        const description = 'the scheduler sends this peer to the source'
        return this.#answer({ needBackToSourceResponse: { description } })
      }
      case 'schedule-failed':
        return this.#notScheduled(event.reason)
      case 'attachment-lost':
        return this.#lost(event)
      case 'source-failed':
        // Told to streams of API v1 only: v2 has no message for it.
        return
    }
  }

  fail(error: unknown): void {
    if (this.#isEnded) return
    if (!isCoded(error)) {
      this.#deps.logger.error({ reason: messageOf(error) }, 'a download stream failed unexpectedly')
    }
    this.#counts.failed()
    this.#close()
    this.#deps.call.emit('error', toWireStatus(error))
  }

  leaderLost(): void {
    // The client has nowhere better to go: what it is fetching goes on, commands wait for a leader.
  }

  sessionClosed(): void {
    this.#attachment?.sessionClosed()
  }

  stateReplaced(): void {
    this.#attachment?.stateReplaced()
  }

  // ------------------------------------------------------------------------------------- messages

  #receive(message: Message): void {
    if (this.#isEnded) return
    let work: Promise<void> | undefined
    try {
      work = this.#handle(this.#named(message), message)
    } catch (error) {
      return this.fail(error)
    }
    if (work === undefined) return
    const { call } = this.#deps
    call.pause()
    work
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        if (!this.#isEnded) call.resume()
      })
      .catch((error: unknown) => this.fail(error))
  }

  /** Checks that the message is about the peer of this stream. */
  #named(message: Message): DownloadRef {
    const { hostId, taskId, peerId } = message
    const known = this.#ref
    if (known === undefined) {
      this.#ref = downloadRef(message)
      return this.#ref
    }
    if (known.hostId !== hostId) throw otherPeer('host_id')
    if (known.taskId !== taskId) throw otherPeer('task_id')
    if (known.peerId !== peerId) throw otherPeer('peer_id')
    return known
  }

  #handle(ref: DownloadRef, message: Message): Promise<void> | undefined {
    switch (message.request) {
      case 'registerPeerRequest':
        return this.#register(ref, present(message.registerPeerRequest, 'register_peer_request'))
      case 'downloadPeerStartedRequest':
        return this.#start(ref, false)
      case 'downloadPeerBackToSourceStartedRequest':
        return this.#start(ref, true)
      case 'reschedulePeerRequest':
        return this.#reschedule(
          ref,
          present(message.reschedulePeerRequest, 'reschedule_peer_request'),
        )
      case 'downloadPeerFinishedRequest':
        return this.#finish(ref, { success: true, backToSource: false })
      case 'downloadPeerBackToSourceFinishedRequest':
        return this.#finish(ref, { success: true, backToSource: true })
      case 'downloadPeerFailedRequest':
        return this.#finish(ref, { success: false, backToSource: false })
      case 'downloadPeerBackToSourceFailedRequest':
        return this.#finish(ref, { success: false, backToSource: true })
      default:
        return this.#piecesOf(ref).handle(message)
    }
  }

  #piecesOf(ref: DownloadRef): DownloadPieces {
    this.#pieces ??= new DownloadPieces(this.#deps, this.#attachmentOf(ref), ref)
    return this.#pieces
  }

  #attachmentOf(ref: DownloadRef): DownloadAttachment {
    this.#attachment ??= new DownloadAttachment(
      {
        ...this.#deps,
        stream: this,
        isAnswerDue: () => this.#isAnswerDue && !this.#isAsking,
        onGap: () => this.#askAgain(),
      },
      { taskId: ref.taskId, peerId: ref.peerId },
    )
    return this.#attachment
  }

  async #register(
    ref: DownloadRef,
    request: schedulerV2.RegisterPeerRequest__Output,
  ): Promise<void> {
    const { state } = this.#deps
    const attachment = this.#attachmentOf(ref)
    const settings = settingsOf(state.reader)
    const body = registerDownloadBody(ref, request, {
      acceptedIndex: state.appliedIndex,
      streamId: attachment.streamId,
      priorityOf: (asked) => effectivePriority(settings, asked),
    })
    this.#counts.registered(body)
    this.#isAnswerDue = true
    const result = await this.#asking(this.#notOutrun(attachment, body))
    if (!result.ok) {
      this.#isAnswerDue = false
      throw registerError(result.reason, ref.hostId)
    }
    if (result.outcome === 'empty') this.#answer({ emptyTaskResponse: {} })
    if (result.outcome === 'metadata-only') this.#answer({ metadataOnlyResponse: {} })
    if (this.#isGapped) this.#askAgain()
  }

  /**
   * Registers with what this member had applied when the message came. The host may have announced
   * itself through another member a moment ago: when it is unknown, the leader is asked how far the
   * log is, and the command proposed once more.
   */
  async #notOutrun(
    attachment: DownloadAttachment,
    body: RegisterDownload,
  ): Promise<RegisterDownloadResult> {
    const result = await attachment.register(body)
    if (result.ok || result.reason !== 'host-not-found' || this.#isEnded) return result
    const { readIndex, state } = this.#deps
    const acceptedIndex = await readIndex()
    if (this.#isEnded) return result
    const peer = { taskId: body.task.id, peerId: body.peerId }
    if (isDeletedAfter(state.reader, { ...peer, hostId: body.hostId }, body.acceptedIndex)) {
      return { ok: false, reason: 'deleted' }
    }
    return attachment.register({ ...body, acceptedIndex })
  }

  async #start(ref: DownloadRef, backToSource: boolean): Promise<void> {
    this.#counts.started(backToSource)
    await this.#attachmentOf(ref).command(startDownload, { backToSource })
    this.#counts.done()
  }

  async #reschedule(
    ref: DownloadRef,
    request: schedulerV2.ReschedulePeerRequest__Output,
  ): Promise<void> {
    const blockedParents = blockedParentIds(request)
    await this.#ask(this.#attachmentOf(ref), blockedParents)
  }

  async #ask(attachment: DownloadAttachment, blockedParents: readonly string[]): Promise<void> {
    this.#isAnswerDue = true
    await this.#asking(attachment.command(reschedulePeer, { blockedParents }))
    if (this.#isGapped) this.#askAgain()
  }

  async #asking<Result>(work: Promise<Result>): Promise<Result> {
    this.#isAsking = true
    try {
      return await work
    } finally {
      this.#isAsking = false
    }
  }

  /** The answer that is due may have been lost while the peer was on no stream. */
  #askAgain(): void {
    const attachment = this.#attachment
    this.#isGapped = this.#isAsking
    if (attachment === undefined || !this.#isAnswerDue || this.#isAsking || this.#isEnded) return
    this.#ask(attachment, []).catch((error: unknown) => this.fail(error))
  }

  async #finish(
    ref: DownloadRef,
    how: { readonly success: boolean; readonly backToSource: boolean },
  ): Promise<void> {
    const attachment = this.#attachmentOf(ref)
    this.#counts.finishing(how)
    await attachment.command(finishDownload, how)
    this.#counts.finished(ref, how)
    // The command has taken the peer off the stream already.
    attachment.forget()
    this.#end()
  }

  // -------------------------------------------------------------------------------------- answers

  #answer(response: schedulerV2.AnnouncePeerResponse): void {
    if (this.#isEnded) return
    const { call } = this.#deps
    if (call.writableLength >= streamPacketsMax) {
      this.fail(slowReaderError())
      resetCall(call)
      return
    }
    this.#isAnswerDue = false
    this.#counts.answered(response)
    call.write(response)
    if (this.#halfClosedTimer !== undefined) this.#end()
  }

  #notScheduled(reason: Extract<StreamEvent, { type: 'schedule-failed' }>['reason']): void {
    this.#attachment?.giveUp()
    this.fail(notScheduledError(reason))
  }

  /** Another stream took the peer, or it is gone: it was deleted, or its host left. */
  #lost(peer: PeerRef): void {
    this.#attachment?.forget()
    const isThere = getPeer(this.#deps.state.reader, peer) !== undefined
    this.fail(
      isThere
        ? downloadError('stale-attachment')
        : new CodedError('SCHED_PEER_NOT_FOUND', 'the peer was removed'),
    )
  }

  // ------------------------------------------------------------------------------------------ end

  /** The client has nothing more to say. An answer it waits for is still written. */
  #halfClosed(): void {
    if (this.#isEnded) return
    if (!this.#isAnswerDue) return this.#end()
    this.#halfClosedTimer = this.#deps.clock.setTimer(streamCommandMsMax, () => {
      this.fail(refusalError('unavailable'))
    })
  }

  #end(): void {
    if (this.#isEnded) return
    this.#close()
    this.#deps.call.end()
  }

  /** Whatever ended the stream: nothing of it may stay behind. */
  #close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#halfClosedTimer?.cancel()
    this.#attachment?.release()
    this.#counts.ended()
    this.#deps.onEnd(this)
  }
}

function otherPeer(field: string): FieldError {
  return new FieldError(field, 'must be the same in the whole stream')
}
