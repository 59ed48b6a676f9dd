// Original file: damselfly/cluster.proto

import type { Member as _damselfly_cluster_v1_Member, Member__Output as _damselfly_cluster_v1_Member__Output } from '../../../damselfly/cluster/v1/Member.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatusReply {
  /**
   * 32 lower-case hex characters.
   */
  'clusterId'?: (string);
  /**
   * The leader this member follows; 0 when it knows none.
   */
  'leaderId'?: (number | string | Long);
  'term'?: (number | string | Long);
  /**
   * The member that answers.
   */
  'selfId'?: (number | string | Long);
  'members'?: (_damselfly_cluster_v1_Member)[];
  /**
   * The newest digest mark of this member's state; index 0 before the first.
   */
  'digestIndex'?: (number | string | Long);
  /**
   * 32 lower-case hex characters; empty before the first mark.
   */
  'digest'?: (string);
}

export interface StatusReply__Output {
  /**
   * 32 lower-case hex characters.
   */
  'clusterId': (string);
  /**
   * The leader this member follows; 0 when it knows none.
   */
  'leaderId': (number);
  'term': (number);
  /**
   * The member that answers.
   */
  'selfId': (number);
  'members': (_damselfly_cluster_v1_Member__Output)[];
  /**
   * The newest digest mark of this member's state; index 0 before the first.
   */
  'digestIndex': (number);
  /**
   * 32 lower-case hex characters; empty before the first mark.
   */
  'digest': (string);
}
