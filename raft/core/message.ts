// The closed union of messages between replicas. Terms and indexes are safe integers.
import type { Configuration } from './configuration.ts'
import type { LogMark } from '../log-storage.ts'
import type { Entry } from './entry.ts'

interface Addressed {
  readonly from: number
  readonly to: number
  /** The sender's term; for `pre-vote` and a granted `pre-vote-reply` the term asked about. */
  readonly term: number
}

/** Asks for a vote (§5.2), or with `pre-vote` whether a vote would be granted (thesis §9.6). */
export interface VoteRequest extends Addressed {
  readonly type: 'vote' | 'pre-vote'
  readonly lastIndex: number
  readonly lastTerm: number
  /** Set by a leadership transfer: receivers then ignore stickiness. */
  readonly transfer: boolean
  /**
   * The last entry the candidate knows committed. Requests and replies both tell: of two voters the
   * one with the longer log may have missed that a change of the members is committed, and wait for
   * the votes of members that are out, who refuse or are dead, while it refuses the other (B14).
   */
  readonly committed?: LogMark
}

/** Answers `vote` and `pre-vote`. */
export interface VoteReply extends Addressed {
  readonly type: 'vote-reply' | 'pre-vote-reply'
  readonly granted: boolean
  /** An entry known committed, not beyond the candidate's log (see `VoteRequest`). */
  readonly committed?: LogMark
}

/** Replicates entries after (prevIndex, prevTerm) (§5.3). May be empty: a probe. */
export interface AppendRequest extends Addressed {
  readonly type: 'append'
  readonly prevIndex: number
  readonly prevTerm: number
  readonly entries: readonly Entry[]
  readonly commit: number
  /** Every member's durable log reaches at least here: logs may be compacted up to it. */
  readonly matchedByAll: number
}

/** Answers `append`: how far this log is durable and agrees, or where it does not. */
export interface AppendReply extends Addressed {
  readonly type: 'append-reply'
  /** `rejected: false`: the durable last index that matches. `true`: the rejected prevIndex. */
  readonly index: number
  readonly rejected: boolean
  /** With `rejected`: the follower's best guess of where the logs may agree. */
  readonly hintIndex: number
  readonly hintTerm: number
  /** Newest digest the follower has stored: index (0 = none) and 16 bytes. */
  readonly digest: DigestMark
}

/** The digest of the replicated state right after the entry at `index`. */
export interface DigestMark {
  readonly index: number
  /** 16 bytes; empty when `index` is 0. */
  readonly digest: Uint8Array
}

/** Keeps leadership and carries commit = min(match, commit), never more than the follower has. */
export interface HeartbeatRequest extends Addressed {
  readonly type: 'heartbeat'
  readonly commit: number
  /** Position of the read-index round this heartbeat confirms; 0 = none. Never reused. */
  readonly readPosition: number
  readonly matchedByAll: number
}

/** Answers `heartbeat` with the read position it carried. */
export interface HeartbeatReply extends Addressed {
  readonly type: 'heartbeat-reply'
  readonly readPosition: number
  /** The follower's log is whole and its state is lost: it asks for an image. */
  readonly lacksState: boolean
}

/** Tells a caught-up follower to campaign at once (thesis §3.10). */
export interface TimeoutNow extends Addressed {
  readonly type: 'timeout-now'
}

/** What a state image covers: the state right after the entry (index, term), and who was in it. */
export interface Snapshot {
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
  /** Stamp of the last entry it covers, ms of the cluster clock. */
  readonly clusterClockMs: number
}

/**
 * The follower needs entries that the leader no longer has (paper section 7), or has lost its state
 * (then the log goes on beside the image). The core sends it;
 * the driver answers by moving an image that covers at least `snapshot.index`, and hands it to the
 * receiver's core when it is complete. So it never travels as such.
 */
export interface InstallSnapshot extends Addressed {
  readonly type: 'snapshot'
  readonly snapshot: Snapshot
}

/** Tells a replica that it was removed: the configuration `configurationId` is without it. */
export interface RemovedNotice extends Addressed {
  readonly type: 'removed'
  readonly configurationId: number
}

