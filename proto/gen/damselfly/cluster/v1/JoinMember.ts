// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface JoinMember {
  'replicaId'?: (number | string | Long);
  'hostId'?: (string);
  'incarnation'?: (string);
  'raftAddress'?: (string);
  'addr'?: (string);
  'role'?: (string);
}

export interface JoinMember__Output {
  'replicaId': (number);
  'hostId': (string);
  'incarnation': (string);
  'raftAddress': (string);
  'addr': (string);
  'role': (string);
}
