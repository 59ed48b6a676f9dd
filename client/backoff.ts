// How long to wait before asking again: longer each time, never in step with other clients.
import type { Random } from '../base/index.ts'
import { clientBackoffMsMax, clientBackoffMsMin } from './limits.ts'

/**
 * The pause after round `round` (0 = the first) of attempts that all failed, milliseconds: half of
 * it is fixed, so that a member has a moment, the other half drawn, so that clients spread.
 */
export function backoffMs(random: Random, round: number): number {
  const fullMs = Math.min(clientBackoffMsMin * 2 ** Math.min(round, 16), clientBackoffMsMax)
  return fullMs / 2 + random.below(Math.ceil(fullMs / 2) + 1)
}
