// A leader tells its followers of a new commit index at once, by an append without entries. Under
// load entries for the same follower leave a turn later, and they carry the index as well: then
// half of all messages, and of the answers to them, would say nothing. So an empty append waits for
// one turn, or where the host tells its rounds of IO apart, for one round. Raft does not mind: a
// message may be late, and a newer one replaces it.
import type { AppendRequest, CoreMessage } from '../core/message.ts'

/** Empty appends that wait, at most one for each member. */
export class CommitNotices {
  /** Came in this turn. */
  #fresh = new Map<number, AppendRequest>()
  /** Came in the turn before: they leave when this one ends. */
  #due = new Map<number, AppendRequest>()

  get isWaiting(): boolean {
    return this.#fresh.size > 0 || this.#due.size > 0
  }

  /**
   * True: `message` waits here. False: it is to be sent now. An append replaces what waited for its
   * receiver; before anything else what waited is sent, so that nothing overtakes it.
   */
  hold(message: CoreMessage, send: (message: AppendRequest) => void): boolean {
    const { to } = message
    if (message.type !== 'append') {
      const waiting = this.#fresh.get(to) ?? this.#due.get(to)
      this.#fresh.delete(to)
      this.#due.delete(to)
      if (waiting !== undefined) send(waiting)
      return false
    }
    const hasWaited = this.#due.delete(to)
    this.#fresh.delete(to)
    if (hasWaited || message.entries.length > 0) return false
    this.#fresh.set(to, message)
    return true
  }

  /** Ends a turn: sends what has waited for one. True when something waits for the next. */
  endTurn(send: (message: AppendRequest) => void): boolean {
    const due = this.#due
    this.#due = this.#fresh
    this.#fresh = new Map()
    for (const message of due.values()) send(message)
    return this.#due.size > 0
  }

  /** Nothing waits any more. */
  clear(): void {
    this.#fresh.clear()
    this.#due.clear()
  }
}
