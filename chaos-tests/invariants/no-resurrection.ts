// Design 4.5 and 7: what was deleted stays away until a call from after the delete adds it again: a
// registration or announcement that was accepted before its peer was deleted changes nothing,
// however late it comes. (Deletes of registers are in the search for one explanation.)
import {
  announceTask,
  deleteTask,
  FieldReader,
  leaveTask,
  registerDownload,
  registerPeer,
} from '../../scheduler/replication/index.ts'
import { require } from './require.ts'
import type { AppliedCommand } from './ghost/applied-log.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-resurrection'

/** What a command says about a peer: that it is to go, or to come. */
interface Said {
  /** What goes: one peer, or all that a host has of a task. */
  readonly gone?: string
  /** What comes, by both of its names. */
  readonly come?: readonly [peer: string, ofHost: string]
  readonly acceptedIndex: number
}

export function noResurrection(ghost: Ghost): Observer {
  /** Index of the newest delete of each peer, and of each task at each host. */
  const deletedAt = new Map<string, number>()

  const check = (command: AppliedCommand): void => {
    const said = saidBy(command)
    if (said?.gone !== undefined) deletedAt.set(said.gone, command.index)
    for (const key of said?.come ?? []) {
      const at = deletedAt.get(key) ?? 0
      require(at <= said!.acceptedIndex, name, () =>
        `${key} was deleted at ${at} and is back by a call accepted at ${said!.acceptedIndex}`)
      // It is there again: calls from before the delete no longer bring it back.
      deletedAt.delete(key)
    }
  }

  return {
    name,
    section: 'design 4.5, 7',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      for (const command of ghost.applied.fresh) {
        const { report, isExecuted } = command
        if (!isExecuted || !report.outcome.ok) continue
        const { result } = report.outcome
        if ((result as { readonly ok?: boolean }).ok === true) check(command)
      }
    },
  }
}

function saidBy({ kind, body }: AppliedCommand): Said | undefined {
  const fields = new FieldReader(body)
  switch (kind) {
    case leaveTask.kind: {
      const { taskId, peerId } = leaveTask.decode(fields)
      return { gone: `${taskId}/${peerId}`, acceptedIndex: 0 }
    }
    case deleteTask.kind: {
      const { taskId, hostId } = deleteTask.decode(fields)
      return { gone: `${taskId} of ${hostId}`, acceptedIndex: 0 }
    }
    case announceTask.kind:
    case registerPeer.kind: {
      const definition = kind === announceTask.kind ? announceTask : registerPeer
      const { acceptedIndex, task, peerId, host } = definition.decode(fields)
      return { come: [`${task.id}/${peerId}`, `${task.id} of ${host.id}`], acceptedIndex }
    }
    case registerDownload.kind: {
      const { acceptedIndex, task, peerId, hostId } = registerDownload.decode(fields)
      return { come: [`${task.id}/${peerId}`, `${task.id} of ${hostId}`], acceptedIndex }
    }
    default:
      return undefined
  }
}
