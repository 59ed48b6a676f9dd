// Design 7: what AnnounceTask acknowledged is there, on whichever member somebody looks, until it
// is left, deleted or its host goes; and what was deleted is not.
import {
  deleteTask,
  FieldReader,
  leaveTask,
  peersTable,
  reportPieceFailure,
} from '../../scheduler/replication/index.ts'
import { keyOf } from './ghost/swarm-mirror.ts'
import { require } from './require.ts'
import type { AppliedCommand } from './ghost/applied-log.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer, SimEventOf } from '../sim/observation.ts'
import type { PeerRow } from '../../scheduler/replication/index.ts'

const name = 'acknowledged-announcements'

/** Commands below this kind are the framework's: among them the next step of a long removal. */
const frameworkKindsEnd = 100

interface Turn {
  readonly index: number
  readonly isThere: boolean
}

export function acknowledgedAnnouncements(ghost: Ghost): Observer {
  /** By peer, where it came and went. */
  const turns = new Map<string, Turn[]>()

  const applied = ({ entry, events, changes }: SimEventOf<'applied'>): void => {
    for (const { table, id, row, before } of changes) {
      if (table.tableByte !== peersTable.tableByte) continue
      const isThere = row !== undefined
      const was = before as PeerRow | undefined
      if (isThere === (was !== undefined)) continue
      const list = turns.get(id as string) ?? []
      turns.set(id as string, list)
      list.push({ index: entry.index, isThere })
      if (isThere || was === undefined || was.state !== 'Succeeded') continue
      const hasLeft = events.some(
        (event) =>
          event.type === 'host-left' &&
          (event as unknown as { readonly hostId: string }).hostId === was.hostId,
      )
      require(hasLeft || ghost.applied.fresh.some((each) => mayRemove(each, was)), name, () =>
        `${was.taskId}/${was.peerId} has gone at ${entry.index}, and nobody asked for it`)
    }
  }

  const read = (event: SimEventOf<'peer-read'>): void => {
    const { member, taskId, peerId, isThere, index, acknowledgedIndex } = event
    require(index >= acknowledgedIndex, name, () =>
      `${member} answers from ${index} what began after ${acknowledgedIndex} was acknowledged`)
    const last = turns.get(keyOf(taskId, peerId))?.findLast((turn) => turn.index <= index)
    const expected = last?.isThere === true
    require(isThere === expected, name, () =>
      `at ${index} ${taskId}/${peerId} is ${expected ? '' : 'not '}there, ` +
      `${member} says that it is${expected ? ' not' : ''}`)
  }

  return {
    name,
    section: 'design 4.10',
    types: ['applied', 'swarm-acknowledged', 'peer-read'],
    on(event) {
      if (event.type === 'applied' && ghost.swarm.isFresh) applied(event)
      else if (event.type === 'peer-read') read(event)
      else if (event.type === 'swarm-acknowledged') {
        require(event.index <= ghost.applied.lastIndex, name, () =>
          `${event.member} acknowledged ${event.index}, which nobody has applied`)
      }
    },
  }
}

/** Does a command say that this peer is to go? */
function mayRemove({ kind, body }: AppliedCommand, { taskId, peerId, hostId }: PeerRow): boolean {
  if (kind < frameworkKindsEnd) return true
  const fields = new FieldReader(body)
  switch (kind) {
    case leaveTask.kind: {
      const ref = leaveTask.decode(fields)
      return ref.taskId === taskId && ref.peerId === peerId
    }
    case deleteTask.kind: {
      const named = deleteTask.decode(fields)
      return named.taskId === taskId && named.hostId === hostId
    }
    case reportPieceFailure.kind: {
      const { parentId, cause } = reportPieceFailure.decode(fields)
      return parentId === peerId && cause === 'piece-gone'
    }
    default:
      return false
  }
}
