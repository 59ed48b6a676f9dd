// What goes into the scheduler's commands and what comes out. The RPC layer builds bodies from
// requests it has validated, proposes them through its member's session, answers from results and
// writes packets to streams from events. Absent is null throughout: these values travel as arrays.
//
// Kinds (frozen, all of kindVersion 1):
//   100 announce-host   101 leave-host     102 delete-host    110 register-peer
//   111 attach-stream   112 detach-stream  113 report-pieces  114 report-piece-failure
//   115 report-peer-result                 116 announce-task  117 leave-task
//   120 start-seed      121 report-seed    122 finish-seed    130 sweep
//   140 register-download                  141 start-download 142 reschedule-peer
//   143 finish-download 144 block-parent   145 delete-task    146 reattach-stream
//
// Result reason -> API v1 code (DfError), as upstream answers:
//   peer-not-found       attach-stream 5007, report-peer-result 5004, others stale: nothing
//   stale-attachment     nothing to answer: another stream took over; end this one with 5007
//   forbidden            register-peer 5008 (priority LEVEL1)
//   no-available-peer    register-peer 5008 (priority LEVEL2)
//   host-mismatch        1400
//   deleted              1404 (the peer was deleted after this request had been accepted)
//   host-left            5007 on register-peer, UNAVAILABLE on announce-task (ask again)
// Result reason -> gRPC status of API v2:
//   host-not-found, peer-not-found                   NOT_FOUND
//   no-available-peer (LEVEL2), deleted              NOT_FOUND
//   forbidden (LEVEL1)                               FAILED_PRECONDITION
//   host-mismatch                                    INVALID_ARGUMENT
//   illegal-state                                    INTERNAL
//   stale-attachment                                 ABORTED (another stream took over)
// Schedule failure of a v2 stream: every reason is FAILED_PRECONDITION and ends the stream.
// Schedule failure reason -> code of the PeerPacket:
//   no-available-peer 1404, no-parent 5006, not-running 5000, too-many-failures 5006
// `need-back-to-source` is 5001, `parents-assigned` 200, `source-failed` 1001.
import type { HostType, PeerState, Priority, TaskState, TaskType } from '../../core/index.ts'

// ---------------------------------------------------------------------------------------- inputs

/** A host as API v1's PeerHost tells it. */
export interface HostInput {
  readonly id: string
  readonly ip: string
  readonly hostname: string
  /** Port of the dfdaemon's gRPC service. */
  readonly port: number
  /** Port of the piece server. */
  readonly downloadPort: number
  /** 0 = none. */
  readonly proxyPort: number
  readonly location: string
  readonly idc: string
}

/** A task as a request tells it. */
export interface TaskInput {
  readonly id: string
  readonly type: TaskType
  readonly url: string
  /** `algorithm:hex`, '' = none. */
  readonly digest: string
  readonly tag: string
  readonly application: string
  readonly filteredQueryParams: readonly string[]
  /** Sorted by name as UTF-8 bytes, each name once. */
  readonly headers: readonly (readonly [string, string])[]
  /** Bytes; 0 = unknown (API v1). */
  readonly pieceLength: number
}

/** Piece 0 of a task: the only piece whose digest the scheduler keeps. */
export interface PieceZero {
  /** Lower-case hex MD5 or `algorithm:hex`. */
  readonly digest: string
  readonly offset: number
  readonly length: number
}

/** Part of a bitset: bit i of `bytes` (least significant first) is piece `firstPiece` + i. */
export interface PieceBits {
  /** A multiple of 8. */
  readonly firstPiece: number
  readonly bytes: Uint8Array
}

// ----------------------------------------------------------------------------------------- hosts

