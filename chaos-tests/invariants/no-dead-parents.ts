// Design 7: nobody is given a parent on a host that has not been heard from for longer than its
// TTL and a second of cluster time.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-dead-parents'

/** How much longer than its TTL, ms of cluster time, a dead host may be handed out. */
const graceMs = 1000

interface Assigned {
  readonly type: 'parents-assigned'
  readonly peerId: string
  readonly parents: readonly { readonly peerId: string; readonly hostId: string }[]
}

export function noDeadParents(ghost: Ghost): Observer {
  return {
    name,
    section: 'design 7',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      for (const each of event.events) {
        if (each.type !== 'parents-assigned') continue
        const { peerId, parents } = each as unknown as Assigned
        for (const parent of parents) {
          const sign = ghost.signs.of(parent.hostId)
          const silentMs = event.stampMs - (sign?.latestMs ?? 0)
          require(sign !== undefined && silentMs <= sign.ttlMs + graceMs, name, () =>
            `at ${event.entry.index} ${peerId} is given ${parent.peerId} on ${parent.hostId}, ` +
            `silent for ${silentMs} ms with a TTL of ${sign?.ttlMs} ms`)
        }
      }
    },
  }
}
