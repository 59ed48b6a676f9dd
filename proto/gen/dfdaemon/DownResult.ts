// Original file: dragonfly/dfdaemon-v1.proto

import type { Long } from '@grpc/proto-loader';

export interface DownResult {
  'taskId'?: (string);
  'peerId'?: (string);
  'completedLength'?: (number | string | Long);
  'done'?: (boolean);
  'output'?: (string);
}

export interface DownResult__Output {
  'taskId': (string);
  'peerId': (string);
  'completedLength': (number);
  'done': (boolean);
  'output': (string);
}
