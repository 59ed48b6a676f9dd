// Paper 6, R-11.5: of two configurations that follow each other, no majority of one is without a
// common voter with a majority of the other; voters and learners do not overlap, and somebody
// votes.
import { describeConfiguration, disjointQuorums } from './ghost/quorum.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Configuration } from '../../raft/index.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'consecutive-configurations'

export function consecutiveConfigurations(ghost: Ghost): Observer {
  let checked = 0
  return {
    name,
    section: 'paper 6, R-11.5',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      const chain = ghost.applied.configurations
      for (; checked < chain.length; checked += 1) {
        checkOne(chain[checked]!)
        if (checked > 0) checkStep(chain[checked - 1]!, chain[checked]!)
      }
    },
  }
}

function checkOne(configuration: Configuration): void {
  const { voters, votersOutgoing, learners } = configuration
  const describe = (): string => describeConfiguration(configuration)
  require(voters.length > 0, name, () => `${describe()} has no voters`)
  const overlap = learners.find((id) => voters.includes(id) || votersOutgoing.includes(id))
  require(overlap === undefined, name, () => `${overlap} votes and learns in ${describe()}`)
}

function checkStep(before: Configuration, after: Configuration): void {
  // A change that was refused leaves the configuration as it was.
  if (before.id === after.id) return
  const split = disjointQuorums(before, after)
  require(split === undefined, name, () =>
    `${split!.a.join(',')} decide in ${describeConfiguration(before)} and ` +
    `${split!.b.join(',')} in ${describeConfiguration(after)}`)
  const wasJoint = before.votersOutgoing.length > 0
  require(!wasJoint || after.votersOutgoing.length === 0, name, () =>
    `${describeConfiguration(after)} follows the joint ${describeConfiguration(before)}`)
}
