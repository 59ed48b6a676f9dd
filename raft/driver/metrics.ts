// What one replica counts. Plain numbers that an exporter reads; nothing here has a side effect.
import type { StepRefusal } from '../core/outcome.ts'
import type { ProposeRefusal, ReadIndexOutcome } from './outcomes.ts'

/** Upper bounds of the log write histogram, ms; one more bucket takes the rest. */
export const appendBucketsMs: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

type ReadRefusal = Extract<ReadIndexOutcome, { ok: false }>['reason']

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
  entriesApplied: number
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
      'stale-term': 0,
      'leader-alive': 0,
      unexpected: 0,
    },
    appendGroups: 0,
    appendEntries: 0,
    appendDurations: Array.from({ length: appendBucketsMs.length + 1 }, () => 0),
    appendDurationSumMs: 0,
    entriesApplied: 0,
    digestMismatches: 0,
  }
}

/** Counts one log write of `durationMs`. */
export function observeAppend(metrics: RaftMetrics, durationMs: number): void {
  const bucket = appendBucketsMs.findIndex((boundMs) => durationMs <= boundMs)
  const at = bucket < 0 ? appendBucketsMs.length : bucket
  metrics.appendDurations[at] = metrics.appendDurations[at]! + 1
  metrics.appendDurationSumMs += durationMs
}
