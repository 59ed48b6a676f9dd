// Which disks may be harmed for good. Raft promises nothing when a quorum forgets what it said, so
// members whose disk lied, flipped bits or was lost stay a minority of the voters, in both halves
// of a joint configuration, and the last copy of nothing is ever touched.
import type { Configuration } from '../../raft/index.ts'
import type { MemberProcess } from './process.ts'

/** May the disk of `member` be harmed as well? */
export function mayHarm(members: readonly MemberProcess[], member: MemberProcess): boolean {
  const harmed = new Set(
    members
      .filter(({ injectedCause, isLost }) => isLost || isLasting(injectedCause))
      .map(({ id }) => id),
  )
  harmed.add(member.id)
  // Whoever has not applied the newest change yet may need the majorities of the one before.
  const configurations = [
    newestConfiguration(members),
    ...members.flatMap((each) => (each.isLost ? [] : (each.configuration() ?? []))),
  ]
  return configurations.every(({ voters, votersOutgoing }) =>
    [voters, votersOutgoing].every((half) => {
      const bad = half.filter((id) => harmed.has(id)).length
      return bad === 0 || bad <= Math.floor((half.length - 1) / 2)
    }),
  )
}

/**
 * A failed write is over when the process has started again; the rest counts. A planted lie too, as
 * long as it lasts: two liars that agree would outvote an honest leader.
 */
function isLasting(cause: MemberProcess['injectedCause']): boolean {
  return cause !== undefined && cause !== 'disk-error'
}

/** The newest configuration that any running member has applied, or the one all began with. */
export function newestConfiguration(members: readonly MemberProcess[]): Configuration {
  let newest = members[0]!.origin.seed
  for (const member of members) {
    const configuration = member.configuration()
    if (configuration !== undefined && configuration.id > newest.id) newest = configuration
  }
  return newest
}
