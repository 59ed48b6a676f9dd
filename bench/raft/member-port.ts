// What a member process of the measured group answers.
import type { Load, LoadResult } from '../load.ts'
import type { ProfileSummary } from '../profile/summary.ts'

export interface MemberOpen {
  readonly clusterId: string
  readonly replicaId: number
  /** Of its write-ahead log. */
  readonly directory: string
  readonly voters: readonly number[]
  /** The directory holds no log yet. */
  readonly isNew: boolean
  /** Of its replication port on loopback; 0 = a free one. */
  readonly port: number
}

export interface MemberStart {
  /** host:port of every member's replication port. */
  readonly addresses: ReadonlyMap<number, string>
}

export interface MemberLoad {
  readonly load: Load
  readonly payloadBytes: number
  readonly isProfiled: boolean
}

export interface MemberLoadResult extends LoadResult {
  /** Syncs of this member's log, and entries each of them made durable. */
  readonly syncsPerSecond: number
  readonly entriesPerSync: number
  /** CPU time of the process per elapsed time; 1 = one core. */
  readonly cpuShare: number
  /** Share of the time in which the event loop was busy. */
  readonly loopShare: number
  readonly profile: ProfileSummary | undefined
}

export interface FirstCommit {
  /** On the machine's monotonic clock, the same for all processes. */
  readonly atNs: bigint
  readonly attempts: number
}

export interface MemberStatus {
  readonly role: string
  readonly term: number
  readonly leader: number
  readonly applied: number
  readonly commit: number
}

/** A type and not an interface, so that it fits a table of answers. */
export type MemberAnswers = {
  /** Opens log and replication port; resolves to the port's address. */
  readonly open: (options: MemberOpen) => Promise<string>
  readonly start: (options: MemberStart) => Promise<void>
  readonly load: (options: MemberLoad) => Promise<MemberLoadResult>
  readonly retry: (options: { readonly afterTerm: number }) => Promise<FirstCommit>
  readonly cpuMs: () => number
  /** What this process does in the next `forMs`. */
  readonly profile: (options: { readonly forMs: number }) => Promise<ProfileSummary>
  readonly status: () => MemberStatus
}

/** Every member's is known beforehand: 32 hex characters. */
export function incarnationOf(replicaId: number): string {
  return String(replicaId).repeat(32).slice(0, 32)
}
