// Original file: damselfly/cluster.proto

import type { Node as _damselfly_cluster_v1_Node, Node__Output as _damselfly_cluster_v1_Node__Output } from '../../../damselfly/cluster/v1/Node.ts';
import type { Long } from '@grpc/proto-loader';

export interface NodesReply {
  'index'?: (number | string | Long);
  'configurationId'?: (number | string | Long);
  'nodes'?: (_damselfly_cluster_v1_Node)[];
}

export interface NodesReply__Output {
  'index': (number);
  'configurationId': (number);
  'nodes': (_damselfly_cluster_v1_Node__Output)[];
}
