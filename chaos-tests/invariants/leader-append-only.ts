// Paper, figure 3, "Leader Append-Only" (section 5.3): a leader never overwrites or deletes entries
// of its log in its term.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'leader-append-only'

export function leaderAppendOnly(ghost: Ghost): Observer {
  return {
    name,
    section: 'paper 5.3',
    types: ['append-started', 'reset-started'],
    on(event) {
      if (event.type !== 'append-started' && event.type !== 'reset-started') return
      const { member } = event
      const { term } = event.type === 'append-started' ? event.group.hardState : event.hardState
      if (ghost.leaders.get(term) !== member) return
      require(event.type === 'append-started', name, () => `${member} replaces its log as leader`)
      const from = ghost.logs.of(member).discardedFrom
      require(from === 0, name, () => `${member} leads term ${term} and discards from ${from}`)
    },
  }
}
