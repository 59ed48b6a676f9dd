// Paper 5.4.3 and thesis 4.2 (availability), design 12: when no more faults come, one leader is
// left, every voter and learner has applied the same, no change of the membership is under way. The
// simulator bounds the time that this may take; here is what it must have come to.
import { describeConfiguration } from './ghost/quorum.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer, WorldView } from '../sim/observation.ts'

const name = 'heals'

export function heals(ghost: Ghost): Observer {
  return {
    name,
    section: 'thesis 4.2, design 12',
    types: [],
    on() {},
    atEnd(world) {
      const leaders = runningMembers(world).filter((id) => roleOf(world, id) === 'leader')
      require(leaders.length === 1, name, () =>
        `leaders in the end: ${leaders.join(',') || 'none'}`)
      const leader = world.member(leaders[0]!).status()!
      const { configuration } = leader
      require(configuration.votersOutgoing.length === 0, name, () =>
        `still joint: ${describeConfiguration(configuration)}`)
      const { voters, learners } = configuration
      for (const id of [...voters, ...learners]) {
        const member = world.member(id)
        if (!member.isRunning) {
          require(member.injectedCause !== undefined, name, () => `${id} does not run in the end`)
          continue
        }
        const { term, leader: known, commit } = member.status()!
        require(term === leader.term && known === leader.id, name, () =>
          `${id} follows ${known} in term ${term}, not ${leader.id} in term ${leader.term}`)
        const applied = member.appliedIndex()
        require(commit === leader.commit && applied === leader.commit, name, () =>
          `${id} has applied ${applied} of ${commit}, the leader committed ${leader.commit}`)
      }
      const committed = ghost.committed.lastIndex
      require(leader.commit >= committed, name, () =>
        `${committed} was committed, the leader knows ${leader.commit}`)
    },
  }
}

function runningMembers(world: WorldView): number[] {
  return world.ids.filter((id) => world.member(id).isRunning)
}

function roleOf(world: WorldView, id: number): string | undefined {
  return world.member(id).status()?.role
}
