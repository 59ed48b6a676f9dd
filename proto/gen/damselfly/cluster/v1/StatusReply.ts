// Original file: damselfly/cluster.proto

import type { Member as _damselfly_cluster_v1_Member, Member__Output as _damselfly_cluster_v1_Member__Output } from '../../../damselfly/cluster/v1/Member.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatusReply {
  'clusterId'?: (string);
  'leaderId'?: (number | string | Long);
  'term'?: (number | string | Long);
  'selfId'?: (number | string | Long);
  'members'?: (_damselfly_cluster_v1_Member)[];
  'digestIndex'?: (number | string | Long);
  'digest'?: (string);
}

export interface StatusReply__Output {
  'clusterId': (string);
  'leaderId': (number);
  'term': (number);
  'selfId': (number);
  'members': (_damselfly_cluster_v1_Member__Output)[];
  'digestIndex': (number);
  'digest': (string);
}
