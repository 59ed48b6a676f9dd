// Original file: dragonfly/manager-v1.proto

import type { SourceType as _manager_SourceType, SourceType__Output as _manager_SourceType__Output } from '../manager/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface KeepAliveRequest {
  'sourceType'?: (_manager_SourceType);
  'hostname'?: (string);
  'clusterId'?: (number | string | Long);
  'ip'?: (string);
}

export interface KeepAliveRequest__Output {
  'sourceType': (_manager_SourceType__Output);
  'hostname': (string);
  'clusterId': (number);
  'ip': (string);
}
