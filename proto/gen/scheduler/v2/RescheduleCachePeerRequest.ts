// Original file: dragonfly/scheduler-v2.proto

import type { CachePeer as _common_v2_CachePeer, CachePeer__Output as _common_v2_CachePeer__Output } from '../../common/v2/CachePeer.ts';

export interface RescheduleCachePeerRequest {
  'candidateParents'?: (_common_v2_CachePeer)[];
  'description'?: (string);
  '_description'?: "description";
}

export interface RescheduleCachePeerRequest__Output {
  'candidateParents': (_common_v2_CachePeer__Output)[];
  'description'?: (string);
  '_description'?: "description";
}
