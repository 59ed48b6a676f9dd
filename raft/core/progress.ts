// What a leader knows about one other member in the present term.
//
//   probe      one append at a time, at most one per heartbeat, until the logs are known to agree
//   replicate  pipelined: `next` runs ahead of `match` as far as the inflight window allows
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
  readonly isLearner: boolean
  readonly inflights: Inflights
  state: 'probe' | 'replicate' = 'probe'
  match = 0
  next: number
  /** In `probe`: the probe has left and nobody answered yet. */
  isProbeSent = false
  /** The next append leaves even if it is empty: it finds out what got lost. */
  isAppendOwed = false
  /** Heard from since the last quorum check. */
  isRecentlyActive = false
  /** Largest commit index that an append told this member. */
  commitSent = 0
  /** Largest read-index position this member has confirmed. */
  readPosition = 0
  digest: DigestMark = { index: 0, digest: new Uint8Array(0) }

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
    if (this.state === 'replicate') {
      this.inflights.freeTo(index)
    } else if (index >= this.match) {
      this.state = 'replicate'
      this.next = this.match + 1
      this.inflights.clear()
    }
  }

  /**
   * The member has no entry that matches `rejectedIndex`; try `hintIndex` next. False when this is
   * news about a message that has been overtaken: it says nothing about the present.
   */
  reject(rejectedIndex: number, hintIndex: number): boolean {
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
