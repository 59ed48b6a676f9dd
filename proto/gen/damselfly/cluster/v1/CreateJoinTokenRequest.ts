// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateJoinTokenRequest {
  'hostId'?: (string);
  'ttlMs'?: (number | string | Long);
  'uses'?: (number);
  'learner'?: (boolean);
  'dryRun'?: (boolean);
}

export interface CreateJoinTokenRequest__Output {
  'hostId': (string);
  'ttlMs': (number);
  'uses': (number);
  'learner': (boolean);
  'dryRun': (boolean);
}
