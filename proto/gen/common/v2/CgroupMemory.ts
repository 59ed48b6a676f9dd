// Original file: dragonfly/common-v2.proto

import type { Long } from '@grpc/proto-loader';

export interface CgroupMemory {
  'limit'?: (number | string | Long);
  'usage'?: (number | string | Long);
  'usedPercent'?: (number | string);
}

export interface CgroupMemory__Output {
  'limit': (number);
  'usage': (number);
  'usedPercent': (number);
}
