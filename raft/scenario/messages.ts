// Messages as a peer would send them, for tests that play one side by hand: replica 2 speaks to
// replica 1 in term 1 about an empty log, unless a test says otherwise.
import type {
  AppendReply,
  AppendRequest,
  HeartbeatReply,
  HeartbeatRequest,
  VoteReply,
  VoteRequest,
} from '../core/message.ts'

const addressed = { from: 2, to: 1, term: 1 }

export function append(change: Partial<AppendRequest> = {}): AppendRequest {
  return {
    type: 'append',
    ...addressed,
    prevIndex: 0,
    prevTerm: 0,
    entries: [],
    commit: 0,
    matchedByAll: 0,
    ...change,
  }
}

export function appendReply(change: Partial<AppendReply> = {}): AppendReply {
  return {
    type: 'append-reply',
    ...addressed,
    index: 0,
    rejected: false,
    hintIndex: 0,
    hintTerm: 0,
    digest: { index: 0, digest: new Uint8Array(0) },
    ...change,
  }
}

export function heartbeat(change: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  return {
    type: 'heartbeat',
    ...addressed,
    commit: 0,
    readPosition: 0,
    matchedByAll: 0,
    ...change,
  }
}

export function heartbeatReply(change: Partial<HeartbeatReply> = {}): HeartbeatReply {
  const base = { type: 'heartbeat-reply', ...addressed } as const
  return { ...base, readPosition: 0, lacksState: false, ...change }
}

export function vote(change: Partial<VoteRequest> = {}): VoteRequest {
  return { type: 'vote', ...addressed, lastIndex: 0, lastTerm: 0, transfer: false, ...change }
}

export function voteReply(change: Partial<VoteReply> = {}): VoteReply {
  return { type: 'vote-reply', ...addressed, granted: true, ...change }
}