/** Body of announce-host (both protocols). */
export interface AnnounceHost extends HostInput {
  /**
   * A linearizable read index taken when the request arrived: an announce that is older than a
   * leave is dropped, one that began after the leave was answered is not.
   */
  readonly acceptedIndex: number
  readonly type: HostType
  readonly objectStoragePort: number
  readonly os: string
  readonly platform: string
  readonly platformFamily: string
  readonly platformVersion: string
  readonly kernelVersion: string
  readonly schedulerClusterId: number
  readonly disableShared: boolean
  /** Announced capacity, bits per second; 0 = unknown. */
  readonly maxTxBandwidth: number
  /** Announced use, bits per second. */
  readonly txBandwidth: number
  /** Milliseconds; 0 = not told (API v1). */
  readonly announceIntervalMs: number
  /** Children at once; 0 = the default of its type. */
  readonly concurrentUploadLimit: number
  /** Everything else of the announce (cpu, memory, disk, build …), as the RPC layer encodes it. */
  readonly stats: Uint8Array
}

export interface AnnounceHostResult {
  readonly ok: true
  /** `merged`: equal to one of the last second. `dropped`: the host has left since. */
  readonly outcome: 'stored' | 'merged' | 'dropped'
}

/** Body of leave-host (API v1 LeaveHost) and delete-host (API v2 DeleteHost). */
export interface LeaveHost {
  readonly hostId: string
}

export interface LeaveHostResult {
  readonly ok: true
  /** False when the host was not known: LeaveHost answers OK, v2 DeleteHost NOT_FOUND. */
  readonly existed: boolean
}

// ---------------------------------------------------------------------- registration and streams

/** How a peer wants its task, in either API. */
export interface DownloadRequest {
  readonly peerId: string
  /** `start-end` as in UrlMeta; '' = whole. */
  readonly range: string
  /** As the request says. */
  readonly priority: Priority
  /** With the application's priority filled in (its regexes are evaluated before proposing). */
  readonly effectivePriority: Priority
  /** 0 = default. */
  readonly concurrentPieceCount: number
  /** The download must come from the source (a seed peer that the scheduler triggered). */
  readonly needBackToSource: boolean
}

/** Body of register-peer (API v1 RegisterPeerTask). */
export interface RegisterPeer extends DownloadRequest {
  /** The member's applied index when the request arrived. */
  readonly acceptedIndex: number
  readonly task: TaskInput
  /** Created when absent (type normal); ports, idc and location updated when present. */
  readonly host: HostInput
  /** The whole task of a ranged one, to be seeded in the background; null = none. */
  readonly prefetch: TaskInput | null
}

export type RegisterPeerResult =
  | {
      readonly ok: true
      /**
       * Only these two are granted: tiny content is never fetched, small ones download normally.
       */
      readonly sizeScope: 'normal' | 'empty'
      readonly taskType: TaskType
      /** The peer was known: its state and pieces are kept, attach-stream attaches it again. */
      readonly known: boolean
    }
  | {
      readonly ok: false
      readonly reason: 'forbidden' | 'no-available-peer' | 'host-mismatch' | 'host-left' | 'deleted'
    }

/** Names a peer. */
export interface PeerRef {
  readonly taskId: string
  readonly peerId: string
}

/**
 * Body of attach-stream: the first message of a v1 stream. The session that proposes it owns the
 * peer from then on; a stream attached before is told by `attachment-lost`.
 */
export interface AttachStream extends PeerRef {
  /**
   * A number this member process never uses twice (count up from 1): every stream-derived command
   * carries it.
   */
  readonly streamId: number
  /** The message was begin-of-piece: schedule the peer. The answer arrives as an event. */
  readonly begin: boolean
}

export type AttachStreamResult =
  | { readonly ok: true; readonly attachEpoch: number }
  | { readonly ok: false; readonly reason: 'peer-not-found' }

/** Body of detach-stream: the stream ended; proposed by the session that owns it. */
export interface DetachStream extends PeerRef {
  readonly streamId: number
}

export interface DetachStreamResult {
  readonly ok: true
  /** False when another stream owns the peer or it is gone. */
  readonly detached: boolean
}

