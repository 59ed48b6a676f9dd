// Design 7, attachment: what a stream says about a peer counts only while it is the peer's stream:
// commands that an old one still had on its way change nothing.
import {
  attachStream,
  blockParent,
  detachStream,
  FieldReader,
  finishDownload,
  peersTable,
  reattachStream,
  registerDownload,
  reportPieceFailure,
  reschedulePeer,
  startDownload,
} from '../../scheduler/replication/index.ts'
import { keyOf } from './ghost/swarm-mirror.ts'
import { require } from './require.ts'
import type { PeerRow } from '../../scheduler/replication/index.ts'
import type { AppliedCommand } from './ghost/applied-log.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer, SimEventOf } from '../sim/observation.ts'

const name = 'stale-streams'

/** Commands of streams: all but the first name their stream and change nothing without it. */
const streamCommands = [
  detachStream,
  reportPieceFailure,
  startDownload,
  reschedulePeer,
  finishDownload,
  blockParent,
] as const

interface StreamRef {
  readonly taskId: string
  readonly peerId: string
  readonly streamId: number
}

export function staleStreams(ghost: Ghost): Observer {
  /** By peer: the session and stream that were given it last. */
  const owners = new Map<string, { readonly sessionId: number; readonly streamId: number }>()

  const check = (command: AppliedCommand): void => {
    const { kind, body, sessionId, index, report } = command
    if (!report.outcome.ok) return
    const result = report.outcome.result as { readonly ok?: boolean; readonly detached?: boolean }
    if (result.ok !== true || result.detached === false) return
    const attached = attachedBy(kind, body)
    if (attached !== undefined) {
      const { taskId, peerId, streamId } = attached
      owners.set(keyOf(taskId, peerId), { sessionId, streamId })
      return
    }
    const definition = streamCommands.find((each) => each.kind === kind)
    if (definition === undefined) return
    const ref: StreamRef = definition.decode(new FieldReader(body))
    const owner = owners.get(keyOf(ref.taskId, ref.peerId))
    const isOwner = owner?.sessionId === sessionId && owner.streamId === ref.streamId
    require(isOwner, name, () =>
      `at ${index} ${definition.name} of stream ${ref.streamId} in session ${sessionId} counts ` +
      `for ${ref.taskId}/${ref.peerId}, which is on stream ${owner?.streamId ?? 0} of ` +
      `session ${owner?.sessionId ?? 0}`)
  }

  /** Sessions close and peers go by themselves. */
  const forget = ({ changes }: SimEventOf<'applied'>): void => {
    for (const { table, id, row } of changes) {
      if (table.tableByte !== peersTable.tableByte) continue
      const peer = row as PeerRow | undefined
      if (peer === undefined || peer.ownerSessionId === 0) owners.delete(id as string)
    }
  }

  return {
    name,
    section: 'design 7: attachment',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      for (const command of ghost.applied.fresh) if (command.isExecuted) check(command)
      forget(event)
    },
  }
}

/** The stream that a command gives a peer to. */
function attachedBy(kind: number, body: AppliedCommand['body']): StreamRef | undefined {
  const fields = new FieldReader(body)
  switch (kind) {
    case attachStream.kind:
      return attachStream.decode(fields)
    case reattachStream.kind:
      return reattachStream.decode(fields)
    case registerDownload.kind: {
      const { task, peerId, streamId } = registerDownload.decode(fields)
      return { taskId: task.id, peerId, streamId }
    }
    default:
      return undefined
  }
}