/** One piece of a state image on its way to a follower. */
export interface ImageChunk extends Addressed {
  readonly type: 'image-chunk'
  /** Names the transfer; never reused by the sender while it lives. */
  readonly imageId: number
  /** What the image covers; the same in every chunk. */
  readonly snapshot: Snapshot
  /** Counts from 0. */
  readonly seq: number
  readonly data: Uint8Array
  /** CRC-32C of `data`. */
  readonly checksum: number
  readonly isLast: boolean
}

/** Why a receiver wants no more of an image. */
export type ImageRefusal =
  /** Another image is being received. */
  | 'busy'
  /** Everything it covers is there already. */
  | 'old'
  /** A chunk was lost or came twice, or the transfer is unknown: begin again. */
  | 'out-of-order'
  /** A checksum did not fit. */
  | 'damaged'
  /** The image does not know this replica. */
  | 'not-member'
  /** It has a format that the receiver does not know: a newer program has to take it. */
  | 'unsupported'

/** Acknowledges chunks below `nextSeq`, or ends the transfer. */
export interface ImageReply extends Addressed {
  readonly type: 'image-reply'
  readonly imageId: number
  readonly nextSeq: number
  readonly refusal: ImageRefusal | undefined
}

/**
 * A member hands proposals to the leader; answered by `proposal-reply` with the same `requestId`.
 */
export interface ForwardedProposal extends Addressed {
  readonly type: 'proposal'
  readonly requestId: number
  readonly data: Uint8Array
}

/** Why a leader did not take what another member forwarded. */
export type ProposalRefusal = 'not-leader' | 'overloaded' | 'too-large' | 'stopped'

/** Answers a forwarded proposal: the place it got in the leader's log, or why none. */
export interface ProposalReply extends Addressed {
  readonly type: 'proposal-reply'
  readonly requestId: number
  /** Where the leader appended it; 0 when refused. */
  readonly index: number
  readonly entryTerm: number
  readonly refusal: ProposalRefusal | undefined
  /** replicaId of the leader the replier knows; 0 = none. */
  readonly leader: number
}

/**
 * A member asks the leader for a read index; answered by `read-reply` with the same `requestId`.
 */
export interface ForwardedRead extends Addressed {
  readonly type: 'read'
  readonly requestId: number
}

/** Answers a forwarded read: the index the asking member has to apply first, or why none. */
export interface ReadReply extends Addressed {
  readonly type: 'read-reply'
  readonly requestId: number
  /** The read index; 0 when refused. */
  readonly index: number
  readonly refusal: ProposalRefusal | undefined
  readonly leader: number
}

/** Messages the core handles. */
export type CoreMessage =
  | VoteRequest
  | VoteReply
  | AppendRequest
  | AppendReply
  | HeartbeatRequest
  | HeartbeatReply
  | TimeoutNow
  | InstallSnapshot
  | RemovedNotice

/** Messages the driver handles: state images. */
export type ImageMessage = ImageChunk | ImageReply

/** Messages the driver handles: members that are not the leader serve clients through them. */
export type ForwardMessage = ForwardedProposal | ProposalReply | ForwardedRead | ReadReply

/** Everything that travels between replicas. */
export type Message = Exclude<CoreMessage, InstallSnapshot> | ForwardMessage | ImageMessage

/** Most entries in one append message. */
export const entriesPerMessageMax = 32_768

/** Numbers of the message types on the wire. Frozen; 10 … 15, 20 … 23, 26 … 31 are free. */
export const messageTypeCodes = {
  'pre-vote': 0,
  'pre-vote-reply': 1,
  vote: 2,
  'vote-reply': 3,
  append: 4,
  'append-reply': 5,
  heartbeat: 6,
  'heartbeat-reply': 7,
  'timeout-now': 8,
  removed: 9,
  proposal: 16,
  'proposal-reply': 17,
  read: 18,
  'read-reply': 19,
  'image-chunk': 24,
  'image-reply': 25,
} as const satisfies Record<Message['type'], number>
