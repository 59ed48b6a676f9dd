// Design 7: a host that says nothing more is gone 250 ms of cluster time after its TTL,
// as long as somebody leads. A leader owes nothing before it has begun to work, and what it waits
// for, a majority's disks, is not its delay. While faults strike, it may have been stopped itself
// (its clock then counts one election timeout at most), and a sweep that got lost is proposed again
// when its time is up.
import { dutyTimeoutMs } from '../../scheduler/replication/index.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { SwarmMirror } from './ghost/swarm-mirror.ts'
import type { Observer, WorldView } from '../sim/observation.ts'

const name = 'dead-hosts-go'

/** Cluster time in which a leader removes what has expired, ms. */
export const sweepMs = 250

export function deadHostsGo(ghost: Ghost): Observer {
  const check = (
    mirror: SwarmMirror,
    at: { readonly nowMs: number; readonly term: number },
    world: WorldView,
  ): void => {
    const { nowMs, term } = at
    const readyMs = ghost.pace.readyMs(term)
    if (readyMs === undefined) return
    for (const host of mirror.hosts.values()) {
      if (host.state !== 'live') continue
      const sign = ghost.signs.of(host.id)
      if (sign === undefined) continue
      const dueMs = Math.max(sign.latestMs + sign.ttlMs, readyMs) + sweepMs
      if (nowMs <= dueMs) continue
      const excuseMs = excuse(ghost, at, world)
      require(nowMs <= dueMs + excuseMs, name, () =>
        `${host.id} was last heard from at ${sign.latestMs}, has a TTL of ${sign.ttlMs} ms and ` +
        `is there at ${nowMs} (the leader works since ${readyMs}, ${excuseMs} ms are excused)`)
    }
  }
  return {
    name,
    section: 'design 7',
    types: ['applied'],
    on(event, world) {
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      const { entry, stampMs, member } = event
      if (stampMs > 0) check(ghost.swarm.of(member), { nowMs: stampMs, term: entry.term }, world)
    },
    atEnd(world) {
      for (const id of world.ids) {
        const status = world.member(id).status()
        if (status?.role !== 'leader') continue
        const { clusterClockMs: nowMs, term } = status
        check(ghost.swarm.of(id), { nowMs, term }, world)
      }
    },
  }
}

/** How long a leader may have been kept from its duty, ms of cluster time. */
export function excuse(
  ghost: Ghost,
  { nowMs, term }: { readonly nowMs: number; readonly term: number },
  world: WorldView,
): number {
  const slowestMs = ghost.pace.slowestCommitMs(term, nowMs)
  return ghost.pace.isSettled(world) ? slowestMs : 2 * slowestMs + world.electionMs + dutyTimeoutMs
}
