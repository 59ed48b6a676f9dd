// The second half of a run: no more faults. Whatever happened before, within a bounded time there
// is a leader, a write is acknowledged, and all replicas that run show the same state.
import { equalBytes } from '../../base/index.ts'
import { isJoint } from '../../raft/index.ts'
import { newestConfiguration } from './atlas.ts'
import { Violation } from './observation.ts'
import type { MemberProcess } from './process.ts'
import type { Workload } from './workload.ts'
import type { World } from './world.ts'

/** Longest election timeouts from the end of faults to the first write. */
const electionsMax = 12

/** Sessions, retries and restarts have pauses of their own, up to this. */
const pausesMs = 12_000

/** Longest time in which those behind catch up. */
const catchUpMs = 60_000

/** Lets the world heal; throws a `Violation` when it does not. */
export function letHeal(world: World, workload: Workload): void {
  const { queue } = world
  const until = (what: string, limitMs: number, isReached: () => boolean): void => {
    const isOver = (): boolean => world.failure !== undefined || isReached()
    const isDone = queue.run(queue.nowMs + limitMs, isOver)
    if (world.failure === undefined && !isDone) {
      throw new Violation('heals', `${what} takes longer than ${limitMs} ms: ${describe(world)}`)
    }
  }
  const electMs = electionsMax * world.electionMs + pausesMs
  until('electing a leader', electMs, () => world.leader !== undefined)
  let isWritten = false
  const write = (): void => {
    if (isWritten || world.failure !== undefined) return
    const member = world.leader
    if (member === undefined) return void queue.after(100, write)
    workload.writeOnce(member, 2000, (isOk) => {
      isWritten = isOk
      if (!isOk) queue.after(100, write)
    })
  }
  write()
  until('the first write', electMs, () => isWritten)
  until('catching up', electMs + catchUpMs, () => isConverged(world))
}

/** Do all members that run show the same state, with no change of the membership under way? */
function isConverged(world: World): boolean {
  const { leader, members } = world
  if (leader === undefined) return false
  const configuration = newestConfiguration(members)
  if (isJoint(configuration)) return false
  const index = leader.appliedIndex()
  if (index !== leader.node?.commitIndex) return false
  const { term } = leader.node.leadership()
  // A leader that was removed, or lost its term, has to notice.
  if (members.some((member) => member !== leader && isLeading(member))) return false
  const others = members.filter(
    ({ isLost, id }) => !isLost && isWanted(configuration, id) && id !== leader.id,
  )
  const isBehind = (member: MemberProcess): boolean => {
    const leadership = member.node?.leadership()
    const isFollowing = leadership?.term === term && leadership.leader === leader.id
    return !isFollowing || member.appliedIndex() !== index
  }
  if (others.some(isBehind)) return false
  // A new leader may not know yet what the one before has committed.
  if (leader.status()?.lastIndex !== index) return false
  const digest = leader.digest()!
  return others.every((member) => equalBytes(member.digest()!, digest))
}

function isLeading({ node }: MemberProcess): boolean {
  return node?.leadership().role === 'leader'
}

function isWanted(
  { voters, learners }: { voters: readonly number[]; learners: readonly number[] },
  id: number,
): boolean {
  return voters.includes(id) || learners.includes(id)
}

function describe({ members }: World): string {
  const shown = members.map((member) => {
    const status = member.status()
    if (status === undefined) return `${member.id} ${member.isLost ? 'lost' : 'down'}`
    const { role, term, commit, applied, lastIndex } = status
    return `${member.id} ${role} t${term} ${applied}/${commit}/${lastIndex}`
  })
  return shown.join(', ')
}
