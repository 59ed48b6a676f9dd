// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface Member {
  'id'?: (number | string | Long);
  'addr'?: (string);
  'raftAddr'?: (string);
  'pid'?: (number);
  'role'?: (string);
  'state'?: (string);
  'term'?: (number | string | Long);
  'commit'?: (number | string | Long);
  'applied'?: (number | string | Long);
  'hostId'?: (string);
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
}

export interface Member__Output {
  'id': (number);
  'addr': (string);
  'raftAddr': (string);
  'pid'?: (number);
  'role': (string);
  'state': (string);
  'term'?: (number);
  'commit'?: (number);
  'applied'?: (number);
  'hostId': (string);
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
}
