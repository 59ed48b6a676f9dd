// Original file: damselfly/store.proto

import type { Long } from '@grpc/proto-loader';

export interface DeleteRequest {
  'key'?: (string);
  'expectedVersion'?: (number | string | Long);
}

export interface DeleteRequest__Output {
  'key': (string);
  'expectedVersion': (number);
}
