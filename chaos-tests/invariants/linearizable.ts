// Herlihy and Wing 1990, design 4.10: what all clients heard has one explanation by a single copy
// that does one operation at a time. Searched for when the run is over; where every write answers
// what it replaced, the chain of values is followed first, which needs no search.
import { checkLinearizable } from '../oracle/linearizability.ts'
import { partitionByKey } from '../oracle/history.ts'
import { registerModel } from '../oracle/model.ts'
import { checkPredecessorChain } from '../oracle/predecessor-chain.ts'
import { require } from './require.ts'
import type { Operations, RegisterOperation } from './operations.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'linearizable'

/** Steps per key after which the search gives up and says so. */
export const searchStepsMax = 100_000

/** `onUndecided` hears of keys whose search was given up. */
export function linearizable(
  operations: Operations,
  onUndecided: (key: string) => void = () => {},
): Observer {
  return {
    name,
    section: 'Herlihy and Wing 1990, design 4.10',
    types: [],
    on() {},
    atEnd() {
      const history: RegisterOperation[] = []
      for (const { op, seen } of operations.all()) {
        if (op.consistency === 'linearizable') history.push(seen)
      }
      for (const [key, part] of partitionByKey(history)) {
        if (part.every(({ input }) => input.kind === 'swap' || input.kind === 'read')) {
          const complaint = checkPredecessorChain(part)
          require(complaint === undefined, name, () => `'${key}': ${complaint}`)
        }
        const verdict = checkLinearizable(registerModel, part, searchStepsMax)
        if (verdict.verdict === 'unknown') onUndecided(key)
        require(verdict.verdict !== 'not-linearizable', name, () => {
          const ids = verdict.verdict === 'not-linearizable' ? verdict.unexplained : []
          const lines = ids.slice(0, 6).map((id) => describe(operations.history.operations[id]!))
          return `'${key}' has no explanation that holds ${lines.join('; ')}`
        })
      }
    },
  }
}

function describe({ client, input, output, calledMs, endedMs }: RegisterOperation): string {
  const asked = 'value' in input ? `${input.kind} '${input.value}'` : input.kind
  return (
    `client ${client} ${asked} -> ${JSON.stringify(output ?? null)} ` +
    `(${calledMs.toFixed(1)} … ${endedMs.toFixed(1)} ms)`
  )
}
