// What a process does with the data directory it finds. docs/boot.md is this table for people; a
// test compares the two cell by cell. Damage refuses with its own code and changes nothing on disk.
// Only the state can be made again: from a log that still holds everything, or from an image of the
// other members' (decision 015).
import type { StorageCorruptCode, StorageRefusedCode } from './errors.ts'

/**
 * - `absent`: nothing there.
 * - `behind`: identity: an older format. Log: older than its witness, or it ends before what the
 *   state has applied. State: it ends before the log begins.
 * - `ahead`: identity: a newer format. Log: it goes on after what the state has applied. State: it
 *   has applied more than the log holds.
 * - `damaged`: not what was written.
 */
export type BootCondition = 'intact' | 'absent' | 'behind' | 'ahead' | 'damaged'

/** What was found of one instance. */
export interface BootFindings {
  readonly identity: BootCondition
  readonly log: BootCondition
  readonly state: BootCondition
  /**
   * What became of an image that the log was told of: the state is it already (`installed`), or is
   * still what it was before (`announced`). @default `none`: the log knows of none
   */
  readonly image?: 'none' | 'announced' | 'installed'
  /** The log still holds every entry from the first. @default true */
  readonly isLogWhole?: boolean
  /** Somebody else may have the state: this is not the only voter. @default false */
  readonly canRefetch?: boolean
}

/**
 * - `start`: run the replica.
 * - `replay`: run it; it first applies what the log holds beyond the state.
 * - `rebuild`: the state is lost: begin an empty one and apply the log from entry 1.
 * - `refetch`: the state is lost, and the log no longer begins with entry 1: begin an empty one and
 *   run the replica without a state until an image has come. What is damaged is kept meanwhile.
 * - `finish`: the state was replaced by an image and the process ended before the log heard of it:
 *   reset the log to the image, then run the replica.
 * - `bootstrap`: nothing is here: ask the bootstrap guard.
 * - `refuse`: stop with `code`, leave the files as they are.
 */
export type BootPlan =
  | { readonly action: 'start' | 'replay' | 'rebuild' | 'refetch' | 'finish' | 'bootstrap' }
  | { readonly action: 'refuse'; readonly code: StorageCorruptCode | StorageRefusedCode }

const refuse = (code: StorageCorruptCode | StorageRefusedCode): BootPlan => ({
  action: 'refuse',
  code,
})

/** The plan for what was found: the identity is judged first, then the log, then the state. */
export function planBoot(findings: BootFindings): BootPlan {
  const { identity, log, state } = findings
  switch (identity) {
    case 'absent':
      if (log === 'absent' && state === 'absent') return { action: 'bootstrap' }
      return refuse('STORE_IDENTITY_MISSING')
    case 'behind':
    case 'ahead':
      return refuse('STORE_FORMAT_UNSUPPORTED')
    case 'damaged':
      return refuse('STORE_IDENTITY_CORRUPT')
    case 'intact':
      return planData(findings)
  }
}

function planData(findings: BootFindings): BootPlan {
  const { log, state, image = 'none' } = findings
  if (log === 'absent') return refuse('STORE_LOG_MISSING')
  if (log === 'damaged') return refuse('STORE_LOG_CORRUPT')
  // An announced image explains a state that the log does not reach, or contradicts.
  if (image === 'installed' && log !== 'behind' && (state === 'ahead' || state === 'intact')) {
    return { action: 'finish' }
  }
  // The log that ends before the state and the state that ends after the log are one finding.
  if (state === 'ahead') return refuse('STORE_LOG_BEHIND_STATE')
  if (log === 'behind') return refuse('STORE_LOG_ROLLED_BACK')
  if (state === 'intact') return { action: log === 'ahead' ? 'replay' : 'start' }
  return planLostState(findings)
}

/** The log is sound and there is no state that it could go on from. */
function planLostState({ state, isLogWhole = true, canRefetch = false }: BootFindings): BootPlan {
  // Somebody took it away: whatever is done, nothing more can be lost.
  if (state === 'absent' && isLogWhole) return { action: 'rebuild' }
  // The last copy of a damaged state may still be worth something to its operator.
  if (!canRefetch) {
    return refuse(state === 'damaged' ? 'STORE_STATE_CORRUPT' : 'STORE_STATE_BEHIND_LOG')
  }
  return { action: state === 'damaged' && isLogWhole ? 'rebuild' : 'refetch' }
}
