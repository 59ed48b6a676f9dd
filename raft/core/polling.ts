// Asking for votes, counting them and giving them (paper section 5.2, thesis section 9.6). In a
// joint configuration the voters of both halves are asked, and both have to agree.
import { isVoter, membersOf } from './configuration.ts'
import type { LogMark } from '../log-storage.ts'
import type { Configuration } from './configuration.ts'
import type { RaftLog } from './log.ts'
import type { VoteRequest } from './message.ts'
import type { Ballot, Outgoing } from './outgoing.ts'
import { voteOutcome } from './quorum.ts'
import type { VoteOutcome } from './quorum.ts'

export interface PollingDeps {
  readonly id: number
  readonly log: RaftLog
  readonly ballot: Ballot
  readonly outgoing: Outgoing
}

export class Polling {
  readonly #id: number
  readonly #log: RaftLog
  readonly #ballot: Ballot
  readonly #outgoing: Outgoing
  #votes = new Map<number, boolean>()

  constructor(deps: PollingDeps) {
    this.#id = deps.id
    this.#log = deps.log
    this.#ballot = deps.ballot
    this.#outgoing = deps.outgoing
  }

  /** Has a voter said no? */
  get isRefused(): boolean {
    return [...this.#votes.values()].includes(false)
  }

  /** Forgets the answers. */
  clear(): void {
    this.#votes = new Map()
  }

  /** Asks every other voter. */
  ask(
    configuration: Configuration,
    request: Pick<VoteRequest, 'type' | 'term' | 'transfer'>,
  ): void {
    const { lastIndex, lastTerm } = this.#log
    const own = { from: this.#id, lastIndex, lastTerm, ...this.#committedUpTo(lastIndex) }
    for (const to of membersOf(configuration)) {
      if (to === this.#id || !isVoter(configuration, to)) continue
      this.#outgoing.reply({ ...request, ...own, to })
    }
  }

  /** Counts an answer, each voter's first one, and tells where the election stands. */
  count(configuration: Configuration, from: number, granted: boolean): VoteOutcome {
    if (!this.#votes.has(from)) this.#votes.set(from, granted)
    return voteOutcome(configuration, this.#votes)
  }

  /**
   * Answers a request; true when the vote is given. Learners and strangers answer too: they may
   * have been made voters by entries that they have not applied (B13).
   */
  answer(request: VoteRequest, leader: number): boolean {
    const isPreVote = request.type === 'pre-vote'
    const { votedFor, term } = this.#ballot
    const mayVote =
      votedFor === request.from ||
      (votedFor === 0 && leader === 0) ||
      (isPreVote && request.term > term)
    const granted = mayVote && this.#log.isUpToDate(request.lastIndex, request.lastTerm)
    if (granted && !isPreVote) this.#ballot.votedFor = request.from
    this.reply(request, granted)
    return granted && !isPreVote
  }

  reply(request: VoteRequest, granted: boolean): void {
    this.#outgoing.reply({
      ...this.#committedUpTo(request.lastIndex),
      type: request.type === 'vote' ? 'vote-reply' : 'pre-vote-reply',
      from: this.#id,
      to: request.from,
      // A granted pre-vote speaks of the term asked about, which is not ours yet.
      term: granted ? request.term : this.#ballot.term,
      granted,
    })
  }

  /** What everybody who may vote should know, as far as a log that ends at `end` can hold it. */
  #committedUpTo(end: number): { readonly committed?: LogMark } {
    const index = Math.min(this.#log.commit, end)
    const term = this.#log.termAt(index)
    return index === 0 || term === undefined ? {} : { committed: { index, term } }
  }
}
