// Original file: damselfly/store.proto

import type { Long } from '@grpc/proto-loader';

export interface CompareAndSwapReply {
  'version'?: (number | string | Long);
}

export interface CompareAndSwapReply__Output {
  'version': (number);
}
