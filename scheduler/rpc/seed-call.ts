// One outbox item being done: a call to its seed host in the protocol that fits. Its end is the end
// of the item. Runs on the leader that started the item.
import { messageOf } from '../../base/index.ts'
import type { Timer } from '../../base/index.ts'
import { finishSeed } from '../replication/commands/index.ts'
import type { FinishSeed } from '../replication/commands/index.ts'
import { seedRetryMs, streamCommandMsMax } from './limits.ts'
import type {
  SeedConversation,
  SeedConversationDeps,
  SeedConversationOptions,
  SeedEnd,
} from './seed-conversation.ts'
import { SeedDownload } from './seed-download.ts'
import { SeedObtaining } from './seed-obtaining.ts'

export interface SeedCallOptions extends Omit<SeedConversationOptions, 'onEnd'> {
  /** Called once when nothing of the call is left. */
  readonly onEnd: () => void
}

/** A running call. */
export class SeedCall {
  readonly #deps: SeedConversationDeps
  readonly #options: SeedCallOptions
  #conversation: SeedConversation | undefined
  #retryTimer: Timer | undefined
  #isEnded = false

  constructor(deps: SeedConversationDeps, options: SeedCallOptions) {
    this.#deps = deps
    this.#options = options
    this.#talk(options.item.download.length > 0 ? 2 : 1)
  }

  /** Gives the call up without a word about the item: another leader takes it over. */
  cancel(): void {
    this.#close()
  }

  #talk(api: 1 | 2): void {
    const onEnd = (end: SeedEnd): void => this.#ended(end, api)
    const options = { ...this.#options, onEnd }
    try {
      this.#conversation =
        api === 2 ? new SeedDownload(this.#deps, options) : new SeedObtaining(this.#deps, options)
    } catch (error) {
      // What is stored cannot be asked for: nobody else could do better.
      this.#deps.logger.error({ reason: messageOf(error) }, 'a seed cannot be asked')
      this.#finish({ peerId: '', outcome: failedForGood })
    }
  }

  #ended(end: SeedEnd, api: 1 | 2): void {
    const { item } = this.#options
    if (end !== 'unwanted') {
      const outcome = end === 'unimplemented' ? end : end.outcome.type
      this.#deps.metrics.seedEnded(api, outcome)
    }
    if (end === 'unwanted') {
      this.#deps.logger.info({ outboxId: item.id }, 'a seed call is no longer wanted')
      this.#close()
    } else if (end !== 'unimplemented') this.#finish(end)
    // A dfdaemon of API v1 among clients of API v2.
    else if (api === 2) this.#talk(1)
    else this.#finish({ peerId: '', outcome: failedForGood })
  }

  #finish(end: Extract<SeedEnd, object>): void {
    const { item, term } = this.#options
    const { commands, clock, logger } = this.#deps
    commands
      .propose(finishSeed, { outboxId: item.id, term, ...end }, { timeoutMs: streamCommandMsMax })
      .then((answer) => {
        if (this.#isEnded) return
        if (answer.ok) this.#close()
        // As long as this member leads, the item must not be left running for ever.
        else this.#retryTimer = clock.setTimer(seedRetryMs, () => this.#finish(end))
      })
      .catch((error: unknown) => {
        logger.error({ reason: messageOf(error) }, 'a seed call failed unexpectedly')
        this.#close()
      })
  }

  #close(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#retryTimer?.cancel()
    this.#conversation?.cancel()
    this.#options.onEnd()
  }
}

const failedForGood: FinishSeed['outcome'] = { type: 'failed', retry: false, sourceError: null }
