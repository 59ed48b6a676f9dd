// design 4.3: a replica stands for election only when it has applied what it knew
// to be committed when it started, and every change of the membership that it knows to be
// committed: else it would count votes by a configuration that is over. Decision 015: without a
// state it does not even ask whether it could be elected.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'campaign-guards'

export function campaignGuards(ghost: Ghost): Observer {
  /** Commit index that each member's life began with. */
  const bootCommits = new Map<number, number>()
  return {
    name,
    section: 'R-11.1, R-15.4, design 4.3, decision 015',
    types: ['booted', 'role-changed'],
    on(event, world) {
      if (event.type === 'booted') bootCommits.set(event.member, event.contents.hardState.commit)
      if (event.type !== 'role-changed' || event.role === 'follower') return
      const { member, term } = event
      const status = world.member(member).status()
      if (status === undefined) return
      require(!status.lacksState, name, () => `${member} stands in term ${term} without a state`)
      if (event.role !== 'candidate') return
      const { applied, commit } = status
      const bootCommit = bootCommits.get(member) ?? 0
      require(applied >= bootCommit, name, () =>
        `${member} stands in term ${term} and has applied ${applied}, not ${bootCommit}`)
      for (let index = applied + 1; index <= commit; index += 1) {
        require(ghost.committed.at(index)?.entry.type !== 'config', name, () =>
          `${member} stands in term ${term} and has not applied the change ${index}`)
      }
    },
  }
}
