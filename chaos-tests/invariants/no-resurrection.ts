// Design 4.5 and 7: what was deleted stays away until somebody adds it again: after a delete was
// answered, nothing is read that was written by a call from before the delete was called.
import { absent } from '../oracle/model.ts'
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-resurrection'

/** Keys whose deletes leave a tombstone. */
export type LeavesTombstone = (key: string) => boolean

export function noResurrection(leavesTombstone: LeavesTombstone = () => true): Observer {
  let position = 0
  /** When each value was written: the position of the call. */
  const writes = new Map<string, number>()
  const calls = new Map<number, { readonly at: number; readonly floor: number }>()
  /** By key: the newest call among the deletes that were answered. */
  const floors = new Map<string, number>()
  return {
    name,
    section: 'design 4.5, 7',
    types: ['client-op'],
    on(event) {
      if (event.type !== 'client-op' || !leavesTombstone(event.op.key)) return
      const { op, phase } = event
      const { key, input } = op
      position += 1
      if (phase.phase === 'invoked') {
        calls.set(op.id, { at: position, floor: floors.get(key) ?? 0 })
        if ('value' in input) writes.set(`${key}\n${input.value}`, position)
        return
      }
      const call = calls.get(op.id)
      calls.delete(op.id)
      if (phase.phase !== 'ok' || call === undefined) return
      if (input.kind === 'delete') {
        floors.set(key, Math.max(floors.get(key) ?? 0, call.at))
      } else if (input.kind === 'read' && op.consistency === 'linearizable') {
        const { value } = phase.output
        if (value === undefined || value === absent) return
        const writtenAt = writes.get(`${key}\n${value}`) ?? Number.POSITIVE_INFINITY
        require(writtenAt > call.floor, name, () =>
          `operation ${op.id} reads '${value}' from '${key}', which was deleted after it was written`)
      }
    },
  }
}
