// Design 4.9 and 7: a host is only taken for dead when its TTL of cluster time is over
// since the last announcement that was accepted: no election, pause, jump of a clock or minute
// without a quorum makes it shorter.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'live-hosts-stay'

interface HostLeft {
  readonly type: 'host-left'
  readonly hostId: string
  readonly cause: string
}

export function liveHostsStay(ghost: Ghost): Observer {
  return {
    name,
    section: 'design 4.9',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      for (const each of event.events) {
        if (each.type !== 'host-left') continue
        const { hostId, cause } = each as unknown as HostLeft
        // It may have come back by a later command of the same entry.
        const sign = ghost.signs.beforeEntry(hostId)
        if (cause !== 'expired' || sign === undefined) continue
        const silentMs = event.stampMs - sign.leastMs
        require(silentMs >= sign.ttlMs, name, () =>
          `${hostId} has expired at ${event.entry.index}, ${silentMs} ms after it was heard from, ` +
          `its TTL is ${sign.ttlMs} ms`)
      }
    },
  }
}
