// What an observer may ask a replica at any time.
import type { Configuration } from './configuration.ts'
import type { DigestMark } from './message.ts'
import type { Role } from './ready.ts'

/** What a leader knows about one other member. */
export interface ProgressStatus {
  readonly id: number
  readonly isLearner: boolean
  /**
   * `probe`: one append at a time until logs agree; `replicate`: pipelined; `snapshot`: it is being
   * sent an image and nothing else.
   */
  readonly state: 'probe' | 'replicate' | 'snapshot'
  /** Index of the image under way; 0 = none. */
  readonly pendingSnapshot: number
  /** Last index known durable there in this term; 0 = not heard yet. */
  readonly match: number
  /** Next index to send. */
  readonly next: number
  /** Heard from within the last election timeout. */
  readonly isRecentlyActive: boolean
  /** Nothing more is sent until it answers. */
  readonly isPaused: boolean
  /** It needs entries this leader's log no longer holds: only a state image can help it. */
  readonly isBehindLog: boolean
  readonly inflightMessages: number
  readonly inflightBytes: number
  /** Newest digest it reported; index 0 = none. */
  readonly digest: DigestMark
  /** Its log is whole and its state is lost: it is sent an image while the log goes on. */
  readonly lacksState: boolean
}

/** A core as an observer sees it. */
export interface RaftStatus {
  readonly id: number
  readonly role: Role
  readonly term: number
  readonly votedFor: number
  /** replicaId of the known leader; 0 = none. */
  readonly leader: number
  readonly commit: number
  /** Last index reported applied. */
  readonly applied: number
  readonly lastIndex: number
  readonly lastTerm: number
  /** Last index of the current log known durable here. */
  readonly stableIndex: number
  /** Last index no longer held: (index, term) of the entry before the first one kept. */
  readonly compacted: { readonly index: number; readonly term: number }
  /** Every member's durable log reaches at least here; 0 = unknown. */
  readonly matchedByAll: number
  /** Leader: the running cluster clock. Others: the last stamp in the own log. Whole ms. */
  readonly clusterClockMs: number
  readonly configuration: Configuration
  /** Last index that may be a change of the membership not applied yet; 0 = none. Leader only. */
  readonly pendingChangeIndex: number
  /** The leader seems dead and an early election is being tried (design 4.12). */
  readonly suspectsLeader: boolean
  readonly isRemoved: boolean
  /** The state is lost: it votes and appends, and applies nothing until an image has arrived. */
  readonly lacksState: boolean
  /** Member the leadership is being handed to; 0 = none. */
  readonly transferTarget: number
  /** Only on a leader: every other member, by rising id. */
  readonly progress: readonly ProgressStatus[]
}
