// What the simulator shows to whoever watches a run: invariants, counters of rare events, the
// trace. Events come in the order in which things happen; every one is delivered before anything
// else happens. An observer that throws ends the run: what it said is violated.
import type {
  Configuration,
  Entry,
  LogContents,
  LogGroup,
  Message,
  RaftGauges,
  RaftNodeStatus,
} from '../../raft/index.ts'
import type { CommandReport, RowChange, StateEvent } from '../../scheduler/replication/index.ts'
import type { RegisterInput, RegisterOutput } from '../oracle/model.ts'
import type { SwarmRows } from './swarm-rows.ts'

/** A place in the log. */
export type Mark = LogContents['compacted']

/** Why the injected faults allow that a member does not come back as it was. */
export type InjectedCause =
  /** A write or sync failed, or the disk was full. */
  | 'disk-error'
  /** A sync that returned had not kept its data. */
  | 'disk-lie'
  /** Bits of stored data were flipped. */
  | 'disk-damage'
  /** Bits of the stored state were flipped: the log, and what was promised with it, is whole. */
  | 'state-damage'
  /** The directory was emptied. */
  | 'wiped'
  /** Something was put in to see it refused. */
  | 'planted'

/** One operation of a client through one member, on a key that no other kind of data shares. */
export interface ClientOperation {
  /** Unique in the run; `opId` of its command in the log is `op-<id>`. */
  readonly id: number
  readonly client: number
  /** The member that serves it. */
  readonly member: number
  readonly key: string
  readonly input: RegisterInput
  /** `stale`: read from the member's own state, without asking anybody. */
  readonly consistency: 'linearizable' | 'stale'
}

/** How an operation goes on. `fail`: it certainly had and will have no effect. */
export type ClientPhase =
  | { readonly phase: 'invoked' }
  /** `index`: the entry that decided a write (0 = not known); the applied index of a read. */
  | { readonly phase: 'ok'; readonly output: RegisterOutput; readonly index: number }
  | { readonly phase: 'fail'; readonly reason: string }
  | { readonly phase: 'unknown' }

