// Original file: damselfly/cluster.proto

import type { MemberAction as _damselfly_cluster_v1_MemberAction, MemberAction__Output as _damselfly_cluster_v1_MemberAction__Output } from '../../../damselfly/cluster/v1/MemberAction.ts';
import type { Long } from '@grpc/proto-loader';

export interface ChangeMemberRequest {
  'action'?: (_damselfly_cluster_v1_MemberAction);
  'id'?: (number | string | Long);
  'by'?: (number | string | Long);
  'dryRun'?: (boolean);
  'reason'?: (string);
}

export interface ChangeMemberRequest__Output {
  'action': (_damselfly_cluster_v1_MemberAction__Output);
  'id': (number);
  'by': (number);
  'dryRun': (boolean);
  'reason': (string);
}
