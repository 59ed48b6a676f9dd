// Original file: damselfly/cluster.proto

import type { FaultTolerance as _damselfly_cluster_v1_FaultTolerance, FaultTolerance__Output as _damselfly_cluster_v1_FaultTolerance__Output } from '../../../damselfly/cluster/v1/FaultTolerance.ts';

export interface Plan {
  'steps'?: (string)[];
  'warnings'?: (string)[];
  'before'?: (_damselfly_cluster_v1_FaultTolerance | null);
  'after'?: (_damselfly_cluster_v1_FaultTolerance | null);
}

export interface Plan__Output {
  'steps': (string)[];
  'warnings': (string)[];
  'before': (_damselfly_cluster_v1_FaultTolerance__Output | null);
  'after': (_damselfly_cluster_v1_FaultTolerance__Output | null);
}
