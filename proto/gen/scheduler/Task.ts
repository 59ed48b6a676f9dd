// Original file: dragonfly/scheduler-v1.proto

import type { TaskType as _common_TaskType, TaskType__Output as _common_TaskType__Output } from '../common/TaskType.ts';
import type { Long } from '@grpc/proto-loader';

export interface Task {
  'id'?: (string);
  'type'?: (_common_TaskType);
  'contentLength'?: (number | string | Long);
  'totalPieceCount'?: (number);
  'state'?: (string);
  'peerCount'?: (number);
  'hasAvailablePeer'?: (boolean);
}

export interface Task__Output {
  'id': (string);
  'type': (_common_TaskType__Output);
  'contentLength': (number);
  'totalPieceCount': (number);
  'state': (string);
  'peerCount': (number);
  'hasAvailablePeer': (boolean);
}
