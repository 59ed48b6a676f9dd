// Thesis 6.3 (client interaction), design 4.5: a write that was answered is in the agreed log where
// the answer says, was carried out there, and in the end every member has applied it.
import { opIdOf } from './operations.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Operations } from './operations.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'acknowledged-writes'

export function acknowledgedWrites(ghost: Ghost, operations: Operations): Observer {
  /** Where each command was carried out. */
  const executedAt = new Map<string, number>()
  let largest = 0
  return {
    name,
    section: 'thesis 6.3, design 4.5',
    types: ['applied', 'client-op'],
    on(event) {
      if (event.type === 'applied') {
        for (const { opId, index, isExecuted } of ghost.applied.fresh) {
          if (isExecuted && opId !== '') executedAt.set(opId, index)
        }
      } else if (event.type === 'client-op') {
        const { op, phase } = event
        if (phase.phase !== 'ok' || op.input.kind === 'read') return
        const index = executedAt.get(opIdOf(op))
        require(index !== undefined, name, () =>
          `operation ${op.id} was answered and never carried out`)
        require(phase.index === 0 || phase.index === index, name, () =>
          `operation ${op.id} was answered for ${phase.index} and carried out at ${index}`)
        if (index > largest) largest = index
      }
    },
    atEnd(world) {
      require(ghost.committed.lastIndex >= largest, name, () => `entry ${largest} was lost`)
      for (const id of world.ids) {
        const member = world.member(id)
        const status = member.status()
        // Its own configuration may be one from before it was removed.
        const agreed = ghost.applied.configurationAt(ghost.applied.lastIndex)
        const voters: readonly number[] = (agreed ?? status?.configuration)?.voters ?? []
        if (status === undefined || !voters.includes(id)) continue
        require(member.appliedIndex() >= largest, name, () =>
          `${id} has applied ${member.appliedIndex()}, ${largest} was acknowledged`)
      }
      for (const { op, seen } of operations.all()) {
        if (seen.outcome !== 'ok' || op.input.kind === 'read') continue
        require(executedAt.has(opIdOf(op)), name, () => `operation ${op.id} is not in the log`)
      }
    },
  }
}
