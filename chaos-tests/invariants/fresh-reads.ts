// Thesis 6.4 (read index), R-9.1 to, B02, B03, B12: a linearizable read shows at least what
// was acknowledged to anybody, or read by anybody, before it began.
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'fresh-reads'

export function freshReads(): Observer {
  /** Largest index that an answered operation named. */
  let known = 0
  const atCall = new Map<number, number>()
  return {
    name,
    section: 'thesis 6.4, R-9.2',
    types: ['client-op'],
    on(event) {
      if (event.type !== 'client-op') return
      const { op, phase } = event
      if (op.consistency !== 'linearizable') return
      if (phase.phase === 'invoked') {
        if (op.input.kind === 'read') atCall.set(op.id, known)
        return
      }
      const expected = atCall.get(op.id)
      atCall.delete(op.id)
      if (phase.phase !== 'ok') return
      require(expected === undefined || phase.index >= expected, name, () =>
        `operation ${op.id} read at ${phase.index} what had reached ${expected} when it was called`)
      if (phase.index > known) known = phase.index
    },
  }
}
