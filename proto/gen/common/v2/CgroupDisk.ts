// Original file: dragonfly/common-v2.proto

import type { Long } from '@grpc/proto-loader';

export interface CgroupDisk {
  'readBandwidth'?: (number | string | Long);
  'writeBandwidth'?: (number | string | Long);
}

export interface CgroupDisk__Output {
  'readBandwidth': (number);
  'writeBandwidth': (number);
}
