// The leader notes from time to time how far the disks of all members have come, in one command for
// all, so that a directory that was set back is found out when its member starts (J13). A coarse
// floor is enough while a member is in contact, for the leader itself knows better. What is known
// of one that falls silent is noted then, because the next leader would not know it.
import type { Clock, Logger, Timer } from '../../base/index.ts'
import { acknowledgeEntries, acknowledgePauseMs } from '../boot/limits.ts'
import { memberTable, noteAcknowledged } from '../replication/index.ts'
import type {
  AcknowledgedRow,
  DutyProposer,
  LeaderWork,
  StateReader,
} from '../replication/index.ts'

/** What is looked at in Raft; `RaftNode` satisfies it. */
export interface AcknowledgedView {
  status(): {
    readonly id: number
    readonly commit: number
    /** Last index of the current log known durable here. */
    readonly stableIndex: number
    readonly progress: readonly {
      readonly id: number
      readonly match: number
      readonly isRecentlyActive: boolean
    }[]
  }
}

export interface AcknowledgementsDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: AcknowledgedView
  readonly reader: StateReader
  readonly proposer: DutyProposer
}

/** Longest one note may take; the next one says more. */
const noteTimeoutMs = 5_000

/**
 * The largest committed index that each member is known to hold. What is not committed may be cut
 * off its log again, so it proves nothing.
 */
export function acknowledgedMarks({
  raft,
  reader,
}: Pick<AcknowledgementsDeps, 'raft' | 'reader'>): readonly AcknowledgedRow[] {
  const { id, commit, stableIndex, progress } = raft.status()
  const marks: AcknowledgedRow[] = []
  for (const { id: replicaId, match } of [{ id, match: stableIndex }, ...progress]) {
    const row = reader.get(memberTable, replicaId)
    const index = Math.min(match, commit)
    if (row === undefined || index === 0) continue
    marks.push({ replicaId, incarnation: row.incarnation, index })
  }
  return marks
}

/**
 * Notes at the start of a term, as soon as members have answered, every so many entries, and when a
 * member falls silent.
 */
export class Acknowledgements implements LeaderWork {
  readonly #deps: AcknowledgementsDeps
  #timer: Timer | undefined
  /** Commit index of the last note; -1 before the first of this term. */
  #notedIndex = -1
  /** Members that were heard at the last look. */
  #heard: ReadonlySet<number> = new Set()
  #isNoting = false
  #isLeading = false

  constructor(deps: AcknowledgementsDeps) {
    this.#deps = deps
  }

  lead(): void {
    this.stepDown()
    this.#isLeading = true
    this.#notedIndex = -1
    this.#heard = new Set()
    this.#wait()
  }

  stepDown(): void {
    this.#isLeading = false
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** The first look comes after a pause too: members need one to answer the new leader. */
  #wait(): void {
    this.#timer = this.#deps.clock.setTimer(
      acknowledgePauseMs,
      () => {
        this.#look()
        if (this.#isLeading) this.#wait()
      },
      { keepAlive: false },
    )
  }

  #look(): void {
    const { raft, proposer, logger } = this.#deps
    const { commit, progress } = raft.status()
    const heard = new Set(progress.filter((one) => one.isRecentlyActive).map(({ id }) => id))
    // Due until it is made: the index of the last note no longer counts.
    if ([...this.#heard].some((id) => !heard.has(id))) this.#notedIndex = -1
    this.#heard = heard
    const isDue = this.#notedIndex < 0 || commit - this.#notedIndex >= acknowledgeEntries
    if (!isDue || this.#isNoting) return
    const marks = acknowledgedMarks(this.#deps)
    if (marks.length === 0) return
    this.#isNoting = true
    this.#notedIndex = commit
    proposer.propose(noteAcknowledged, { marks }, { timeoutMs: noteTimeoutMs }).then(
      (outcome) => {
        this.#isNoting = false
        // The next look tries again: nothing else waits for it.
        if (!outcome.ok) this.#notedIndex = -1
      },
      (error: unknown) => {
        this.#isNoting = false
        logger.warn({ err: error }, 'acknowledged indexes were not noted')
      },
    )
  }
}
