// Original file: damselfly/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface InitialMember {
  'replicaId'?: (number | string | Long);
  'hostId'?: (string);
  'incarnation'?: (string);
  'raftAddress'?: (string);
}

export interface InitialMember__Output {
  'replicaId': (number);
  'hostId': (string);
  'incarnation': (string);
  'raftAddress': (string);
}
