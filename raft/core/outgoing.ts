// Messages on their way out, and the storage works that hold some of them back.
//
// Rule: whatever promises something (a vote, an acknowledgement, any reply in a new term) leaves
// only after the state it speaks of is durable. Change the state first, then call `reply`.
import type { RaftLog } from './log.ts'
import type { CoreMessage, Snapshot } from './message.ts'
import { PendingWrites, pushReply } from './pending-writes.ts'
import type { FinishedWrite } from './pending-writes.ts'
import type { AppendCompletion, AppendWork } from './ready.ts'

/** Term and vote of a replica, changed only by the Raft class. */
export interface Ballot {
  term: number
  /** replicaId voted for in `term`; 0 = nobody. */
  votedFor: number
}

export class Outgoing {
  readonly #log: RaftLog
  readonly #ballot: Ballot
  readonly #writes = new PendingWrites()
  #messages: CoreMessage[] = []
  /** Replies that wait for the next work. */
  #replies: CoreMessage[] = []
  /** Term and vote in the newest work. */
  #written: Readonly<Ballot>
  /** Commit index in the newest work. */
  #writtenCommit: number
  /** The next work has to carry at least this commit index. */
  #commitOwed = 0
  /** Image that the next work installs. */
  #snapshot: Snapshot | undefined
  /** It only replaces the state. */
  #keepsLog = false
  #durableTerm: number

  constructor(log: RaftLog, ballot: Ballot) {
    this.#log = log
    this.#ballot = ballot
    this.#written = { ...ballot }
    this.#writtenCommit = log.commit
    this.#durableTerm = ballot.term
  }

  /** Something is there that the next `takeAppend` has to write. */
  get isWriteDue(): boolean {
    return (
      this.#log.hasUnwritten ||
      this.#snapshot !== undefined ||
      this.#commitOwed > this.#writtenCommit ||
      this.#ballot.term !== this.#written.term ||
      this.#ballot.votedFor !== this.#written.votedFor
    )
  }

  get hasMessages(): boolean {
    return this.#messages.length > 0
  }

  /** Sends without waiting: only for messages that promise nothing. */
  send(message: CoreMessage): void {
    this.#messages.push(message)
  }

  /** Sends once everything the replica knows now is durable. */
  reply(message: CoreMessage): void {
    if (this.isWriteDue) pushReply(this.#replies, message)
    else if (!this.#writes.isEmpty) this.#writes.replyAfterLast(message)
    else pushReply(this.#messages, message)
  }

  /** Sends once the present term is durable: enough for a reply that promises no entries. */
  replyInTerm(message: CoreMessage): void {
    if (this.#durableTerm === this.#ballot.term) this.send(message)
    else this.reply(message)
  }

  takeMessages(): readonly CoreMessage[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }

  /**
   * The next work, with the commit index known now (design 4.3); undefined when nothing changed.
   */
  takeAppend(): AppendWork | undefined {
    if (!this.isWriteDue) return undefined
    const { term, votedFor } = this.#ballot
    this.#written = { term, votedFor }
    this.#writtenCommit = this.#log.commit
    const work: AppendWork = {
      snapshot: this.#snapshot,
      keepsLog: this.#keepsLog,
      seq: this.#writes.nextSeq(),
      term,
      entries: this.#log.takeUnwritten(),
      hardState: { term, votedFor, commit: this.#log.commit },
      lastIndex: this.#log.lastIndex,
      lastTerm: this.#log.lastTerm,
      messages: this.#replies,
    }
    this.#replies = []
    this.#snapshot = undefined
    this.#keepsLog = false
    this.#writes.start(work)
    return work
  }

  /** The log from `index` on was replaced. */
  truncated(index: number): void {
    this.#writes.truncated(index)
  }

  /**
   * That `index` is committed must survive a crash: a change of the membership was applied there.
   * Else members that were removed, and are gone, might be needed to commit it once more.
   */
  oweCommit(index: number): void {
    this.#commitOwed = Math.max(this.#commitOwed, index)
  }

  /**
   * The log was restarted after `snapshot`, of the old one only entries up to `keptTo` are still
   * its own. The next work installs the image.
   */
  install(snapshot: Snapshot, keptTo: number): void {
    this.#snapshot = snapshot
    this.#writes.truncated(keptTo + 1)
    // They speak of entries that are gone, and the leader is told where the new log ends.
    this.#replies = this.#replies.filter((reply) => reply.type !== 'append-reply')
  }

  /** The next work installs the image as the state that was lacking; the log stays as it is. */
  installState(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    this.#keepsLog = true
  }

  /** The oldest work is durable; what waited for it alone may leave. */
  finish(completion: AppendCompletion): FinishedWrite {
    const finished = this.#writes.finish(completion)
    this.#durableTerm = finished.work.term
    for (const reply of finished.replies) this.#messages.push(reply)
    return finished
  }
}
