// What a process does with the data directory it finds. docs/boot.md is this table for people; a
// test compares the two cell by cell. Every kind of damage refuses with its own code and changes
// nothing on disk; only a state that is gone is made again, from a log that still holds everything.
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
}

/**
 * - `start`: run the replica.
 * - `replay`: run it; it first applies what the log holds beyond the state.
 * - `rebuild`: the state is gone: begin an empty one and apply the log from entry 1; a log that
 *   does not begin there any more is `behind`.
 * - `finish`: the state was replaced by an image and the process ended before the log heard of it:
 *   reset the log to the image, then run the replica.
 * - `bootstrap`: nothing is here: ask the bootstrap guard.
 * - `refuse`: stop with `code`, leave the files as they are.
 */
export type BootPlan =
  | { readonly action: 'start' | 'replay' | 'rebuild' | 'finish' | 'bootstrap' }
  | { readonly action: 'refuse'; readonly code: StorageCorruptCode | StorageRefusedCode }

const refuse = (code: StorageCorruptCode | StorageRefusedCode): BootPlan => ({
  action: 'refuse',
  code,
})

/** The plan for what was found: the identity is judged first, then the log, then the state. */
export function planBoot({ identity, log, state, image = 'none' }: BootFindings): BootPlan {
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
      return planData(log, state, image)
  }
}

function planData(
  log: BootCondition,
  state: BootCondition,
  image: 'none' | 'announced' | 'installed',
): BootPlan {
  if (log === 'absent') return refuse('STORE_LOG_MISSING')
  if (log === 'damaged') return refuse('STORE_LOG_CORRUPT')
  if (state === 'damaged') return refuse('STORE_STATE_CORRUPT')
  // An announced image explains a state that the log does not reach, or contradicts.
  if (image === 'installed' && log !== 'behind' && (state === 'ahead' || state === 'intact')) {
    return { action: 'finish' }
  }
  // The log that ends before the state and the state that ends after the log are one finding.
  if (state === 'ahead') return refuse('STORE_LOG_BEHIND_STATE')
  if (log === 'behind') return refuse('STORE_LOG_ROLLED_BACK')
  if (state === 'behind') return refuse('STORE_STATE_BEHIND_LOG')
  if (state === 'absent') return { action: 'rebuild' }
  return { action: log === 'ahead' ? 'replay' : 'start' }
}
