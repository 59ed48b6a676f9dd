// What a replica's core is told at construction, with every limit by name.
import { assert, MiB } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'
import type { LogContents } from '../log-storage.ts'
import { assertConfiguration, membersOf } from './configuration.ts'
import type { Configuration } from './configuration.ts'

/** What a core needs from outside: it has no clock, disk or network. */
export interface RaftDeps {
  /** Spreads election timeouts; nothing else is random in the core. */
  readonly random: Random
}

/** Who a core is, where it starts, and its limits. */
export interface RaftOptions {
  /** Own replicaId. */
  readonly id: number
  /**
   * The members as the replicated state at `applied` (or entry 1 of a new log) names them. With
   * `lacksState` only what is remembered of them, perhaps nobody (`noMembers`).
   */
  readonly configuration: Configuration
  /** What the log held when it was opened. */
  readonly contents: LogContents
  /** Last index whose effects the durable state holds; 0 = none. */
  readonly applied: number
  /**
   * The state is lost, and the log no longer begins with entry 1; what was voted and acknowledged
   * is all there. The replica votes and appends as ever, but applies nothing and does not campaign
   * until an image has arrived (decision 015). `applied` is 0 then. @default false
   */
  readonly lacksState?: boolean
  /** Cluster clock the durable state knows; matters when the whole log is compacted. @default 0 */
  readonly clusterClockMs?: number
  /** Smallest election timeout; the real one is drawn from [n, 2n - 1] ticks. @default 20 */
  readonly electionTicks?: number
  /**
   * Pause between two heartbeats: less than half of `electionTicks`, better a tenth of it or less.
   * @default 2
   */
  readonly heartbeatTicks?: number
  /** Ask before raising the term (thesis section 9.6). @default true */
  readonly preVote?: boolean
  /** A leader that hears no quorum steps down; followers stick to a leader. @default true */
  readonly checkQuorum?: boolean
  /** Entry bytes in one append message; one larger entry travels alone. @default 1 MiB */
  readonly appendBytesMax?: number
  /** Unanswered append messages to one follower. @default 256 */
  readonly inflightMessagesMax?: number
  /**
   * Unanswered entry bytes to one follower; one larger message may travel alone. @default 16 MiB
   */
  readonly inflightBytesMax?: number
  /** Proposed and not yet committed bytes; beyond it proposals are refused. @default 64 MiB */
  readonly uncommittedBytesMax?: number
  /** Bytes handed out for apply and not yet reported applied. @default 4 MiB */
  readonly applyBytesMax?: number
  /** Reads waiting for their round; beyond it they are refused. @default 4096 */
  readonly pendingReadsMax?: number
  /** Refuse changes after which the active voters would be no quorum. @default true */
  readonly strictReconfiguration?: boolean
  /** Early elections tried while the leader seems dead (design 4.12). @default 5 */
  readonly suspicionRoundsMax?: number
  /** Most cluster time one tick adds: one election timeout in ms. @default 1000 */
  readonly tickMsMax?: number
}

/** Every option with a value. */
export type RaftSettings = Required<Omit<RaftOptions, 'contents' | 'configuration' | 'applied'>>

/** Fills in the defaults and fails an assertion on options that cannot work. */
export function settle(options: RaftOptions): RaftSettings {
  const settings: RaftSettings = {
    id: options.id,
    clusterClockMs: options.clusterClockMs ?? 0,
    lacksState: options.lacksState ?? false,
    electionTicks: options.electionTicks ?? 20,
    heartbeatTicks: options.heartbeatTicks ?? 2,
    preVote: options.preVote ?? true,
    checkQuorum: options.checkQuorum ?? true,
    appendBytesMax: options.appendBytesMax ?? MiB,
    inflightMessagesMax: options.inflightMessagesMax ?? 256,
    inflightBytesMax: options.inflightBytesMax ?? 16 * MiB,
    uncommittedBytesMax: options.uncommittedBytesMax ?? 64 * MiB,
    applyBytesMax: options.applyBytesMax ?? 4 * MiB,
    pendingReadsMax: options.pendingReadsMax ?? 4096,
    strictReconfiguration: options.strictReconfiguration ?? true,
    suspicionRoundsMax: options.suspicionRoundsMax ?? 5,
    tickMsMax: options.tickMsMax ?? 1000,
  }
  assert(!settings.lacksState || options.applied === 0, 'without a state nothing is applied')
  if (!settings.lacksState || membersOf(options.configuration).length > 0) {
    assertConfiguration(options.configuration)
  }
  assert(Number.isSafeInteger(settings.id) && settings.id >= 1, 'a replicaId is positive')
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' && name !== 'clusterClockMs') {
      assert(Number.isSafeInteger(value) && value >= 1, `${name} is a positive integer`)
    }
  }
  assert(
    settings.electionTicks > 2 * settings.heartbeatTicks,
    'the election timeout is more than two heartbeats (R-3.2)',
  )
  return settings
}
