// The rows of a state that tell who serves whom, as plain lists.
import {
  edgesTable,
  hostsTable,
  peersTable,
  sessionTable,
  tasksTable,
} from '../../scheduler/replication/index.ts'
import type {
  EdgeRow,
  HostRow,
  PeerRow,
  SessionRow,
  StateReader,
  TaskRow,
} from '../../scheduler/replication/index.ts'

/** Rows of one state. Hosts that left are in it as long as they have peers. */
export interface SwarmRows {
  readonly hosts: readonly HostRow[]
  readonly tasks: readonly TaskRow[]
  readonly peers: readonly PeerRow[]
  readonly edges: readonly EdgeRow[]
  readonly sessions: readonly SessionRow[]
}

/** More rows than any run has. */
const limit = 1_000_000

/** Reads them all. */
export function swarmRowsOf(state: StateReader): SwarmRows {
  const tasks = state.list(tasksTable, 'byId', { limit })
  const peers = tasks.flatMap(({ id }) => state.list(peersTable, 'byTask', { group: id, limit }))
  const edges = peers.flatMap(({ key }) => state.list(edgesTable, 'byChild', { group: key, limit }))
  const hosts = new Map<string, HostRow>()
  for (const host of state.list(hostsTable, 'live', { group: 'live', limit })) {
    hosts.set(host.id, host)
  }
  for (const { hostId } of peers) {
    const host = state.get(hostsTable, hostId)
    if (host !== undefined) hosts.set(hostId, host)
  }
  const sessions = state.list(sessionTable, 'byReplica', { limit })
  return { hosts: [...hosts.values()], tasks, peers, edges, sessions }
}
