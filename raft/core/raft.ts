// The Raft core of one replica: a synchronous machine without clock, disk or network. Inputs are
// ticks, messages, proposals, read requests and completions; outputs are collected by `ready()`.
// The caller's obligations stand in raft/README.md. The shape (asynchronous storage, pre-vote with
// check-quorum and stickiness, progress states) follows etcd's; section numbers are the Raft
// paper's.
import { assert, unreachable } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { Configuration } from './configuration.ts'
import { entryDataBytesMax, entrySizeBytes } from './entry.ts'
import type { Entry } from './entry.ts'
import { Leadership } from './leadership.ts'
import { RaftLog } from './log.ts'
import type {
  AppendReply,
  AppendRequest,
  CoreMessage,
  DigestMark,
  HeartbeatReply,
  HeartbeatRequest,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from './message.ts'
import { settle } from './options.ts'
import type { RaftDeps, RaftOptions, RaftSettings } from './options.ts'
import type {
  CampaignResult,
  ProposeResult,
  ReadIndexResult,
  StepRefusal,
  StepResult,
  TransferResult,
} from './outcome.ts'
import { Outgoing } from './outgoing.ts'
import type { Ballot } from './outgoing.ts'
import { voteOutcome } from './quorum.ts'
import { ReadRounds } from './read-rounds.ts'
import type { AppendCompletion, ApplyWork, ReadOutcome, Ready, Role, SoftState } from './ready.ts'
import type { RaftStatus } from './status.ts'

const noData = new Uint8Array(0)
const accepted: StepResult = { ok: true }

export class Raft {
  readonly #random: Random
  readonly #settings: RaftSettings
  readonly #configuration: Configuration
  readonly #log: RaftLog
  readonly #ballot: Ballot
  readonly #outgoing: Outgoing
  readonly #reads = new ReadRounds()
  /** Entries up to here were known committed before the restart: no campaign until applied. */
  readonly #bootCommit: number
  #role: Role = 'follower'
  #leader = 0
  #leadership: Leadership | undefined
  #votes = new Map<number, boolean>()
  #electionElapsed = 0
  #electionTimeout = 0
  #heartbeatElapsed = 0
  #clockMs = 0
  #matchedByAll = 0
  #digest: DigestMark = { index: 0, digest: noData }
  #readOutcomes: ReadOutcome[] = []
  #applyBytes = 0
  #shown: SoftState

  constructor(deps: RaftDeps, options: RaftOptions) {
    this.#random = deps.random
    this.#settings = settle(options)
    this.#configuration = options.configuration
    this.#log = new RaftLog(options.contents, options.applied, this.#settings.clusterClockMs)
    const { term, votedFor } = options.contents.hardState
    assert(term >= this.#log.lastTerm, 'the term is at least that of the last entry (R-1.3)')
    this.#ballot = { term, votedFor }
    this.#outgoing = new Outgoing(this.#log, this.#ballot)
    this.#bootCommit = this.#log.commit
    this.#shown = this.#softState()
    this.#restartElectionTimer()
  }

  get id(): number {
    return this.#settings.id
  }

  get role(): Role {
    return this.#role
  }

  get term(): number {
    return this.#ballot.term
  }

  /** replicaId of the known leader; 0 = none. */
  get leader(): number {
    return this.#leader
  }

  get commit(): number {
    return this.#log.commit
  }

  get lastIndex(): number {
    return this.#log.lastIndex
  }

  /** Every member's durable log reaches at least here; 0 = unknown. */
  get matchedByAll(): number {
    const own = this.#leadership?.matchedByAll() ?? 0
    return Math.max(own, this.#matchedByAll)
  }

  /** Leader: the running cluster clock. Others: the last stamp in the own log. Whole ms. */
  get clusterClockMs(): number {
    return this.#role === 'leader' ? Math.floor(this.#clockMs) : this.#log.lastStampMs
  }

  /** Term of the entry at `index`; undefined when the log does not hold it. */
  termAt(index: number): number | undefined {
    return this.#log.termAt(index)
  }

  /** Advances the timers by one tick and, on a leader, the cluster clock by at most `tickMsMax`. */
  tick(elapsedMs: number): void {
    assert(elapsedMs >= 0, 'time does not go back')
    this.#electionElapsed += 1
    if (this.#leadership !== undefined) return this.#tickLeader(this.#leadership, elapsedMs)
    if (this.#electionElapsed < this.#electionTimeout) return
    this.#electionElapsed = 0
    this.campaign()
  }

  /** Takes one message. A refusal means that it changed nothing here; the caller counts them. */
  step(message: CoreMessage): StepResult {
    const refusal = this.#refusalOf(message)
    if (refusal !== undefined) return refuse(refusal)
    switch (message.type) {
      case 'vote':
      case 'pre-vote':
        return this.#onVoteRequest(message)
      case 'vote-reply':
      case 'pre-vote-reply':
        return this.#onVoteReply(message)
      case 'append':
        return this.#onAppend(message)
      case 'append-reply':
        return this.#onAppendReply(message)
      case 'heartbeat':
        return this.#onHeartbeat(message)
      case 'heartbeat-reply':
        return this.#onHeartbeatReply(message)
      case 'timeout-now':
        return this.#onTimeoutNow(message)
      case 'snapshot':
      case 'removed':
        return refuse('unexpected')
      default:
        return unreachable(message)
    }
  }

  /**
   * Appends one entry for each payload, all of them or none; they leave with the next `ready()`.
   * Leader only. Refused when uncommitted bytes would pass `uncommittedBytesMax`.
   */
  propose(data: readonly Uint8Array[]): ProposeResult {
    assert(data.length >= 1, 'a proposal has at least one payload')
    const leadership = this.#leadership
    if (leadership === undefined) return { ok: false, reason: 'not-leader', leader: this.#leader }
    if (leadership.transferTarget !== 0) {
      return { ok: false, reason: 'not-leader', leader: leadership.transferTarget }
    }
    if (data.some((payload) => payload.length > entryDataBytesMax)) {
      return { ok: false, reason: 'too-large', leader: this.id }
    }
    const firstIndex = this.#log.lastIndex + 1
    const stampMs = this.clusterClockMs
    const entries = data.map((payload, i): Entry => {
      return { index: firstIndex + i, term: this.term, type: 'command', stampMs, data: payload }
    })
    const sizeBytes = entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0)
    const { uncommittedBytes } = leadership
    // The first one is admitted whatever its size, or a small limit would block for ever.
    if (uncommittedBytes > 0 && uncommittedBytes + sizeBytes > this.#settings.uncommittedBytesMax) {
      return { ok: false, reason: 'overloaded', leader: this.id }
    }
    this.#appendOwn(leadership, entries, sizeBytes)
    return { ok: true, firstIndex, term: this.term }
  }

  /** Asks for a read index; the outcome comes in `Ready.reads`. Never use an `id` twice. */
  readIndex(id: number): ReadIndexResult {
    if (this.#leadership === undefined) {
      return { ok: false, reason: 'not-leader', leader: this.#leader }
    }
    if (this.#reads.pending >= this.#settings.pendingReadsMax) {
      return { ok: false, reason: 'overloaded', leader: this.id }
    }
    this.#reads.add(id)
    return { ok: true }
  }

  /** Starts an election (a pre-vote first, unless turned off). */
  campaign(): CampaignResult {
    if (this.#role === 'leader') return { ok: false, reason: 'leader' }
    if (!this.#configuration.voters.includes(this.id)) return { ok: false, reason: 'not-voter' }
    if (this.#log.applied < this.#bootCommit) return { ok: false, reason: 'not-caught-up' }
    if (this.#settings.preVote) this.#preCampaign()
    else this.#realCampaign(false)
    return { ok: true }
  }

  /** Hands leadership to a voter; given up after one election timeout (thesis section 3.10). */
  transferLeadership(to: number): TransferResult {
    const leadership = this.#leadership
    if (leadership === undefined) return { ok: false, reason: 'not-leader' }
    if (to === this.id) return { ok: false, reason: 'self' }
    if (leadership.voterMatch(to) === undefined) return { ok: false, reason: 'not-voter' }
    if (leadership.transferTarget === to) return { ok: true }
    leadership.transferTarget = to
    this.#electionElapsed = 0
    this.#finishTransfer(leadership)
    return { ok: true }
  }

  /** The transport lost what was under way to `to`: probe before sending more. */
  reportUnreachable(to: number): void {
    this.#leadership?.onUnreachable(to)
  }

  /** Sets the digest mark that append replies carry from now on. */
  setDigest(mark: DigestMark): void {
    assert(mark.digest.length === (mark.index === 0 ? 0 : 16), 'a digest has 16 bytes')
    this.#digest = mark
  }

  /** The oldest `AppendWork` is durable. Works complete in the order of `seq`. */
  appended(completion: AppendCompletion): void {
    const { work, stableIndex } = this.#outgoing.finish(completion)
    this.#log.stableTo(stableIndex)
    const isOwnVote = work.hardState.votedFor === this.id && work.hardState.term === this.term
    if (this.#role === 'candidate' && isOwnVote) this.#countVote(this.id, true)
    this.#advanceCommit()
  }

  /** Entries up to `index` are applied (in memory is enough). */
  applied(index: number): void {
    for (let i = this.#log.applied + 1; i <= index; i += 1) {
      this.#applyBytes -= entrySizeBytes(this.#log.entryAt(i))
    }
    this.#log.appliedTo(index)
  }

  /** Last index to compact so that what is kept up to `end` fits into both limits. */
  indexBefore(
    end: number,
    limits: { readonly bytesMax: number; readonly countMax: number },
  ): number {
    return this.#log.indexBefore(end, limits)
  }

  /** Forgets entries up to `index` (applied, and no member needs them any more). */
  compact(index: number): void {
    this.#log.compact(index)
  }

  hasReady(): boolean {
    return (
      this.#outgoing.hasMessages ||
      this.#outgoing.isWriteDue ||
      this.#readOutcomes.length > 0 ||
      this.#isReadRoundDue() ||
      this.#isApplyDue() ||
      (this.#leadership?.isAppendDue ?? false) ||
      this.#hasNewSoftState()
    )
  }

  /** Collects everything due. What it returns counts as handed out: perform all of it. */
  ready(): Ready {
    this.#startReadRound()
    for (const append of this.#leadership?.takeAppends() ?? []) this.#outgoing.send(append)
    const softState = this.#hasNewSoftState() ? this.#softState() : undefined
    if (softState !== undefined) this.#shown = softState
    const reads = this.#readOutcomes
    this.#readOutcomes = []
    return {
      softState,
      messages: this.#outgoing.takeMessages(),
      append: this.#outgoing.takeAppend(),
      apply: this.#takeApply(),
      reads,
    }
  }

  status(): RaftStatus {
    return {
      id: this.id,
      role: this.#role,
      term: this.term,
      votedFor: this.#ballot.votedFor,
      leader: this.#leader,
      commit: this.#log.commit,
      applied: this.#log.applied,
      lastIndex: this.#log.lastIndex,
      lastTerm: this.#log.lastTerm,
      stableIndex: this.#log.stable,
      compacted: this.#log.compacted,
      matchedByAll: this.matchedByAll,
      clusterClockMs: this.clusterClockMs,
      configuration: this.#configuration,
      pendingChangeIndex: 0,
      suspectsLeader: false,
      isRemoved: false,
      transferTarget: this.#leadership?.transferTarget ?? 0,
      progress: this.#leadership?.status() ?? [],
    }
  }

  // Terms and roles

  /** Handles everything about the message's address and term; undefined = go on and handle it. */
  #refusalOf(message: CoreMessage): StepRefusal | undefined {
    if (message.to !== this.id) return 'wrong-target'
    if (message.from === this.id) return 'from-self'
    if (message.term < this.term) return this.#onStale(message)
    if (message.term === this.term) return undefined
    const isVote = message.type === 'vote' || message.type === 'pre-vote'
    if (isVote && !message.transfer && this.#isLeaderAlive()) return 'leader-alive'
    if (message.type === 'pre-vote') return undefined
    if (message.type === 'pre-vote-reply' && message.granted) return undefined
    const fromLeader = message.type === 'append' || message.type === 'heartbeat'
    const elapsed = this.#electionElapsed
    const wasFollower = this.#role === 'follower'
    this.#becomeFollower(message.term, fromLeader ? message.from : 0)
    // A candidate that gets no vote must not silence one that would: the timer runs on.
    if (message.type === 'vote' && wasFollower) this.#electionElapsed = elapsed
    return undefined
  }

  /** Answers old-term messages only where silence would leave somebody stuck. */
  #onStale(message: CoreMessage): StepRefusal {
    const fromLeader = message.type === 'append' || message.type === 'heartbeat'
    const isStrict = this.#settings.preVote || this.#settings.checkQuorum
    if (fromLeader && isStrict) {
      // A leader below our term cannot lead us and we may not disturb it: our term makes it yield.
      this.#replyToAppend(message.from, { index: 0, rejected: true, hintIndex: 0, hintTerm: 0 })
    } else if (message.type === 'pre-vote') {
      this.#replyToVote(message, false)
    }
    return 'stale-term'
  }

  /** Stickiness (thesis section 4.2.3): heard from a leader within one smallest timeout. */
  #isLeaderAlive(): boolean {
    const { checkQuorum, electionTicks } = this.#settings
    return checkQuorum && this.#leader !== 0 && this.#electionElapsed < electionTicks
  }

  #becomeFollower(term: number, leader: number): void {
    assert(term >= this.term, 'the term never decreases (R-1.3)')
    if (term > this.term) {
      this.#ballot.term = term
      this.#ballot.votedFor = 0
    }
    this.#leaveRole()
    this.#role = 'follower'
    this.#leader = leader
  }

  /** Asks whether an election could be won, without touching term or vote (thesis section 9.6). */
  #preCampaign(): void {
    this.#leaveRole()
    this.#role = 'pre-candidate'
    this.#requestVotes('pre-vote', this.term + 1, false)
    // A pre-vote promises nothing, so the own one needs no disk.
    this.#countVote(this.id, true)
  }

  #realCampaign(transfer: boolean): void {
    this.#leaveRole()
    this.#role = 'candidate'
    this.#ballot.term += 1
    this.#ballot.votedFor = this.id
    this.#requestVotes('vote', this.term, transfer)
    // The own vote is counted when it is durable, in appended().
  }

  #requestVotes(type: VoteRequest['type'], term: number, transfer: boolean): void {
    const { lastIndex, lastTerm } = this.#log
    for (const to of this.#configuration.voters) {
      if (to === this.id) continue
      this.#outgoing.reply({ type, from: this.id, to, term, lastIndex, lastTerm, transfer })
    }
  }

  #becomeLeader(): void {
    assert(this.#role === 'candidate', 'only a candidate becomes leader')
    assert(this.#ballot.votedFor === this.id, 'a leader voted for itself')
    this.#leaveRole()
    this.#role = 'leader'
    this.#leader = this.id
    this.#heartbeatElapsed = 0
    this.#clockMs = this.#log.lastStampMs
    const leadership = new Leadership(
      { log: this.#log, settings: this.#settings, configuration: this.#configuration },
      this.term,
    )
    this.#leadership = leadership
    // Entries of earlier terms commit only below one of the own term (section 5.4.2).
    const noop: Entry = {
      index: this.#log.lastIndex + 1,
      term: this.term,
      type: 'noop',
      stampMs: this.clusterClockMs,
      data: noData,
    }
    this.#appendOwn(leadership, [noop], entrySizeBytes(noop))
  }

  /** What every change of role forgets. */
  #leaveRole(): void {
    if (this.#leadership !== undefined) {
      this.#matchedByAll = this.matchedByAll
      this.#leadership = undefined
      for (const outcome of this.#reads.fail()) this.#readOutcomes.push(outcome)
    }
    this.#leader = 0
    this.#votes = new Map()
    this.#restartElectionTimer()
  }

  #restartElectionTimer(): void {
    const { electionTicks } = this.#settings
    this.#electionElapsed = 0
    this.#electionTimeout = electionTicks + this.#random.below(electionTicks)
  }

  #tickLeader(leadership: Leadership, elapsedMs: number): void {
    this.#clockMs += Math.min(elapsedMs, this.#settings.tickMsMax)
    if (this.#electionElapsed >= this.#settings.electionTicks) {
      this.#electionElapsed = 0
      leadership.transferTarget = 0
      const hasQuorum = leadership.checkQuorum()
      if (this.#settings.checkQuorum && !hasQuorum) return this.#becomeFollower(this.term, 0)
    }
    this.#heartbeatElapsed += 1
    if (this.#heartbeatElapsed >= this.#settings.heartbeatTicks) this.#heartbeat(leadership)
  }

  // Elections

  #onVoteRequest(request: VoteRequest): StepResult {
    const isPreVote = request.type === 'pre-vote'
    const { votedFor, term } = this.#ballot
    // A learner answers too: it may have been made a voter by entries it has not applied (B13).
    const mayVote =
      votedFor === request.from ||
      (votedFor === 0 && this.#leader === 0) ||
      (isPreVote && request.term > term)
    const granted = mayVote && this.#log.isUpToDate(request.lastIndex, request.lastTerm)
    if (granted && !isPreVote) {
      this.#electionElapsed = 0
      this.#ballot.votedFor = request.from
    }
    this.#replyToVote(request, granted)
    return accepted
  }

  #replyToVote(request: VoteRequest, granted: boolean): void {
    this.#outgoing.reply({
      type: request.type === 'vote' ? 'vote-reply' : 'pre-vote-reply',
      from: this.id,
      to: request.from,
      // A granted pre-vote speaks of the term asked about, which is not ours yet.
      term: granted ? request.term : this.term,
      granted,
    })
  }

  #onVoteReply(reply: VoteReply): StepResult {
    const isPreVote = reply.type === 'pre-vote-reply'
    if (this.#role !== (isPreVote ? 'pre-candidate' : 'candidate')) return refuse('unexpected')
    if (isPreVote && reply.granted && reply.term !== this.term + 1) return refuse('stale-term')
    if (!this.#configuration.voters.includes(reply.from)) return refuse('unknown-sender')
    this.#countVote(reply.from, reply.granted)
    return accepted
  }

  #countVote(from: number, granted: boolean): void {
    if (!this.#votes.has(from)) this.#votes.set(from, granted)
    const outcome = voteOutcome(this.#configuration, this.#votes)
    if (outcome === 'lost') this.#becomeFollower(this.term, 0)
    if (outcome !== 'won') return
    if (this.#role === 'pre-candidate') this.#realCampaign(false)
    else this.#becomeLeader()
  }

  #onTimeoutNow(message: TimeoutNow): StepResult {
    const mayCampaign =
      this.#configuration.voters.includes(this.id) && this.#log.applied >= this.#bootCommit
    if (this.#role !== 'follower' || message.from !== this.#leader || !mayCampaign) {
      return refuse('unexpected')
    }
    this.#realCampaign(true)
    return accepted
  }

  // Followers

  #onAppend(request: AppendRequest): StepResult {
    this.#followLeader(request.from)
    this.#matchedByAll = Math.max(this.#matchedByAll, request.matchedByAll)
    const { prevIndex, prevTerm, entries } = request
    if (prevIndex < this.#log.commit) {
      // An old duplicate. Everything up to the commit index matches any leader's log (B11).
      this.#acknowledge(request.from, this.#log.commit)
      return accepted
    }
    if (!this.#log.matches(prevIndex, prevTerm)) {
      const hintIndex = this.#log.lastIndexWithTermAtMost(prevIndex, prevTerm)
      const hintTerm = this.#log.termAt(hintIndex) ?? 0
      this.#replyToAppend(request.from, { index: prevIndex, rejected: true, hintIndex, hintTerm })
      return accepted
    }
    this.#takeEntries(entries)
    const lastNew = prevIndex + entries.length
    this.#log.commitTo(Math.min(request.commit, lastNew))
    this.#acknowledge(request.from, lastNew)
    return accepted
  }

  /** Section 5.3: only a conflict deletes entries; matching ones are left alone. */
  #takeEntries(entries: readonly Entry[]): void {
    const from = this.#log.firstDifference(entries)
    if (from === undefined) return
    if (from <= this.#log.lastIndex) this.#outgoing.truncated(from)
    this.#log.replaceFrom(entries.slice(from - entries[0]!.index))
  }

  #acknowledge(leader: number, index: number): void {
    this.#replyToAppend(leader, { index, rejected: false, hintIndex: 0, hintTerm: 0 })
  }

  #replyToAppend(
    to: number,
    answer: Pick<AppendReply, 'index' | 'rejected' | 'hintIndex' | 'hintTerm'>,
  ): void {
    const { id: from, term } = this
    this.#outgoing.reply({ type: 'append-reply', from, to, term, ...answer, digest: this.#digest })
  }

  #onHeartbeat(request: HeartbeatRequest): StepResult {
    this.#followLeader(request.from)
    this.#matchedByAll = Math.max(this.#matchedByAll, request.matchedByAll)
    this.#log.commitTo(request.commit)
    this.#outgoing.replyInTerm({
      type: 'heartbeat-reply',
      from: this.id,
      to: request.from,
      term: this.term,
      readPosition: request.readPosition,
    })
    return accepted
  }

  /** A leader of this very term has spoken. */
  #followLeader(leader: number): void {
    assert(this.#role !== 'leader', 'a term has at most one leader (section 5.2)')
    if (this.#role !== 'follower') this.#becomeFollower(this.term, leader)
    this.#leader = leader
    this.#electionElapsed = 0
  }

  // Leaders

  #appendOwn(leadership: Leadership, entries: readonly Entry[], sizeBytes: number): void {
    this.#log.replaceFrom(entries)
    leadership.uncommittedBytes += sizeBytes
  }

  #onAppendReply(reply: AppendReply): StepResult {
    const leadership = this.#leadership
    if (leadership === undefined) return refuse('unexpected')
    if (!leadership.onAppendReply(reply)) return refuse('unknown-sender')
    if (reply.rejected) return accepted
    this.#advanceCommit()
    if (leadership.transferTarget === reply.from) this.#finishTransfer(leadership)
    return accepted
  }

  #onHeartbeatReply(reply: HeartbeatReply): StepResult {
    const leadership = this.#leadership
    if (leadership === undefined) return refuse('unexpected')
    if (!leadership.onHeartbeatReply(reply)) return refuse('unknown-sender')
    this.#confirmReads(leadership)
    return accepted
  }

  /** Sections 5.3, 5.4.2: durable on a majority and of the own term. */
  #advanceCommit(): void {
    const leadership = this.#leadership
    if (leadership === undefined) return
    const index = leadership.quorumMatch()
    const { commit } = this.#log
    if (index <= commit || this.#log.termAt(index) !== this.term) return
    leadership.committed(commit, index)
    this.#log.commitTo(index)
  }

  /** Once the target has the whole log it may start its election at once. */
  #finishTransfer(leadership: Leadership): void {
    const to = leadership.transferTarget
    if (leadership.voterMatch(to) !== this.#log.lastIndex) return
    this.#outgoing.send({ type: 'timeout-now', from: this.id, to, term: this.term })
  }

  #heartbeat(leadership: Leadership): void {
    this.#heartbeatElapsed = 0
    const heartbeats = leadership.heartbeats(this.#reads.openPosition)
    for (const heartbeat of heartbeats) this.#outgoing.send(heartbeat)
  }

  // Reads

  /** A leader knows what is committed only once an entry of its own term is. */
  #isReadRoundDue(): boolean {
    return (
      this.#leadership !== undefined &&
      this.#reads.hasWaiting &&
      this.#log.termAt(this.#log.commit) === this.term
    )
  }

  #startReadRound(): void {
    const leadership = this.#leadership
    if (leadership === undefined || !this.#isReadRoundDue()) return
    this.#reads.start(this.#log.commit)
    this.#heartbeat(leadership)
    this.#confirmReads(leadership)
  }

  #confirmReads(leadership: Leadership): void {
    const position = leadership.quorumReadPosition(this.#reads.position)
    for (const outcome of this.#reads.confirm(position)) this.#readOutcomes.push(outcome)
  }

  // Work

  #isApplyDue(): boolean {
    if (this.#log.handedToApply >= this.#log.applicable) return false
    return this.#applyBytes < this.#settings.applyBytesMax
  }

  #takeApply(): ApplyWork | undefined {
    if (!this.#isApplyDue()) return undefined
    const entries = this.#log.takeApplicable(this.#settings.applyBytesMax - this.#applyBytes)
    for (const entry of entries) this.#applyBytes += entrySizeBytes(entry)
    return { entries }
  }

  #softState(): SoftState {
    return { role: this.#role, term: this.term, leader: this.#leader, isRemoved: false }
  }

  #hasNewSoftState(): boolean {
    const { role, term, leader } = this.#shown
    return role !== this.#role || term !== this.term || leader !== this.#leader
  }
}

function refuse(reason: StepRefusal): StepResult {
  return { ok: false, reason }
}
