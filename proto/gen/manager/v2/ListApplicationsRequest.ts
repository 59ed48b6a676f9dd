// Original file: dragonfly/manager-v2.proto

import type { SourceType as _manager_v2_SourceType, SourceType__Output as _manager_v2_SourceType__Output } from '../../manager/v2/SourceType.ts';

export interface ListApplicationsRequest {
  'sourceType'?: (_manager_v2_SourceType);
  'hostname'?: (string);
  'ip'?: (string);
}

export interface ListApplicationsRequest__Output {
  'sourceType': (_manager_v2_SourceType__Output);
  'hostname': (string);
  'ip': (string);
}