/** Something that happened at one member (or, for clients, through it). */
export type SimEvent =
  /**
   * A life begins: what was recovered, before the member takes part. `appliedIndex`: where its
   * stored state stands.
   */
  | {
      readonly type: 'booted'
      readonly member: number
      readonly life: number
      readonly incarnation: string
      readonly clusterId: string
      readonly contents: LogContents
      readonly appliedIndex: number
    }
  /** It could not start, for good. */
  | {
      readonly type: 'boot-refused'
      readonly member: number
      readonly code: string
      readonly injectedCause: InjectedCause | undefined
    }
  /** A life ends. `power`: unsynced data may be lost; `kill`, `stop`: what was written is kept. */
  | {
      readonly type: 'crashed'
      readonly member: number
      readonly life: number
      readonly how: 'power' | 'kill' | 'stop'
    }
  | { readonly type: 'leader-elected'; readonly member: number; readonly term: number }
  /** Role, term or known leader changed. */
  | {
      readonly type: 'role-changed'
      readonly member: number
      readonly role: RaftNodeStatus['role']
      readonly term: number
      readonly leader: number
    }
  | { readonly type: 'message-sent'; readonly message: Message }
  | { readonly type: 'message-delivered'; readonly message: Message }
  /** A write group went to the log. */
  | { readonly type: 'append-started'; readonly member: number; readonly group: LogGroup }
  /** The log said that the group is durable (or, without `sync`, written). */
  | { readonly type: 'appended-durable'; readonly member: number; readonly group: LogGroup }
  | { readonly type: 'log-compacted'; readonly member: number; readonly mark: Mark }
  /** The log was asked to go on after `mark` alone: a crash may find it done or not. */
  | {
      readonly type: 'reset-started'
      readonly member: number
      readonly mark: Mark
      readonly hardState: LogGroup['hardState']
    }
  /** An image took the place of the whole log, durably. */
  | {
      readonly type: 'log-reset'
      readonly member: number
      readonly mark: Mark
      readonly hardState: LogGroup['hardState']
    }
  /**
   * The member's core, in `term`, knows `index` to be committed. Told before those entries are
   * `applied`, and for the leader's own commits before any other member's.
   */
  | {
      readonly type: 'committed'
      readonly member: number
      readonly index: number
      readonly term: number
    }
  /** The state machine has applied `entry`. */
  | {
      readonly type: 'applied'
      readonly member: number
      readonly entry: Entry
      /** The session whose commands it carried; 0 = none. */
      readonly sessionId: number
      readonly reports: readonly CommandReport[]
      /** Cluster time of the entry. */
      readonly stampMs: number
      /** What the scheduler and the framework told of it. */
      readonly events: readonly StateEvent[]
      /** Rows it changed, once each. */
      readonly changes: readonly RowChange[]
      /** Right after the entry; undefined where it was not computed. */
      readonly digest: Uint8Array | undefined
    }
  /** The member's core has switched to another configuration. */
  | {
      readonly type: 'configuration'
      readonly member: number
      readonly configuration: Configuration
    }
  /** The whole state was replaced. */
  | {
      readonly type: 'image-installed'
      readonly member: number
      readonly mark: Mark
      readonly configuration: Configuration
      readonly digest: Uint8Array
    }
  /** The member stopped itself. */
  | {
      readonly type: 'fatal'
      readonly member: number
      readonly code: string
      readonly injectedCause: InjectedCause | undefined
    }
  | {
      readonly type: 'client-op'
      readonly op: ClientOperation
      readonly phase: ClientPhase
    }
  /** A command of a simulated dfdaemon was answered: the entry `index` has decided it. */
  | { readonly type: 'swarm-acknowledged'; readonly member: number; readonly index: number }
  /**
   * A linearizable read of a peer by a simulated dfdaemon was answered, from a state at `index`.
   * It began when everything up to `acknowledgedIndex` had been acknowledged to somebody.
   */
  | {
      readonly type: 'peer-read'
      readonly member: number
      readonly taskId: string
      readonly peerId: string
      readonly isThere: boolean
      readonly index: number
      readonly acknowledgedIndex: number
    }
  /** Anything rare that no other event shows; `name` is one of reachability.ts. */
  | { readonly type: 'reached'; readonly name: string; readonly member: number }

/** One kind of event. */
export type SimEventOf<Type extends SimEvent['type']> = Extract<SimEvent, { type: Type }>

/** Read access to one member; nothing here changes anything. */
export interface MemberView {
  readonly id: number
  readonly isRunning: boolean
  readonly life: number
  /** What has been done to its disk in this run that may cost it data. */
  readonly injectedCause: InjectedCause | undefined
  /** Undefined while it does not run. */
  status(): RaftNodeStatus | undefined
  /** What the state machine shows; 0 while it does not run. */
  appliedIndex(): number
  /** Digest of the state as it is now; undefined while it does not run. */
  digest(): Uint8Array | undefined
  /** The members as the state machine has them; undefined while it does not run. */
  configuration(): Configuration | undefined
  gauges(): RaftGauges | undefined
  /** Rows of the scheduler's tables as they are now; undefined while it does not run. */
  swarmRows(): SwarmRows | undefined
  /** Entries the member's log holds in memory and on disk together. */
  logEntries(): number
}

/** Read access to the whole run. */
export interface WorldView {
  readonly seed: number
  nowMs(): number
  /** `healing`: no more faults are injected. */
  readonly phase: 'faults' | 'healing'
  /** Every member that ever was, by rising id. */
  readonly ids: readonly number[]
  member(id: number): MemberView
  /** Longest election timeout of the run. */
  readonly electionMs: number
}

/** Watches a run. */
export interface Observer {
  readonly name: string
  /** Section of the paper, or rule of ours, that it checks. */
  readonly section: string
  /** Events it wants. @default all */
  readonly types?: readonly SimEvent['type'][]
  /** Throws a `Violation` when what it says does not hold. */
  on(event: SimEvent, world: WorldView): void
  /** After everything healed. */
  atEnd?(world: WorldView): void
}

/** What an invariant says does not hold: the run ends and its trace is printed. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`)
    this.invariant = invariant
  }
}
