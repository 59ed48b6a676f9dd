// Paper, figure 3, "Log Matching" (section 5.3): logs that have an entry with the same index and
// term are the same up to it. By induction it is enough that an (index, term) names one entry with
// one predecessor, so every entry is looked at once for each log that takes it. Stamps rise with
// the index (design 4.9).
import { equalBytes } from '../../base/index.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Entry } from '../../raft/index.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'log-matching'

export function logMatching(ghost: Ghost): Observer {
  const seen = new Map<number, { readonly entry: Entry; readonly previousTerm: number }>()
  return {
    name,
    section: 'paper 5.3',
    types: ['append-started'],
    on(event) {
      if (event.type !== 'append-started') return
      const { member, group } = event
      const { started } = ghost.logs.of(member)
      for (const entry of group.entries) {
        const { index, term } = entry
        const previousTerm = started.termAt(index - 1)
        require(previousTerm !== undefined && previousTerm <= term, name, () =>
          `terms fall at index ${index} of ${member}`)
        const previous = started.entryAt(index - 1)
        require(previous === undefined || previous.stampMs <= entry.stampMs, name, () =>
          `stamps fall at index ${index} of ${member}`)
        // Terms stay far below 2^21 and indexes below 2^32 in a run.
        const key = index * 0x20_0000 + term
        const known = seen.get(key)
        if (known === undefined) seen.set(key, { entry, previousTerm })
        else {
          require(known.previousTerm === previousTerm, name, () =>
            `index ${index} of term ${term} follows terms ` +
            `${known.previousTerm} and ${previousTerm}`)
          require(sameEntry(known.entry, entry), name, () =>
            `two entries of index ${index} and term ${term}, one at ${member}`)
        }
      }
    },
  }
}

/** Are they equal in everything that is replicated? */
export function sameEntry(a: Entry, b: Entry): boolean {
  return (
    a === b ||
    (a.index === b.index &&
      a.term === b.term &&
      a.type === b.type &&
      a.stampMs === b.stampMs &&
      (a.data === b.data || equalBytes(a.data, b.data)))
  )
}
