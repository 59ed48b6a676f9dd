// Original file: damselfly/cluster.proto

import type { Member as _damselfly_cluster_v1_Member, Member__Output as _damselfly_cluster_v1_Member__Output } from '../../../damselfly/cluster/v1/Member.ts';
import type { FaultTolerance as _damselfly_cluster_v1_FaultTolerance, FaultTolerance__Output as _damselfly_cluster_v1_FaultTolerance__Output } from '../../../damselfly/cluster/v1/FaultTolerance.ts';
import type { Alarm as _damselfly_cluster_v1_Alarm, Alarm__Output as _damselfly_cluster_v1_Alarm__Output } from '../../../damselfly/cluster/v1/Alarm.ts';
import type { NotShown as _damselfly_cluster_v1_NotShown, NotShown__Output as _damselfly_cluster_v1_NotShown__Output } from '../../../damselfly/cluster/v1/NotShown.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatusReply {
  'clusterId'?: (string);
  'leaderId'?: (number | string | Long);
  'term'?: (number | string | Long);
  'selfId'?: (number | string | Long);
  'members'?: (_damselfly_cluster_v1_Member)[];
  'digestIndex'?: (number | string | Long);
  'digest'?: (string);
  'configurationId'?: (number | string | Long);
  'isJoint'?: (boolean);
  'voters'?: (number | string | Long)[];
  'votersOutgoing'?: (number | string | Long)[];
  'pendingChangeIndex'?: (number | string | Long);
  'transferTarget'?: (number | string | Long);
  'faultTolerance'?: (_damselfly_cluster_v1_FaultTolerance | null);
  'features'?: (string)[];
  'alarms'?: (_damselfly_cluster_v1_Alarm)[];
  'selfRole'?: (string);
  'selfCommit'?: (number | string | Long);
  'notShown'?: (_damselfly_cluster_v1_NotShown | null);
}

export interface StatusReply__Output {
  'clusterId': (string);
  'leaderId': (number);
  'term': (number);
  'selfId': (number);
  'members': (_damselfly_cluster_v1_Member__Output)[];
  'digestIndex': (number);
  'digest': (string);
  'configurationId': (number);
  'isJoint': (boolean);
  'voters': (number)[];
  'votersOutgoing': (number)[];
  'pendingChangeIndex': (number);
  'transferTarget': (number);
  'faultTolerance': (_damselfly_cluster_v1_FaultTolerance__Output | null);
  'features': (string)[];
  'alarms': (_damselfly_cluster_v1_Alarm__Output)[];
  'selfRole': (string);
  'selfCommit': (number);
  'notShown': (_damselfly_cluster_v1_NotShown__Output | null);
}
