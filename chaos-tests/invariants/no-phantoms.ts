// Thesis 6.3: nothing is in the log that nobody asked for, nothing has an effect of which the
// client was told that it will never have one, and no read shows a value that nobody wrote.
import { absent } from '../oracle/model.ts'
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Operations } from './operations.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-phantoms'

export function noPhantoms(ghost: Ghost, operations: Operations): Observer {
  const written = new Set<string>([absent])
  const executed = new Set<string>()
  return {
    name,
    section: 'thesis 6.3',
    types: ['applied', 'client-op'],
    on(event) {
      if (event.type === 'applied') {
        for (const { opId, index, isExecuted, report } of ghost.applied.fresh) {
          if (opId === '' || !isExecuted) continue
          const op = operations.called(opId)
          require(op !== undefined, name, () => `${opId} at ${index} was asked by nobody`)
          if (!report.outcome.ok) continue
          executed.add(opId)
          require(!operations.hasFailed(opId), name, () =>
            `${opId} has its effect at ${index}, its client was told that it has none`)
        }
      } else if (event.type === 'client-op') {
        const { op, phase } = event
        if (phase.phase === 'invoked') {
          if ('value' in op.input) written.add(valueAt(op.key, op.input.value))
        } else if (phase.phase === 'fail') {
          const opId = `op-${op.id}`
          require(!executed.has(opId), name, () => `${opId} failed and had its effect before`)
        } else if (phase.phase === 'ok' && phase.output.value !== undefined) {
          const { value } = phase.output
          require(value === absent || written.has(valueAt(op.key, value)), name, () =>
            `operation ${op.id} read '${value}' from '${op.key}', which nobody wrote`)
        }
      }
    },
  }
}

function valueAt(key: string, value: string): string {
  return `${key}\n${value}`
}
