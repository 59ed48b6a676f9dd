// One command at work: the transaction, the context, and what its changes entail for others. The
// entailed work (children without a parent, waiters that can be served) is collected here and done
// at the end of the command by agenda.ts, as far as the limits of one command allow; the rest is
// left to continuations.
import { descendantsVisitedMax, sampleVisitedMax } from '../../core/index.ts'
import type { CommandContext } from '../command.ts'
import type { Transaction } from '../state-access.ts'
import type { SchedulerEvent } from './types.ts'

/**
 * Puts and deletes kept in reserve while entailed work is done: more than any one step needs. The
 * largest gives back 20 parents and takes 20 others (two rows each) and leaves 20 hosts to serve.
 */
const touchesReserve = 200

/** Reads kept in reserve, likewise: a walk over descendants, a sample with its hosts, lists. */
const visitsReserve = descendantsVisitedMax + 2 * sampleVisitedMax + 1000

/** Children of a parent that is gone, from the one after `afterChildId`. */
export interface Orphans {
  readonly taskId: string
  readonly parentId: string
  readonly afterChildId: string
}

/** What a command's helpers share. */
export class Work {
  readonly tx: Transaction
  readonly context: CommandContext
  /** Parents whose children need others. */
  readonly orphans: Orphans[] = []
  /** Tasks with a new possible parent. */
  readonly tasksToServe = new Set<string>()
  /** Hosts that were full and have a free slot. */
  readonly hostsToServe = new Set<string>()

  constructor(tx: Transaction, context: CommandContext) {
    this.tx = tx
    this.context = context
  }

  get stampMs(): number {
    return this.context.stampMs
  }

  /**
   * Whether another bounded step fits into this command and its entry, and after it a continuation
   * for each piece of work that is still to do.
   */
  get hasBudget(): boolean {
    if (this.context.isEntryLong) return false
    const toDo = this.orphans.length + this.tasksToServe.size + this.hostsToServe.size
    return this.tx.touchesLeft > touchesReserve + toDo && this.tx.visitsLeft > visitsReserve
  }

  emit(event: SchedulerEvent): void {
    this.context.emit(event)
  }
}
