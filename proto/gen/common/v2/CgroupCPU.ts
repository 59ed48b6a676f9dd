// Original file: dragonfly/common-v2.proto

import type { Long } from '@grpc/proto-loader';

export interface CgroupCPU {
  'period'?: (number | string | Long);
  'quota'?: (number | string | Long);
  'usedPercent'?: (number | string);
}

export interface CgroupCPU__Output {
  'period': (number);
  'quota': (number);
  'usedPercent': (number);
}
