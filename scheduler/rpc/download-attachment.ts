// Which peer an AnnouncePeer stream speaks for, and that it goes on doing so. Unlike a stream of
// API v1 it outlives the leader and even the session of its member: its client would otherwise
// fetch everything from the source. Commands go through whatever session the member has; when the
// stream was attached anew in between, they are proposed once more with its new number.
import { assert, messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import type { CommandDefinition } from '../replication/index.ts'
import {
  finishDownload,
  getPeer,
  reattachStream,
  registerDownload,
} from '../replication/commands/index.ts'
import type {
  DownloadResult,
  PeerRef,
  PeerRow,
  RegisterDownload,
  RegisterDownloadResult,
} from '../replication/commands/index.ts'
import { downloadError } from './download-errors.ts'
import { streamCommandMsMax } from './limits.ts'
import { refusedStream } from './peer-stream.ts'
import type { PeerStream, StreamRouter } from './peer-stream.ts'
import type { PieceReports, ReportOwner } from './piece-reports.ts'
import type { CommandPort, StatePort } from './ports.ts'

export interface AttachmentDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: CommandPort
  readonly state: Pick<StatePort, 'reader'>
  readonly reports: PieceReports
  readonly router: StreamRouter
  /** Where events go. */
  readonly stream: PeerStream
  /** The client waits for an answer, and no command that leads to one is on its way. */
  readonly isAnswerDue: () => boolean
  /** The peer may have missed an answer: it is on this stream, but was not all the time. */
  readonly onGap: () => void
}

/** `registering`: a registration is on its way, so the peer may be attached by now. */
type Status = 'none' | 'registering' | 'attached' | 'released'

/** The attachment of one stream to one peer. */
export class DownloadAttachment {
  readonly #deps: AttachmentDeps
  readonly #ref: PeerRef
  #status: Status = 'none'
  #owner: ReportOwner
  /** Log index of the attachment. */
  #epoch = 0
  /** Runs while the stream is being attached anew; never rejects. */
  #attaching: Promise<void> | undefined
  /** Times that what was on its way may have gone through a session closed by now, or unheard. */
  #interruptions = 0

  constructor(deps: AttachmentDeps, ref: PeerRef) {
    this.#deps = deps
    this.#ref = ref
    this.#owner = this.#newOwner()
  }

  /** Whose pieces are reported; undefined without a registration. */
  get owner(): ReportOwner | undefined {
    return this.#status === 'none' || this.#status === 'released' ? undefined : this.#owner
  }

  /** Number for the registration. */
  get streamId(): number {
    return this.#owner.streamId
  }

