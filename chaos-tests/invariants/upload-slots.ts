// Design 7: at every index of every replica a host counts exactly the edges that begin
// at its peers, and no edge is added where it has no slot left.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'upload-slots'

export function uploadSlots(ghost: Ghost): Observer {
  return {
    name,
    section: 'design 7: no slot is given twice',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      const mirror = ghost.swarm.of(event.member)
      const where = (): string => `after ${event.entry.index} at ${event.member}`
      for (const id of mirror.touchedHosts) {
        const host = mirror.hosts.get(id)
        const edges = mirror.uploads.get(id) ?? 0
        const count = host?.concurrentUploadCount ?? 0
        require(count === edges, name, () =>
          `${where()} ${id} counts ${count} uploads and has ${edges} edges`)
        if (host === undefined || count <= host.concurrentUploadLimit) continue
        // A host may ask for fewer than it serves; nobody is added then.
        const before = mirror.hostsBefore.get(id)?.concurrentUploadCount ?? 0
        require(mirror.entries === 0 || count <= before, name, () =>
          `${where()} ${id} serves ${count}, before ${before}: ${host.concurrentUploadLimit} slots`)
      }
    },
  }
}
