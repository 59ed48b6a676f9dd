// Original file: damselfly/cluster.proto

import type { JoinMember as _damselfly_cluster_v1_JoinMember, JoinMember__Output as _damselfly_cluster_v1_JoinMember__Output } from '../../../damselfly/cluster/v1/JoinMember.ts';
import type { Long } from '@grpc/proto-loader';

export interface JoinReply {
  'clusterId'?: (string);
  'replicaId'?: (number | string | Long);
  'joinedAtIndex'?: (number | string | Long);
  'members'?: (_damselfly_cluster_v1_JoinMember)[];
}

export interface JoinReply__Output {
  'clusterId': (string);
  'replicaId': (number);
  'joinedAtIndex': (number);
  'members': (_damselfly_cluster_v1_JoinMember__Output)[];
}
