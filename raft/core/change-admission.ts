// What a leader asks before it lets a change of the membership into its log. Every replica checks
// the change again when it applies the entry; here the rails are stricter, because the
// leader also knows who is alive and how far everybody is.
import { checkChange, nextConfiguration, wouldLoseQuorum } from './configuration-change.ts'
import type { ConfigurationChange } from './configuration-change.ts'
import { isMember } from './configuration.ts'
import type { Configuration } from './configuration.ts'
import type { Leadership } from './leadership.ts'
import type { RaftLog } from './log.ts'
import { changeContextBytesMax } from './member-operation.ts'
import type { RaftSettings } from './options.ts'
import type { ProposeChangeResult } from './outcome.ts'

/** Why a change is not let into the log. */
export type AdmissionRefusal = Extract<ProposeChangeResult, { readonly ok: false }>['reason']

export interface AdmissionState {
  readonly configuration: Configuration
  readonly leadership: Leadership
  readonly log: RaftLog
  readonly settings: RaftSettings
}

/** Entries a learner may be behind the commit index when it is promoted. */
export const promotionLagEntriesMax = 1000

/** Why the leader refuses `change`; undefined when it may be appended. */
export function refusalOfChange(
  change: ConfigurationChange,
  { configuration, leadership, log, settings }: AdmissionState,
): AdmissionRefusal | undefined {
  // Changes of two terms from one base could have majorities that do not meet (B01, R-11.3).
  if (log.termAt(log.commit) !== leadership.term) return 'not-ready'
  if (leadership.pendingChangeIndex > log.applied) return 'change-in-progress'
  const refusal = checkChange(configuration, change)
  if (refusal !== undefined) return refusal
  for (const { op, id } of change.operations) {
    if (op !== 'promote') continue
    const isNear = leadership.matchOf(id) >= log.commit - promotionLagEntriesMax
    if (!isNear || !leadership.isActive(id) || leadership.lacksState(id)) return 'learner-not-ready'
  }
  const isActive = (id: number): boolean => leadership.isActive(id)
  if (settings.strictReconfiguration) {
    if (wouldLoseQuorum(configuration, change, isActive)) return 'would-lose-quorum'
    if (wouldLoseState(change, { configuration, leadership })) return 'would-lose-quorum'
  }
  return change.context.length > changeContextBytesMax ? 'too-large' : undefined
}

/**
 * Would nobody be left to lead and to send images? Who has lost its state counts for a quorum and
 * cannot campaign, so a leader does not go before one of the others is whole (decision 015).
 */
function wouldLoseState(
  change: ConfigurationChange,
  { configuration, leadership }: Pick<AdmissionState, 'configuration' | 'leadership'>,
): boolean {
  if (change.operations.length === 0) return false
  const { voters } = nextConfiguration(configuration, change, configuration.id)
  return !voters.some(
    (id) => isMember(configuration, id) && leadership.isActive(id) && !leadership.lacksState(id),
  )
}
