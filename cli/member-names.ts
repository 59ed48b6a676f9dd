// Members as people name them: by host id or by number. Two replicas of one host have one name
// while the one takes the other's place, so the command says which it can mean.
import { CodedError, nearest } from '../base/index.ts'
import type { clusterV1 } from '../proto/index.ts'

/** What a command needs to know of a member. */
export type NamedMember = Pick<clusterV1.Node__Output, 'id' | 'hostId' | 'role' | 'state'>

/** Which of two replicas of one host a command means. */
export type Meant = 'voter' | 'learner' | 'any'

/** Finds the member. @throws SCHED_MEMBER_NOT_FOUND, CONF_AMBIGUOUS_MEMBER */
export function findMember(
  members: readonly NamedMember[],
  name: string,
  meant: Meant = 'any',
): NamedMember {
  const present = members.filter(({ state }) => state !== 'left')
  const named = present.filter(({ hostId }) => hostId === name)
  const fitting = named.filter(({ role }) => meant === 'any' || role === meant)
  const numbered = present.filter(({ id }) => String(id) === name)
  const found = new Set([
    ...(named.length > 1 && fitting.length > 0 ? fitting : named),
    ...numbered,
  ])
  const [only, ...more] = found
  if (only === undefined) throw notFound(members, name)
  if (more.length === 0) return only
  const ids = [...found].map(({ id, role, hostId }) => `${id} (${role} on ${hostId})`)
  const message = `"${name}" may mean ${ids.join(' or ')}: give the number`
  throw new CodedError('CONF_AMBIGUOUS_MEMBER', message)
}

function notFound(members: readonly NamedMember[], name: string): CodedError {
  const gone = members.find(({ id, hostId }) => String(id) === name || hostId === name)
  const near = nearest(
    name,
    members.filter(({ state }) => state !== 'left').map(({ hostId }) => hostId),
  )
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  const why = gone === undefined ? hint : ': it has left'
  return new CodedError('SCHED_MEMBER_NOT_FOUND', `there is no member "${name}"${why}`)
}
