// Paper, figure 2, R-1.3: the term of a replica never decreases: not in what it says, not across
// crashes, and what it says of a term follows the term's way to its disk.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'monotone-term'

export function monotoneTerm(ghost: Ghost): Observer {
  /** The largest term each member's current life was seen in. */
  const terms = new Map<number, number>()
  return {
    name,
    section: 'paper figure 2, R-1.3',
    types: ['append-started', 'role-changed', 'booted'],
    on(event) {
      if (event.type === 'booted') {
        terms.set(event.member, event.contents.hardState.term)
        return
      }
      if (event.type !== 'append-started' && event.type !== 'role-changed') return
      const { member } = event
      const term = event.type === 'role-changed' ? event.term : event.group.hardState.term
      const known = terms.get(member) ?? 0
      if (event.type === 'role-changed') {
        require(term >= known, name, () => `term ${term} of ${member} after ${known}`)
        terms.set(member, term)
        return
      }
      // Groups are written in order, some after the role has moved on: an order of their own.
      const stored = ghost.logs.of(member).durable.hardState.term
      require(term >= stored, name, () => `${member} stores term ${term} over ${stored}`)
    },
  }
}
