// Members in the views, for people and programs.
import type { clusterV1 } from '../proto/index.ts'
import { textTable } from './text-table.ts'

type Node = clusterV1.Node__Output

/** A table of members. */
export function nodesTable(nodes: readonly Node[]): string {
  const header = ['ID', 'NAME', 'ADDRESS', 'RAFT ADDRESS', 'ROLE', 'STATE', 'LOADED']
  const rows = nodes.map((node) => [
    String(node.id),
    node.hostId,
    node.addr === '' ? '-' : node.addr,
    node.raftAddr,
    node.role === '' ? '-' : node.role,
    node.state,
    node.loadedPercent === undefined ? '-' : `${Math.floor(node.loadedPercent)}%`,
  ])
  return textTable(header, rows)
}

/** A member as JSON; ids are decimal strings, what nobody knows is null. */
export function nodeShape(node: Node): Readonly<Record<string, unknown>> {
  return {
    id: String(node.id),
    hostId: node.hostId,
    addr: node.addr === '' ? null : node.addr,
    raftAddr: node.raftAddr,
    role: node.role,
    state: node.state,
    loadedBytes: node.loadedBytes ?? null,
    loadTotalBytes: node.loadTotalBytes ?? null,
    loadedPercent: node.loadedPercent ?? null,
  }
}

/** A shard as JSON. */
export function shardShape({
  slots,
  nodes,
}: clusterV1.Shard__Output): Readonly<Record<string, unknown>> {
  return { slots: slots.map(({ start, end }) => ({ start, end })), nodes: nodes.map(nodeShape) }
}
