// Original file: damselfly/cluster.proto

import type { Shard as _damselfly_cluster_v1_Shard, Shard__Output as _damselfly_cluster_v1_Shard__Output } from '../../../damselfly/cluster/v1/Shard.ts';
import type { Long } from '@grpc/proto-loader';

export interface SlotsReply {
  'index'?: (number | string | Long);
  'configurationId'?: (number | string | Long);
  'shards'?: (_damselfly_cluster_v1_Shard)[];
}

export interface SlotsReply__Output {
  'index': (number);
  'configurationId': (number);
  'shards': (_damselfly_cluster_v1_Shard__Output)[];
}
