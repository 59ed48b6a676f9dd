// What the adapters need from the replicated core, small enough for a test to provide.
import type { CommandDefinition, StateReader } from '../replication/index.ts'
import type { FrameListener } from '../replication/index.ts'
import type { Refusal } from '../../proto/index.ts'
import type {
  ChangeOutcome,
  Configuration,
  ConfigurationChange,
  ProgressStatus,
  TransferOutcome,
} from '../../raft/index.ts'

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
    /** `actor`: who asked, for the record; the member itself without it. */
    options: { readonly timeoutMs: number; readonly actor?: string },
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

/** The group as those see it who look at its members and change them. */
export interface GroupPort extends RaftPort {
  status(): ReturnType<RaftPort['status']> & {
    /** replicaId of this member. */
    readonly id: number
    /** In force here. */
    readonly configuration: Configuration
    /** Entry that may change the members and is not applied yet; leader only; 0 = none. */
    readonly pendingChangeIndex: number
    /** Member the leadership is being handed to; 0 = none. */
    readonly transferTarget: number
    /** Every other member; leader only. */
    readonly progress: readonly Pick<
      ProgressStatus,
      'id' | 'match' | 'isRecentlyActive' | 'lacksState'
    >[]
  }
  /** Since the last message of a member; undefined when it was never heard. */
  contactAgeMs(id: number): number | undefined
  /** In force here now. */
  configuration(): Configuration
  /** Leader only; resolves when this member has applied the change. */
  changeConfiguration(
    change: ConfigurationChange,
    options: { readonly timeoutMs: number },
  ): Promise<ChangeOutcome>
  /** Leader only; resolves when somebody else leads. */
  transferLeadership(to: number, options: { readonly timeoutMs: number }): Promise<TransferOutcome>
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

/** Something an operator should look at, under a code of docs/errors.md. */
export interface Alarm {
  readonly code: string
  readonly text: string
}

/** What only the process itself can say of this member. */
export interface OwnFacts {
  /** Bytes of the file system with the data, and of the data; undefined = not measured yet. */
  disk():
    | { readonly freeBytes: number; readonly totalBytes: number; readonly dataBytes: number }
    | undefined
  alarms(): readonly Alarm[]
}
