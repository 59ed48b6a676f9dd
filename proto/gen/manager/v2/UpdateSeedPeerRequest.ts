// Original file: dragonfly/manager-v2.proto

import type { SourceType as _manager_v2_SourceType, SourceType__Output as _manager_v2_SourceType__Output } from '../../manager/v2/SourceType.ts';
import type { Long } from '@grpc/proto-loader';

export interface UpdateSeedPeerRequest {
  'sourceType'?: (_manager_v2_SourceType);
  'hostname'?: (string);
  'type'?: (string);
  'idc'?: (string);
  'location'?: (string);
  'ip'?: (string);
  'port'?: (number);
  'downloadPort'?: (number);
  'seedPeerClusterId'?: (number | string | Long);
  '_idc'?: "idc";
  '_location'?: "location";
}

export interface UpdateSeedPeerRequest__Output {
  'sourceType': (_manager_v2_SourceType__Output);
  'hostname': (string);
  'type': (string);
  'idc'?: (string);
  'location'?: (string);
  'ip': (string);
  'port': (number);
  'downloadPort': (number);
  'seedPeerClusterId': (number);
  '_idc'?: "idc";
  '_location'?: "location";
}
