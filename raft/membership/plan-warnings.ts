// What an operator should know about a plan that is carried out all the same.
import type { Configuration } from '../core/configuration.ts'
import type { FaultTolerance } from './fault-tolerance.ts'
import type { MemberRequest, MembersView } from './member-plan.ts'

/** A plan's two ends. */
export interface PlannedChange {
  readonly from: Configuration
  readonly to: Configuration
  readonly before: FaultTolerance
  readonly after: FaultTolerance
}

/** One sentence each. */
export function warningsOf(
  { from, to, before, after }: PlannedChange,
  request: MemberRequest,
  view: MembersView,
): readonly string[] {
  const warnings: string[] = []
  const hasOtherCount = after.voters !== before.voters
  if (hasOtherCount && after.voters % 2 === 0) {
    warnings.push(`${after.voters} voters tolerate the same as ${after.voters - 1}.`)
  }
  if (after.canLose === 0 && hasOtherCount) {
    warnings.push('Afterwards writes stop when any one active voter fails.')
  }
  for (const voter of to.voters) {
    if (voter !== request.id && !view.isActive(voter)) {
      warnings.push(`${view.nameOf(voter)} does not answer its leader now.`)
    }
    if (!from.voters.includes(voter)) warnings.push(...versionWarning(voter, view))
  }
  return warnings
}

/** A new voter that runs another program than the leader is meant to be on the way to the same. */
function versionWarning(id: number, view: MembersView): readonly string[] {
  const [own, wanted] = [view.versionOf(id), view.versionOf(view.leaderId)]
  if (own === wanted || own === '' || wanted === '') return []
  return [`${view.nameOf(id)} runs version ${own}, its leader ${wanted}.`]
}
