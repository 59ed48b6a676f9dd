// The Raft core of one replica: a synchronous machine without clock, disk or network. Inputs are
// ticks, messages, proposals, read requests and completions; outputs are collected by `ready()`.
// The caller's obligations stand in raft/README.md. The shape (asynchronous storage, pre-vote with
// check-quorum and stickiness, progress states) follows etcd's; section numbers are the Raft
// paper's.
import { assert, unreachable } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { LogMark } from '../log-storage.ts'
import { isRemoved, isVoter } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { entrySizeBytes } from './entry.ts'
import { Following } from './following.ts'
import { Leading } from './leading.ts'
import { RaftLog } from './log.ts'
import type { ConfigurationChange } from './member-operation.ts'
import type {
  CoreMessage,
  DigestMark,
  InstallSnapshot,
  RemovedNotice,
  Snapshot,
  TimeoutNow,
  VoteReply,
  VoteRequest,
} from './message.ts'
import { settle } from './options.ts'
import type { RaftDeps, RaftOptions, RaftSettings } from './options.ts'
import type {
  CampaignResult,
  ForgetLeaderResult,
  ProposeChangeResult,
  ProposeResult,
  ReadIndexResult,
  RestoreResult,
  StepRefusal,
  StepResult,
  TransferResult,
} from './outcome.ts'
import { Outgoing } from './outgoing.ts'
import type { Ballot } from './outgoing.ts'
import { Polling } from './polling.ts'
import { ReadRounds } from './read-rounds.ts'
import type { AppendCompletion, ApplyWork, Ready, Role, SoftState } from './ready.ts'
import { Removal } from './removal.ts'
import type { RaftStatus } from './status.ts'
import { Suspicion } from './suspicion.ts'

const accepted: StepResult = { ok: true }

type RefusedCampaign = Extract<CampaignResult, { ok: false }>

/** What a removed replica is answered to. */
const requestTypes: ReadonlySet<CoreMessage['type']> = new Set([
  'vote',
  'pre-vote',
  'append',
  'heartbeat',
  'timeout-now',
])

/**
 * The protocol of one replica: inputs change it at once, `ready()` says what is to be done outside.
 * Its caller's obligations are listed in raft/README.md.
 */
export class Raft {
  readonly #random: Random
  readonly #settings: RaftSettings
  readonly #log: RaftLog
  readonly #ballot: Ballot
  readonly #outgoing: Outgoing
  readonly #following: Following
  readonly #polling: Polling
  readonly #removal: Removal
  readonly #suspicion: Suspicion
  readonly #reads = new ReadRounds()
  /** Entries up to here were known committed before the restart: no campaign until applied. */
  readonly #bootCommit: number
  /** As applied: a change takes effect here the moment the state machine has it. */
  #configuration: Configuration
  #role: Role = 'follower'
  #leader = 0
  /** The last one known, by whatever term. */
  #lastLeader = 0
  /** Set exactly while it leads. */
  #leading: Leading | undefined
  #electionElapsed = 0
  #electionTimeout = 0
  #applyBytes = 0
  #shown: SoftState

