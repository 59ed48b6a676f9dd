// Proposals and reads of this member's callers, wherever the leader is: in the own core, or over
// the transport by forwarding. The other side of forwarding, a leader serving other members, is
// here as well. Everything runs synchronously inside a turn of the replica.
import { assert } from '../../base/index.ts'
import type { Clock, Random } from '../../base/index.ts'
import { entryDataBytesMax } from '../core/entry.ts'
import type { Entry } from '../core/entry.ts'
import type {
  ForwardedProposal,
  ForwardedRead,
  ForwardMessage,
  ProposalRefusal,
  ProposalReply,
  ReadReply,
} from '../core/message.ts'
import type { Raft } from '../core/raft.ts'
import type { ReadOutcome } from '../core/ready.ts'
import { readRetryMs, readRoundsMax } from './limits.ts'
import type { RaftMetrics } from './metrics.ts'
import type { ProposeOutcome, ReadIndexOutcome } from './outcomes.ts'
import { ProposalTracker } from './proposal-tracker.ts'
import { ReadTracker } from './read-tracker.ts'
import type { RemoteWaiter } from './read-tracker.ts'
import type { StateMachine } from './state-machine.ts'

export interface ClientRequestsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly core: Raft
  readonly stateMachine: StateMachine
  readonly metrics: RaftMetrics
  /** False when the message was dropped. */
  readonly send: (message: ForwardMessage) => boolean
}

export interface ClientRequestsOptions {
  readonly id: number
  readonly appliedIndex: number
  readonly appliedTerm: number
  /** How long an answer to a forwarded proposal is awaited: one election timeout. */
  readonly forwardAnswerMs: number
}

/** Serves `propose` and `readIndex` of one member. */
export class ClientRequests {
  readonly #deps: ClientRequestsDeps
  readonly #options: ClientRequestsOptions
  readonly #proposals: ProposalTracker
  readonly #reads: ReadTracker
  /**
   * Ids of forwarded requests and read rounds. It starts at a random place, so that an answer to
   * the life of this member before a restart meets no request of this one.
   */
  #lastRequestId: number
  /** The leader could not take something: nothing is forwarded until the next tick. */
  #isForwardingHeld = false
  #isStopped = false

  constructor(deps: ClientRequestsDeps, options: ClientRequestsOptions) {
    this.#deps = deps
    this.#options = options
    this.#proposals = new ProposalTracker(options)
    this.#reads = new ReadTracker(options)
    this.#lastRequestId = deps.random.below(0x1_0000_0000) * 0x10_0000
  }

  get proposals(): ProposalTracker {
    return this.#proposals
  }

  get reads(): ReadTracker {
    return this.#reads
  }

