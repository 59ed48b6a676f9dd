// Terry et al. 1994, design 4.10: at one member, while it lives, the stale reads of a client never
// go back (monotonic reads), and show what the client wrote through it (read your writes).
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'session-guarantees'

export function sessionGuarantees(): Observer {
  /** Largest index that each client saw at a member in a life. */
  const seen = new Map<string, number>()
  const atCall = new Map<number, { readonly place: string; readonly index: number }>()
  return {
    name,
    section: 'design 4.10',
    types: ['client-op'],
    on(event, world) {
      if (event.type !== 'client-op') return
      const { op, phase } = event
      if (phase.phase === 'invoked') {
        const place = `${op.client}/${op.member}/${world.member(op.member).life}`
        atCall.set(op.id, { place, index: seen.get(place) ?? 0 })
        return
      }
      const call = atCall.get(op.id)
      atCall.delete(op.id)
      if (phase.phase !== 'ok' || call === undefined) return
      const { place, index } = call
      require(op.input.kind !== 'read' || phase.index >= index, name, () =>
        `client ${op.client} read at ${phase.index} from ${op.member} after it had seen ${index}`)
      seen.set(place, Math.max(seen.get(place) ?? 0, phase.index))
    },
  }
}
