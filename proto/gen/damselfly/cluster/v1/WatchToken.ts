// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchToken {
  'clusterId'?: (string);
  'index'?: (number | string | Long);
}

export interface WatchToken__Output {
  'clusterId': (string);
  'index': (number);
}
