// Original file: damselfly/cluster.proto

import type { Plan as _damselfly_cluster_v1_Plan, Plan__Output as _damselfly_cluster_v1_Plan__Output } from '../../../damselfly/cluster/v1/Plan.ts';
import type { Long } from '@grpc/proto-loader';

export interface ChangeMemberReply {
  'index'?: (number | string | Long);
  'plan'?: (_damselfly_cluster_v1_Plan | null);
}

export interface ChangeMemberReply__Output {
  'index': (number);
  'plan': (_damselfly_cluster_v1_Plan__Output | null);
}
