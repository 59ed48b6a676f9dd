// Original file: damselfly/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ProbeRequest {
  'addresses'?: (string)[];
  'fromAddress'?: (string);
  'fromIncarnation'?: (string);
  'fromClusterId'?: (string);
  'fromReplicaId'?: (number | string | Long);
}

export interface ProbeRequest__Output {
  'addresses': (string)[];
  'fromAddress': (string);
  'fromIncarnation': (string);
  'fromClusterId': (string);
  'fromReplicaId': (number);
}
