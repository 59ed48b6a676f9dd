// Original file: dragonfly/manager-v2.proto

import type { SourceType as _manager_v2_SourceType, SourceType__Output as _manager_v2_SourceType__Output } from '../../manager/v2/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface KeepAliveRequest {
  'sourceType'?: (_manager_v2_SourceType);
  'hostname'?: (string);
  'clusterId'?: (number | string | Long);
  'ip'?: (string);
}

export interface KeepAliveRequest__Output {
  'sourceType': (_manager_v2_SourceType__Output);
  'hostname': (string);
  'clusterId': (number);
  'ip': (string);
}