  /** See `RaftNode.propose`; the caller schedules a turn. */
  propose(data: Uint8Array, timeoutMs: number): Promise<ProposeOutcome> {
    const { clock, stateMachine, metrics } = this.#deps
    return new Promise((done) => {
      const resolve = (outcome: ProposeOutcome): void => {
        metrics.proposals[outcome.ok ? 'ok' : outcome.reason] += 1
        done(outcome)
      }
      if (this.#isStopped) resolve({ ok: false, reason: 'stopped' })
      else if (data.length > entryDataBytesMax) resolve({ ok: false, reason: 'too-large' })
      else if (stateMachine.isOverloaded()) resolve({ ok: false, reason: 'overloaded' })
      else if (!this.#proposals.enqueue({ data, deadlineMs: clock.nowMs() + timeoutMs, resolve })) {
        resolve({ ok: false, reason: 'overloaded' })
      }
    })
  }

  /** See `RaftNode.readIndex`; the caller schedules a turn. */
  readIndex(timeoutMs: number): Promise<ReadIndexOutcome> {
    const { clock, metrics } = this.#deps
    return new Promise((done) => {
      const resolve = (outcome: ReadIndexOutcome): void => {
        metrics.reads[outcome.ok ? 'ok' : outcome.reason] += 1
        done(outcome)
      }
      const deadlineMs = clock.nowMs() + timeoutMs
      if (this.#isStopped) resolve({ ok: false, reason: 'stopped' })
      else if (!this.#reads.enqueue({ kind: 'local', deadlineMs, resolve })) {
        resolve({ ok: false, reason: 'overloaded' })
      }
    })
  }

  /** Follows an entry that is in the own log: `resolve` is told how it ends. */
  track(
    { index, term }: { readonly index: number; readonly term: number },
    deadlineMs: number,
    resolve: (outcome: ProposeOutcome) => void,
  ): void {
    this.#proposals.place({ deadlineMs, resolve }, index, term)
  }

  /** Hands what is queued to whoever leads now. Called in every turn before the core's work. */
  route(): void {
    const { core } = this.#deps
    if (core.role === 'leader') {
      this.#proposeQueued()
      this.#startOwnRound()
    } else if (core.leader !== 0 && !this.#isForwardingHeld) {
      this.#forwardQueued(core.leader)
      this.#forwardRound(core.leader)
    }
  }

  /** A message that is not the core's. */
  receive(message: ForwardMessage): void {
    switch (message.type) {
      case 'proposal':
        return this.#serveProposal(message)
      case 'proposal-reply':
        return this.#onProposalReply(message)
      case 'read':
        return this.#serveRead(message)
      default:
        return this.#onReadReply(message)
    }
  }

  /** The own core has ended read rounds. */
  endRounds(outcomes: readonly ReadOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.ok) {
        for (const waiter of this.#reads.confirm(outcome.id, outcome.index)) {
          this.#replyRead(waiter, outcome.index, undefined)
        }
      } else {
        this.#refuseReads(this.#reads.fail(outcome.id), 'not-leader')
      }
    }
  }

  /** The leader or the term has changed: what the old one was asked must be asked again. */
  leadershipChanged(): void {
    this.#isForwardingHeld = false
    this.#proposals.giveUpForwarded()
    this.#refuseReads(this.#reads.failAll(), 'not-leader')
    if (this.#deps.core.role !== 'leader') {
      this.#refuseReads(this.#reads.takeQueuedRemote(), 'not-leader')
    }
  }

  /** The own state machine has applied `entries`. */
  applied(entries: readonly Entry[], results: readonly unknown[]): void {
    this.#proposals.applied(entries, results, this.#deps.core.leader)
    const last = entries.at(-1)
    if (last !== undefined) this.#reads.applied(last.index)
  }

  /** An image has replaced the state: it shows every effect up to `index`, and no results. */
  installed(index: number, term: number): void {
    this.#proposals.installed(index, term, this.#deps.core.leader)
    this.#reads.applied(index)
  }

  /** Ends what is overdue; called on every tick. */
  tick(): void {
    const nowMs = this.#deps.clock.nowMs()
    const hasLeader = this.#deps.core.leader !== 0
    this.#isForwardingHeld = false
    this.#proposals.expire(nowMs, hasLeader)
    this.#reads.expire(nowMs, hasLeader)
  }

  /** Ends everything; later calls are answered `stopped`. */
  stop(): void {
    this.#isStopped = true
    this.#proposals.stop()
    this.#refuseReads(this.#reads.stop(), 'stopped')
  }

