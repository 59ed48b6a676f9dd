// Original file: damselfly/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ProbeReply {
  'state'?: (string);
  'incarnation'?: (string);
  'clusterId'?: (string);
  'replicaId'?: (number | string | Long);
  'addresses'?: (string)[];
  'incarnations'?: (string)[];
}

export interface ProbeReply__Output {
  'state': (string);
  'incarnation': (string);
  'clusterId': (string);
  'replicaId': (number);
  'addresses': (string)[];
  'incarnations': (string)[];
}
