// Original file: damselfly/cluster.proto

import type { Plan as _damselfly_cluster_v1_Plan, Plan__Output as _damselfly_cluster_v1_Plan__Output } from '../../../damselfly/cluster/v1/Plan.ts';
import type { Long } from '@grpc/proto-loader';

export interface CreateJoinTokenReply {
  'token'?: (string);
  'tokenId'?: (string);
  'expiresWallMs'?: (number | string | Long);
  'plan'?: (_damselfly_cluster_v1_Plan | null);
}

export interface CreateJoinTokenReply__Output {
  'token': (string);
  'tokenId': (string);
  'expiresWallMs': (number);
  'plan': (_damselfly_cluster_v1_Plan__Output | null);
}
