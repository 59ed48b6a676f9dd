// What the leader's work on joins needs from the member around it.
import type { Clock, Logger } from '../../base/index.ts'
import type { ChangeOutcome, ConfigurationChange, RaftStatus } from '../../raft/index.ts'
import type { DutyProposer, StateReader } from '../replication/index.ts'
import type { JoinMetrics } from './join-metrics.ts'

/** What somebody answers who is asked who it is. */
export interface ProbeSeen {
  /** fresh, bootstrapping, joining or member. */
  readonly state: string
  /** 32 lower-case hex characters. */
  readonly incarnation: string
}

/** What a replica answers that is asked how far it has come. */
export interface ProgressSeen {
  /** 32 lower-case hex characters. */
  readonly bootId: string
  /** joining, loading or running. */
  readonly phase: string
  readonly applied: number
}

/** Asks other hosts; nothing rejects, undefined: nobody answered in time. */
export interface MemberDialer {
  /** Who answers at the address of a host? */
  probe(host: {
    readonly hostId: string
    readonly raftAddress: string
  }): Promise<ProbeSeen | undefined>
  /** How far is that very replica, of that very incarnation? */
  progress(member: {
    readonly replicaId: number
    readonly incarnation: string
    readonly hostId: string
    readonly raftAddress: string
  }): Promise<ProgressSeen | undefined>
}

/** The part of Raft that is used; `RaftNode` satisfies it. */
export interface JoinRaft {
  status(): RaftStatus
  changeConfiguration(
    change: ConfigurationChange,
    options: { readonly timeoutMs: number },
  ): Promise<ChangeOutcome>
}

export interface JoinDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly raft: JoinRaft
  readonly state: { readonly reader: StateReader }
  readonly proposer: DutyProposer
  readonly dialer: MemberDialer
  readonly metrics: JoinMetrics
}

export interface JoinOptions {
  /** Ticks of an election timeout, and how long one takes. */
  readonly electionTicks: number
  readonly tickMs: number
}
