// Takes peers off streams that are over. Nobody waits for that, and the command may find no leader
// or a full queue just when many streams end at once. It is tried again then: otherwise clients
// that are gone would keep their slots until their pieces time out, where 30 s are allowed.
import { messageOf } from '../../base/index.ts'
import type { Clock, Logger } from '../../base/index.ts'
import { detachStream } from '../replication/commands/index.ts'
import {
  detachmentsWaitingMax,
  detachmentTriesMax,
  detachRetryMs,
  streamCommandMsMax,
} from './limits.ts'
import type { ReportOwner } from './piece-reports.ts'
import type { CommandPort } from './ports.ts'

export interface StreamDetachmentsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly commands: Pick<CommandPort, 'propose'>
}

/** Detaches peers of this member's streams until the state says so. */
export class StreamDetachments {
  readonly #deps: StreamDetachmentsDeps
  #waiting = 0

  constructor(deps: StreamDetachmentsDeps) {
    this.#deps = deps
  }

  /** Detachments that wait for their next try. */
  get waiting(): number {
    return this.#waiting
  }

  /** Takes a peer off its stream, if it is on it; proposes that before it returns. */
  detach(owner: ReportOwner): void {
    this.#try(owner, 1)
  }

  #try(owner: ReportOwner, tries: number): void {
    const { commands, logger } = this.#deps
    const { taskId, peerId, streamId } = owner
    commands
      .propose(detachStream, { taskId, peerId, streamId }, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (!answer.ok && answer.reason !== 'stopped') this.#tryLater(owner, tries)
      })
      .catch((error: unknown) => {
        logger.error({ reason: messageOf(error) }, 'a detachment failed unexpectedly')
      })
  }

  #tryLater(owner: ReportOwner, tries: number): void {
    const { clock, logger } = this.#deps
    if (tries >= detachmentTriesMax || this.#waiting >= detachmentsWaitingMax) {
      // The peer's session or its time ends the attachment.
      logger.warn({ peerId: owner.peerId, tries }, 'a peer stays on a stream that is over')
      return
    }
    this.#waiting += 1
    const again = (): void => {
      this.#waiting -= 1
      this.#try(owner, tries + 1)
    }
    clock.setTimer(detachRetryMs, again, { keepAlive: false })
  }
}
