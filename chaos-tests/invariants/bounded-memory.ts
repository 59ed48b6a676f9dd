// nothing grows without a bound: queues, waiting reads, the retained log.
import { require } from './require.ts'
import type { RaftGauges } from '../../raft/index.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'bounded-memory'

/** Largest value each gauge may show. The load of a run is far below the product's own limits. */
export interface MemoryBounds {
  readonly gauges: Partial<Record<keyof RaftGauges, number>>
  readonly logEntries: number
}

/** Several times what a healthy run reaches. */
export const memoryBoundsDefault: MemoryBounds = {
  gauges: {
    proposalsQueued: 8192,
    proposalsForwarded: 8192,
    proposalsInLog: 8192,
    proposalBytes: 1_000_000,
    readsWaiting: 16_384,
    appendsInFlight: 1024,
    applyEntriesQueued: 20_000,
  },
  logEntries: 30_000,
}

/** Gauges are read this often. */
const eventsPerLook = 64

export function boundedMemory(bounds: MemoryBounds = memoryBoundsDefault): Observer {
  let untilLook = eventsPerLook
  return {
    name,
    section: 'R-7.2, R-20.2',
    types: ['applied', 'append-started'],
    on(event, world) {
      if (event.type !== 'applied' && event.type !== 'append-started') return
      untilLook -= 1
      if (untilLook > 0) return
      untilLook = eventsPerLook
      const member = world.member(event.member)
      const gauges = member.gauges()
      if (gauges === undefined) return
      for (const [gauge, limit] of Object.entries(bounds.gauges)) {
        const value = gauges[gauge as keyof RaftGauges]
        require(value <= limit, name, () => `${gauge} of ${member.id} is ${value}, above ${limit}`)
      }
      const entries = member.logEntries()
      require(entries <= bounds.logEntries, name, () =>
        `the log of ${member.id} holds ${entries} entries, above ${bounds.logEntries}`)
    },
  }
}
