// Original file: damselfly/cluster.proto

import type { WatchToken as _damselfly_cluster_v1_WatchToken, WatchToken__Output as _damselfly_cluster_v1_WatchToken__Output } from '../../../damselfly/cluster/v1/WatchToken.ts';
import type { WatchRow as _damselfly_cluster_v1_WatchRow, WatchRow__Output as _damselfly_cluster_v1_WatchRow__Output } from '../../../damselfly/cluster/v1/WatchRow.ts';
import type { Long } from '@grpc/proto-loader';

// Original file: damselfly/cluster.proto

export const _damselfly_cluster_v1_WatchFrame_Kind = {
  KIND_UNSPECIFIED: 'KIND_UNSPECIFIED',
  LIST: 'LIST',
  CHANGE: 'CHANGE',
  PROGRESS: 'PROGRESS',
} as const;

export type _damselfly_cluster_v1_WatchFrame_Kind =
  | 'KIND_UNSPECIFIED'
  | 0
  | 'LIST'
  | 1
  | 'CHANGE'
  | 2
  | 'PROGRESS'
  | 3

export type _damselfly_cluster_v1_WatchFrame_Kind__Output = typeof _damselfly_cluster_v1_WatchFrame_Kind[keyof typeof _damselfly_cluster_v1_WatchFrame_Kind]

export interface WatchFrame {
  'kind'?: (_damselfly_cluster_v1_WatchFrame_Kind);
  'token'?: (_damselfly_cluster_v1_WatchToken | null);
  'isListEnd'?: (boolean);
  'rows'?: (_damselfly_cluster_v1_WatchRow)[];
  'leaderContactAgeMs'?: (number | string | Long);
}

export interface WatchFrame__Output {
  'kind': (_damselfly_cluster_v1_WatchFrame_Kind__Output);
  'token': (_damselfly_cluster_v1_WatchToken__Output | null);
  'isListEnd': (boolean);
  'rows': (_damselfly_cluster_v1_WatchRow__Output)[];
  'leaderContactAgeMs': (number);
}
