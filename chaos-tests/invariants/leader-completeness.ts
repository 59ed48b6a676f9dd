// Paper, figure 3, "Leader Completeness" (section 5.4): an entry committed in some term is in the
// log of every leader of a later term. With log matching it is enough to look at the last one.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'leader-completeness'

export function leaderCompleteness(ghost: Ghost): Observer {
  return {
    name,
    section: 'paper 5.4',
    types: ['leader-elected'],
    on(event) {
      if (event.type !== 'leader-elected') return
      const { member, term } = event
      const { committed } = ghost
      let last = committed.lastIndex
      while (last > 0 && committed.at(last)!.byTerm >= term) last -= 1
      const log = ghost.logs.of(member).started
      if (last <= log.compacted.index) return
      const found = log.termAt(last)
      const expected = committed.at(last)!.entry.term
      require(found === expected, name, () =>
        `${member} leads term ${term} without entry ${last} of term ${expected} ` +
        `(it has ${found === undefined ? 'nothing' : `term ${found}`} there)`)
    },
  }
}
