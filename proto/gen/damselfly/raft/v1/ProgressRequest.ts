// Original file: damselfly/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ProgressRequest {
  'clusterId'?: (string);
  'replicaId'?: (number | string | Long);
  'incarnation'?: (string);
}

export interface ProgressRequest__Output {
  'clusterId': (string);
  'replicaId': (number);
  'incarnation': (string);
}
