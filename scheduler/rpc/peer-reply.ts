// Peers as API v2 shows them: in StatPeer, and as candidate parents of a download.
import type { commonV2, schedulerV2 } from '../../proto/index.ts'
import { getHost, getPeer } from '../replication/commands/index.ts'
import type { AssignedParent, PeerRef, PeerRow } from '../replication/commands/index.ts'
import type { StateReader } from '../replication/index.ts'
import { priorityWord, rangeOfText } from './fields.ts'
import { taskReplyV2, wallTimeOf } from './task-reply.ts'
import type { Reader } from './task-reply.ts'
import { hostReply } from './wire-host.ts'

/** A peer with its task and its host; undefined when it is unknown. */
export function peerReply(
  reader: StateReader,
  ref: PeerRef,
  shownTo: Reader,
): commonV2.Peer | undefined {
  const row = getPeer(reader, ref)
  if (row === undefined) return undefined
  const task = taskReplyV2(reader, ref.taskId, shownTo) ?? null
  return { ...described(reader, row), task, ...hostOf(reader, row.hostId) }
}

/**
 * Parents for a download, the best one first. They were chosen a moment ago: who is gone since is
 * named with what the choice knew, as upstream would have sent it by then.
 */
export function normalTaskResponse(
  reader: StateReader,
  taskId: string,
  parents: readonly AssignedParent[],
): schedulerV2.AnnouncePeerResponse {
  const task = taskReplyV2(reader, taskId, 'anybody') ?? null
  const candidateParents = parents.map((parent): commonV2.Peer => {
    const { peerId, hostId, state, ip, port, downloadPort } = parent
    const row = getPeer(reader, { taskId, peerId })
    return {
      ...(row === undefined ? { id: peerId, state } : described(reader, row)),
      task,
      host: { id: hostId, ip, port, downloadPort },
      ...hostOf(reader, hostId),
    }
  })
  return { normalTaskResponse: { candidateParents } }
}

function described(reader: StateReader, row: PeerRow): commonV2.Peer {
  const wallTime = wallTimeOf(reader)
  const range = rangeOfText(row.range)
  return {
    id: row.peerId,
    ...(range === undefined ? {} : { range }),
    priority: priorityWord(row.priority),
    concurrentPieceCount: row.concurrentPieceCount,
    cost: { seconds: Math.floor(row.costMs / 1_000), nanos: (row.costMs % 1_000) * 1_000_000 },
    state: row.state,
    needBackToSource: row.needBackToSource,
    createdAt: wallTime(row.createdMs),
    updatedAt: wallTime(row.updatedMs),
  }
}

function hostOf(reader: StateReader, hostId: string): Pick<commonV2.Peer, 'host'> {
  const host = getHost(reader, hostId)
  return host === undefined ? {} : { host: hostReply(host) }
}
