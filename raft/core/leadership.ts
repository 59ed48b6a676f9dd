// What a replica keeps only while it leads: the progress of every other member, and which messages
// are due to whom. Appends are formed when work is collected, not when entries arrive, so that all
// proposals of one turn travel in one message.
import { assert } from '../../base/index.ts'
import { membersOf } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { entrySizeBytes } from './entry.ts'
import type { Entry } from './entry.ts'
import type { RaftLog } from './log.ts'
import { entriesPerMessageMax } from './message.ts'
import type { AppendReply, AppendRequest, HeartbeatReply, HeartbeatRequest } from './message.ts'
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
  readonly #log: RaftLog
  readonly #settings: RaftSettings
  readonly #configuration: Configuration
  readonly #peers = new Map<number, Progress>()

  constructor(deps: LeadershipDeps, term: number) {
    this.term = term
    this.#log = deps.log
    this.#settings = deps.settings
    this.#configuration = deps.configuration
    const learners = new Set(deps.configuration.learners)
    for (const id of membersOf(deps.configuration)) {
      if (id === deps.settings.id) continue
      const progress = new Progress({
        id,
        isLearner: learners.has(id),
        next: deps.log.lastIndex + 1,
        inflightMessagesMax: deps.settings.inflightMessagesMax,
        inflightBytesMax: deps.settings.inflightBytesMax,
      })
      this.#peers.set(id, progress)
    }
    for (let index = deps.log.commit + 1; index <= deps.log.lastIndex; index += 1) {
      this.uncommittedBytes += entrySizeBytes(deps.log.entryAt(index))
    }
  }

  /** Largest index durable on a majority; the own copy counts once it is durable. */
  quorumMatch(): number {
    return quorumIndex(this.#configuration, (id) => this.#matchOf(id))
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

  /** Was a majority, with the leader, heard from since the last call? Starts a new period. */
  checkQuorum(): boolean {
    const isActive = (id: number): boolean => this.#peers.get(id)?.isRecentlyActive ?? true
    const isQuorum = hasQuorum(this.#configuration, isActive)
    for (const progress of this.#peers.values()) progress.isRecentlyActive = false
    return isQuorum
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
    progress.isRecentlyActive = true
    if (reply.digest.index > progress.digest.index) progress.digest = reply.digest
    if (!reply.rejected) {
      progress.acknowledge(reply.index)
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
    progress.isRecentlyActive = true
    progress.readPosition = Math.max(progress.readPosition, reply.readPosition)
    progress.isProbeSent = false
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
    for (const progress of this.#peers.values()) if (this.#isDue(progress)) return true
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

  status(): ProgressStatus[] {
    return Array.from(this.#peers.values(), (progress) => ({
      id: progress.id,
      isLearner: progress.isLearner,
      state: progress.state,
      pendingSnapshot: 0,
      match: progress.match,
      next: progress.next,
      isRecentlyActive: progress.isRecentlyActive,
      isPaused: progress.state === 'probe' ? progress.isProbeSent : this.#isWindowFull(progress),
      isBehindLog: this.#isBehindLog(progress),
      inflightMessages: progress.inflights.messages,
      inflightBytes: progress.inflights.bytes,
      digest: progress.digest,
    }))
  }

  #matchOf(id: number): number {
    if (id === this.#settings.id) return this.#log.stable
    return this.#peers.get(id)?.match ?? 0
  }

  #isDue(progress: Progress): boolean {
    if (this.#isBehindLog(progress)) return false
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
    return progress.next <= this.#log.compactedIndex
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
