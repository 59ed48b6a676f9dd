// Paper, figure 3, "Election Safety" (section 5.2): at most one leader is elected in a term.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'election-safety'

export function electionSafety(ghost: Ghost): Observer {
  return {
    name,
    section: 'paper 5.2',
    types: ['leader-elected'],
    on(event) {
      if (event.type !== 'leader-elected') return
      const { member, term } = event
      const first = ghost.leaders.get(term)
      require(first === member, name, () => `${first} and ${member} both lead term ${term}`)
    },
  }
}
