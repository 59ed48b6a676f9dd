// Original file: damselfly/raft.proto

import type { Long } from '@grpc/proto-loader';

export interface ProgressReply {
  'bootId'?: (string);
  'phase'?: (string);
  'bytesDone'?: (number | string | Long);
  'bytesTotal'?: (number | string | Long);
  'applied'?: (number | string | Long);
  'lastIndex'?: (number | string | Long);
}

export interface ProgressReply__Output {
  'bootId': (string);
  'phase': (string);
  'bytesDone': (number);
  'bytesTotal': (number);
  'applied': (number);
  'lastIndex': (number);
}