  constructor(deps: RaftDeps, options: RaftOptions) {
    this.#random = deps.random
    this.#settings = settle(options)
    this.#configuration = options.configuration
    const { clusterClockMs, lacksState } = this.#settings
    const { applied } = options
    this.#log = new RaftLog(options.contents, { applied, clusterClockMs, lacksState })
    const { term, votedFor } = options.contents.hardState
    assert(term >= this.#log.lastTerm, 'the term is at least that of the last entry (R-1.3)')
    this.#ballot = { term, votedFor }
    this.#outgoing = new Outgoing(this.#log, this.#ballot)
    const parts = { id: this.id, log: this.#log, ballot: this.#ballot, outgoing: this.#outgoing }
    this.#following = new Following(parts)
    this.#polling = new Polling(parts)
    this.#removal = new Removal(this.id)
    this.#suspicion = new Suspicion(this.#random, this.#settings)
    this.#bootCommit = this.#log.commit
    this.#shown = this.#softState()
    this.#restartElectionTimer()
  }

  /** Own replicaId. */
  get id(): number {
    return this.#settings.id
  }

  /** As what it acts in `term`. */
  get role(): Role {
    return this.#role
  }

  /** The newest term it knows; 0 before the first. */
  get term(): number {
    return this.#ballot.term
  }

  /** replicaId of the known leader; 0 = none. */
  get leader(): number {
    return this.#leader
  }

  /** Last index it knows to be committed. */
  get commit(): number {
    return this.#log.commit
  }

  /** Last index of its log, durable or not. */
  get lastIndex(): number {
    return this.#log.lastIndex
  }

  /** The members as applied. */
  get configuration(): Configuration {
    return this.#configuration
  }

  /** The state is lost, and no image has taken its place yet. */
  get lacksState(): boolean {
    return this.#log.lacksState
  }

  /** The durable logs of all who are members by now reached at least here; 0 = unknown. */
  get matchedByAll(): number {
    const own = this.#leading?.matchedByAll() ?? 0
    return Math.max(own, this.#following.matchedByAll)
  }

  /** Leader: the running cluster clock. Others: the last stamp in the own log. Whole ms. */
  get clusterClockMs(): number {
    return this.#leading?.clusterClockMs ?? this.#log.lastStampMs
  }

  /**
   * Would an image of the state right after `mark` bring nothing that is not here? The log may have
   * to hear that it is committed: `restore` says so.
   */
  coversImage(mark: LogMark): boolean {
    return this.#following.covers(mark)
  }

  /** Term of the entry at `index`; undefined when the log does not hold it. */
  termAt(index: number): number | undefined {
    return this.#log.termAt(index)
  }

  /** Advances the timers by one tick and, on a leader, the cluster clock by at most `tickMsMax`. */
  tick(elapsedMs: number): void {
    assert(elapsedMs >= 0, 'time does not go back')
    if (this.#removal.isFinal) return
    if (this.#leading !== undefined) {
      if (!this.#leading.tick(elapsedMs)) this.#becomeFollower(this.term, 0)
      return
    }
    this.#electionElapsed += 1
    // A real election under way is not disturbed by the next early round, unless votes were split:
    // it would wait for the vote of the dead leader.
    const isHopeful = this.#role === 'candidate' && !this.#polling.isRefused
    if (this.#suspicion.tick() && !isHopeful) this.campaign()
    if (this.#electionElapsed < this.#electionTimeout) return
    this.#electionElapsed = 0
    if (!this.campaign().ok) this.#loseLeader()
  }

  /** Takes one message; the caller counts the refusals. */
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
        this.#followLeader(message.from)
        this.#following.append(message)
        return accepted
      case 'append-reply':
        if (this.#leading === undefined) return refuse('unexpected')
        return this.#leading.onAppendReply(message) ? accepted : refuse('unknown-sender')
      case 'heartbeat':
        this.#followLeader(message.from)
        this.#following.heartbeat(message)
        return accepted
      case 'heartbeat-reply':
        if (this.#leading === undefined) return refuse('unexpected')
        return this.#leading.onHeartbeatReply(message) ? accepted : refuse('unknown-sender')
      case 'timeout-now':
        return this.#onTimeoutNow(message)
      case 'snapshot':
        return this.#onSnapshot(message)
      case 'removed':
        return this.#onRemoved(message)
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
    return this.#leading?.propose(data) ?? this.#notLeader()
  }

  /**
   * Appends a change of the membership as one entry of type `config`. Leader only. It takes effect
   * on each replica when its state machine has applied it; one at a time.
   */
  proposeChange(change: ConfigurationChange): ProposeChangeResult {
    return this.#leading?.proposeChange(change) ?? this.#notLeader()
  }

  /** Asks for a read index; the outcome comes in `Ready.reads`. Never use an `id` twice. */
  readIndex(id: number): ReadIndexResult {
    if (this.#leading === undefined) return this.#notLeader()
    if (this.#reads.pending >= this.#settings.pendingReadsMax) {
      return { ok: false, reason: 'overloaded', leader: this.id }
    }
    this.#reads.add(id)
    return { ok: true }
  }

  /** Starts an election (a pre-vote first, unless turned off). */
  campaign(): CampaignResult {
    const reason = this.#role === 'leader' ? 'leader' : this.#campaignRefusal()
    if (reason !== undefined) return { ok: false, reason }
    if (this.#settings.preVote) this.#preCampaign()
    else this.#realCampaign(false)
    return { ok: true }
  }

  /** Hands leadership to a voter; given up after one election timeout (thesis section 3.10). */
  transferLeadership(to: number): TransferResult {
    return this.#leading?.transfer(to) ?? { ok: false, reason: 'not-leader' }
  }

  /** The transport lost what was under way to `to`: probe before sending more. */
  reportUnreachable(to: number): void {
    this.#leading?.onUnreachable(to)
  }

  /** The driver's transfer of the image that a `snapshot` message asked for has ended. */
  reportSnapshot(to: number, end: 'sent' | 'failed'): void {
    this.#leading?.onSnapshotEnd(to, end)
  }

  /**
   * A whole image has arrived, from whatever leader. When it is accepted, the next `AppendWork`
   * installs it, apply work handed out before is void, and reports of it are ignored.
   */
  restore(snapshot: Snapshot): RestoreResult {
    if (this.#role === 'leader') return { ok: false, reason: 'not-follower' }
    const reason = this.#following.refusalOf(snapshot)
    if (reason === 'old') {
      this.#endOutdatedElection()
      if (this.#leader !== 0) this.#following.acknowledge(this.#leader, this.#log.commit)
    }
    if (reason !== undefined) return { ok: false, reason }
    // A term is at least that of the last entry, also when nobody has spoken of it yet.
    if (snapshot.term > this.term) this.#becomeFollower(snapshot.term, 0)
    else if (this.#role !== 'follower') this.#becomeFollower(this.term, 0)
    this.#following.install(snapshot)
    this.#applyBytes = 0
    return { ok: true }
  }

  /** Follower: acts as if it knew no leader, so that it may vote at once; the timer goes on. */
  forgetLeader(): ForgetLeaderResult {
    if (this.#role !== 'follower') return { ok: false, reason: 'not-follower' }
    if (this.#leader === 0) return { ok: false, reason: 'no-leader' }
    this.#leader = 0
    return { ok: true }
  }

  /** Nobody listens at `id` any more. When it leads, an election is tried early (design 4.12). */
  suspectLeader(id: number): void {
    if (this.#role === 'follower' && id === this.#leader) this.#suspicion.start()
  }

  /** Sets the digest mark that append replies carry from now on. */
  setDigest(mark: DigestMark): void {
    assert(mark.digest.length === (mark.index === 0 ? 0 : 16), 'a digest has 16 bytes')
    this.#following.digest = mark
  }

  /** The oldest `AppendWork` is durable. Works complete in the order of `seq`. */
  appended(completion: AppendCompletion): void {
    const { work, stableIndex } = this.#outgoing.finish(completion)
    this.#log.stableTo(stableIndex)
    if (work.snapshot !== undefined) this.#installed(work.snapshot)
    const isOwnVote = work.hardState.votedFor === this.id && work.hardState.term === this.term
    if (this.#role === 'candidate' && isOwnVote) this.#countVote(this.id, true)
    this.#leading?.advanceCommit()
  }

  /**
   * Entries up to `index` are applied (in memory is enough); `configuration` is the state machine's
   * now. Ignored while an image is being installed: it covers them.
   */
  applied(index: number, configuration: Configuration = this.#configuration): void {
    if (this.#following.isInstalling) return
    for (let i = this.#log.applied + 1; i <= index; i += 1) {
      this.#applyBytes -= entrySizeBytes(this.#log.entryAt(i))
    }
    this.#log.appliedTo(index)
    if (configuration.id !== this.#configuration.id) this.#reconfigure(configuration)
    this.#leading?.leaveJoint()
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

  /** Would `ready()` return something to do? */
  hasReady(): boolean {
    return (
      this.#outgoing.hasMessages ||
      this.#outgoing.isWriteDue ||
      this.#reads.hasOutcomes ||
      this.#isApplyDue() ||
      (this.#leading?.hasDue ?? false) ||
      this.#hasNewSoftState()
    )
  }

  /** Collects everything due. What it returns counts as handed out: perform all of it. */
  ready(): Ready {
    this.#leading?.sendDue()
    const softState = this.#hasNewSoftState() ? this.#softState() : undefined
    if (softState !== undefined) this.#shown = softState
    return {
      softState,
      messages: this.#outgoing.takeMessages(),
      append: this.#outgoing.takeAppend(),
      apply: this.#takeApply(),
      reads: this.#reads.takeOutcomes(),
    }
  }

  /** Everything about it in one object, for people and metrics; costs a few allocations. */
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
      pendingChangeIndex: this.#leading?.pendingChangeIndex ?? 0,
      suspectsLeader: this.#suspicion.isActive,
      isRemoved: this.#removal.isFinal,
      lacksState: this.lacksState,
      transferTarget: this.#leading?.transferTarget ?? 0,
      progress: this.#leading?.status() ?? [],
    }
  }

  // Terms and roles

  #notLeader(): { readonly ok: false; readonly reason: 'not-leader'; readonly leader: number } {
    return { ok: false, reason: 'not-leader', leader: this.#leader }
  }

  /** Handles everything about the message's address and term; undefined = go on and handle it. */
  #refusalOf(message: CoreMessage): StepRefusal | undefined {
    if (message.to !== this.id) return 'wrong-target'
    if (message.from === this.id) return 'from-self'
    if (this.#removal.isFinal) return 'removed'
    if (message.type === 'removed') return undefined
    if (this.#isFromRemoved(message)) return this.#tellRemoved(message)
    // True in any term: whoever tells it may be behind in terms and ahead in knowledge.
    if ('committed' in message) this.#learnCommit(message.committed)
    if (message.term < this.term) return this.#onStale(message)
    if (message.term === this.term) return undefined
    const isVote = message.type === 'vote' || message.type === 'pre-vote'
    if (isVote && !message.transfer && this.#isLeaderAlive()) return 'leader-alive'
    if (message.type === 'pre-vote') return undefined
    if (message.type === 'pre-vote-reply' && message.granted) return undefined
    const fromLeader = isFromLeader(message)
    const elapsed = this.#electionElapsed
    const wasFollower = this.#role === 'follower'
    this.#becomeFollower(message.term, fromLeader ? message.from : 0)
    // A candidate that gets no vote must not silence one that would: the timer runs on.
    if (message.type === 'vote' && wasFollower) this.#electionElapsed = elapsed
    return undefined
  }

  /** Answers old-term messages only where silence would leave somebody stuck. */
  #onStale(message: CoreMessage): StepRefusal {
    const fromLeader = isFromLeader(message)
    const isStrict = this.#settings.preVote || this.#settings.checkQuorum
    if (fromLeader && isStrict) {
      // A leader below our term cannot lead us and we may not disturb it: our term makes it yield.
      this.#following.correct(message.from)
    } else if (message.type === 'pre-vote') {
      this.#polling.reply(message, false)
    }
    return 'stale-term'
  }

  /**
   * Removed replicas have no effect here any more. The leader of this very term has: it
   * has just removed itself and is handing over. Unknown replicas have too: perhaps they
   * are members by entries that have not come here.
   */
  #isFromRemoved({ from, term }: CoreMessage): boolean {
    if (from === this.#leader && term === this.term) return false
    return isRemoved(this.#configuration, from)
  }

  /** Answers requests, so that two removed replicas do not answer each other for ever. */
  #tellRemoved({ type, from: to }: CoreMessage): StepRefusal {
    if (requestTypes.has(type)) {
      const { id: from, term } = this
      const configurationId = this.#configuration.id
      this.#outgoing.reply({ type: 'removed', from, to, term, configurationId })
    }
    return 'removed-sender'
  }

  /** True of any term: ids are never used again. A leader knows better than others of its term. */
  #onRemoved(notice: RemovedNotice): StepResult {
    if (this.#role === 'leader' && notice.term === this.term) return refuse('unexpected')
    const isKnown = this.#removal.note(notice, this.#configuration, this.#lastLeader)
    if (!isKnown) return refuse('unknown-sender')
    if (this.#removal.isFinal) this.#becomeFollower(this.term, 0)
    return accepted
  }

  /** Stickiness (thesis section 4.2.3): heard from a leader within one smallest timeout. */
  #isLeaderAlive(): boolean {
    const { checkQuorum, electionTicks } = this.#settings
    if (!checkQuorum || this.#leader === 0 || this.#suspicion.isActive) return false
    return this.#electionElapsed < electionTicks
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
    this.#askPreVotes()
    // A pre-vote promises nothing, so the own one needs no disk.
    this.#countVote(this.id, true)
  }

  #askPreVotes(): void {
    const request = { type: 'pre-vote', term: this.term + 1, transfer: false } as const
    this.#polling.ask(this.#configuration, request)
  }

  #realCampaign(transfer: boolean): void {
    this.#leaveRole()
    this.#role = 'candidate'
    this.#ballot.term += 1
    this.#ballot.votedFor = this.id
    this.#polling.ask(this.#configuration, { type: 'vote', term: this.term, transfer })
    // The own vote is counted when it is durable, in appended().
  }

  #becomeLeader(): void {
    assert(this.#role === 'candidate', 'only a candidate becomes leader')
    assert(this.#ballot.votedFor === this.id, 'a leader voted for itself')
    this.#leaveRole()
    this.#role = 'leader'
    this.#leader = this.id
    this.#suspicion.clear()
    const deps = {
      log: this.#log,
      settings: this.#settings,
      outgoing: this.#outgoing,
      reads: this.#reads,
      configuration: this.#configuration,
    }
    this.#leading = new Leading(deps, this.term)
  }

  /** What every change of role forgets. */
  #leaveRole(): void {
    if (this.#leading !== undefined) {
      this.#following.matchedByAll = this.matchedByAll
      this.#leading = undefined
      this.#reads.fail()
    }
    this.#leader = 0
    this.#polling.clear()
    this.#restartElectionTimer()
  }

  #restartElectionTimer(): void {
    const { electionTicks } = this.#settings
    this.#electionElapsed = 0
    this.#electionTimeout = electionTicks + this.#random.below(electionTicks)
  }

  /** Nobody was heard for a whole timeout, and this replica may not do anything about it. */
  #loseLeader(): void {
    this.#leader = 0
    // Perhaps it was removed and nobody could tell it. Asking for a pre-vote changes nothing, here
    // or there, but removed replicas are told so; one that knows it learns who else does.
    // Who has lost its state does not know whether it still is a member.
    if (this.lacksState || !isVoter(this.#configuration, this.id)) this.#askPreVotes()
  }

  /** Why this replica may not campaign, whatever its role (R-11.1, R-15.4, design 4.3). */
  #campaignRefusal(): Exclude<RefusedCampaign['reason'], 'leader'> | undefined {
    if (this.#removal.isFinal) return 'removed'
    if (this.lacksState) return 'no-state'
    if (!isVoter(this.#configuration, this.id)) return 'not-voter'
    if (this.#following.isInstalling) return 'installing'
    if (this.#log.applied < this.#bootCommit) return 'not-caught-up'
    return this.#log.hasPendingChange ? 'pending-change' : undefined
  }

  // Elections

  #onVoteRequest(request: VoteRequest): StepResult {
    if (this.#polling.answer(request, this.#leader)) {
      this.#electionElapsed = 0
      this.#suspicion.defer()
    }
    return accepted
  }

  #onVoteReply(reply: VoteReply): StepResult {
    const isPreVote = reply.type === 'pre-vote-reply'
    if (this.#role !== (isPreVote ? 'pre-candidate' : 'candidate')) return refuse('unexpected')
    if (isPreVote && reply.granted && reply.term !== this.term + 1) return refuse('stale-term')
    if (!isVoter(this.#configuration, reply.from)) return refuse('unknown-sender')
    this.#countVote(reply.from, reply.granted)
    return accepted
  }

  /**
   * Whoever asks for a vote or answers tells what he knows committed. Without that, those who
   * remain could need the votes of removed members, who refuse or are dead, for ever.
   */
  #learnCommit({ index, term }: LogMark): void {
    if (this.#role === 'leader' || !this.#log.matches(index, term)) return
    this.#log.commitTo(index)
    this.#endOutdatedElection()
  }

  /**
   * The commit index has moved, perhaps past a change of the members: the election would be one of
   * members that are no more. First apply, then ask the right ones.
   */
  #endOutdatedElection(): void {
    assert(this.#role !== 'leader', 'a leader commits by itself')
    if (this.#role !== 'follower' && this.#log.hasPendingChange) this.#becomeFollower(this.term, 0)
  }

  #countVote(from: number, granted: boolean): void {
    const outcome = this.#polling.count(this.#configuration, from, granted)
    if (outcome === 'lost') this.#becomeFollower(this.term, 0)
    if (outcome !== 'won') return
    if (this.#role === 'pre-candidate') this.#realCampaign(false)
    else this.#becomeLeader()
  }

  #onTimeoutNow(message: TimeoutNow): StepResult {
    const isExpected = this.#role === 'follower' && message.from === this.#leader
    if (!isExpected || this.#campaignRefusal() !== undefined) return refuse('unexpected')
    this.#realCampaign(true)
    return accepted
  }

  // Followers

  #onSnapshot(message: InstallSnapshot): StepResult {
    this.#followLeader(message.from)
    const result = this.restore(message.snapshot)
    return result.ok || result.reason === 'old' ? accepted : refuse('unexpected')
  }

  #installed(snapshot: Snapshot): void {
    const { configuration, index } = snapshot
    // Without a state it went by hearsay, which may even have been ahead of the image.
    if (this.lacksState) this.#configuration = configuration
    this.#following.installed(snapshot)
    if (configuration.id !== this.#configuration.id) this.#reconfigure(configuration)
    if (this.#leader !== 0) this.#following.acknowledge(this.#leader, index)
  }

  /** A leader of this very term has spoken. */
  #followLeader(leader: number): void {
    assert(this.#role !== 'leader', 'a term has at most one leader (section 5.2)')
    if (this.#role !== 'follower') this.#becomeFollower(this.term, leader)
    this.#leader = leader
    this.#lastLeader = leader
    this.#electionElapsed = 0
    this.#suspicion.clear()
  }

  // Members

  /** The state machine has other members now. */
  #reconfigure(configuration: Configuration): void {
    assert(configuration.id > this.#configuration.id, 'configurations follow each other')
    this.#configuration = configuration
    this.#outgoing.oweCommit(Math.min(configuration.id, this.#log.commit))
    if (this.#leading !== undefined) this.#leading.reconfigure(configuration)
    else if (this.#role !== 'follower') this.#becomeFollower(this.term, 0)
  }

  // Work

  #isApplyDue(): boolean {
    return this.#log.hasApplicable && this.#applyBytes < this.#settings.applyBytesMax
  }

  #takeApply(): ApplyWork | undefined {
    if (!this.#isApplyDue()) return undefined
    const entries = this.#log.takeApplicable(this.#settings.applyBytesMax - this.#applyBytes)
    for (const entry of entries) this.#applyBytes += entrySizeBytes(entry)
    return { entries }
  }

  #softState(): SoftState {
    const { isFinal: isRemoved } = this.#removal
    return { role: this.#role, term: this.term, leader: this.#leader, isRemoved }
  }

  #hasNewSoftState(): boolean {
    const { role, term, leader, isRemoved } = this.#shown
    if (isRemoved !== this.#removal.isFinal) return true
    return role !== this.#role || term !== this.term || leader !== this.#leader
  }
}

/** Only the leader of its term sends these. */
function isFromLeader({ type }: CoreMessage): boolean {
  return type === 'append' || type === 'heartbeat' || type === 'snapshot'
}

function refuse(reason: StepRefusal): StepResult {
  return { ok: false, reason }
}