  #proposeQueued(): void {
    const { core } = this.#deps
    for (let next = this.#proposals.peek(); next !== undefined; next = this.#proposals.peek()) {
      const result = core.propose([this.#stamped(next.data)])
      if (!result.ok && result.reason === 'too-large') {
        this.#proposals.shift().resolve({ ok: false, reason: 'too-large' })
        continue
      }
      // Refused for now, by a full log or a transfer: it waits here until its time is over.
      if (!result.ok) return
      this.#proposals.place(this.#proposals.shift(), result.firstIndex, result.term)
    }
  }

  #startOwnRound(): void {
    if (this.#reads.queued === 0 || this.#reads.rounds >= readRoundsMax) return
    const id = this.#nextRequestId()
    if (!this.#deps.core.readIndex(id).ok) return
    this.#deps.metrics.readRounds += 1
    this.#reads.startRound(id, Number.POSITIVE_INFINITY)
  }

  #forwardQueued(leader: number): void {
    const { clock, core, send } = this.#deps
    for (let next = this.#proposals.peek(); next !== undefined; next = this.#proposals.peek()) {
      const requestId = this.#nextRequestId()
      const { data } = next
      const { id, forwardAnswerMs } = this.#options
      if (!send({ type: 'proposal', from: id, to: leader, term: core.term, requestId, data })) {
        this.#isForwardingHeld = true
        return
      }
      const answerDueMs = clock.nowMs() + forwardAnswerMs
      this.#proposals.markForwarded(requestId, this.#proposals.shift(), answerDueMs)
    }
  }

  #forwardRound(leader: number): void {
    if (this.#reads.queued === 0 || this.#reads.rounds >= readRoundsMax) return
    const { clock, core, metrics, send } = this.#deps
    const requestId = this.#nextRequestId()
    const { id } = this.#options
    if (!send({ type: 'read', from: id, to: leader, term: core.term, requestId })) {
      this.#isForwardingHeld = true
      return
    }
    metrics.readRounds += 1
    this.#reads.startRound(requestId, clock.nowMs() + readRetryMs)
  }

  #serveProposal(message: ForwardedProposal): void {
    const { core, send } = this.#deps
    const placed = this.#placeForwarded(message.data)
    send({
      type: 'proposal-reply',
      from: this.#options.id,
      to: message.from,
      term: core.term,
      requestId: message.requestId,
      index: placed.ok ? placed.firstIndex : 0,
      entryTerm: placed.ok ? placed.term : 0,
      refusal: placed.ok ? undefined : placed.reason,
      leader: core.leader,
    })
  }

  #placeForwarded(
    data: Uint8Array,
  ): { ok: true; firstIndex: number; term: number } | { ok: false; reason: ProposalRefusal } {
    const { core, stateMachine } = this.#deps
    if (this.#isStopped) return { ok: false, reason: 'stopped' }
    if (core.role !== 'leader') return { ok: false, reason: 'not-leader' }
    if (stateMachine.isOverloaded()) return { ok: false, reason: 'overloaded' }
    return core.propose([this.#stamped(data)])
  }

  #onProposalReply(message: ProposalReply): void {
    const proposal = this.#proposals.takeForwarded(message.requestId)
    if (proposal === undefined) return
    switch (message.refusal) {
      case undefined:
        return this.#proposals.place(proposal, message.index, message.entryTerm)
      case 'overloaded':
      case 'too-large':
        return proposal.resolve({ ok: false, reason: message.refusal })
      default:
        // It is in no log there; it waits here for the next leader or the next tick.
        this.#isForwardingHeld = true
        return this.#proposals.requeue(proposal)
    }
  }

  #serveRead(message: ForwardedRead): void {
    const waiter: RemoteWaiter = {
      kind: 'remote',
      from: message.from,
      requestId: message.requestId,
    }
    if (this.#isStopped) this.#replyRead(waiter, 0, 'stopped')
    else if (this.#deps.core.role !== 'leader') this.#replyRead(waiter, 0, 'not-leader')
    else if (!this.#reads.enqueue(waiter)) this.#replyRead(waiter, 0, 'overloaded')
  }

  #onReadReply(message: ReadReply): void {
    if (message.refusal === undefined) {
      const remote = this.#reads.confirm(message.requestId, message.index)
      assert(remote.length === 0, 'a member forwards only its own reads')
      return
    }
    this.#isForwardingHeld = true
    this.#reads.fail(message.requestId)
  }

  #refuseReads(waiters: readonly RemoteWaiter[], refusal: ProposalRefusal): void {
    for (const waiter of waiters) this.#replyRead(waiter, 0, refusal)
  }

  #replyRead(waiter: RemoteWaiter, index: number, refusal: ProposalRefusal | undefined): void {
    const { core, send } = this.#deps
    send({
      type: 'read-reply',
      from: this.#options.id,
      to: waiter.from,
      term: core.term,
      requestId: waiter.requestId,
      index,
      refusal,
      leader: core.leader,
    })
  }

  #stamped(data: Uint8Array): Uint8Array {
    const { stateMachine } = this.#deps
    return stateMachine.stamp === undefined ? data : stateMachine.stamp(data)
  }

  #nextRequestId(): number {
    this.#lastRequestId += 1
    return this.#lastRequestId
  }
}
