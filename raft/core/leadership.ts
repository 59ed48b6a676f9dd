// What a replica keeps only while it leads: the progress of every other member, and which messages
// are due to whom. Appends are formed when work is collected, not when entries arrive, so that all
// proposals of one turn travel in one message. Who the members are is what the state machine has
// applied.
import { assert } from '../../base/index.ts'
import { isVoter, membersOf } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { entrySizeBytes } from './entry.ts'
import type { Entry } from './entry.ts'
import type { RaftLog } from './log.ts'
import { entriesPerMessageMax } from './message.ts'
import type {
  AppendReply,
  AppendRequest,
  HeartbeatReply,
  HeartbeatRequest,
  InstallSnapshot,
} from './message.ts'
import type { RaftSettings } from './options.ts'
import { Progress } from './progress.ts'
import { hasQuorum, quorumIndex } from './quorum.ts'
import type { ProgressStatus } from './status.ts'

export interface LeadershipDeps {
  readonly log: RaftLog
  readonly settings: RaftSettings
  readonly configuration: Configuration
}

export class Leadership {
  readonly term: number
  /** Member the leadership is being handed to; 0 = none. */
  transferTarget = 0
  /** Bytes proposed and not yet committed. */
  uncommittedBytes = 0
  /**
   * A change of the membership may stand in the log up to here: none is taken before this is
   * applied. The entries an earlier leader left are not looked at one by one.
   */
  pendingChangeIndex: number
  readonly #log: RaftLog
  readonly #settings: RaftSettings
  #configuration: Configuration
  #peers: ReadonlyMap<number, Progress>
  #ticks = 0
  #departingTicks = 0

  constructor(deps: LeadershipDeps, term: number) {
    this.term = term
    this.#log = deps.log
    this.#settings = deps.settings
    this.#configuration = deps.configuration
    this.pendingChangeIndex = deps.log.lastIndex
    this.#peers = this.#peersOf(deps.configuration, new Map())
    for (let index = deps.log.commit + 1; index <= deps.log.lastIndex; index += 1) {
      this.uncommittedBytes += entrySizeBytes(deps.log.entryAt(index))
    }
  }

