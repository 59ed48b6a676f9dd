// Paper, figure 2, R-2.2: the commit index of a replica never decreases while it lives, and the
// stored one neither.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'monotone-commit'

export function monotoneCommit(ghost: Ghost): Observer {
  const commits = new Map<number, number>()
  return {
    name,
    section: 'paper figure 2, R-2.2',
    types: ['committed', 'append-started', 'booted'],
    on(event) {
      if (event.type === 'booted') {
        commits.delete(event.member)
      } else if (event.type === 'committed') {
        const { member, index } = event
        const before = commits.get(member) ?? 0
        require(index >= before, name, () => `commit ${index} of ${member} after ${before}`)
        commits.set(member, index)
      } else if (event.type === 'append-started') {
        const { member, group } = event
        const { hardState } = ghost.logs.of(member).durable
        const { commit } = group.hardState
        require(commit >= hardState.commit, name, () =>
          `${member} stores commit ${commit} over ${hardState.commit}`)
        const { lastIndex } = ghost.logs.of(member).started
        require(commit <= lastIndex, name, () =>
          `${member} stores commit ${commit} beyond its last index ${lastIndex}`)
      }
    },
  }
}
