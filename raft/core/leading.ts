// What a replica does while it leads one term (paper sections 5.3, 5.4 and 6, thesis sections 3.10,
// 4.2.2 and 6.4): it appends, commits, confirms reads, changes the members, hands over. Whom it
// sends what stands in leadership.ts.
import { encodeChange } from '../wire/change-codec.ts'
import { refusalOfChange } from './change-admission.ts'
import { isJoint } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import { entryDataBytesMax, entrySizeBytes } from './entry.ts'
import type { Entry, EntryType } from './entry.ts'
import { Leadership } from './leadership.ts'
import type { RaftLog } from './log.ts'
import type { ConfigurationChange } from './member-operation.ts'
import type { AppendReply, HeartbeatReply } from './message.ts'
import type { RaftSettings } from './options.ts'
import type { ProposeChangeResult, ProposeResult, TransferResult } from './outcome.ts'
import type { Outgoing } from './outgoing.ts'
import type { ReadRounds } from './read-rounds.ts'
import type { ProgressStatus } from './status.ts'

export interface LeadingDeps {
  readonly log: RaftLog
  readonly settings: RaftSettings
  readonly outgoing: Outgoing
  readonly reads: ReadRounds
  readonly configuration: Configuration
}

const noData = new Uint8Array(0)

export class Leading {
  readonly term: number
  readonly #log: RaftLog
  readonly #settings: RaftSettings
  readonly #outgoing: Outgoing
  readonly #reads: ReadRounds
  readonly #leadership: Leadership
  #configuration: Configuration
  #clockMs: number
  #ticksToCheck: number
  #ticksToHeartbeat: number
  /** Until a transfer that came to nothing is given up. */
  #ticksToGiveUp = 0

  constructor(deps: LeadingDeps, term: number) {
    this.term = term
    this.#log = deps.log
    this.#settings = deps.settings
    this.#outgoing = deps.outgoing
    this.#reads = deps.reads
    this.#configuration = deps.configuration
    this.#leadership = new Leadership(deps, term)
    this.#clockMs = deps.log.lastStampMs
    this.#ticksToCheck = deps.settings.electionTicks
    this.#ticksToHeartbeat = deps.settings.heartbeatTicks
    // Entries of earlier terms commit only below one of the own term (section 5.4.2).
    this.#append('noop', [noData])
  }

