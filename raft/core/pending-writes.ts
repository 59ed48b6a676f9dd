// Append works under way. Several may overlap; storage finishes them in order.
//
// The ABA race: entries (i, t1) go to storage, a new leader replaces them by (i, t2), a
// third one brings (i, t1) back. The first write's completion looks as if it confirmed the third
// one's entries, which a crash could still lose. So no completion is compared with the log: each
// work knows up to where it still speaks for the log, and every truncation lowers that mark for
// good.
import { assert } from '../../base/index.ts'
import type { CoreMessage } from './message.ts'
import type { AppendCompletion, AppendWork } from './ready.ts'

interface PendingWrite {
  readonly work: AppendWork
  /** Entries up to here are durable, and still the log's, once this work is done. */
  stableIndex: number
  /** Replies formed later that need nothing but this work. */
  readonly replies: CoreMessage[]
}

/** What one finished work makes true. */
export interface FinishedWrite {
  readonly work: AppendWork
  readonly stableIndex: number
  readonly replies: readonly CoreMessage[]
}

export class PendingWrites {
  #writes: PendingWrite[] = []
  #seq = 0

  get isEmpty(): boolean {
    return this.#writes.length === 0
  }

  /** Number for the next work; rises by one each time. */
  nextSeq(): number {
    this.#seq += 1
    return this.#seq
  }

  start(work: AppendWork): void {
    assert(work.seq === this.#seq, 'works start in the order of their numbers')
    this.#writes.push({ work, stableIndex: work.lastIndex, replies: [] })
  }

  /** The log from `index` on was replaced: no work under way speaks for it any more. */
  truncated(index: number): void {
    for (const write of this.#writes) write.stableIndex = Math.min(write.stableIndex, index - 1)
  }

  /** Holds `reply` back until everything under way is durable. */
  replyAfterLast(reply: CoreMessage): void {
    const last = this.#writes.at(-1)
    assert(last !== undefined, 'something is under way')
    pushReply(last.replies, reply)
  }

  /** Takes the oldest work off; `completion` must be its tag. */
  finish(completion: AppendCompletion): FinishedWrite {
    const write = this.#writes.shift()
    assert(write !== undefined, 'a completion answers a work')
    const { work } = write
    assert(completion.seq === work.seq, 'works finish in the order of their numbers')
    assert(
      completion.term === work.term &&
        completion.lastIndex === work.lastIndex &&
        completion.lastTerm === work.lastTerm,
      'a completion carries the tag of its work',
    )
    return { work, stableIndex: write.stableIndex, replies: write.replies }
  }
}

/**
 * Appends `reply`, or merges it into the one before when both acknowledge entries to the leader of
 * one term: a later acknowledgement says everything an earlier one does.
 */
export function pushReply(replies: CoreMessage[], reply: CoreMessage): void {
  const last = replies.at(-1)
  const merges =
    reply.type === 'append-reply' &&
    last?.type === 'append-reply' &&
    !reply.rejected &&
    !last.rejected &&
    reply.term === last.term
  if (!merges) replies.push(reply)
  else replies[replies.length - 1] = { ...reply, index: Math.max(reply.index, last.index) }
}
