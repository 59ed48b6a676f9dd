// Herlihy and Wing 1990, design 4.10: what all clients heard has one explanation by a single copy
// that does one operation at a time. When the run is over, the order of the agreed log is tried
// first, which takes no search. Where it does not explain the answers, the chain of replaced values
// is followed and every other order is tried.
import { checkLinearizable } from '../oracle/linearizability.ts'
import { partitionByKey } from '../oracle/history.ts'
import { registerModel } from '../oracle/model.ts'
import { checkPredecessorChain } from '../oracle/predecessor-chain.ts'
import { isExplainedBy } from '../oracle/witness.ts'
import { opIdOf } from './operations.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Operations, RegisterOperation } from './operations.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'linearizable'

/** Steps per key after which the search gives up and says so. */
export const searchStepsMax = 100_000

/** Places for the commands of one entry, and for the reads after it. */
const placesPerEntry = 0x1_0000

/** `onUndecided` hears of keys whose search was given up. */
export function linearizable(
  ghost: Ghost,
  operations: Operations,
  onUndecided: (key: string) => void = () => {},
): Observer {
  /** Where each operation took effect: in its entry, or for a read right after the one it saw. */
  const places = new Map<string, number>()

  const checkKey = (key: string, part: readonly RegisterOperation[]): void => {
    const placeOf = ({ id }: RegisterOperation): number | undefined =>
      places.get(operations.opIdAt(id))
    if (isExplainedBy(registerModel, part, placeOf)) return
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

  return {
    name,
    section: 'Herlihy and Wing 1990, design 4.10',
    types: ['applied', 'client-op'],
    on(event) {
      if (event.type === 'applied') {
        for (const { opId, index, ordinal, isExecuted, report } of ghost.applied.fresh) {
          if (opId === '' || !isExecuted || !report.outcome.ok) continue
          places.set(opId, index * placesPerEntry + ordinal)
        }
      } else if (event.type === 'client-op') {
        const { op, phase } = event
        if (phase.phase !== 'ok' || op.input.kind !== 'read') return
        places.set(opIdOf(op), (phase.index + 1) * placesPerEntry - 1)
      }
    },
    atEnd() {
      const history: RegisterOperation[] = []
      for (const { op, seen } of operations.all()) {
        if (op.consistency === 'linearizable') history.push(seen)
      }
      for (const [key, part] of partitionByKey(history)) checkKey(key, part)
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
