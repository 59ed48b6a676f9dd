// Original file: damselfly/cluster.proto

import type { SlotRange as _damselfly_cluster_v1_SlotRange, SlotRange__Output as _damselfly_cluster_v1_SlotRange__Output } from '../../../damselfly/cluster/v1/SlotRange.ts';
import type { Node as _damselfly_cluster_v1_Node, Node__Output as _damselfly_cluster_v1_Node__Output } from '../../../damselfly/cluster/v1/Node.ts';

export interface Shard {
  'slots'?: (_damselfly_cluster_v1_SlotRange)[];
  'nodes'?: (_damselfly_cluster_v1_Node)[];
}

export interface Shard__Output {
  'slots': (_damselfly_cluster_v1_SlotRange__Output)[];
  'nodes': (_damselfly_cluster_v1_Node__Output)[];
}