  /** The running cluster clock, whole ms. */
  get clusterClockMs(): number {
    return Math.floor(this.#clockMs)
  }

  /** Member the leadership is being handed to; 0 = none. */
  get transferTarget(): number {
    return this.#leadership.transferTarget
  }

  /** Last index that may be a change of the membership not applied yet; 0 = none. */
  get pendingChangeIndex(): number {
    const index = this.#leadership.pendingChangeIndex
    return index > this.#log.applied ? index : 0
  }

  get hasDue(): boolean {
    return this.#isReadRoundDue() || this.#leadership.isAppendDue
  }

  matchedByAll(): number {
    return this.#leadership.matchedByAll()
  }

  status(): ProgressStatus[] {
    return this.#leadership.status()
  }

  /** One tick; false when this leader has to step down. */
  tick(elapsedMs: number): boolean {
    this.#clockMs += Math.min(elapsedMs, this.#settings.tickMsMax)
    const leadership = this.#leadership
    leadership.tick()
    if (leadership.isDepartureOver) return false
    this.#ticksToGiveUp -= 1
    if (this.#ticksToGiveUp === 0) leadership.transferTarget = 0
    this.#ticksToCheck -= 1
    if (this.#ticksToCheck === 0) {
      this.#ticksToCheck = this.#settings.electionTicks
      if (this.#settings.checkQuorum && !leadership.hasActiveQuorum()) return false
    }
    this.#ticksToHeartbeat -= 1
    if (this.#ticksToHeartbeat > 0) return true
    this.#heartbeat()
    return true
  }

  propose(data: readonly Uint8Array[]): ProposeResult {
    const { id, uncommittedBytesMax } = this.#settings
    if (this.#leadership.isHandingOver) return this.#isHandingOver()
    // Loops, here and below: closures for every proposal would be garbage.
    for (const payload of data) {
      if (payload.length > entryDataBytesMax) return { ok: false, reason: 'too-large', leader: id }
    }
    const entries = this.#form('command', data)
    let sizeBytes = 0
    for (const entry of entries) sizeBytes += entrySizeBytes(entry)
    const { uncommittedBytes } = this.#leadership
    // The first one is admitted whatever its size, or a small limit would block for ever.
    if (uncommittedBytes > 0 && uncommittedBytes + sizeBytes > uncommittedBytesMax) {
      return { ok: false, reason: 'overloaded', leader: id }
    }
    this.#appendEntries(entries)
    return { ok: true, firstIndex: entries[0]!.index, term: this.term }
  }

  proposeChange(change: ConfigurationChange): ProposeChangeResult {
    if (this.#leadership.isHandingOver) return this.#isHandingOver()
    const reason = refusalOfChange(change, {
      configuration: this.#configuration,
      leadership: this.#leadership,
      log: this.#log,
      settings: this.#settings,
    })
    if (reason !== undefined) return { ok: false, reason, leader: this.#settings.id }
    return { ok: true, index: this.#appendChange(change), term: this.term }
  }

  transfer(to: number): TransferResult {
    const leadership = this.#leadership
    if (to === this.#settings.id) return { ok: false, reason: 'self' }
    if (leadership.voterMatch(to) === undefined) return { ok: false, reason: 'not-voter' }
    if (leadership.transferTarget === to) return { ok: true }
    leadership.transferTarget = to
    this.#ticksToGiveUp = this.#settings.electionTicks
    this.#finishTransfer()
    return { ok: true }
  }

  /** False when the sender is no member, or when it makes no sense. */
  onAppendReply(reply: AppendReply): boolean {
    if (!this.#leadership.onAppendReply(reply)) return false
    if (reply.rejected) return true
    this.advanceCommit()
    if (this.#leadership.transferTarget === reply.from) this.#finishTransfer()
    return true
  }

  /** False when the sender is no member. */
  onHeartbeatReply(reply: HeartbeatReply): boolean {
    if (!this.#leadership.onHeartbeatReply(reply)) return false
    this.#confirmReads()
    return true
  }

  onUnreachable(to: number): void {
    this.#leadership.onUnreachable(to)
  }

  onSnapshotEnd(to: number, end: 'sent' | 'failed'): void {
    this.#leadership.onSnapshotEnd(to, end)
  }

  /** Sections 5.3, 5.4.2: durable on a majority and of the own term. */
  advanceCommit(): void {
    const index = this.#leadership.quorumMatch()
    const { commit } = this.#log
    if (index <= commit || this.#log.termAt(index) !== this.term) return
    this.#leadership.committed(commit, index)
    this.#log.commitTo(index)
  }

  /** The state machine has other members now. */
  reconfigure(configuration: Configuration): void {
    this.#configuration = configuration
    this.#leadership.reconfigure(configuration)
    // A smaller quorum may have what the larger one was waiting for.
    this.advanceCommit()
    this.#confirmReads()
    if (this.#leadership.isDeparting) this.#depart()
  }

  /** Leaves a joint configuration that is to be left by itself; never twice (B14, B21). */
  leaveJoint(): void {
    const { id: expectedId, autoLeave } = this.#configuration
    if (!autoLeave || !isJoint(this.#configuration)) return
    if (this.pendingChangeIndex !== 0 || !this.#hasOwnCommit()) return
    this.#appendChange({ expectedId, transition: 'auto', operations: [], context: noData })
  }

  /** Sends what is due: heartbeats of a new read round, requests for images, appends. */
  sendDue(): void {
    if (this.#isReadRoundDue()) {
      this.#reads.start(this.#log.commit)
      this.#heartbeat()
      this.#confirmReads()
    }
    for (const request of this.#leadership.takeSnapshots()) this.#outgoing.send(request)
    for (const append of this.#leadership.takeAppends()) this.#outgoing.send(append)
  }

  #isHandingOver(): { readonly ok: false; readonly reason: 'not-leader'; readonly leader: number } {
    return { ok: false, reason: 'not-leader', leader: this.#leadership.transferTarget }
  }

  /** hands over to the best voter, again with each heartbeat; tick() sets the end. */
  #depart(): void {
    this.#leadership.transferTarget = this.#leadership.successor()
    if (this.#leadership.transferTarget !== 0) this.#finishTransfer()
  }

  /** Once the target has the whole log it may start its election at once. */
  #finishTransfer(): void {
    const to = this.#leadership.transferTarget
    if (this.#leadership.voterMatch(to) !== this.#log.lastIndex) return
    this.#outgoing.send({ type: 'timeout-now', from: this.#settings.id, to, term: this.term })
  }

  #heartbeat(): void {
    this.#ticksToHeartbeat = this.#settings.heartbeatTicks
    const heartbeats = this.#leadership.heartbeats(this.#reads.openPosition)
    for (const heartbeat of heartbeats) this.#outgoing.send(heartbeat)
    if (this.#leadership.isDeparting) this.#depart()
  }

  #isReadRoundDue(): boolean {
    return this.#reads.hasWaiting && this.#hasOwnCommit()
  }

  #confirmReads(): void {
    this.#reads.confirm(this.#leadership.quorumReadPosition(this.#reads.position))
  }

  /** An entry of the own term is committed: only now a leader knows what is. */
  #hasOwnCommit(): boolean {
    return this.#log.termAt(this.#log.commit) === this.term
  }

  #appendChange(change: ConfigurationChange): number {
    this.#append('config', [encodeChange(change)])
    this.#leadership.pendingChangeIndex = this.#log.lastIndex
    return this.#log.lastIndex
  }

  #append(type: EntryType, data: readonly Uint8Array[]): void {
    this.#appendEntries(this.#form(type, data))
  }

  #form(type: EntryType, data: readonly Uint8Array[]): Entry[] {
    const { term, clusterClockMs: stampMs } = this
    const entries: Entry[] = []
    let index = this.#log.lastIndex
    for (const payload of data) {
      index += 1
      entries.push({ index, term, type, stampMs, data: payload })
    }
    return entries
  }

  #appendEntries(entries: readonly Entry[]): void {
    this.#log.replaceFrom(entries)
    for (const entry of entries) this.#leadership.uncommittedBytes += entrySizeBytes(entry)
  }
}
