// What the streams of both protocols have in common: a peer is on at most one of them, and what the
// state says about it is brought to that one.
import { CodedError } from '../../base/index.ts'
import { refusalError } from '../../proto/index.ts'
import type { SchedulerEvent } from '../replication/commands/index.ts'
import type { ReportOwner } from './piece-reports.ts'
import type { CommandRefusal } from './ports.ts'

/** An event that is meant for one stream. */
export type StreamEvent = Extract<SchedulerEvent, { readonly owner: unknown }>

/** A stream of one peer, of either protocol. */
export interface PeerStream {
  /** Does what an event says. */
  deliver(event: StreamEvent): void
  /** Ends the stream with an error. */
  fail(error: unknown): void
  /** This member has not heard of a leader for `leaderlessMsMax`. */
  leaderLost(): void
  /** The cluster has closed the session the stream was attached through: its peer is on none. */
  sessionClosed(): void
  /** The whole state was replaced: events in between are lost. */
  stateReplaced(): void
}

/** Brings events to streams. */
export interface StreamRouter {
  /** A number no other stream of this process has. */
  nextStreamId(): number
  /** Makes events for `streamId` reach this stream. */
  register(streamId: number, stream: PeerStream): void
  unregister(streamId: number): void
  /** Takes a peer off its stream, if it is on it; proposed before this returns, and again later. */
  detach(owner: ReportOwner): void
  /** Whether a session is one of this process and open, as far as this member has seen. */
  isOwnSession(sessionId: number): boolean
}

/**
 * A command of a stream has no result. What another member may do better ends the stream as
 * UNAVAILABLE: its client comes again, here or elsewhere.
 */
export function refusedStream(reason: CommandRefusal): CodedError {
  switch (reason) {
    case 'overloaded':
    case 'too-large':
    case 'stopped':
    case 'internal':
      return refusalError(reason)
    case 'limit':
    case 'malformed':
    case 'feature-off':
      // Limits and formats were checked before: these are our own mistakes.
      return refusalError('internal')
    case 'expired':
    case 'not-leader':
    case 'unavailable':
    case 'unknown-outcome':
      return refusalError('unavailable')
  }
}

/** The client of a stream takes nothing. */
export function slowReaderError(): CodedError {
  return new CodedError('SCHED_OVERLOADED', 'the client reads its packets too slowly')
}
