// Design 4.9: the clock that hosts live by never runs ahead of the world's. Wall clocks that are
// set, machines that stood still, elections and leaders that were stopped may hold it up; what a
// leader slept through counts one election timeout at most.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'cluster-clock'

/** The fastest clock of any member: milliseconds of its own in one of the world's. */
const rateMax = 1.101

const jumps = new Set(['machine-stood-still', 'member-stopped-long'])

export function clusterClock(ghost: Ghost): Observer {
  let jumped = 0
  let lastMs = 0
  return {
    name,
    section: 'design 4.9',
    types: ['applied', 'reached'],
    on(event, world) {
      if (event.type === 'reached' && jumps.has(event.name)) jumped += 1
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      const { stampMs, entry } = event
      if (stampMs === 0) return
      const limitMs = rateMax * world.nowMs() + (1 + jumped) * world.electionMs
      require(stampMs <= limitMs, name, () =>
        `entry ${entry.index} is stamped ${stampMs} ms, ${world.nowMs()} ms have passed`)
      require(stampMs >= lastMs, name, () =>
        `entry ${entry.index} is stamped ${stampMs} ms, after ${lastMs} ms`)
      lastMs = stampMs
    },
  }
}
