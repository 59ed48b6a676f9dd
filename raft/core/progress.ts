// What a leader knows about one other member in the present term.
//
//   probe      one append at a time, at most one per heartbeat, until the logs are known to agree
//   replicate  pipelined: `next` runs ahead of `match` as far as the inflight window allows
//   snapshot   it needs entries that are compacted: an image is on its way and nothing else is sent
//
// A member that has lost only its state is sent an image as well, in any of these: its log, and so
// its share of every commit, goes on meanwhile.
//
// Invariant: next > match. `match` only grows: in one term a follower never truncates what
// it has acknowledged, so a smaller acknowledgement is a late one.
import { assert } from '../../base/index.ts'
import { Inflights } from './inflights.ts'
import type { DigestMark } from './message.ts'

export interface ProgressOptions {
  readonly id: number
  readonly isLearner: boolean
  /** First index to try: one after the leader's last. */
  readonly next: number
  readonly inflightMessagesMax: number
  readonly inflightBytesMax: number
}

export class Progress {
  readonly id: number
  readonly inflights: Inflights
  isLearner: boolean
  state: 'probe' | 'replicate' | 'snapshot' = 'probe'
  /** In `snapshot`: the image covers at least this index. */
  pendingSnapshot = 0
  match = 0
  next: number
  /** In `probe`: wait for an answer or for the next heartbeat's before sending more. */
  isProbeSent = false
  /** The next append leaves even if it is empty: it finds out what got lost. */
  isAppendOwed = false
  /** Tick of the leadership at which it was last heard; minus infinity = never. */
  heardAtTick = -Infinity
  /** Largest commit index that an append told this member. */
  commitSent = 0
  /** Largest read-index position this member has confirmed. */
  readPosition = 0
  digest: DigestMark = { index: 0, digest: new Uint8Array(0) }
  /** It says that its log is whole and its state is lost. */
  lacksState = false
  /** An image is on its way to it beside the log. */
  isStateSent = false

  constructor(options: ProgressOptions) {
    this.id = options.id
    this.isLearner = options.isLearner
    this.next = options.next
    this.inflights = new Inflights(options.inflightMessagesMax, options.inflightBytesMax)
  }

  /** The member has everything up to `index`. */
  acknowledge(index: number): void {
    if (index > this.match) this.match = index
    this.next = Math.max(this.next, this.match + 1)
    this.isProbeSent = false
    if (this.state === 'replicate') this.inflights.freeTo(index)
    else if (this.state === 'probe' && index >= this.match) this.becomeReplicate()
  }

  /**
   * The member has no entry that matches `rejectedIndex`; try `hintIndex` next. False when this is
   * news about a message that has been overtaken: it says nothing about the present.
   */
  reject(rejectedIndex: number, hintIndex: number): boolean {
    if (this.state === 'snapshot') return false
    if (this.state === 'replicate') {
      if (rejectedIndex <= this.match) return false
      this.becomeProbe()
      return true
    }
    if (this.next - 1 !== rejectedIndex) return false
    this.next = Math.max(Math.min(rejectedIndex, hintIndex + 1), this.match + 1)
    this.isProbeSent = false
    return true
  }

  /** Stop running ahead: what is in flight may be lost. */
  becomeProbe(): void {
    this.state = 'probe'
    this.next = this.match + 1
    this.isProbeSent = false
    this.inflights.clear()
  }

  becomeReplicate(): void {
    this.state = 'replicate'
    this.pendingSnapshot = 0
    this.next = this.match + 1
    this.inflights.clear()
  }

  /** An image that covers at least `index` is on its way. */
  becomeSnapshot(index: number): void {
    this.state = 'snapshot'
    this.pendingSnapshot = index
    this.next = Math.max(this.match, index) + 1
    this.isProbeSent = false
    this.isAppendOwed = false
    this.inflights.clear()
  }

  /**
   * The transfer of the image has ended: go on after it, or find out again what is missing. Either
   * way with the next heartbeat's answer, so that a transfer that fails at once is not tried again
   * at once.
   */
  snapshotEnded(isSent: boolean): void {
    const next = Math.max(this.match, isSent ? this.pendingSnapshot : 0) + 1
    this.becomeProbe()
    this.next = next
    this.pendingSnapshot = 0
    this.isProbeSent = true
  }

  /** An append with `count` entries of `sizeBytes` has left. */
  sent(count: number, sizeBytes: number, commit: number): void {
    this.isAppendOwed = false
    this.commitSent = Math.max(this.commitSent, commit)
    if (this.state === 'probe') {
      assert(!this.isProbeSent, 'one probe at a time')
      this.isProbeSent = true
    } else if (count > 0) {
      this.next += count
      this.inflights.add(this.next - 1, sizeBytes)
    }
    assert(this.next > this.match, 'next runs ahead of match (R-6.2)')
  }
}
