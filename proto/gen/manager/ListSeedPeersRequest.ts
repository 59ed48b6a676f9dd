// Original file: dragonfly/manager-v1.proto

import type { SourceType as _manager_SourceType, SourceType__Output as _manager_SourceType__Output } from '../manager/SourceType.ts';

export interface ListSeedPeersRequest {
  'sourceType'?: (_manager_SourceType);
  'hostname'?: (string);
  'ip'?: (string);
  'version'?: (string);
  'commit'?: (string);
}

export interface ListSeedPeersRequest__Output {
  'sourceType': (_manager_SourceType__Output);
  'hostname': (string);
  'ip': (string);
  'version': (string);
  'commit': (string);
}
