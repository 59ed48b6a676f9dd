// Paper, figure 2, R-2.2: applied <= commit <= last index, and the first kept entry follows the
// compacted ones without a gap: compacted <= applied.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'index-order'
/** Everything is looked at this often; the rest of the time what the events tell. */
const eventsPerFullLook = 16

export function indexOrder(ghost: Ghost): Observer {
  let untilFullLook = eventsPerFullLook
  return {
    name,
    section: 'paper figure 2, R-2.2',
    types: ['committed', 'applied', 'log-compacted'],
    on(event, world) {
      if (event.type === 'log-compacted') {
        const { member, mark } = event
        const applied = world.member(member).appliedIndex()
        require(mark.index <= applied, name, () =>
          `${member} compacted ${mark.index} and applied ${applied}`)
        const agreed = ghost.committed.at(mark.index)
        require(agreed === undefined || agreed.entry.term === mark.term, name, () =>
          `${member} compacted ${mark.index} of term ${mark.term}, ` +
          `committed was ${agreed!.entry.term}`)
        return
      }
      untilFullLook -= 1
      if (untilFullLook > 0) return
      untilFullLook = eventsPerFullLook
      if (event.type !== 'committed' && event.type !== 'applied') return
      const { member } = event
      const status = world.member(member).status()
      if (status === undefined) return
      const { applied, commit, lastIndex, compacted, stableIndex, lacksState } = status
      // An image is being installed: the log already begins after it, the state is yet to come.
      if (stableIndex < compacted.index) return
      // Without a state nothing is applied, whatever the log had given up before it was lost.
      require((compacted.index <= applied || (lacksState && applied === 0)) &&
        applied <= commit &&
        commit <= lastIndex &&
        stableIndex <= lastIndex, name, () =>
        `${member}: compacted ${compacted.index}, applied ${applied}, commit ${commit}, ` +
        `stable ${stableIndex}, last ${lastIndex}`)
    },
  }
}
