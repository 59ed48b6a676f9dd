// Original file: dragonfly/scheduler-v1.proto

import type { Long } from '@grpc/proto-loader';

export interface Disk {
  'total'?: (number | string | Long);
  'free'?: (number | string | Long);
  'used'?: (number | string | Long);
  'usedPercent'?: (number | string);
  'inodesTotal'?: (number | string | Long);
  'inodesUsed'?: (number | string | Long);
  'inodesFree'?: (number | string | Long);
  'inodesUsedPercent'?: (number | string);
}

export interface Disk__Output {
  'total': (number);
  'free': (number);
  'used': (number);
  'usedPercent': (number);
  'inodesTotal': (number);
  'inodesUsed': (number);
  'inodesFree': (number);
  'inodesUsedPercent': (number);
}
