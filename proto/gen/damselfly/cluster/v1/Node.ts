// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface Node {
  'id'?: (number | string | Long);
  'hostId'?: (string);
  'addr'?: (string);
  'raftAddr'?: (string);
  'role'?: (string);
  'state'?: (string);
  'loadedBytes'?: (number | string | Long);
  'loadTotalBytes'?: (number | string | Long);
  'loadedPercent'?: (number | string);
  '_loadedBytes'?: "loadedBytes";
  '_loadTotalBytes'?: "loadTotalBytes";
  '_loadedPercent'?: "loadedPercent";
}

export interface Node__Output {
  'id': (number);
  'hostId': (string);
  'addr': (string);
  'raftAddr': (string);
  'role': (string);
  'state': (string);
  'loadedBytes'?: (number);
  'loadTotalBytes'?: (number);
  'loadedPercent'?: (number);
  '_loadedBytes'?: "loadedBytes";
  '_loadTotalBytes'?: "loadTotalBytes";
  '_loadedPercent'?: "loadedPercent";
}
