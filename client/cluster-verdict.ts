// One word on a cluster, and the reasons: what an operator at night reads first. Pure, so that the
// command line and the console say the same.
import type { ClusterOverview, MemberOverview, QuorumOverview } from './cluster-overview.ts'
import { verdictDiskFreeRatioMin, verdictLagEntriesMax } from './limits.ts'

/**
 * `healthy`: everything as it should be. `degraded`: it serves, with something amiss. `down`: it
 * does not serve.
 */
export type VerdictWord = 'healthy' | 'degraded' | 'down'

export interface Verdict {
  readonly verdict: VerdictWord
  /** Why it is not healthy, the gravest first; empty when it is. */
  readonly reasons: readonly string[]
  /** What somebody wanted so, or what passes by itself. */
  readonly notes: readonly string[]
}

/** Judges what was read. */
export function verdictOf(overview: ClusterOverview): Verdict {
  const down = downReasons(overview)
  const reasons = [...down, ...degradedReasons(overview)]
  const verdict = down.length > 0 ? 'down' : reasons.length > 0 ? 'degraded' : 'healthy'
  return { verdict, reasons, notes: notesOf(overview) }
}

function downReasons({ members, notShown, leaderId, isServing }: ClusterOverview): string[] {
  if (isServing) return []
  if (members.length + notShown.members === 0) return ['no scheduler answered']
  const voters = members.filter(({ role }) => role !== 'learner')
  const reachable = voters.filter(({ isReachable }) => isReachable).length
  const more = notShown.voters === 0 ? '' : `, ${notShown.voters} more not shown`
  const heard = `${reachable} of ${voters.length} voters answered${more}`
  return [leaderId === 0 ? `no leader: ${heard}` : `no majority of the voters: ${heard}`]
}

function degradedReasons(overview: ClusterOverview): string[] {
  const { members, notShown, quorum, alarms } = overview
  const reasons = alarms.map(({ memberId, code, text }) => {
    const known = members.find(({ id }) => id === memberId)
    const name = known?.hostId ?? `member ${memberId}`
    return `${name}: ${text} [${code}]`
  })
  for (const member of members) reasons.push(...memberReasons(member))
  const { silentMembers: silent, members: left } = notShown
  if (silent > 0) reasons.push(`no contact with ${silent} of ${left} members that are not shown`)
  if (quorum !== undefined) reasons.push(...quorumReasons(quorum))
  return reasons
}

/**
 * A leader that was just elected has heard nobody yet, and one that hears too few steps down within
 * an election timeout: without contact it is not well, and not down either.
 */
function quorumReasons({ voters, quorum, active, canLose }: QuorumOverview): readonly string[] {
  if (active < quorum) {
    return [`its leader hears ${active} of ${voters} voters, ${quorum} are needed`]
  }
  const intended = Math.floor((voters - 1) / 2)
  return canLose < intended
    ? [`can lose ${canLose} more voters, ${intended} when all are well`]
    : []
}

const amiss: Readonly<Record<string, string>> = {
  fail: 'its leader has lost contact with it',
  loading: 'is loading',
  joining: 'is joining',
}

function memberReasons(member: MemberOverview): string[] {
  const { hostId, isReachable, state, lagEntries, disk, loadedPercent } = member
  const reasons: string[] = []
  if (!isReachable) reasons.push(`${hostId} did not answer`)
  const what = amiss[state]
  if (what !== undefined && !(state === 'fail' && !isReachable)) {
    const percent = loadedPercent === undefined ? '' : ` (${Math.floor(loadedPercent)} %)`
    reasons.push(`${hostId} ${state === 'fail' ? `fails: ${what}` : what + percent}`)
  }
  if (isReachable && lagEntries !== undefined && lagEntries > verdictLagEntriesMax) {
    reasons.push(`${hostId} is ${lagEntries} entries behind`)
  }
  if (disk !== undefined && disk.freeBytes < disk.totalBytes * verdictDiskFreeRatioMin) {
    const percent = Math.floor((disk.freeBytes / disk.totalBytes) * 100)
    reasons.push(`${hostId} has ${percent} % of its disk left`)
  }
  return reasons
}

function notesOf(overview: ClusterOverview): string[] {
  const { members, notShown, isJoint, pendingChangeIndex, transferTarget, quorum } = overview
  const notes: string[] = []
  if (notShown.members > 0) {
    const who = notShown.members === 1 ? '1 member is' : `${notShown.members} members are`
    notes.push(`${who} hidden and not shown: operators see all of them`)
  }
  for (const { hostId, state } of members) {
    if (state === 'hidden' || state === 'draining') notes.push(`${hostId} is ${state}`)
  }
  if (isJoint) notes.push('a change of the members is half done: two configurations have to agree')
  else if (pendingChangeIndex > 0) notes.push('a change of the members is under way')
  if (transferTarget > 0) notes.push(`leadership is being handed to member ${transferTarget}`)
  const versions = [...new Set(members.map(({ version }) => version).filter((each) => each !== ''))]
  if (versions.length > 1) notes.push(`versions differ: ${versions.toSorted().join(', ')}`)
  if (quorum !== undefined && quorum.voters > 1 && quorum.voters % 2 === 0) {
    notes.push(`${quorum.voters} voters tolerate the same as ${quorum.voters - 1}`)
  }
  return notes
}