// ----------------------------------------------------------------------------------------- reports

/** Finished pieces of one peer since the last report. */
export interface PieceReport extends PeerRef {
  readonly streamId: number
  /** Empty bytes = none (only costs or signs of life). */
  readonly finished: PieceBits
  /** Milliseconds in order of arrival, at most `pieceCostsMax` (the newest). */
  readonly costsMs: readonly number[]
  /** Parents (ids of this task) that served some of them: a sign of life of theirs. */
  readonly parentIds: readonly string[]
  readonly pieceZero: PieceZero | null
}

/** Body of report-pieces: coalesced per member, at most `reportItemsMax` items. */
export interface ReportPieces {
  readonly items: readonly PieceReport[]
}

export interface ReportPiecesResult {
  readonly ok: true
  /** Items ignored because their stream no longer owns the peer or the peer is gone. */
  readonly stale: number
}

/** Body of report-piece-failure: never coalesced. Answers come as events. */
export interface ReportPieceFailure extends PeerRef {
  readonly streamId: number
  /** '' when the piece was to come from the source. */
  readonly parentId: string
  /**
   * `task-gone` (1404): the parent does not have the task. `piece-gone` (4404): a seed lost it.
   * `failed`: any other. (4004, wait for the piece, is not reported at all.)
   */
  readonly cause: 'failed' | 'task-gone' | 'piece-gone'
}

export type ReportPieceFailureResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'peer-not-found' | 'stale-attachment' }

/** A source error as the reporting peer encoded it (errordetails.SourceError). */
export interface SourceErrorInput {
  readonly temporary: boolean
  /** Handed on to the other peers unread. */
  readonly metadata: Uint8Array
}

/** Body of report-peer-result (API v1 ReportPeerResult). Answered after commit. */
export interface ReportPeerResult extends PeerRef {
  readonly success: boolean
  /** Bytes; -1 = unknown. */
  readonly contentLength: number
  /** -1 = unknown. */
  readonly totalPieceCount: number
  readonly costMs: number
  readonly sourceError: SourceErrorInput | null
}

export type ReportPeerResultResult =
  | { readonly ok: true; readonly state: PeerState }
  | { readonly ok: false; readonly reason: 'peer-not-found' }

// ------------------------------------------------------------------------------------------- tasks

/** Body of announce-task (API v1 AnnounceTask): this host holds the whole task. */
export interface AnnounceTask {
  /** The member's applied index when the request arrived. */
  readonly acceptedIndex: number
  readonly task: TaskInput
  readonly host: HostInput
  readonly peerId: string
  readonly contentLength: number
  readonly totalPieceCount: number
  readonly pieceZero: PieceZero | null
}

export type AnnounceTaskResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'deleted' | 'host-left' | 'host-mismatch' }

/**
 * Body of leave-task (API v1 LeaveTask): the peer is deleted and its late announces are refused.
 */
export type LeaveTask = PeerRef

export interface LeaveTaskResult {
  readonly ok: true
  readonly existed: boolean
}

// -------------------------------------------------------------------------- downloads of API v2
// One stream a download: registration, attachment and first schedule are one command, so that what
// a stream is told follows from one place in the log. Answers of the scheduler come as events.

/** Body of register-download (AnnouncePeer, message 4). Attaches the peer and schedules it. */
export interface RegisterDownload extends DownloadRequest {
  /** The member's applied index when the message arrived. */
  readonly acceptedIndex: number
  readonly task: TaskInput
  /** Must be known and live: API v2 announces hosts first. */
  readonly hostId: string
  /** The peer has everything already and only says so. */
  readonly metadataOnly: boolean
  /** Bytes of the whole content; -1 = unknown. Counts when the task is new or not Succeeded. */
  readonly contentLength: number
  /** -1 = unknown. */
  readonly totalPieceCount: number
  /** What a triggered seed is asked for, encoded; empty: no seed is asked. */
  readonly seedDownload: Uint8Array
  /** As in `AttachStream`. */
  readonly streamId: number
}

