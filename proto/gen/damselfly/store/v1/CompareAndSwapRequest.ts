// Original file: damselfly/store.proto

import type { Long } from '@grpc/proto-loader';

export interface CompareAndSwapRequest {
  'key'?: (string);
  'value'?: (Buffer | Uint8Array | string);
  'expectedVersion'?: (number | string | Long);
}

export interface CompareAndSwapRequest__Output {
  'key': (string);
  'value': (Buffer);
  'expectedVersion': (number);
}
