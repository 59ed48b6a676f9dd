// Original file: dragonfly/manager-v1.proto

import type { SourceType as _manager_SourceType, SourceType__Output as _manager_SourceType__Output } from '../manager/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetSchedulerRequest {
  'sourceType'?: (_manager_SourceType);
  'hostname'?: (string);
  'schedulerClusterId'?: (number | string | Long);
  'ip'?: (string);
}

export interface GetSchedulerRequest__Output {
  'sourceType': (_manager_SourceType__Output);
  'hostname': (string);
  'schedulerClusterId': (number);
  'ip': (string);
}
