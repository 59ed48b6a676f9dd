// Paper, figure 2 ("updated on stable storage before responding"), R-1.1, R-16.1: a replica
// acknowledges entries, terms and votes only when its disk has them.
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'acknowledged-is-durable'

export function acknowledgedIsDurable(ghost: Ghost): Observer {
  return {
    name,
    section: 'paper figure 2, R-1.1',
    types: ['message-sent'],
    on(event) {
      if (event.type !== 'message-sent') return
      const { message } = event
      if (message.type !== 'append-reply' || message.rejected) return
      const { from, index, term } = message
      const { durable } = ghost.logs.of(from)
      // One write may make an acceptance durable together with what a later leader put in its
      // place. The answer to the earlier one is no lie: it is as if it had been sent in between.
      require(durable.lastIndex >= index || durable.hardState.term > term, name, () =>
        `${from} acknowledges ${index}, its disk ends at ${durable.lastIndex}`)
      require(durable.hardState.term >= term, name, () =>
        `${from} answers in term ${term}, its disk knows term ${durable.hardState.term}`)
    },
  }
}
