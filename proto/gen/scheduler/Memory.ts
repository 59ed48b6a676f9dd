// Original file: dragonfly/scheduler-v1.proto

import type { Long } from '@grpc/proto-loader';

export interface Memory {
  'total'?: (number | string | Long);
  'available'?: (number | string | Long);
  'used'?: (number | string | Long);
  'usedPercent'?: (number | string);
  'processUsedPercent'?: (number | string);
  'free'?: (number | string | Long);
}

export interface Memory__Output {
  'total': (number);
  'available': (number);
  'used': (number);
  'usedPercent': (number);
  'processUsedPercent': (number);
  'free': (number);
}
