// Original file: damselfly/cluster.proto

import type { WatchToken as _damselfly_cluster_v1_WatchToken, WatchToken__Output as _damselfly_cluster_v1_WatchToken__Output } from '../../../damselfly/cluster/v1/WatchToken.ts';

export interface WatchRequest {
  'tables'?: (string)[];
  'after'?: (_damselfly_cluster_v1_WatchToken | null);
}

export interface WatchRequest__Output {
  'tables': (string)[];
  'after': (_damselfly_cluster_v1_WatchToken__Output | null);
}