export type RegisterDownloadResult =
  | {
      readonly ok: true
      /**
       * `empty` and `metadata-only` are the whole answer. `scheduled`: parents, the source or a
       * failure follow as an event, now or when a parent is there.
       */
      readonly outcome: 'empty' | 'metadata-only' | 'scheduled'
      /** The peer was known: its state and pieces are kept. */
      readonly known: boolean
      /** What reattach-stream needs, should the session of the stream be closed meanwhile. */
      readonly attachEpoch: number
    }
  | {
      readonly ok: false
      readonly reason:
        | 'host-not-found'
        | 'host-mismatch'
        | 'forbidden'
        | 'no-available-peer'
        | 'deleted'
    }

/** Why a command of a v2 stream changed nothing. */
export type DownloadRefusal = 'peer-not-found' | 'stale-attachment' | 'illegal-state'

/** Result of the commands of a v2 stream. */
export type DownloadResult =
  | { readonly ok: true; readonly state: PeerState }
  | { readonly ok: false; readonly reason: DownloadRefusal }

/** Body of start-download (messages 5 and 6). Repeated ones change nothing. */
export interface StartDownload extends PeerRef {
  readonly streamId: number
  readonly backToSource: boolean
}

/** Body of reschedule-peer (message 7). The answer is an event. */
export interface ReschedulePeer extends PeerRef {
  readonly streamId: number
  /** Parents the peer does not want again, at most `blockedParentsMax`. */
  readonly blockedParents: readonly string[]
}

/** Body of finish-download (messages 8 to 11). */
export interface FinishDownload extends PeerRef {
  readonly streamId: number
  readonly success: boolean
  readonly backToSource: boolean
}

/** Body of block-parent (message 14): a parent could not serve a piece; nothing is scheduled. */
export interface BlockParent extends PeerRef {
  readonly streamId: number
  readonly parentId: string
}

/**
 * Body of reattach-stream: a v2 stream goes on in a new session of its member after the cluster had
 * taken the member for dead. Only a peer that no other stream has taken meanwhile.
 */
export interface ReattachStream extends PeerRef {
  /** A new number of the new session. */
  readonly streamId: number
  /** Epoch the stream had: a later one belongs to somebody else. */
  readonly attachEpoch: number
  /**
   * The client still waits for the answer to its registration or reschedule request: the peer is
   * scheduled, and the answer comes as an event.
   */
  readonly isAnswerDue: boolean
}

export type ReattachStreamResult =
  | { readonly ok: true; readonly state: PeerState; readonly attachEpoch: number }
  | { readonly ok: false; readonly reason: 'peer-not-found' | 'stale-attachment' }

/** Body of delete-task (API v2 DeleteTask): a host does not have the task any more. */
export interface DeleteTask {
  readonly hostId: string
  readonly taskId: string
}

export type DeleteTaskResult =
  | { readonly ok: true; readonly removed: number }
  | { readonly ok: false; readonly reason: 'host-not-found' }

// ------------------------------------------------------------------------------------------- seeds

/** Body of start-seed: the leader takes an outbox item for its term, right before the call. */
export interface StartSeed {
  readonly outboxId: number
}

export type StartSeedRefusal = 'not-found' | 'running' | 'deadline' | 'host-left' | 'unreachable'

export type StartSeedResult =
  | { readonly ok: true; readonly term: number }
  | { readonly ok: false; readonly reason: StartSeedRefusal }

/** Body of report-seed: what a seed has said since the last report. */
export interface ReportSeed {
  readonly outboxId: number
  /** Of the start-seed result; reports of another term are dropped. */
  readonly term: number
  readonly peerId: string
  readonly finished: PieceBits
  readonly costsMs: readonly number[]
  readonly pieceZero: PieceZero | null
}

