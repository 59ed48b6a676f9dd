// Design 4.5 and 7: what was deleted stays away until a call from after the delete adds it again: a
// registration or announcement that was accepted before its peer was deleted changes nothing,
// however late it comes. (Deletes of registers are in the search for one explanation.)
import {
  announceTask,
  FieldReader,
  leaveTask,
  registerPeer,
} from '../../scheduler/replication/index.ts'
import { require } from './require.ts'
import type { AppliedCommand } from './ghost/applied-log.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-resurrection'

export function noResurrection(ghost: Ghost): Observer {
  /** Index of the newest delete of each peer. */
  const deletedAt = new Map<string, number>()

  const check = ({ kind, body, index }: AppliedCommand): void => {
    if (kind === leaveTask.kind) {
      const { taskId, peerId } = leaveTask.decode(new FieldReader(body))
      deletedAt.set(`${taskId}/${peerId}`, index)
      return
    }
    const definition = kind === announceTask.kind ? announceTask : registerPeer
    const { acceptedIndex, task, peerId } = definition.decode(new FieldReader(body))
    const key = `${task.id}/${peerId}`
    const at = deletedAt.get(key) ?? 0
    require(at <= acceptedIndex, name, () =>
      `${key} was deleted at ${at} and is back by a call accepted at ${acceptedIndex}`)
    // It is there again: calls from before the delete no longer bring it back.
    deletedAt.delete(key)
  }

  return {
    name,
    section: 'design 4.5, 7',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      for (const command of ghost.applied.fresh) {
        const { kind, report, isExecuted } = command
        if (!isExecuted || !report.outcome.ok) continue
        if (kind !== leaveTask.kind && kind !== announceTask.kind && kind !== registerPeer.kind) {
          continue
        }
        const { result } = report.outcome
        if ((result as { readonly ok?: boolean }).ok === true) check(command)
      }
    },
  }
}
