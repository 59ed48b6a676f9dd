// What the adapters need from the replicated core, small enough for a test to provide.
import type { CommandDefinition, StateReader } from '../replication/index.ts'
import type { FrameListener } from '../replication/index.ts'
import type { Refusal } from '../../proto/index.ts'

/** How a proposed command ended; `result` is what its `apply` returned. */
export type CommandAnswer<Result> =
  | { readonly ok: true; readonly result: Result; readonly index: number }
  | { readonly ok: false; readonly reason: CommandRefusal }

/** Why a command has no result. */
export type CommandRefusal = Refusal | 'limit' | 'malformed' | 'feature-off'

/** Proposes commands through this member's session, in the order of the calls. */
export interface CommandPort {
  /** The session commands go through now; 0 = none open. */
  readonly sessionId: number
  propose<Body, Result>(
    command: CommandDefinition<Body, Result>,
    body: Body,
    options: { readonly timeoutMs: number },
  ): Promise<CommandAnswer<Result>>
}

/** What the Raft group looks like from here. */
export interface LeadershipSnapshot {
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader'
  readonly term: number
  /** replicaId; 0 = none known. */
  readonly leader: number
}

export interface RaftPort {
  readIndex(options: {
    readonly timeoutMs: number
  }): Promise<
    | { readonly ok: true; readonly index: number }
    | { readonly ok: false; readonly reason: 'not-leader' | 'overloaded' | 'expired' | 'stopped' }
  >
  status(): LeadershipSnapshot & {
    readonly commit: number
    readonly applied: number
    /** Time since this member led or heard from its leader. */
    readonly leaderContactAgeMs: number
  }
  /** Told synchronously of every change; the result ends that. */
  onChange(listener: (change: LeadershipSnapshot) => void): () => void
}

/** The replicated state of this member. */
export interface StatePort {
  readonly reader: StateReader
  readonly appliedIndex: number
  /** 16 bytes: the digest of the state as it is now, at `appliedIndex`. */
  digest(): Uint8Array
  subscribe(listener: FrameListener): () => void
  /** Tells right after the whole state was replaced by another one; the result ends that. */
  onReplaced(listener: () => void): () => void
}

/** A member as the cluster's membership names it. */
export interface MemberInfo {
  readonly id: number
  readonly hostId: string
  /** host:port of its client services; '' = unknown yet. */
  readonly clientAddress: string
  readonly raftAddress: string
  /** The replicated node state. */
  readonly state: string
  readonly role: 'voter' | 'learner'
}

/** The membership. */
export interface MembersPort {
  list(): readonly MemberInfo[]
  /** Undefined for an id that is no member. */
  get(id: number): MemberInfo | undefined
}
