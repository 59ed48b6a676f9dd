// Original file: damselfly/raft.proto

import type { InitialMember as _damselfly_raft_v1_InitialMember, InitialMember__Output as _damselfly_raft_v1_InitialMember__Output } from '../../../damselfly/raft/v1/InitialMember.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProbeReply {
  'state'?: (string);
  'incarnation'?: (string);
  'clusterId'?: (string);
  'replicaId'?: (number | string | Long);
  'raftAddress'?: (string);
  'hostId'?: (string);
  'addresses'?: (string)[];
  'members'?: (_damselfly_raft_v1_InitialMember)[];
  'clientAddresses'?: (string)[];
  'acknowledgedIndex'?: (number | string | Long);
  'isRemoved'?: (boolean);
  'bootId'?: (string);
}

export interface ProbeReply__Output {
  'state': (string);
  'incarnation': (string);
  'clusterId': (string);
  'replicaId': (number);
  'raftAddress': (string);
  'hostId': (string);
  'addresses': (string)[];
  'members': (_damselfly_raft_v1_InitialMember__Output)[];
  'clientAddresses': (string)[];
  'acknowledgedIndex': (number);
  'isRemoved': (boolean);
  'bootId': (string);
}
