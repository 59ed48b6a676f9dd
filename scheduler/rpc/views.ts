// Shards, Slots and Nodes: the node states as clients and operators see them. Each is read from the
// state in one turn, so index, configuration and rows belong together; linearizable unless the call
// asks for a stale read.
import type { clusterV1 } from '../../proto/index.ts'
import { configurationIdOf, nodesOf, slotCount } from '../replication/index.ts'
import type { NodeView, StateReader, ViewName } from '../replication/index.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { Replica } from './replica.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'

export interface ViewsDeps extends UnaryDeps {
  readonly replica: Pick<Replica, 'appliedIndex' | 'fresh'>
  /** Hidden and former members are for operators. */
  readonly operators: OperatorGate
}

/** The handlers of the views. */
export function viewHandlers(
  deps: ViewsDeps,
): Pick<clusterV1.ClusterHandlers, 'Shards' | 'Slots' | 'Nodes'> {
  const { replica, operators } = deps
  const read = async (call: Call, view: ViewName) => {
    const reader = await replica.fresh(call)
    return viewAt(reader, replica.appliedIndex, view)
  }
  return {
    Shards: unary(deps, async (_, call): Promise<clusterV1.ShardsReply> => {
      const { nodes, ...place } = await read(call, 'shards')
      return { ...place, shards: shardsOf(nodes) }
    }),
    Slots: unary(deps, async (_, call): Promise<clusterV1.SlotsReply> => {
      const { nodes, ...place } = await read(call, 'slots')
      return { ...place, shards: shardsOf(nodes) }
    }),
    Nodes: unary(
      deps,
      async (request: clusterV1.NodesRequest__Output, call): Promise<clusterV1.NodesReply> => {
        if (request.all) operators.require(call)
        return read(call, request.all ? 'all-nodes' : 'nodes')
      },
    ),
  }
}

/** A view with the index it was read at. */
export function viewAt(
  reader: StateReader,
  index: number,
  view: ViewName,
): { readonly index: number; readonly configurationId: number; readonly nodes: clusterV1.Node[] } {
  const configurationId = configurationIdOf(reader)
  return { index, configurationId, nodes: nodesOf(reader, view).map(nodeMessage) }
}

/** One shard owns all slots for now; without anybody in it there is none. */
function shardsOf(nodes: clusterV1.Node[]): clusterV1.Shard[] {
  if (nodes.length === 0) return []
  return [{ slots: [{ start: 0, end: slotCount - 1 }], nodes }]
}

function nodeMessage({ progress, ...node }: NodeView): clusterV1.Node {
  if (progress === undefined) return node
  const { bytesDone, bytesTotal, percent } = progress
  const total = bytesTotal === 0 ? {} : { loadTotalBytes: bytesTotal }
  return { ...node, loadedBytes: bytesDone, ...total, loadedPercent: percent }
}
