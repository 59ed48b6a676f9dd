// Which replicated behaviours this member says it knows (design 4.14).
import type { CodedError } from '../../base/index.ts'
import { UsageError } from '../../runtime/index.ts'
import { schedulerDomain } from '../replication/commands/index.ts'

/**
 * All features of this program but `held`: an operator holds some back until an upgrade may be
 * final.
 * @throws UsageError CONF_INVALID_VALUE for a feature that nobody knows
 */
export function supportedFeatures(held: readonly string[]): readonly string[] {
  const known = schedulerDomain.supportedFeatures
  const unknown = held.find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`--hold-features: "${unknown}" is no feature`, known)
  return known.filter((name) => !held.includes(name))
}

function invalid(what: string, known: readonly string[]): CodedError {
  return new UsageError('CONF_INVALID_VALUE', `${what}; there are ${known.join(', ')}`)
}
