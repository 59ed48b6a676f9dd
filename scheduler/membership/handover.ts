// A leader that an operator hides or drains hands leadership to a member that is online (design 6),
// and again whenever it wins an election. Until somebody can take it, it goes on: the group must
// not stop because nobody else is well.
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { handoverPauseMs, memberTable, nodeStateLookMs } from '../replication/index.ts'
import type { LeaderWork, StateReader } from '../replication/index.ts'

/** The part of Raft that is used; `RaftNode` satisfies it. */
export interface HandoverRaft {
  status(): {
    readonly id: number
    readonly role: string
    readonly term: number
    readonly progress: readonly {
      readonly id: number
      readonly match: number
      readonly isRecentlyActive: boolean
    }[]
  }
  transferLeadership(
    to: number,
    options: { readonly timeoutMs: number },
  ): Promise<{ readonly ok: boolean }>
}

export interface HandoverDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: HandoverRaft
  readonly state: { readonly reader: StateReader }
}

/** Hands leadership over when this member is hidden or draining. */
export class Handover implements LeaderWork {
  readonly #deps: HandoverDeps
  /** 0 = this member does not lead. */
  #term = 0
  #timer: Timer | undefined
  #notBeforeMs = 0

  constructor(deps: HandoverDeps) {
    this.#deps = deps
  }

  lead(term: number): void {
    this.stepDown()
    this.#term = term
    this.#notBeforeMs = 0
    this.#look()
  }

  stepDown(): void {
    this.#term = 0
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    if (this.#term === 0) return
    const { clock, raft, state } = this.#deps
    this.#timer = clock.setTimer(nodeStateLookMs, () => this.#look())
    if (clock.nowMs() < this.#notBeforeMs) return
    const status = raft.status()
    const own = state.reader.get(memberTable, status.id)?.state
    if (status.term !== this.#term || (own !== 'hidden' && own !== 'draining')) return
    const successor = successorAmong(state.reader, status.progress)
    if (successor === undefined) return
    this.#handOver(successor, own)
  }

  #handOver(successor: number, state: string): void {
    const { clock, logger, raft } = this.#deps
    this.#notBeforeMs = clock.nowMs() + handoverPauseMs
    logger.info({ successor, state }, 'handing leadership over')
    const sent = raft.transferLeadership(successor, { timeoutMs: handoverPauseMs })
    void sent.then((outcome) => {
      if (!outcome.ok) logger.info({ successor, outcome }, 'leadership was not handed over')
    })
  }
}

/** The online voter in contact that has most of the log; of equals the one with the lowest id. */
function successorAmong(
  reader: StateReader,
  progress: ReturnType<HandoverRaft['status']>['progress'],
): number | undefined {
  let best: { readonly id: number; readonly match: number } | undefined
  for (const { id, match, isRecentlyActive } of progress) {
    const member = reader.get(memberTable, id)
    if (!isRecentlyActive || member?.state !== 'online' || member.role !== 'voter') continue
    if (best === undefined || match > best.match) best = { id, match }
  }
  return best?.id
}
