// Paper 5.3, 5.4.2 and 6, R-9.3: at the instant an entry is first known to be committed, a majority
// of the voters (in joint: of each half) has it on disk, and it is of the leader's own term or an
// entry of that term follows it. Learners are not counted.
import { describeConfiguration, isQuorum } from './ghost/quorum.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Configuration } from '../../raft/index.ts'
import type { Observer, WorldView } from '../sim/observation.ts'

const name = 'durable-quorum'

interface Switch {
  readonly from: Configuration
  readonly atMs: number
}

export function durableQuorum(ghost: Ghost): Observer {
  const current = new Map<number, Configuration>()
  const switches = new Map<number, Switch>()

  const hasEntry = (id: number, index: number, term: number): boolean => {
    const { durable } = ghost.logs.of(id)
    return index <= durable.compacted.index || durable.termAt(index) === term
  }

  const check = (member: number, index: number, world: WorldView): void => {
    const { entry, byTerm } = ghost.committed.at(index)!
    require(entry.term === byTerm, name, () =>
      `${index} of term ${entry.term} is committed by counting in term ${byTerm}`)
    const configuration = world.member(member).status()?.configuration
    if (configuration === undefined) return
    const has = (id: number): boolean => hasEntry(id, index, entry.term)
    // A switch at this very moment may have come right after the count.
    const before = switches.get(member)
    const isEnough =
      isQuorum(configuration, has) ||
      (before !== undefined && before.atMs === world.nowMs() && isQuorum(before.from, has))
    require(isEnough, name, () => {
      const holders = world.ids.filter(has).join(',')
      const where = describeConfiguration(configuration)
      return `${index} is committed by ${member} and on the disks of ${holders} in ${where}`
    })
  }

  return {
    name,
    section: 'paper 5.3, 5.4.2, 6',
    types: ['committed', 'configuration'],
    on(event, world) {
      if (event.type === 'configuration') {
        const from = current.get(event.member)
        if (from !== undefined) switches.set(event.member, { from, atMs: world.nowMs() })
        current.set(event.member, event.configuration)
      } else if (event.type === 'committed') {
        const { from, to } = ghost.committed.fresh
        if (to >= from) check(event.member, to, world)
      }
    },
  }
}
