// Thesis 6.3, design 4.5, R-8.1: a command is carried out at most once, however often it is sent:
// once for each number of its session, once for each operation of a client. Numbers have no gaps.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'at-most-once'

export function atMostOnce(ghost: Ghost): Observer {
  const operations = new Map<string, number>()
  /** Last number carried out by session. */
  const sessions = new Map<number, number>()
  return {
    name,
    section: 'thesis 6.3, R-8.1',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      for (const { index, sessionId, opId, report, isExecuted } of ghost.applied.fresh) {
        if (!isExecuted) continue
        if (opId !== '') {
          const before = operations.get(opId)
          require(before === undefined, name, () =>
            `${opId} was carried out at ${before} and again at ${index}`)
          operations.set(opId, index)
        }
        if (sessionId === 0) continue
        const last = sessions.get(sessionId) ?? 0
        require(report.seq === last + 1, name, () =>
          `session ${sessionId} carried out ${report.seq} after ${last}, at ${index}`)
        sessions.set(sessionId, report.seq)
      }
    },
  }
}
