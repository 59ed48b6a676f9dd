// B26: there is one source of who the members are, the state: what a replica goes
// by is what its state machine says, and that is the same on all of them at the same index.
import { describeConfiguration, sameConfiguration } from './ghost/quorum.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Configuration } from '../../raft/index.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'configuration-is-state'

export function configurationIsState(ghost: Ghost): Observer {
  const byId = new Map<number, Configuration>()
  return {
    name,
    section: 'R-11.1, R-18.2',
    types: ['configuration', 'applied', 'image-installed', 'leader-elected'],
    on(event, world) {
      if (event.type === 'configuration') {
        const { member, configuration } = event
        const own = world.member(member).configuration()
        require(own === undefined || sameConfiguration(own, configuration), name, () =>
          `${member} goes by ${describeConfiguration(configuration)}, ` +
          `its state says ${describeConfiguration(own!)}`)
        const known = byId.get(configuration.id)
        if (known === undefined) byId.set(configuration.id, configuration)
        else {
          require(sameConfiguration(known, configuration), name, () =>
            `${describeConfiguration(configuration)} at ${member}, ` +
            `elsewhere ${describeConfiguration(known)}`)
        }
        return
      }
      if (event.type === 'leader-elected') {
        const status = world.member(event.member).status()
        const own = world.member(event.member).configuration()
        if (status === undefined || own === undefined) return
        if (status.applied !== world.member(event.member).appliedIndex()) return
        require(sameConfiguration(status.configuration, own), name, () =>
          `${event.member} leads by ${describeConfiguration(status.configuration)}, ` +
          `its state says ${describeConfiguration(own)}`)
        return
      }
      if (event.type === 'applied' && event.entry.type !== 'config') return
      if (event.type !== 'applied' && event.type !== 'image-installed') return
      const index = event.type === 'applied' ? event.entry.index : event.mark.index
      const expected = ghost.applied.configurationAt(index)
      const own = world.member(event.member).configuration()
      if (own === undefined || expected === undefined) return
      require(sameConfiguration(own, expected), name, () =>
        `after ${index} ${event.member} has ${describeConfiguration(own)}, ` +
        `others ${describeConfiguration(expected)}`)
    },
  }
}
