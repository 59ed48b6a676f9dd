// Design 7: nobody is served, over however many others, by a peer that it serves itself.
import { keyOf } from './ghost/swarm-mirror.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { SwarmMirror } from './ghost/swarm-mirror.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'acyclic-parents'

export function acyclicParents(ghost: Ghost): Observer {
  return {
    name,
    section: 'design 7, reference scheduler 5.3',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      const mirror = ghost.swarm.of(event.member)
      for (const { taskId, parentId, childId } of mirror.addedEdges) {
        const parent = keyOf(taskId, parentId)
        const child = keyOf(taskId, childId)
        require(parent !== child && !isBelow(mirror, child, parent), name, () =>
          `after ${event.entry.index} at ${event.member} ${parentId} serves ${childId}, ` +
          `which serves ${parentId}`)
      }
    },
  }
}

/** Is `wanted` served by `peer`, directly or over others? */
function isBelow(mirror: SwarmMirror, peer: string, wanted: string): boolean {
  const seen = new Set<string>([peer])
  const pending = [peer]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const child of mirror.children.get(next) ?? []) {
      if (child === wanted) return true
      if (seen.has(child)) continue
      seen.add(child)
      pending.push(child)
    }
  }
  return false
}
