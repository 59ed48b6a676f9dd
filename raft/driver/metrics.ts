// What one replica counts. Plain numbers that an exporter reads; nothing here has a side effect.
import type { StepRefusal } from '../core/outcome.ts'
import type { ImageRefusal } from '../core/message.ts'
import type {
  ChangeOutcome,
  ProposeRefusal,
  ReadIndexOutcome,
  TransferOutcome,
} from './outcomes.ts'

/** Upper bounds of the log write histogram, ms; one more bucket takes the rest. */
export const appendBucketsMs: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

/** Upper bounds of the event-loop delay histogram, ms; one more bucket takes the rest. */
export const loopDelayBucketsMs: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]

type ReadRefusal = Extract<ReadIndexOutcome, { ok: false }>['reason']
type ChangeEnd = Extract<ChangeOutcome, { ok: false }>['reason']
type TransferEnd = Extract<TransferOutcome, { ok: false }>['reason']

/** What became of state images, as a sender and as a receiver. */
export interface ImageMetrics {
  /** Sent whole, or found to be there already. */
  sent: number
  sendFailed: number
  /** Times a member needed one and none was sent, because this replica has no `images`. */
  notSent: number
  /** Received whole and handed to the core. */
  received: number
  receiveFailed: number
  /** The state and the log were replaced. */
  installed: number
  chunksResent: number
  bytesSent: number
  bytesReceived: number
  /** What this replica answered to chunks it did not take. */
  readonly refused: Record<ImageRefusal, number>
}

/** Counters since start. Read-only for everybody but the replica that owns it. */
export interface RaftMetrics {
  /** Times this replica became a candidate of a real election. */
  electionsStarted: number
  /** Times it became leader. */
  electionsWon: number
  /** Changes of role, term or known leader. */
  leadershipChanges: number
  /** Proposals of this member by their end. */
  readonly proposals: Record<'ok' | ProposeRefusal, number>
  /** Reads of this member by their end. */
  readonly reads: Record<'ok' | ReadRefusal, number>
  /** Read-index rounds started, each for any number of reads. */
  readRounds: number
  messagesReceived: number
  messagesSent: number
  /** Messages the transport dropped at once. */
  messagesDropped: number
  /** Messages the core refused, by reason. */
  readonly messagesRefused: Record<StepRefusal, number>
  /** Write groups handed to the log, and entries in them. */
  appendGroups: number
  appendEntries: number
  /** Log writes per bucket of `appendBucketsMs`; the last one is everything above. */
  readonly appendDurations: number[]
  appendDurationSumMs: number
  /** Times a tick came late, per bucket of `loopDelayBucketsMs`; the last one is the rest. */
  readonly loopDelays: number[]
  loopDelaySumMs: number
  entriesApplied: number
  /** Configurations that came into force here. */
  configurationChanges: number
  /** Calls of `changeConfiguration` by their end. */
  readonly changes: Partial<Record<'ok' | ChangeEnd, number>>
  /** Calls of `transferLeadership` by their end. */
  readonly transfers: Record<'ok' | TransferEnd, number>
  /** Connections to members that ended and could not be made again: their host refused. */
  connectionsRefused: number
  /** Times that made this replica suspect its leader (design 4.12). */
  leaderSuspicions: number
  readonly images: ImageMetrics
  /** Disagreements between digests reported to the owner. */
  digestMismatches: number
}

/** Sizes of the queues right now. */
export interface RaftGauges {
  readonly proposalsQueued: number
  readonly proposalsForwarded: number
  readonly proposalsInLog: number
  readonly proposalBytes: number
  readonly readsWaiting: number
  readonly appendsInFlight: number
  /** Images being sent, and whether one is being received or installed. */
  readonly imagesSending: number
  readonly imagesReceiving: number
  /** Bytes that have come of the image being received; 0 without one. */
  readonly imageBytesReceived: number
  readonly applyEntriesQueued: number
  /** Pauses of this process of at least one election timeout. */
  readonly stalls: number
}

/** Counters at zero. */
export function createMetrics(): RaftMetrics {
  return {
    electionsStarted: 0,
    electionsWon: 0,
    leadershipChanges: 0,
    proposals: {
      ok: 0,
      'not-leader': 0,
      overloaded: 0,
      'too-large': 0,
      expired: 0,
      'unknown-outcome': 0,
      stopped: 0,
    },
    reads: { ok: 0, 'not-leader': 0, overloaded: 0, expired: 0, stopped: 0 },
    readRounds: 0,
    messagesReceived: 0,
    messagesSent: 0,
    messagesDropped: 0,
    messagesRefused: {
      'wrong-target': 0,
      'from-self': 0,
      'unknown-sender': 0,
      'removed-sender': 0,
      removed: 0,
      'stale-term': 0,
      'leader-alive': 0,
      unexpected: 0,
    },
    appendGroups: 0,
    appendEntries: 0,
    appendDurations: Array.from({ length: appendBucketsMs.length + 1 }, () => 0),
    appendDurationSumMs: 0,
    loopDelays: Array.from({ length: loopDelayBucketsMs.length + 1 }, () => 0),
    loopDelaySumMs: 0,
    entriesApplied: 0,
    configurationChanges: 0,
    changes: {},
    transfers: {
      ok: 0,
      'not-leader': 0,
      'not-voter': 0,
      self: 0,
      overloaded: 0,
      aborted: 0,
      expired: 0,
      stopped: 0,
    },
    connectionsRefused: 0,
    leaderSuspicions: 0,
    images: {
      sent: 0,
      sendFailed: 0,
      notSent: 0,
      received: 0,
      receiveFailed: 0,
      installed: 0,
      chunksResent: 0,
      bytesSent: 0,
      bytesReceived: 0,
      refused: { busy: 0, old: 0, 'out-of-order': 0, damaged: 0, 'not-member': 0, unsupported: 0 },
    },
    digestMismatches: 0,
  }
}

/** Counts one log write of `durationMs`. */
export function observeAppend(metrics: RaftMetrics, durationMs: number): void {
  count(metrics.appendDurations, appendBucketsMs, durationMs)
  metrics.appendDurationSumMs += durationMs
}

/** Counts one tick that came `delayMs` late. */
export function observeLoopDelay(metrics: RaftMetrics, delayMs: number): void {
  count(metrics.loopDelays, loopDelayBucketsMs, delayMs)
  metrics.loopDelaySumMs += delayMs
}

function count(counts: number[], boundsMs: readonly number[], valueMs: number): void {
  const bucket = boundsMs.findIndex((boundMs) => valueMs <= boundMs)
  const at = bucket < 0 ? boundsMs.length : bucket
  counts[at] = counts[at]! + 1
}
