// Original file: dragonfly/manager-v1.proto

import type { SourceType as _manager_SourceType, SourceType__Output as _manager_SourceType__Output } from '../manager/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface UpdateSeedPeerRequest {
  'sourceType'?: (_manager_SourceType);
  'hostname'?: (string);
  'type'?: (string);
  'idc'?: (string);
  'location'?: (string);
  'ip'?: (string);
  'port'?: (number);
  'downloadPort'?: (number);
  'seedPeerClusterId'?: (number | string | Long);
  'objectStoragePort'?: (number);
}

export interface UpdateSeedPeerRequest__Output {
  'sourceType': (_manager_SourceType__Output);
  'hostname': (string);
  'type': (string);
  'idc': (string);
  'location': (string);
  'ip': (string);
  'port': (number);
  'downloadPort': (number);
  'seedPeerClusterId': (number);
  'objectStoragePort': (number);
}