  /**
   * Registers the peer and attaches it to this stream. Rejects when there is no result; a refused
   * registration may be tried again, an accepted one is the only one.
   */
  async register(body: RegisterDownload): Promise<RegisterDownloadResult> {
    const { commands, reports, router, stream } = this.#deps
    assert(body.streamId === this.#owner.streamId, 'a registration attaches its own stream')
    const before = this.#interruptions
    if (this.#status !== 'none') throw downloadError('illegal-state')
    this.#status = 'registering'
    router.register(body.streamId, stream)
    reports.flushPeer(this.#ref)
    const timeoutMs = streamCommandMsMax
    const answer = await commands.propose(registerDownload, body, { timeoutMs })
    if (!answer.ok) {
      // Only then may the peer be attached: nothing else needs to be given back.
      if (answer.reason !== 'unknown-outcome' && this.#status === 'registering') {
        this.#status = 'none'
      }
      throw refusedStream(answer.reason)
    }
    if (this.#status !== 'registering') return answer.result
    if (answer.result.ok) this.#attached(answer.result.attachEpoch, before)
    else this.#status = 'none'
    return answer.result
  }

  /** Applies a command of this stream; rejects with what its client should see. */
  async command<Body extends PeerRef & { readonly streamId: number }>(
    definition: CommandDefinition<Body, DownloadResult>,
    more: Omit<Body, keyof PeerRef | 'streamId'>,
  ): Promise<void> {
    const { clock, commands, reports } = this.#deps
    const endMs = clock.nowMs() + streamCommandMsMax
    for (;;) {
      await this.#attaching
      const owner = this.#owner
      const timeoutMs = endMs - clock.nowMs()
      if (timeoutMs <= 0 || this.#status === 'released') throw refusedStream('expired')
      reports.flushPeer(owner)
      const { taskId, peerId, streamId } = owner
      const body = { ...more, taskId, peerId, streamId } as Body
      const answer = await commands.propose(definition, body, { timeoutMs })
      if (!answer.ok) throw refusedStream(answer.reason)
      if (answer.result.ok) return
      const { reason } = answer.result
      const isRenewed = this.#owner !== owner || this.#attaching !== undefined
      if (reason !== 'stale-attachment' || !isRenewed) throw downloadError(reason)
    }
  }

  /**
   * See `PeerStream`. What is on its way is proposed through the next session by itself, so its
   * answer is waited for.
   */
  sessionClosed(): void {
    this.#interruptions += 1
    if (this.#status === 'attached' && this.#attaching === undefined) this.#attachAgain()
  }

  /** See `PeerStream`. */
  stateReplaced(): void {
    this.#interruptions += 1
    if (this.#status !== 'attached' || this.#attaching !== undefined) return
    const row = this.#row()
    if (row === undefined) return this.#deps.stream.fail(downloadError('peer-not-found'))
    if (this.#isOn(row)) return this.#deps.onGap()
    if (row.attachEpoch === this.#epoch) return this.#attachAgain()
    this.#deps.stream.fail(downloadError('stale-attachment'))
  }

  /** The peer found neither parent nor source: upstream, too, counts it as failed then. */
  giveUp(): void {
    const { commands, logger, router } = this.#deps
    const owner = this.#owner
    const { taskId, peerId, streamId } = owner
    const body = { taskId, peerId, streamId, success: false, backToSource: false }
    this.forget()
    commands
      .propose(finishDownload, body, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (!answer.ok || !answer.result.ok) router.detach(owner)
      })
      .catch((error: unknown) => {
        logger.error({ reason: messageOf(error) }, 'a failed peer was not marked')
      })
  }

  /** The state has no peer on this stream any more: nothing is left to be given back. */
  forget(): void {
    if (this.#status === 'released') return
    this.#status = 'released'
    this.#deps.router.unregister(this.#owner.streamId)
  }

  /** Takes the peer off the stream, if it is on it. */
  release(): void {
    const { owner } = this
    this.forget()
    if (owner === undefined) return
    const { reports, router } = this.#deps
    reports.flushPeer(owner)
    router.detach(owner)
  }

  #newOwner(): ReportOwner {
    const { taskId, peerId } = this.#ref
    return { taskId, peerId, streamId: this.#deps.router.nextStreamId() }
  }

  #row(): PeerRow | undefined {
    return getPeer(this.#deps.state.reader, this.#ref)
  }

  #isOn(row: PeerRow): boolean {
    const { streamId } = this.#owner
    return row.streamId === streamId && this.#deps.router.isOwnSession(row.ownerSessionId)
  }

  /** `before`: the interruptions there had been when the command was proposed. */
  #attached(epoch: number, before: number): void {
    this.#status = 'attached'
    this.#epoch = epoch
    if (before === this.#interruptions) return
    // The session it went through may be the one that was closed while the answer was on its way.
    const row = this.#row()
    if (row === undefined || !this.#isOn(row)) this.#attachAgain()
    else this.#deps.onGap()
  }

  #attachAgain(): void {
    const { router, stream } = this.#deps
    router.unregister(this.#owner.streamId)
    const owner = this.#newOwner()
    this.#owner = owner
    router.register(owner.streamId, stream)
    const attaching = this.#reattach(owner)
      .catch((error: unknown) => stream.fail(error))
      .finally(() => {
        if (this.#attaching === attaching) this.#attaching = undefined
      })
    this.#attaching = attaching
  }

  async #reattach(owner: ReportOwner): Promise<void> {
    const before = this.#interruptions
    const isAnswerDue = this.#deps.isAnswerDue()
    const body = { ...owner, attachEpoch: this.#epoch, isAnswerDue }
    const timeoutMs = streamCommandMsMax
    const answer = await this.#deps.commands.propose(reattachStream, body, { timeoutMs })
    if (this.#status === 'released') {
      // What ended the stream was on its way before this, and found the peer where it had been.
      if (answer.ok && answer.result.ok) this.#deps.router.detach(owner)
      return
    }
    if (!answer.ok) throw refusedStream(answer.reason)
    if (!answer.result.ok) throw downloadError(answer.result.reason)
    this.#attached(answer.result.attachEpoch, before)
    if (before === this.#interruptions && !isAnswerDue) this.#deps.onGap()
  }
}
