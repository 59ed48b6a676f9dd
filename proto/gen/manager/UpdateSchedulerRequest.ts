// Original file: dragonfly/manager-v1.proto

import type { SourceType as _manager_SourceType, SourceType__Output as _manager_SourceType__Output } from '../manager/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface UpdateSchedulerRequest {
  'sourceType'?: (_manager_SourceType);
  'hostname'?: (string);
  'schedulerClusterId'?: (number | string | Long);
  'vips'?: (string);
  'idc'?: (string);
  'location'?: (string);
  'netConfig'?: (Buffer | Uint8Array | string);
  'ip'?: (string);
  'port'?: (number);
}

export interface UpdateSchedulerRequest__Output {
  'sourceType': (_manager_SourceType__Output);
  'hostname': (string);
  'schedulerClusterId': (number);
  'vips': (string);
  'idc': (string);
  'location': (string);
  'netConfig': (Buffer);
  'ip': (string);
  'port': (number);
}