/** Body of finish-seed: the call ended. */
export interface FinishSeed {
  readonly outboxId: number
  readonly term: number
  /**
   * '' when the seed named none, as one of API v2 that tells what it does on a stream of its own:
   * then neither a peer nor the task is touched, unless the source itself refused.
   */
  readonly peerId: string
  readonly outcome:
    /** Lengths: -1 = not told. */
    | { readonly type: 'done'; readonly contentLength: number; readonly totalPieceCount: number }
    /** `retry`: the call broke, or the seed is busy; started again a few times. */
    | {
        readonly type: 'failed'
        readonly retry: boolean
        readonly sourceError: SourceErrorInput | null
      }
    /** The seed could not be connected to: it is asked for nothing for a while. */
    | { readonly type: 'unreachable' }
}

export type SeedReportResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-found' | 'other-term' | 'host-left' }

// ------------------------------------------------------------------------------------------- sweep

/** What a sweep may remove. */
export type SweepTarget = 'waiters' | 'hosts' | 'peers' | 'tasks' | 'outbox'

/** Body of sweep: removes, in bounded steps, what has expired at the entry's own stamp. */
export interface Sweep {
  readonly target: SweepTarget
}

export interface SweepResult {
  readonly ok: true
  readonly removed: number
}

// ------------------------------------------------------------------------------------------ events

/** The stream an event is for: only the member with this session writes it. */
export interface EventOwner {
  readonly sessionId: number
  readonly streamId: number
}

/** A parent as both protocols need it, best first in lists. */
export interface AssignedParent {
  readonly peerId: string
  readonly hostId: string
  readonly ip: string
  readonly port: number
  readonly downloadPort: number
  readonly state: PeerState
}

/** Events of the scheduler's domain. The first group goes to streams, the second to watchers. */
export type SchedulerEvent =
  | (PeerRef & {
      readonly type: 'parents-assigned'
      readonly owner: EventOwner
      readonly parents: readonly AssignedParent[]
    })
  | (PeerRef & { readonly type: 'need-back-to-source'; readonly owner: EventOwner })
  | (PeerRef & {
      readonly type: 'schedule-failed'
      readonly owner: EventOwner
      readonly reason: 'no-available-peer' | 'no-parent' | 'not-running' | 'too-many-failures'
    })
  | (PeerRef & {
      readonly type: 'source-failed'
      readonly owner: EventOwner
      readonly metadata: Uint8Array
    })
  /** Another stream (or nobody) owns the peer now: end the stream `owner` with code 5007. */
  | (PeerRef & { readonly type: 'attachment-lost'; readonly owner: EventOwner })
  | {
      readonly type: 'host-left'
      readonly hostId: string
      readonly cause: 'left' | 'deleted' | 'expired'
    }
  /** The leader's runner looks for items it may start. */
  | { readonly type: 'outbox-changed'; readonly outboxId: number }

// ----------------------------------------------------------------------------------------- queries
// Functions of commands/queries.ts over a StateReader; rows are those of ../rows.
//   statTask(state, taskId): TaskStat | undefined
//   getTask(state, taskId): TaskRow | undefined
//   getHost(state, hostId): HostRow | undefined          live hosts only
//   listHosts(state, options): readonly HostRow[]        live hosts only, sorted by id
//   getPeer(state, ref): PeerRow | undefined
//   isDeletedAfter(state, ref, index): boolean
//   listPeersOfTask / listPeersOfHost(state, id, limit): readonly PeerRow[]
//   openSeeds(state, limit): readonly OutboxRow[]        pending, and running for an older term

/** Answer of statTask. */
export interface TaskStat {
  readonly id: string
  readonly type: TaskType
  readonly state: TaskState
  /** -1 = unknown. */
  readonly contentLength: number
  readonly totalPieceCount: number
  readonly peerCount: number
  /** Some peer in Running, Succeeded or BackToSource is on a live host. */
  readonly hasAvailablePeer: boolean
}
