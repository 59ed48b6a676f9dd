// What each replica's state says about hosts, tasks, peers and edges, kept from the rows that each
// entry changed, so that checks cost what an entry changes and not what the state holds.
import {
  edgesTable,
  hostsTable,
  peersTable,
  sessionTable,
  tasksTable,
} from '../../../scheduler/replication/index.ts'
import type {
  EdgeRow,
  HostRow,
  PeerRow,
  RowChange,
  SessionRow,
  TaskRow,
} from '../../../scheduler/replication/index.ts'
import type { SimEventOf, WorldView } from '../../sim/observation.ts'
import type { SwarmRows } from '../../sim/swarm-rows.ts'

/** After so many entries a mirror is made anew from the state, so that it cannot drift from it. */
const entriesPerMirror = 512

/** Identity of a peer in a mirror, as in the state. */
export function keyOf(taskId: string, peerId: string): string {
  return `${taskId}\n${peerId}`
}

/** One replica's rows. */
export class SwarmMirror {
  readonly hosts = new Map<string, HostRow>()
  readonly tasks = new Map<string, TaskRow>()
  readonly peers = new Map<string, PeerRow>()
  readonly edges = new Map<string, EdgeRow>()
  readonly sessions = new Map<number, SessionRow>()
  /** Edges from the peers of each host. */
  readonly uploads = new Map<string, number>()
  /** Keys of the children of a peer, by its key. */
  readonly children = new Map<string, Set<string>>()
  /** Places that peers of each task take at the source. */
  readonly sourcePeers = new Map<string, number>()
  /** Hosts, tasks and edges that the last entry touched: all of them in a new mirror. */
  readonly touchedHosts = new Set<string>()
  readonly touchedTasks = new Set<string>()
  readonly addedEdges: EdgeRow[] = []
  /** Peers that the last entry sent to the source; of a new mirror none. */
  readonly sentToSource: PeerRow[] = []
  /** Rows as they were before the last entry, by table and id; of a new mirror none. */
  readonly hostsBefore = new Map<string, HostRow>()
  readonly tasksBefore = new Map<string, TaskRow>()
  entries = 0

  /** Everything at once. */
  load(rows: SwarmRows): void {
    for (const host of rows.hosts) this.#host(host.id, host)
    for (const task of rows.tasks) this.#task(task.id, task)
    for (const peer of rows.peers) this.#peer(peer.key, peer)
    for (const edge of rows.edges) {
      this.#edge(`${edge.taskId}\n${edge.parentId}\n${edge.childId}`, edge)
    }
    for (const session of rows.sessions) this.sessions.set(session.sessionId, session)
  }

  /** What one entry changed. */
  apply(changes: readonly RowChange[]): void {
    this.entries += 1
    this.touchedHosts.clear()
    this.touchedTasks.clear()
    this.hostsBefore.clear()
    this.tasksBefore.clear()
    this.addedEdges.length = 0
    this.sentToSource.length = 0
    for (const { table, id, row, before } of changes) {
      switch (table.tableByte) {
        case hostsTable.tableByte:
          if (before !== undefined) this.hostsBefore.set(id as string, before as HostRow)
          this.#host(id as string, row as HostRow | undefined)
          break
        case tasksTable.tableByte:
          if (before !== undefined) this.tasksBefore.set(id as string, before as TaskRow)
          this.#task(id as string, row as TaskRow | undefined)
          break
        case peersTable.tableByte:
          this.#peer(id as string, row as PeerRow | undefined)
          break
        case edgesTable.tableByte:
          this.#edge(id as string, row as EdgeRow | undefined)
          break
        case sessionTable.tableByte:
          put(this.sessions, id as number, row as SessionRow | undefined)
          break
        default:
          break
      }
    }
  }

  #host(id: string, row: HostRow | undefined): void {
    put(this.hosts, id, row)
    this.touchedHosts.add(id)
  }

  #task(id: string, row: TaskRow | undefined): void {
    put(this.tasks, id, row)
    this.touchedTasks.add(id)
  }

  #peer(key: string, row: PeerRow | undefined): void {
    const before = this.peers.get(key)
    const taskId = (row ?? before)?.taskId
    put(this.peers, key, row)
    if (taskId === undefined) return
    if (this.entries > 0 && row?.state === 'BackToSource' && before?.state !== 'BackToSource') {
      this.sentToSource.push(row)
    }
    const change = Number(takesPlace(row)) - Number(takesPlace(before))
    if (change === 0) return
    this.sourcePeers.set(taskId, (this.sourcePeers.get(taskId) ?? 0) + change)
    this.touchedTasks.add(taskId)
  }

  #edge(id: string, row: EdgeRow | undefined): void {
    const before = this.edges.get(id)
    if (before !== undefined) this.#count(before, -1)
    put(this.edges, id, row)
    if (row === undefined) return
    this.#count(row, 1)
    if (before === undefined) this.addedEdges.push(row)
  }

  #count({ hostId, taskId, parentId, childId }: EdgeRow, change: 1 | -1): void {
    this.uploads.set(hostId, (this.uploads.get(hostId) ?? 0) + change)
    this.touchedHosts.add(hostId)
    const parent = keyOf(taskId, parentId)
    let children = this.children.get(parent)
    if (children === undefined) {
      children = new Set()
      this.children.set(parent, children)
    }
    if (change > 0) children.add(keyOf(taskId, childId))
    else children.delete(keyOf(taskId, childId))
  }
}

/** A peer at the source gives its place back a while after its stream has gone. */
function takesPlace(row: PeerRow | undefined): boolean {
  if (row?.state !== 'BackToSource') return false
  return row.ownerSessionId > 0 || row.detachDeadlineMs > 0
}

function put<Key, Row>(rows: Map<Key, Row>, key: Key, row: Row | undefined): void {
  if (row === undefined) rows.delete(key)
  else rows.set(key, row)
}

/** The mirrors of all replicas. */
export class SwarmMirrors {
  readonly #mirrors = new Map<number, SwarmMirror>()
  #lastIndex = 0
  /** Nobody had applied the last event's entry before. */
  isFresh = false
  /** Largest cluster time of an applied entry. */
  clockMs = 0

  /** A replica's rows after its last entry. */
  of(member: number): SwarmMirror {
    let mirror = this.#mirrors.get(member)
    if (mirror === undefined) {
      mirror = new SwarmMirror()
      this.#mirrors.set(member, mirror)
    }
    return mirror
  }

  /** The replica's state is another one now, or nobody's. */
  forget(member: number): void {
    this.#mirrors.delete(member)
  }

  on({ member, entry, stampMs, changes }: SimEventOf<'applied'>, world: WorldView): void {
    this.isFresh = entry.index > this.#lastIndex
    if (this.isFresh) {
      this.#lastIndex = entry.index
      this.clockMs = Math.max(this.clockMs, stampMs)
    }
    const known = this.#mirrors.get(member)
    if (known !== undefined && known.entries < entriesPerMirror) return known.apply(changes)
    this.forget(member)
    const rows = world.member(member).swarmRows()
    if (rows !== undefined) this.of(member).load(rows)
  }
}