  /** A leader that does not vote any more hands over and goes. */
  get isDeparting(): boolean {
    return !isVoter(this.#configuration, this.#settings.id)
  }

  get isHandingOver(): boolean {
    return this.transferTarget !== 0 || this.isDeparting
  }

  /** It is over: nobody took the leadership within one election timeout. */
  get isDepartureOver(): boolean {
    return this.#departingTicks >= this.#settings.electionTicks
  }

  tick(): void {
    this.#ticks += 1
    if (this.isDeparting) this.#departingTicks += 1
  }

  /** The state machine has applied a change: goes on with its members. */
  reconfigure(configuration: Configuration): void {
    const known = this.#peers
    this.#configuration = configuration
    this.#peers = this.#peersOf(configuration, known)
    for (const progress of this.#peers.values()) {
      // Nobody knows how a new member is; taking it for dead would end a young majority.
      if (!known.has(progress.id)) progress.heardAtTick = this.#ticks
    }
    if (this.voterMatch(this.transferTarget) === undefined) this.transferTarget = 0
  }

  #peersOf(configuration: Configuration, known: ReadonlyMap<number, Progress>) {
    const peers = new Map<number, Progress>()
    for (const id of membersOf(configuration)) {
      if (id === this.#settings.id) continue
      const isLearner = configuration.learners.includes(id)
      const progress =
        known.get(id) ??
        new Progress({
          id,
          isLearner,
          next: this.#log.lastIndex + 1,
          inflightMessagesMax: this.#settings.inflightMessagesMax,
          inflightBytesMax: this.#settings.inflightBytesMax,
        })
      progress.isLearner = isLearner
      peers.set(id, progress)
    }
    return peers
  }

  /** Who leads next when this leader goes: an active voter, of these the one with most; or 0. */
  successor(): number {
    let best: Progress | undefined
    for (const progress of this.#peers.values()) {
      if (progress.isLearner || progress.lacksState || !this.isActive(progress.id)) continue
      if (progress.id === this.transferTarget) return progress.id
      if (best === undefined || progress.match > best.match) best = progress
    }
    return best?.id ?? 0
  }

  /** Heard from within the last election timeout; the leader itself always is. */
  isActive(id: number): boolean {
    if (id === this.#settings.id) return true
    const progress = this.#peers.get(id)
    return progress !== undefined && this.#isActive(progress)
  }

  /** Has it said that its state is lost? */
  lacksState(id: number): boolean {
    return this.#peers.get(id)?.lacksState ?? false
  }

  #isActive(progress: Progress): boolean {
    return this.#ticks - progress.heardAtTick <= this.#settings.electionTicks
  }

  /** Largest index durable on a majority; the own copy counts once it is durable. */
  quorumMatch(): number {
    return quorumIndex(this.#configuration, (id) => this.matchOf(id))
  }

  /** Largest read position confirmed by a majority; the leader itself has confirmed `own`. */
  quorumReadPosition(own: number): number {
    return quorumIndex(this.#configuration, (id) => this.#peers.get(id)?.readPosition ?? own)
  }

  /** Smallest durable match over all members; 0 while somebody has not answered in this term. */
  matchedByAll(): number {
    let least = this.#log.stable
    for (const progress of this.#peers.values()) least = Math.min(least, progress.match)
    return least
  }

  /** Was a majority, with the leader, heard from within one election timeout? */
  hasActiveQuorum(): boolean {
    return hasQuorum(this.#configuration, (id) => this.isActive(id))
  }

  /** The member's match when it is a voter, else undefined. */
  voterMatch(id: number): number | undefined {
    const progress = this.#peers.get(id)
    return progress === undefined || progress.isLearner ? undefined : progress.match
  }

  /** Entries up to the new commit index stop counting as uncommitted. */
  committed(from: number, to: number): void {
    for (let index = from + 1; index <= to; index += 1) {
      this.uncommittedBytes -= entrySizeBytes(this.#log.entryAt(index))
    }
  }

  /** Takes an answer to an append; false when the sender is no member or it makes no sense. */
  onAppendReply(reply: AppendReply): boolean {
    const progress = this.#peers.get(reply.from)
    if (progress === undefined || reply.index > this.#log.lastIndex) return false
    progress.heardAtTick = this.#ticks
    if (reply.digest.index > progress.digest.index) progress.digest = reply.digest
    if (!reply.rejected) {
      progress.acknowledge(reply.index)
      // Whichever image it came from: what it has now joins the log kept here (B24).
      if (progress.state !== 'snapshot') return true
      if (progress.match >= this.#log.compactedIndex) progress.becomeReplicate()
      // The image is there, and the log was compacted beyond it meanwhile: another one is needed.
      else if (progress.match >= progress.pendingSnapshot) progress.snapshotEnded(true)
      return true
    }
    // Skip back by whole terms on this side too: at most one probe for each divergent term.
    const hint = this.#log.lastIndexWithTermAtMost(reply.hintIndex, reply.hintTerm)
    if (progress.reject(reply.index, hint)) progress.isAppendOwed = true
    return true
  }

  /** Takes an answer to a heartbeat; false when the sender is no member. */
  onHeartbeatReply(reply: HeartbeatReply): boolean {
    const progress = this.#peers.get(reply.from)
    if (progress === undefined) return false
    progress.heardAtTick = this.#ticks
    progress.readPosition = Math.max(progress.readPosition, reply.readPosition)
    progress.isProbeSent = false
    progress.lacksState = reply.lacksState
    if (progress.state === 'snapshot') return true
    // Whatever is still unanswered may be lost: even a full window sends one empty append (B23).
    const lags = progress.match < this.#log.lastIndex
    if (lags || progress.state === 'probe') progress.isAppendOwed = true
    return true
  }

  /** The transport gave up on what was under way. */
  onUnreachable(id: number): void {
    const progress = this.#peers.get(id)
    if (progress?.state === 'replicate') progress.becomeProbe()
  }

  /** The transfer of an image has ended; what follows leaves with the next heartbeat's answer. */
  onSnapshotEnd(id: number, end: 'sent' | 'failed'): void {
    const progress = this.#peers.get(id)
    if (progress === undefined) return
    // Its next answer to a heartbeat tells whether it still has none.
    progress.lacksState = false
    progress.isStateSent = false
    if (progress.state === 'snapshot') progress.snapshotEnded(end === 'sent')
  }

  /**
   * One heartbeat for every member, never telling a commit index beyond what it is known to have.
   */
  heartbeats(readPosition: number): HeartbeatRequest[] {
    const matchedByAll = this.matchedByAll()
    return Array.from(this.#peers.values(), (progress) => ({
      type: 'heartbeat',
      from: this.#settings.id,
      to: progress.id,
      term: this.term,
      commit: Math.min(progress.match, this.#log.commit),
      readPosition,
      matchedByAll,
    }))
  }

  get isAppendDue(): boolean {
    for (const progress of this.#peers.values()) {
      if (this.#isDue(progress) || this.#isSnapshotDue(progress)) return true
    }
    return false
  }

  /** Every append that may leave now. */
  takeAppends(): AppendRequest[] {
    const appends: AppendRequest[] = []
    const matchedByAll = this.matchedByAll()
    for (const progress of this.#peers.values()) {
      while (this.#isDue(progress)) appends.push(this.#takeAppend(progress, matchedByAll))
    }
    return appends
  }

  /**
   * A request for an image for everybody who is alive and needs one, because the log does not reach
   * back to it or because its state is lost; one at a time for each.
   */
  takeSnapshots(): InstallSnapshot[] {
    const snapshots: InstallSnapshot[] = []
    for (const progress of this.#peers.values()) {
      if (!this.#isSnapshotDue(progress)) continue
      const index = this.#log.applied
      if (this.#isBehindLog(progress)) progress.becomeSnapshot(index)
      else progress.isStateSent = true
      const snapshot = {
        index,
        term: this.#log.termAt(index)!,
        configuration: this.#configuration,
        clusterClockMs: this.#log.stampAt(index),
      }
      const { id: from } = this.#settings
      snapshots.push({ type: 'snapshot', from, to: progress.id, term: this.term, snapshot })
    }
    return snapshots
  }

  status(): ProgressStatus[] {
    return Array.from(this.#peers.values(), (progress) => ({
      id: progress.id,
      isLearner: progress.isLearner,
      state: progress.state,
      pendingSnapshot: progress.pendingSnapshot,
      match: progress.match,
      next: progress.next,
      isRecentlyActive: this.#isActive(progress),
      isPaused: this.#isPaused(progress),
      isBehindLog: this.#isBehindLog(progress),
      inflightMessages: progress.inflights.messages,
      inflightBytes: progress.inflights.bytes,
      digest: progress.digest,
      lacksState: progress.lacksState,
    }))
  }

  /** Last index known durable on a member; the own copy counts once it is durable. */
  matchOf(id: number): number {
    if (id === this.#settings.id) return this.#log.stable
    return this.#peers.get(id)?.match ?? 0
  }

  #isPaused(progress: Progress): boolean {
    if (this.#isBehindLog(progress)) return true
    return progress.state === 'probe' ? progress.isProbeSent : this.#isWindowFull(progress)
  }

  #isDue(progress: Progress): boolean {
    if (progress.state === 'snapshot' || this.#isBehindLog(progress)) return false
    const hasEntries = progress.next <= this.#log.lastIndex
    if (progress.state === 'probe') {
      return !progress.isProbeSent && (hasEntries || progress.isAppendOwed)
    }
    if (progress.isAppendOwed) return true
    if (hasEntries) return !this.#isWindowFull(progress)
    return Math.min(this.#log.commit, progress.next - 1) > progress.commitSent
  }

  /** It needs entries that are compacted here. */
  #isBehindLog(progress: Progress): boolean {
    return progress.state === 'snapshot' || progress.next <= this.#log.compactedIndex
  }

  /** Nobody sends a whole state to a member that may be dead. */
  #isSnapshotDue(progress: Progress): boolean {
    if (progress.state === 'snapshot' || !this.#isActive(progress)) return false
    if (this.#isBehindLog(progress)) return !progress.isProbeSent
    return progress.lacksState && !progress.isStateSent
  }

  #isWindowFull(progress: Progress): boolean {
    if (progress.next > this.#log.lastIndex) return false
    return !progress.inflights.admits(entrySizeBytes(this.#log.entryAt(progress.next)))
  }

  #takeAppend(progress: Progress, matchedByAll: number): AppendRequest {
    const prevIndex = progress.next - 1
    const prevTerm = this.#log.termAt(prevIndex)
    assert(prevTerm !== undefined, 'the log holds what an append builds on')
    const entries = this.#entriesFor(progress)
    let sizeBytes = 0
    for (const entry of entries) sizeBytes += entrySizeBytes(entry)
    const commit = this.#log.commit
    progress.sent(entries.length, sizeBytes, Math.min(commit, prevIndex + entries.length))
    return {
      type: 'append',
      from: this.#settings.id,
      to: progress.id,
      term: this.term,
      prevIndex,
      prevTerm,
      entries,
      commit,
      matchedByAll,
    }
  }

  #entriesFor(progress: Progress): readonly Entry[] {
    if (progress.next > this.#log.lastIndex) return []
    if (progress.state === 'replicate' && this.#isWindowFull(progress)) return []
    const bytesMax =
      progress.state === 'probe'
        ? this.#settings.appendBytesMax
        : Math.min(this.#settings.appendBytesMax, progress.inflights.bytesLeft)
    return this.#log.slice(progress.next, { bytesMax, countMax: entriesPerMessageMax })
  }
}
