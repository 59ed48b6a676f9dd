// Puts peers and tasks into any state, also into those that no client can bring about, for tables
// of what each command does in each of them.
import { peerStates, taskStates } from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { readId, readWord, wordNumber } from '../rows/fields.ts'
import { changedPeer, peerKey, peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { schedulerDomain } from './domain.ts'
import { countSourcePeers } from './peers.ts'
import { Work } from './work.ts'
import type { PeerState, TaskState } from '../../core/index.ts'
import type { Domain } from '../command.ts'
import type { PeerRef } from './types.ts'

/** Puts a peer into a state; its stream and its edges stay as they are. */
export const setPeerState = defineCommand({
  kind: 65_001,
  kindVersion: 1,
  name: 'set-peer-state',
  encode: (body: PeerRef & { state: PeerState }) => [
    body.taskId,
    body.peerId,
    wordNumber(peerStates, body.state),
  ],
  decode: (fields) => ({
    taskId: readId(fields),
    peerId: readId(fields),
    state: readWord(fields, peerStates),
  }),
  apply(tx, { taskId, peerId, state }, context) {
    const before = tx.get(peersTable, peerKey(taskId, peerId))
    if (before === undefined) return { ok: false }
    const after = changedPeer(before, { state })
    countSourcePeers(new Work(tx, context), before, after)
    tx.put(peersTable, after)
    return { ok: true }
  },
})

/** Puts a task into a state. */
export const setTaskState = defineCommand({
  kind: 65_002,
  kindVersion: 1,
  name: 'set-task-state',
  encode: (body: { id: string; state: TaskState }) => [body.id, wordNumber(taskStates, body.state)],
  decode: (fields) => ({ id: readId(fields), state: readWord(fields, taskStates) }),
  apply(tx, { id, state }) {
    const task = tx.get(tasksTable, id)
    if (task === undefined) return { ok: false }
    tx.put(tasksTable, { ...task, state })
    return { ok: true }
  },
})

/** The scheduler's domain with these two commands. */
export const anyStateDomain: Domain = {
  ...schedulerDomain,
  commands: [...schedulerDomain.commands, setPeerState, setTaskState],
}
