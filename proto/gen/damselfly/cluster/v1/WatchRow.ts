// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchRow {
  'table'?: (string);
  'key'?: (string);
  'json'?: (string);
  'modIndex'?: (number | string | Long);
  'isDeleted'?: (boolean);
}

export interface WatchRow__Output {
  'table': (string);
  'key': (string);
  'json': (string);
  'modIndex': (number);
  'isDeleted': (boolean);
}
