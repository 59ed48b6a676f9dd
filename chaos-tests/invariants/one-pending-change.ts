// design 4.3: a leader appends a change of the membership only when it has applied
// the one before, and after an entry of its own term is committed.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'one-pending-change'

export function onePendingChange(ghost: Ghost): Observer {
  /** Index of the last config entry that each member's log was seen to take. */
  const lastChange = new Map<number, number>()
  return {
    name,
    section: 'R-11.2, R-11.3',
    types: ['append-started', 'booted', 'reset-started'],
    on(event, world) {
      if (event.type === 'booted') {
        const change = event.contents.entries.findLast(({ type }) => type === 'config')
        lastChange.set(event.member, change?.index ?? 0)
      } else if (event.type === 'reset-started') {
        lastChange.set(event.member, 0)
      } else if (event.type === 'append-started') {
        const { member, group } = event
        const { term } = group.hardState
        const discardedFrom = ghost.logs.of(member).discardedFrom
        let last = lastChange.get(member) ?? 0
        if (discardedFrom > 0 && last >= discardedFrom) last = lastKept(member, discardedFrom)
        for (const entry of group.entries) {
          if (entry.type !== 'config') continue
          if (entry.term === term && ghost.leaders.get(term) === member) {
            const applied = world.member(member).appliedIndex()
            require(last <= applied, name, () =>
              `${member} appends the change ${entry.index} and has applied ${applied}, not ${last}`)
            const agreed = ghost.committed.at(ghost.committed.lastIndex)
            require((agreed?.entry.term ?? 0) >= term, name, () =>
              `${member} appends the change ${entry.index} before it committed in term ${term}`)
          }
          last = entry.index
        }
        lastChange.set(member, last)
      }
    },
  }

  function lastKept(member: number, below: number): number {
    const { started } = ghost.logs.of(member)
    for (let index = below - 1; index > started.compacted.index; index -= 1) {
      if (started.entryAt(index)?.type === 'config') return index
    }
    return 0
  }
}
